package emulator

import (
	"net/http"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// SignInPages is what becomes of a page of users with their sign-ins that is
// larger than the service gives. Its documentation has said both.
type SignInPages string

// The two behaviours.
const (
	SignInPagesClipped SignInPages = ""        // of at most 500, whatever was asked for
	SignInPagesRefused SignInPages = "refused" // of more than 120 it is refused
)

// The page sizes of users with their sign-ins.
const (
	mostSignIns       = 500
	mostSignInsBefore = 120
)

// codeValueText is for an answer of an error that has no envelope: its text
// stands where the values would be.
const codeValueText = "\x00value"

// The permissions that the signs of use take.
var (
	readLifecycle = []string{"User-LifeCycleInfo.Read.All", "User-LifeCycleInfo.ReadWrite.All"}
	readMailboxes = []string{"MailboxSettings.Read", "MailboxSettings.ReadWrite"}
	readReports   = []string{"Reports.Read.All"}
	readSettings  = []string{"ReportSettings.Read.All", "ReportSettings.ReadWrite.All"}
)

// selectFor reads $select of users, and leaves out what the caller may not see.
func (e *Emulator) selectFor(c *call) (selection, *apiError) {
	if c.version == "beta" && c.query["$select"] == nil {
		sel, err := e.selectNames(c, []string{strings.Join(betaProperties(), ",")})
		sel.fields = ""
		return sel, err
	}
	return e.selectNames(c, c.query["$select"])
}

// betaProperties are what /beta gives of a user without $select: all but those
// that a real tenant was seen to leave out.
func betaProperties() []string {
	return slices.DeleteFunc(userPropertyNames(), func(name string) bool { return slices.Contains(notInBeta, name) })
}

var notInBeta = []string{
	"customSecurityAttributes", "deviceEnrollmentLimit", "identityParentId", "licenseAssignmentStates", "print", "serviceProvisioningErrors", "signInActivity",
}

// selectNames is selectFor with the values of a $select, which may stand within
// an $expand; nil: there is none.
func (e *Emulator) selectNames(c *call, list []string) (selection, *apiError) {
	sel, err := selectProperties(e.properties, list)
	if err != nil {
		return sel, err
	}
	for i, p := range sel.props {
		switch p.name {
		case "signInActivity":
			if err := e.maySeeSignIns(c); err != nil {
				return sel, err
			}
		case "employeeLeaveDateTime":
			if !c.caller.holdsAny(readLifecycle) {
				sel.props[i].append = appendNull
			}
		}
	}
	return sel, nil
}

// maySeeSignIns refuses whom the service tells no sign-ins.
func (e *Emulator) maySeeSignIns(c *call) *apiError {
	switch {
	case !c.caller.holdsAny(readAudits):
		return ptr(newError(http.StatusForbidden, "Authentication_MSGraphPermissionMissing",
			"The principal does not have required Microsoft Graph permission(s): AuditLog.Read.All to call this API."))
	case c.caller.delegated() && !e.isAdmin(c.caller.user):
		return ptr(newError(http.StatusForbidden, "Authentication_RequestFromUnsupportedUserRole", "User is not in the allowed roles."))
	case !e.dir.hasPremium() || e.opts.PremiumRefusals > 0 && e.dice.chance(e.opts.PremiumRefusals):
		return ptr(newError(http.StatusForbidden, "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
			"Neither tenant is B2C or tenant doesn't have premium license"))
	}
	return nil
}

// isAdmin reports whether a user is the one with a role.
func (e *Emulator) isAdmin(id string) bool {
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	admin, ok := e.dir.findUPN(e.admin)
	return ok && e.dir.users[admin].id.String() == id
}

// hasPremium reports whether a product of the tenant has Entra ID P1 or P2.
func (d *directory) hasPremium() bool {
	return slices.ContainsFunc(d.products, func(p product) bool {
		return slices.ContainsFunc(p.sku.Plans, func(plan license.ServicePlan) bool { return strings.HasPrefix(plan.Name, "AAD_PREMIUM") })
	})
}

// bound keeps a page of sign-ins as small as the service does.
func (q *userQuery) bound(pages SignInPages) *apiError {
	if !slices.ContainsFunc(q.selection.props, func(p property) bool { return p.name == "signInActivity" }) {
		return nil
	}
	if pages == SignInPagesRefused && q.top > mostSignInsBefore {
		return ptr(newError(http.StatusBadRequest, codeValueText, "Cannot query data for more than 120 users at a time."))
	}
	q.top = min(q.top, mostSignIns)
	return nil
}

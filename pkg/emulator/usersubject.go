package emulator

import (
	"slices"
	"strconv"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// userFilters is what a filter may name in a user.
func userFilters() filterSchema {
	return filterSchema{
		resource: "User",
		sorts:    []string{"displayName", "userPrincipalName"},
		texts: []string{
			"id", "userPrincipalName", "displayName", "givenName", "surname", "mail", "jobTitle", "department", "country",
			"usageLocation", "userType", "city", "companyName", "employeeId", "employeeType", "mailNickname", "mobilePhone",
			"officeLocation", "onPremisesImmutableId", "onPremisesSamAccountName", "postalCode", "preferredLanguage", "state", "streetAddress",
		},
		flags: []string{"accountEnabled", "onPremisesSyncEnabled"},
		times: []string{
			"createdDateTime", "deletedDateTime", "employeeHireDate", "employeeLeaveDateTime", signInPath + "lastSignInDateTime", signInPath + "lastNonInteractiveSignInDateTime",
			signInPath + "lastSuccessfulSignInDateTime",
		},
		lists: []string{"businessPhones", "imAddresses", "otherMails", "proxyAddresses"},
		maybe: []string{
			"creationType", "externalUserState", "faxNumber", "isResourceAccount",
			"lastPasswordChangeDateTime", "onPremisesDistinguishedName", "onPremisesDomainName",
			"onPremisesLastSyncDateTime", "onPremisesSecurityIdentifier", "onPremisesUserPrincipalName", "provisionedPlans", "signInActivity",
		},
	}
}

// userSubject is a user as a filter sees them.
type userSubject struct {
	*directory
	user
}

func (s userSubject) text(property string) string {
	if text := s.heldText(s.user.id, property); text != "" {
		return text
	}
	switch property {
	case "id":
		return s.user.id.String()
	case "userPrincipalName":
		return s.upn
	case "displayName":
		return s.displayName
	case "givenName":
		return s.givenName()
	case "surname":
		return s.surname()
	case "mail":
		return s.mail()
	case "jobTitle":
		return s.words.get(s.jobTitle)
	case "department":
		return s.words.get(s.department)
	case "country":
		return s.words.get(s.country)
	case "usageLocation":
		return s.usageLocation()
	case "userType":
		return s.userType()
	case "accountEnabled":
		return strconv.FormatBool(!s.has(flagDisabled))
	}
	return s.time(property)
}

// time gives what a property that is a time has; of others, which hold nothing
// here, as of none it is empty.
func (s userSubject) time(property string) string {
	known := s.evidence[s.user.id]
	at := map[string]Moment{"createdDateTime": known.Created, "employeeHireDate": known.Hired, "employeeLeaveDateTime": known.Leaves}[property]
	if gone, ok := s.deletedItems[s.user.id]; ok && property == "deletedDateTime" {
		at = At(gone.at)
	}
	if signIns := known.SignIns; signIns != nil && strings.HasPrefix(property, signInPath) {
		at = map[string]Moment{
			signInPath + "lastSignInDateTime": signIns.Interactive, signInPath + "lastNonInteractiveSignInDateTime": signIns.NonInteractive,
			signInPath + "lastSuccessfulSignInDateTime": signIns.Successful,
		}[property]
	}
	if at.isNull() {
		return ""
	}
	return timeText(at.at)
}

// items gives the enabled plans of a user. Of the other lists none holds anything
// that a filter finds: nobody is found by the identity that follows from their
// principal name (Graph docs, user resource).
func (s userSubject) items(list string) []item {
	if list != "assignedPlans" {
		return nil
	}
	var out []item
	for id := range s.plansWithLicense(s.user) {
		out = append(out, item{"servicePlanId": id.String(), "capabilityStatus": "Enabled", "service": s.services[id]})
	}
	return out
}

func (s userSubject) holds(skuID license.GUID) bool {
	ref, ok := s.bySKU[skuID]
	return ok && s.seatOf(ref)
}

func (s userSubject) holdsAny() bool { return slices.ContainsFunc(s.held, assignment.takesSeat) }

// candidates returns the users that can pass a filter which names them, so
// that a lookup of fifteen does not walk a million; ok is false where only a
// walk can tell.
func (d *directory) candidates(n node) (refs []userRef, ok bool) {
	switch n := n.(type) {
	case comparison:
		if n.op != "eq" && n.op != "in" || n.path != "id" && n.path != "userPrincipalName" {
			return nil, false
		}
		for _, value := range n.values {
			if r, found := d.lookup(n.path, value.text); found {
				refs = append(refs, r)
			}
		}
		slices.Sort(refs)
		return slices.Compact(refs), true
	case junction:
		for _, part := range n.parts {
			if refs, ok := d.candidates(part); ok && n.word == joinAnd {
				return refs, true
			}
		}
	}
	return nil, false
}

func (d *directory) lookup(property, value string) (userRef, bool) {
	if property == "userPrincipalName" {
		return d.findUPN(value)
	}
	id, err := license.ParseGUID(value)
	if err != nil {
		return 0, false
	}
	return d.findID(id)
}

// walk yields the users from a place on that pass the filter, as the reader
// sees them, in order.
func (v view) walk(f *filter, start userRef) func(func(userRef, user) bool) {
	return func(yield func(userRef, user) bool) {
		if f != nil {
			if refs, ok := v.candidates(f.root); ok {
				for _, r := range refs {
					if r >= start && !v.offer(f, r, yield) {
						return
					}
				}
				return
			}
		}
		for i := int(start); i < len(v.users); i++ {
			if !v.offer(f, userRef(i), yield) {
				return
			}
		}
	}
}

// offer yields a user if they pass, and reports whether to go on.
func (v view) offer(f *filter, r userRef, yield func(userRef, user) bool) bool {
	u := v.user(r)
	if u.has(flagDeleted) || !f.matches(userSubject{v.directory, u}) {
		return true
	}
	return yield(r, u)
}

// ordered gives the users that pass the filter in the order that is asked for,
// from a position on.
func (v view) ordered(q userQuery, start uint64) []userRef {
	var list []keyed[userRef]
	for r, u := range v.walk(q.filter, 0) {
		list = append(list, keyed[userRef]{r, q.order.keys(userSubject{v.directory, u})})
	}
	return sorted(q.order, list, start)
}

func (v view) countUsers(f *filter) int {
	n := 0
	for range v.walk(f, 0) {
		n++
	}
	return n
}

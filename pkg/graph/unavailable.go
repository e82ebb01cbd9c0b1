package graph

import (
	"errors"
	"net/http"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// Unavailable tells what it means for a sign of use that reading it failed: nobody is
// known to be idle, and the reason is what the service said, on one line. It is
// false for a failure that says nothing of the sign, such as a broken connection,
// a token that is not accepted, or throttling.
func Unavailable(err error) (why license.Unavailable, reason string, ok bool) {
	refused, isRefused := errors.AsType[*Error](err)
	if !isRefused || refused.Status < 400 || refused.Status == http.StatusProxyAuthRequired || refused.ForeignPage() {
		return "", "", false
	}
	reason = firstOf(refused.Message, refused.Code, statusText(refused.Status))
	switch {
	case isFlap(refused):
		return license.UnavailablePremium, reason, true
	case refused.Status == http.StatusForbidden:
		return license.UnavailablePermission, reason, true
	case refused.Status == http.StatusUnauthorized || refused.Transient():
		return "", "", false
	case refused.Status < 500 || refused.Status == http.StatusNotImplemented:
		return license.UnavailableRefused, reason, true
	}
	return "", "", false
}

// isNational reports a root of a cloud of its own, which does not have what the
// global one alone has (Graph docs, national cloud deployments).
func (r serviceRoot) isNational() bool {
	host := r.origin.host
	return strings.HasSuffix(host, "graph.microsoft.us") || strings.HasSuffix(host, ".chinacloudapi.cn")
}

// permissionOfSignals gives what reading a sign of use needs, after the permission
// tables of the Graph docs: signInActivity, mailboxsettings, reportroot,
// directory-list-subscriptions. On behalf of a user, sign-ins and reports take a
// role besides, such as Reports Reader.
func (op Op) permissionOfSignals() Permission {
	switch op {
	case OpReadSignIns:
		p := both("AuditLog.Read.All")
		p.Also = []string{"User.Read.All"}
		return p
	case OpReadDates:
		return both("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
	case OpReadLeave:
		p := both("User-LifeCycleInfo.Read.All", "User-LifeCycleInfo.ReadWrite.All")
		p.Also = []string{"User.Read.All"}
		return p
	case OpReadPurposes:
		return both("MailboxSettings.Read", "MailboxSettings.ReadWrite")
	case OpReadReports:
		return both("Reports.Read.All")
	case OpReadSubscriptions:
		return both("Organization.Read.All", "Directory.Read.All", "Organization.ReadWrite.All", "Directory.ReadWrite.All")
	}
	return Permission{}
}

package emulator

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// The activities that the directory audit log tells of here, as the service
// calls them.
const (
	activityLicense = "Change user license"
	activityUser    = "Update user"
)

// AuditDetail says what entries of the audit log tell of what was changed. In
// the real log all of it has been seen.
type AuditDetail string

// The kinds of entries.
const (
	AuditBare     AuditDetail = ""         // who and when, and not what
	AuditDetailed AuditDetail = "detailed" // the licenses or the usage location on both sides
	// AuditOdd has a change of licenses as two entries of one operation, of
	// which one does not say what and the other not who, and after them one of
	// group licensing that has the same on both sides.
	AuditOdd AuditDetail = "odd"
)

// mostAudits bounds the audit log. When it is full the older half goes.
const mostAudits = 20_000

// auditLog is the tenant's directory audit log, the oldest entry first.
type auditLog struct {
	mu      sync.Mutex
	entries []audit
	written uint64 // entries ever; the number of the last one
}

// audit is one entry: who did what to a user, and when.
type audit struct {
	number   uint64 // from 1
	at       time.Time
	activity string
	by       principal
	target   license.GUID
	upn      string // of the target, then

	operation uint64         // the number of the first entry of the same operation
	nobody    bool           // it does not say by whom
	grouping  bool           // it says that group licensing did it
	changed   *auditedChange // nil: it does not say what
}

// auditedChange is a property on both sides, as the log writes it.
type auditedChange struct{ property, before, after string }

// add takes the entries of one operation down.
func (l *auditLog) add(entries ...audit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.written + 1
	for _, a := range entries {
		l.written++
		a.number, a.operation = l.written, first
		if len(l.entries) == mostAudits {
			l.entries = slices.Delete(l.entries, 0, mostAudits/2)
		}
		l.entries = append(l.entries, a)
	}
}

// latest gives the entries that pass, the newest first, from the one with the
// number on; 0: from the newest.
func (l *auditLog) latest(from uint64, pass func(audit) bool) []audit {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []audit
	for _, a := range slices.Backward(l.entries) {
		if (from == 0 || a.number <= from) && pass(a) {
			out = append(out, a)
		}
	}
	return out
}

// note writes down that a call has changed a user, who was like before.
func (e *Emulator) note(c *call, activity string, before audited) {
	after := e.audited(before.ref)
	entry := audit{at: e.now(), activity: activity, by: c.caller, target: after.id, upn: after.upn}
	if e.opts.AuditLog == AuditBare {
		e.audits.add(entry)
		return
	}
	entry.changed = &auditedChange{"AssignedLicense", before.licenses, after.licenses}
	if activity == activityUser {
		entry.changed = nil // of another property: what it was is not kept
		if before.location != after.location {
			entry.changed = &auditedChange{"UsageLocation", before.location, after.location}
		}
	}
	if e.opts.AuditLog == AuditDetailed || activity == activityUser {
		e.audits.add(entry)
		return
	}
	bare, told, echo := entry, entry, entry
	bare.changed = nil
	told.activity, told.nobody = activityUser, true
	echo.grouping, echo.changed = true, &auditedChange{"AssignedLicense", after.licenses, after.licenses}
	e.audits.add(bare, told)
	e.audits.add(echo)
}

// audited is a user as the audit log knows them.
type audited struct {
	ref                userRef
	id                 license.GUID
	upn                string
	licenses, location string // as the log writes them
}

func (e *Emulator) audited(r userRef) audited {
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	u := e.dir.users[r]
	out := audited{ref: r, id: u.id, upn: u.upn}
	if e.opts.AuditLog == AuditBare {
		return out
	}
	var licenses []string
	for _, a := range u.held {
		sku := e.dir.products[a.sku].sku
		plans := make([]string, 0)
		for _, id := range a.disabled.list() {
			plans = append(plans, id.String())
		}
		licenses = append(licenses, fmt.Sprintf("%q", fmt.Sprintf("[SkuName=%s, AccountId=%s, SkuId=%s, DisabledPlans=[%s]]",
			sku.PartNumber, e.dir.tenant.id, sku.ID, strings.Join(plans, ", "))))
	}
	out.licenses = "[" + strings.Join(licenses, ",") + "]"
	out.location = fmt.Sprintf("[%q]", u.usageLocation())
	return out
}

// directoryAudits answers GET /auditLogs/directoryAudits with one page, the
// newest entry first.
func (e *Emulator) directoryAudits(c *call) reply {
	q, err := e.readAuditQuery(c)
	if err != nil {
		return e.failure(c, *err)
	}
	found := e.audits.latest(q.start, q.passes)
	body := map[string]any{"@odata.context": c.root() + "/$metadata#auditLogs/directoryAudits"}
	if len(found) > q.top {
		body["@odata.nextLink"] = e.pageLink(c, "$skiptoken", found[q.top].number)
		found = found[:q.top]
	}
	list := []any{}
	for _, a := range found {
		list = append(list, e.auditFields(a))
	}
	body["value"] = list
	return jsonReply(http.StatusOK, body)
}

func (e *Emulator) auditFields(a audit) map[string]any {
	user := func(id, upn string) map[string]any {
		return map[string]any{"id": id, "displayName": nil, "userPrincipalName": upn, "ipAddress": nil}
	}
	by := map[string]any{"user": nil, "app": map[string]any{
		"appId": a.by.appID, "displayName": applicationName(a.by.appID), "servicePrincipalId": nil, "servicePrincipalName": nil,
	}}
	switch {
	case a.nobody:
		by = map[string]any{"user": nil, "app": nil}
	case a.grouping:
		by = map[string]any{"app": map[string]any{"appId": nil, "displayName": "Microsoft Azure AD Group-Based Licensing"}}
	case a.by.delegated():
		by = map[string]any{"user": user(a.by.user, e.nameOf(a.by.user)), "app": nil}
	}
	changed := []any{}
	if a.changed != nil {
		changed = append(changed, map[string]any{"displayName": a.changed.property, "oldValue": a.changed.before, "newValue": a.changed.after})
	}
	id := DerivedID("audit", strconv.FormatUint(a.number, 10)).String()
	return map[string]any{
		"id": "Directory_" + id, "category": "UserManagement", "result": "success", "resultReason": "",
		"correlationId":       DerivedID("operation", strconv.FormatUint(a.operation, 10)),
		"activityDisplayName": a.activity, "activityDateTime": a.at.UTC().Format(time.RFC3339Nano), "loggedByService": "Core Directory",
		"operationType": "Update", "initiatedBy": by, "additionalDetails": []any{},
		"targetResources": []any{map[string]any{
			"id": a.target, "displayName": nil, "type": "User", "userPrincipalName": a.upn, "groupType": nil, "modifiedProperties": changed,
		}},
	}
}

// applicationName is what a token calls an application, too.
func applicationName(appID string) string { return "Application " + appID }

// nameOf is the principal name of a user.
func (e *Emulator) nameOf(id string) string {
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	r, ok := e.dir.find(id)
	if !ok {
		return ""
	}
	return e.dir.users[r].upn
}

// auditQuery is what the query options of the audit log ask for.
type auditQuery struct {
	top     int
	start   uint64
	clauses []func(audit) bool
}

func (q auditQuery) passes(a audit) bool {
	return !slices.ContainsFunc(q.clauses, func(holds func(audit) bool) bool { return !holds(a) })
}

func (e *Emulator) readAuditQuery(c *call) (auditQuery, *apiError) {
	var q auditQuery
	err := checkListOptions(c.query, "$filter", "$top", "$orderby", "$skiptoken")
	if err != nil {
		return q, err
	}
	if order := c.query.Get("$orderby"); order != "" && order != "activityDateTime desc" {
		return q, ptr(notEmulated("the audit log in another order than activityDateTime desc"))
	}
	if q.top, err = readTop(c.query.Get("$top")); err != nil {
		return q, err
	}
	if q.clauses, err = readAuditFilter(c.query.Get("$filter")); err != nil {
		return q, err
	}
	q.start, err = e.readPosition(c)
	return q, err
}

// The clauses that a filter of the audit log may join with `and`, of those
// that the service documents.
var (
	auditByTime     = regexp.MustCompile(`^activityDateTime (eq|ge|le) (\S+)$`)
	auditByActivity = regexp.MustCompile(`^activityDisplayName eq '([^']*)'$`)
	auditByTarget   = regexp.MustCompile(`^targetResources/any\((\w+): ?(\w+)/id eq '([^']*)'\)$`)
)

func readAuditFilter(text string) ([]func(audit) bool, *apiError) {
	if text == "" {
		return nil, nil
	}
	var out []func(audit) bool
	for part := range strings.SplitSeq(text, " and ") {
		clause := readAuditClause(strings.TrimSpace(part))
		if clause == nil {
			return nil, ptr(malformed("Invalid filter clause: '" + clip(part) + "'."))
		}
		out = append(out, clause)
	}
	return out, nil
}

// readAuditClause is nil for a clause that is not supported.
func readAuditClause(text string) func(audit) bool {
	if m := auditByTime.FindStringSubmatch(text); m != nil {
		return auditClauseOfTime(m[1], m[2])
	}
	if m := auditByActivity.FindStringSubmatch(text); m != nil {
		return func(a audit) bool { return a.activity == m[1] }
	}
	if m := auditByTarget.FindStringSubmatch(text); m != nil && m[1] == m[2] {
		return func(a audit) bool { return strings.EqualFold(a.target.String(), m[3]) }
	}
	return nil
}

func auditClauseOfTime(op, text string) func(audit) bool {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		if at, err = time.Parse(time.DateOnly, text); err != nil {
			return nil
		}
	}
	return func(a audit) bool {
		switch order := a.at.Compare(at); op {
		case "ge":
			return order >= 0
		case "le":
			return order <= 0
		default:
			return order == 0
		}
	}
}

package graph

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/licensectl/licensectl/pkg/license"
)

// OpReadAudits reads who changed users. What it gives is for people alone, so
// a caller can do without it.
const OpReadAudits Op = "reading the directory audit log"

// The activities of the audit log that change what a plan compares (Entra
// docs, audit activities). What was changed can stand in either: an entry of the
// first may be empty, and its twin of the second, of the same operation, tell.
const (
	ActivityLicense = "Change user license"
	ActivityUser    = "Update user" // any property, the usage location among them
)

// Audit is an entry of the directory audit log about users.
type Audit struct {
	At          time.Time
	Activity    string // without the full stop that some logs put behind it
	Actor       string // principal name of a user, or name of an app; empty: not told
	Correlation string // what entries of one operation have in common; may be empty
	Targets     []AuditTarget
}

// AuditTarget is a user whom an entry is about, with what it says was changed.
// Many entries do not say: where Told is false, it may be anything.
type AuditTarget struct {
	User          license.GUID
	Told          bool
	SKUs          []license.GUID // whose license differs between the two sides, by id, sorted; may be nil
	UsageLocation bool           // it differs between the two sides
}

// AuditQuery says which entries are wanted.
type AuditQuery struct {
	Activity string
	Since    time.Time
	Pages    int // of them at most so many are read: the newest
}

// Audits reads the entries of an activity that succeeded, the newest first, as
// far as Pages go. The log lags some minutes behind, and forgets after 7 or 30
// days by the tenant's license (Graph docs, directoryaudit-list).
func (r *Reader) Audits(ctx context.Context, q AuditQuery) ([]Audit, error) {
	filter := "activityDisplayName eq '" + q.Activity + "' and activityDateTime ge " + q.Since.UTC().Format(time.RFC3339Nano)
	query := "?$filter=" + escapeQuery(filter) + "&$orderby=" + escapeQuery("activityDateTime desc")
	req := get(OpReadAudits, r.client.root.url("/auditLogs/directoryAudits"+query))
	return anew(ctx, r.client, req.op, func() ([]Audit, error) { return r.client.audits(ctx, req, q.Pages) })
}

// audits reads the log as far as so many pages go.
func (c *client) audits(ctx context.Context, req request, most int) ([]Audit, error) {
	var out []Audit
	read := 0
	for page, err := range pages(ctx, c, req, listOf(readAudit)) {
		if err != nil {
			return nil, err
		}
		for _, a := range page.items {
			if len(a.Targets) > 0 {
				out = append(out, a)
			}
		}
		if read++; read >= most {
			break
		}
	}
	return out, nil
}

// wireActor is who an entry names: a user or an app.
type wireActor struct{ upn, name, id, principal, app string }

// readAudit gives an entry without targets where it tells of a failure, or of
// no user. Initiators are missing in many ways: a person, an app of which all
// but the name is null, or nobody.
func readAudit(w *walk) (Audit, error) {
	var out Audit
	var result string
	var user, app wireActor
	var hasTargets bool
	_, err := w.fields(
		field{"activityDateTime", w.timeInto(&out.At)},
		field{"activityDisplayName", w.stringInto(&out.Activity)},
		field{"result", w.stringInto(&result)},
		field{"correlationId", w.stringInto(&out.Correlation)},
		field{"initiatedBy", func() error {
			_, err := w.fields(field{"user", user.read(w)}, field{"app", app.read(w)})
			return err
		}},
		field{"targetResources", w.listInto(&hasTargets, func() error { return readTarget(w, &out) })},
	)
	switch {
	case err != nil:
		return Audit{}, err
	case out.At.IsZero():
		return Audit{}, errors.New("an entry of the audit log without a time")
	}
	out.Activity = strings.TrimSuffix(oneLine(out.Activity), ".")
	out.Actor = oneLine(firstOf(user.upn, user.name, user.id, app.name, app.principal, app.app))
	if result != "success" {
		out.Targets = nil
	}
	return out, nil
}

func (a *wireActor) read(w *walk) func() error {
	return func() error {
		_, err := w.fields(
			field{"userPrincipalName", w.stringInto(&a.upn)}, field{"displayName", w.stringInto(&a.name)},
			field{"id", w.stringInto(&a.id)}, field{"servicePrincipalName", w.stringInto(&a.principal)},
			field{"appId", w.stringInto(&a.app)},
		)
		return err
	}
}

// readTarget adds the user whom an entry is about, if it is about one.
func readTarget(w *walk, out *Audit) error {
	var text, kind string
	var properties []wireAuditProperty
	var hasProperties bool
	_, err := w.fields(
		field{"id", w.stringInto(&text)}, field{"type", w.stringInto(&kind)},
		field{"modifiedProperties", w.listInto(&hasProperties, func() error {
			p, err := readAuditProperty(w)
			properties = append(properties, p)
			return err
		})},
	)
	if err != nil {
		return err
	}
	if id, err := license.ParseGUID(text); err == nil && kind == "User" {
		out.Targets = append(out.Targets, auditTarget(id, properties))
	}
	return nil
}

// wireAuditProperty is what an entry says of one property. A side that is nil
// is not told.
type wireAuditProperty struct {
	name     string
	old, now *string
}

func readAuditProperty(w *walk) (wireAuditProperty, error) {
	var p wireAuditProperty
	_, err := w.fields(
		field{"displayName", w.stringInto(&p.name)},
		field{"oldValue", w.optionalInto(&p.old)}, field{"newValue", w.optionalInto(&p.now)},
	)
	return p, err
}

// The properties of an entry that say what a plan compares, folded.
const (
	auditedLicense  = "assignedlicense"
	auditedLocation = "usagelocation"
)

// auditTarget reads what was changed. An entry without a property does not say;
// one with others alone says that it was something else.
func auditTarget(user license.GUID, properties []wireAuditProperty) AuditTarget {
	out := AuditTarget{User: user, Told: len(properties) > 0}
	for _, p := range properties {
		switch strings.ToLower(p.name) {
		case auditedLicense:
			skus, ok := changedSKUs(p.old, p.now)
			if !ok {
				return AuditTarget{User: user}
			}
			out.SKUs = skus
		case auditedLocation:
			out.UsageLocation = textOf(p.old) != textOf(p.now)
		}
	}
	return out
}

// textOf is the text of a side; one that is null has none.
func textOf(side *string) string {
	if side == nil {
		return ""
	}
	return *side
}

// changedSKUs gives the products whose license is not the same on both sides.
// It is false where a side is not told, or not as it has been seen.
func changedSKUs(before, after *string) ([]license.GUID, bool) {
	if before == nil || after == nil {
		return nil, false
	}
	old, ok := auditedLicenses(*before)
	now, also := auditedLicenses(*after)
	if !ok || !also {
		return nil, false
	}
	var out []license.GUID
	for sku, plans := range old {
		if others, held := now[sku]; !held || others != plans {
			out = append(out, sku)
		}
	}
	for sku := range now {
		if _, held := old[sku]; !held {
			out = append(out, sku)
		}
	}
	return license.SortedGUIDs(out), true
}

// auditedSKU is one license in an entry, which is a text within a list of
// JSON, and no JSON itself: "[SkuName=…, AccountId=…, SkuId=…, DisabledPlans=[…]]"
// (seen in audit logs that people have published).
var auditedSKU = regexp.MustCompile(`SkuId=([0-9A-Fa-f-]{36})(?:, DisabledPlans=\[([^\]]*)\])?`)

// auditedLicenses reads one side: by SKU the disabled plans of its licenses, of
// which there may be several, as one text. It is false for a side that is cut
// off, or otherwise not understood as a whole.
func auditedLicenses(side string) (map[license.GUID]string, bool) {
	side = strings.TrimSpace(side)
	if !strings.HasPrefix(side, "[") || !strings.HasSuffix(side, "]") {
		return nil, side == ""
	}
	held := map[license.GUID][]string{}
	found := auditedSKU.FindAllStringSubmatch(side, -1)
	for _, m := range found {
		id, err := license.ParseGUID(m[1])
		if err != nil {
			return nil, false
		}
		plans := strings.FieldsFunc(strings.ToLower(m[2]), func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
		slices.Sort(plans)
		held[id] = append(held[id], strings.Join(plans, " "))
	}
	out := map[license.GUID]string{}
	for id, licenses := range held {
		slices.Sort(licenses)
		out[id] = strings.Join(licenses, "|")
	}
	isEmpty := strings.Trim(side, "[] \r\n\t") == ""
	return out, len(found) == strings.Count(side, "SkuId=") && (len(found) > 0 || isEmpty)
}

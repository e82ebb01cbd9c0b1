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
	var out []Audit
	read := 0
	for page, err := range pages(ctx, r.client, req, listOf(wireAudit.decode)) {
		if err != nil {
			return nil, err
		}
		for _, a := range page {
			if len(a.Targets) > 0 {
				out = append(out, a)
			}
		}
		if read++; read >= q.Pages {
			break
		}
	}
	return out, nil
}

type wireAudit struct {
	At          time.Time `json:"activityDateTime"`
	Activity    string    `json:"activityDisplayName"`
	Result      string    `json:"result"`
	Correlation string    `json:"correlationId"`
	By          struct {
		User struct {
			UserPrincipalName string `json:"userPrincipalName"`
			DisplayName       string `json:"displayName"`
			ID                string `json:"id"`
		} `json:"user"`
		App struct {
			DisplayName   string `json:"displayName"`
			PrincipalName string `json:"servicePrincipalName"`
			AppID         string `json:"appId"`
		} `json:"app"`
	} `json:"initiatedBy"`
	Targets []wireAuditTarget `json:"targetResources"`
}

type wireAuditTarget struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	Properties []struct {
		Name string  `json:"displayName"`
		Old  *string `json:"oldValue"`
		New  *string `json:"newValue"`
	} `json:"modifiedProperties"`
}

// decode gives an entry without targets where it tells of a failure, or of no
// user. Initiators are missing in many ways: a person, an app of which all but
// the name is null, or nobody.
func (w wireAudit) decode() (Audit, error) {
	if w.At.IsZero() {
		return Audit{}, errors.New("an entry of the audit log without a time")
	}
	user, app := w.By.User, w.By.App
	out := Audit{
		At: w.At, Activity: strings.TrimSuffix(oneLine(w.Activity), "."), Correlation: w.Correlation,
		Actor: oneLine(firstOf(user.UserPrincipalName, user.DisplayName, user.ID, app.DisplayName, app.PrincipalName, app.AppID)),
	}
	if w.Result != "success" {
		return out, nil
	}
	for _, t := range w.Targets {
		if id, err := license.ParseGUID(t.ID); err == nil && t.Type == "User" {
			out.Targets = append(out.Targets, t.decode(id))
		}
	}
	return out, nil
}

// The properties of an entry that say what a plan compares, folded.
const (
	auditedLicense  = "assignedlicense"
	auditedLocation = "usagelocation"
)

// decode reads what was changed. An entry without a property does not say; one
// with others alone says that it was something else.
func (w wireAuditTarget) decode(user license.GUID) AuditTarget {
	out := AuditTarget{User: user, Told: len(w.Properties) > 0}
	for _, p := range w.Properties {
		switch strings.ToLower(p.Name) {
		case auditedLicense:
			skus, ok := changedSKUs(p.Old, p.New)
			if !ok {
				return AuditTarget{User: user}
			}
			out.SKUs = skus
		case auditedLocation:
			out.UsageLocation = textOf(p.Old) != textOf(p.New)
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

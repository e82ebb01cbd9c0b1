package report

import (
	"fmt"
	"io"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
	"github.com/licensectl/licensectl/pkg/report/internal/pseudonym"
)

// ExplainGroupText writes for people why a group gives, comes to give or stops giving
// each product: which group it is, what is true of it as a whole, then each product with
// its reasons, and the findings.
//
// The error is the writer's.
func ExplainGroupText(w io.Writer, e *plan.GroupExplanation, o Options) error {
	if o.Redact {
		e = redactGroupExplanation(e)
	}
	t := explainText{v: newGroupExplainView(e, newNamer(o.Names, explainedGroupProducts(e))), page: o.page(w)}
	t.page.Add("Tenant  "+t.v.tenant, "Group   "+t.v.user, "Plan    as of "+t.v.asOf+", "+t.v.planID)
	t.part("GROUP", t.v.reasons)
	t.page.Title("LICENSES")
	if len(t.v.licenses) == 0 {
		t.page.Add("  none, and no manifest asks for one")
	}
	for _, l := range t.v.licenses {
		t.entry(l)
	}
	t.findings()
	t.page.Gap()
	t.page.Add(o.Style.Paint(layout.Strong, t.v.sum))
	if err := t.page.Close(); err != nil {
		return fmt.Errorf("writing the explanation: %w", err)
	}
	return nil
}

func explainedGroupProducts(e *plan.GroupExplanation) products {
	return func(yield func(license.GUID, string) bool) {
		for _, l := range e.Licenses {
			if !yield(l.SKUID, l.SKUPartNumber) {
				return
			}
		}
	}
}

func newGroupExplainView(e *plan.GroupExplanation, n namer) *explainView {
	v := &explainView{
		tenant: tenantName(e.Tenant, e.Cloud), user: explainedGroupName(e.Group), asOf: e.AsOf.String(), planID: Safe(e.PlanID),
		reasons: explainedReasons(e.Reasons), sum: "Nothing changes in what the group gives.",
	}
	if c := e.Change; c != nil {
		v.sum = "Plan: " + string(c.Status) + "; " + meansText(c) + "."
	}
	for _, l := range e.Licenses {
		mark, tone, text := groupLicenseWords(l, e.Group)
		v.licenses = append(v.licenses, explainedThing{mark: mark, tone: tone, text: n.sku(l.SKUID, l.SKUPartNumber) + ": " + text, reasons: explainedReasons(l.Reasons)})
	}
	for _, f := range e.Findings {
		text := Safe(string(f.Severity)) + " " + Safe(string(f.Code)) + ": " + SafeMessage(f.Message)
		v.findings = append(v.findings, explainedFinding{explainedReason{text, findingSource(f)}, SafeMessage(f.Hint)})
	}
	return v
}

// explainedGroupName gives the name and id of a group, and what kind it is.
func explainedGroupName(g plan.ExplainedGroup) string {
	text := Safe(g.DisplayName) + " (" + g.ID.String() + ")"
	switch {
	case g.Members == nil:
		text += ", members not told"
	default:
		text += ", " + counted(*g.Members, "member")
	}
	if !g.SecurityEnabled {
		text += ", not security-enabled"
	}
	if g.Dynamic {
		text += ", dynamic"
	}
	if g.OnPremisesSynced {
		text += ", synchronized from elsewhere"
	}
	if g.ProcessingState != "" {
		text += ", " + Safe(g.ProcessingState)
	}
	return text
}

func groupLicenseWords(l plan.ExplainedGroupLicense, g plan.ExplainedGroup) (mark string, tone layout.Tone, text string) {
	switch l.Op {
	case plan.OpAdd:
		return string(gains), layout.Good, "comes to give it"
	case plan.OpRemove:
		return string(loses), layout.Bad, "stops giving it"
	case plan.OpUpdate:
		return string(alters), layout.Worth, "gives it with other service plans"
	}
	switch {
	case g.Untold:
		return "?", layout.Worth, "whether it gives it is not told"
	case !l.Gives:
		return "!", layout.Worth, "does not give it"
	}
	return "=", layout.Normal, "gives it"
}

// ExplainGroupJSON writes the explanation of a group as one JSON document, indented
// and safe to print.
//
// The error is the writer's.
func ExplainGroupJSON(w io.Writer, e *plan.GroupExplanation, o Options) error {
	if o.Redact {
		e = redactGroupExplanation(e)
	}
	if err := WriteJSON(w, e); err != nil {
		return fmt.Errorf("writing the explanation: %w", err)
	}
	return nil
}

// redactGroupExplanation gives a copy without names of users.
func redactGroupExplanation(e *plan.GroupExplanation) *plan.GroupExplanation {
	v := pseudonym.New(e.Tenant.ID, 0, nil)
	if e.Change == nil {
		return pseudonym.Copy(v, e)
	}
	bare := *e
	bare.Change = &unnamed([]plan.GroupChange{*e.Change})[0]
	out := pseudonym.Copy(v, &bare)
	renameMembers(v, out.Change, e.Change)
	return out
}

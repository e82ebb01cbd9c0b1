package planner_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// The explanation of a user is what the plan does with them: no more, no less
// and nothing else.
func TestExplainNeverContradictsThePlan(t *testing.T) {
	seen := map[plan.Verdict]bool{}
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t)
		in.Options.AdditionsOnly = rapid.IntRange(0, 5).Draw(t, "additions only") == 0
		if rapid.IntRange(0, 5).Draw(t, "protected") == 0 {
			in.Policy.Protected = []plan.Ref{{Name: upn("u0")}}
		}
		p := mustMake2(t, in)
		for _, u := range in.Observed.Users {
			e, err := planner.Explain(in, u.UserPrincipalName)
			if err != nil {
				t.Fatal(err)
			}
			if e.PlanID != p.PlanID || e.Applyable != p.Applyable {
				t.Fatalf("the plan %s is explained as %s", p.PlanID, e.PlanID)
			}
			if got, want := done(e), planned(p, u.ID); !cmp.Equal(got, want) {
				t.Fatalf("%s: explained as %v, planned is %v", u.UserPrincipalName, got, want)
			}
			if got, want := holdsAfter(e), heldAfter(in, p, u.ID); !cmp.Equal(got, want) {
				t.Fatalf("%s: holds %v after the explanation, %v after the plan: %v", u.UserPrincipalName, got, want, verdicts(e))
			}
			for _, l := range e.Licenses {
				seen[l.Verdict] = true
				if len(l.Reasons) == 0 {
					t.Fatalf("%s: no reason for %s of %s", u.UserPrincipalName, l.Verdict, l.SKUPartNumber)
				}
			}
		}
	})
	for _, v := range plan.Verdicts() {
		if rare := v == plan.VerdictAccepted || v == plan.VerdictPending; !seen[v] && !rare {
			t.Errorf("no world had the verdict %s", v)
		}
	}
}

// done is what an explanation says that the plan does: "ready remove E3".
func done(e *plan.Explanation) []string {
	out := []string{}
	for _, l := range e.Licenses {
		switch l.Verdict {
		case plan.VerdictLose, plan.VerdictUpdate, plan.VerdictGain:
			out = append(out, "ready "+string(l.Op)+" "+l.SKUPartNumber)
		case plan.VerdictBlocked, plan.VerdictHeld:
			if l.Op != "" {
				out = append(out, string(l.Verdict)+" "+string(l.Op)+" "+l.SKUPartNumber)
			}
		}
	}
	switch e.Location.Verdict {
	case plan.VerdictUpdate:
		out = append(out, "ready setUsageLocation ")
	case plan.VerdictBlocked, plan.VerdictHeld:
		out = append(out, string(e.Location.Verdict)+" setUsageLocation ")
	}
	slices.Sort(out)
	return out
}

// planned is what the plan does with a user, in the same words.
func planned(p *plan.Plan, user license.GUID) []string {
	out := []string{}
	for _, c := range p.Changes {
		for _, a := range c.Actions {
			if c.User.ID == user {
				out = append(out, fmt.Sprintf("%s %s %s", c.Status, a.Op, a.SKUPartNumber))
			}
		}
	}
	slices.Sort(out)
	return out
}

// holdsAfter is what the user holds directly once everything has happened that
// is explained.
func holdsAfter(e *plan.Explanation) []string {
	out := []string{}
	for _, l := range e.Licenses {
		isHeld := slices.ContainsFunc(l.Paths, func(p plan.Path) bool { return p.Kind == plan.PathDirect })
		if l.Verdict == plan.VerdictGain || isHeld && l.Verdict != plan.VerdictLose {
			out = append(out, l.SKUPartNumber)
		}
	}
	slices.Sort(out)
	return out
}

// heldAfter is the same after the plan.
func heldAfter(in planner.Input, p *plan.Plan, user license.GUID) []string {
	out := []string{}
	for _, u := range after(in.Observed.Users, p) {
		for _, s := range in.Observed.SKUs {
			if _, held := u.DirectLicense(s.ID); held && u.ID == user {
				out = append(out, s.PartNumber)
			}
		}
	}
	slices.Sort(out)
	return out
}

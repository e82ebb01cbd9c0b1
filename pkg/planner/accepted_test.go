package planner_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// accept is an entry of acceptedDrift that finance answers for.
func accept(user, part, until string) plan.AcceptedDrift {
	return plan.AcceptedDrift{
		User: plan.Ref{Name: user, Source: where(1)}, SKU: plan.Ref{Name: part, Source: where(2)},
		Owner: "finance", Reason: "trial until the audit", Until: day(until),
	}
}

// TestAcceptedDrift lets Ada hold E3 and VISIO, of which she is declared to
// hold neither, and lack E5.
func TestAcceptedDrift(t *testing.T) {
	const open, over = "2027-11-22", "2026-11-21"
	for _, tc := range []struct {
		name     string
		accepted []plan.AcceptedDrift
		adjust   func(*planner.Input)
		changes  []string
		findings []string
	}{
		{"a license too many is left, the rest is not", []plan.AcceptedDrift{accept(upn("ada"), "VISIO", open)}, nil,
			[]string{"ada ready: -E3 +E5"}, []string{"info accepted-drift ada"}},
		{"a license that is missing is left, and by object id too", []plan.AcceptedDrift{accept(id("ada").String(), "E5", open)}, nil,
			[]string{"ada ready: -E3 -VISIO"}, []string{"info accepted-drift ada"}},
		{"all of them", []plan.AcceptedDrift{accept(upn("ada"), "VISIO", open), accept("ADA@contoso.com", "E5", open), accept(upn("ada"), "E3", open)}, nil,
			nil, []string{"info accepted-drift ada", "info accepted-drift ada", "info accepted-drift ada"}},
		{"on its day it is over", []plan.AcceptedDrift{accept(upn("ada"), "VISIO", over)}, nil,
			[]string{"ada ready: -E3 -VISIO +E5"}, []string{"warning accepted-drift-expired ada"}},
		{"an entry that is renewed counts, the old one can go", []plan.AcceptedDrift{accept(upn("ada"), "VISIO", over), accept(upn("ada"), "VISIO", open)}, nil,
			[]string{"ada ready: -E3 +E5"}, []string{"warning accepted-drift-unused ada", "info accepted-drift ada"}},
		{"nothing to accept", []plan.AcceptedDrift{accept(upn("bob"), "E3", open)}, nil,
			[]string{"ada ready: -E3 -VISIO +E5"}, []string{"warning accepted-drift-unused bob"}},
		{"nothing to accept any more", []plan.AcceptedDrift{accept(upn("bob"), "E3", over)}, nil,
			[]string{"ada ready: -E3 -VISIO +E5"}, []string{"warning accepted-drift-unused bob"}},
		{"nobody", []plan.AcceptedDrift{accept(upn("adda"), "E3", open)}, nil,
			[]string{"ada ready: -E3 -VISIO +E5"}, []string{"warning accepted-drift-unused adda"}},
		{"a product that nobody knows blocks: it may be a misspelt exception", []plan.AcceptedDrift{accept(upn("ada"), "E33", open)}, nil,
			[]string{"ada blocked: -E3 -VISIO +E5 [policy-unknown-sku]"}, []string{"error policy-unknown-sku", "warning accepted-drift-unused ada"}},
		{"who is blocked as a whole may have the difference", []plan.AcceptedDrift{accept(upn("ada"), "VISIO", open)},
			func(in *planner.Input) { in.Desired.Users[0].Licenses = []plan.DesiredLicense{lic("E55")} },
			[]string{"ada blocked: [unknown-sku]"}, []string{"error unknown-sku ada"}},
		{"what a group gives is a difference as well", []plan.AcceptedDrift{accept(upn("ada"), "VISIO", open)},
			func(in *planner.Input) {
				u := &in.Observed.Users[0]
				if u.UserPrincipalName != upn("ada") {
					u = &in.Observed.Users[1]
				}
				u.Assignments = []license.Assignment{inherited("sales", "VISIO")}
			},
			[]string{"ada ready: +E5"}, []string{"info accepted-drift ada"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := world([]plan.DesiredUser{entry("ada", lic("E5")), entry("bob", lic("E3"))},
				[]license.UserState{user("ada", direct("E3"), direct("VISIO")), user("bob", direct("E3"))},
				sku("E3", 9, 2), sku("E5", 9, 0), sku("VISIO", 9, 1))
			in.Policy.AcceptedDrift = tc.accepted
			if tc.adjust != nil {
				tc.adjust(&in)
			}
			p := mustMake(t, in)
			if diff := cmp.Diff(nonNil(tc.changes), lines(p)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(nonNil(tc.findings), codes(p)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			for _, f := range p.Findings {
				if strings.HasPrefix(string(f.Code), "accepted-drift") && (!strings.Contains(f.Message, "finance") || !strings.Contains(f.Message, "-11-2")) {
					t.Errorf("does not name the owner and the day: %s", f.Message)
				}
			}
		})
	}
}

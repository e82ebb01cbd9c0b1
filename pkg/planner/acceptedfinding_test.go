package planner_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// said lists the findings of some codes, with all that they are about.
func said(p *plan.Plan, some ...plan.Code) []string {
	out := []string{}
	for _, f := range p.Findings {
		for _, code := range some {
			if f.Code == code {
				out = append(out, fmt.Sprintf("%s %s: %s", f.Severity, f.User, f.Message))
			}
		}
	}
	return out
}

// What groups give beside the manifests is one line for each group, however
// many users it gives it to, and no warning.
func TestGroupsAreToldOnce(t *testing.T) {
	var entries []plan.DesiredUser
	var users []license.UserState
	for i := range 40 {
		name := fmt.Sprintf("user%02d", i)
		entries = append(entries, entry(name, lic("E3")))
		held := []license.Assignment{direct("E3"), inherited("sales", "VISIO")}
		if i < 10 {
			held = append(held, inherited("sales", "E5"), inherited("board", "E5"))
		}
		users = append(users, user(name, held...))
	}
	entries, users = append(entries, entry("leaver")), append(users, user("leaver", inherited("sales", "E5")))
	in := world(entries, users, sku("E3", 50, 40), sku("E5", 50, 11), sku("VISIO", 50, 40))
	in.Observed.Groups = map[license.GUID]string{id("sales"): "Sales", id("board"): "Board"}
	want := []string{
		"warning leaver@contoso.com: E5 is not declared, but comes from group \"Sales\"",
		"info : group \"Board\" gives 10 users what the manifests do not declare for them: E5",
		"info : group \"Sales\" gives 40 users what the manifests do not declare for them: E5, VISIO",
	}
	if diff := cmp.Diff(want, said(mustMake(t, in), plan.CodeInherited)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestAcceptedFindings states which findings an entry of the policy accepts,
// and what is said in their place.
func TestAcceptedFindings(t *testing.T) {
	accepted := []plan.Code{plan.CodeAcceptedFinding, plan.CodeAcceptedFindingExpired, plan.CodeAcceptedFindingUnused, plan.CodeInherited, plan.CodeInheritedPlans, plan.CodeUserNotFound}
	with := func(adjust func(*plan.AcceptedFinding)) planner.Input {
		in := world([]plan.DesiredUser{entry("ada", licWithout("E3", "E3_CHAT")), entry("bob", licWithout("E3", "E3_CHAT")), entry("gone")},
			[]license.UserState{user("ada", inherited("sales", "E3")), user("bob", inherited("board", "E3"))}, sku("E3", 9, 2), sku("E5", 9, 0))
		a := plan.AcceptedFinding{Code: plan.CodeInheritedPlans, Owner: "it", Reason: "by design", Until: day("2027-01-01"), Source: where(20)}
		adjust(&a)
		in.Policy.AcceptedFindings = []plan.AcceptedFinding{a}
		return in
	}
	lines := func(in planner.Input) (out []string) {
		for _, f := range mustMake(t, in).Findings {
			for _, code := range accepted {
				if f.Code == code {
					out = append(out, fmt.Sprintf("%s %s %s", f.Severity, f.Code, f.User))
				}
			}
		}
		return out
	}
	for _, tc := range []struct {
		name   string
		adjust func(*plan.AcceptedFinding)
		want   []string
		says   string
	}{
		{"all of a code", func(*plan.AcceptedFinding) {}, []string{"error user-not-found gone@contoso.com", "info accepted-finding "},
			"info : 2 inherited-plans findings are accepted until 2027-01-01: by design (it)"},
		{"of a user", func(a *plan.AcceptedFinding) { a.User.Name = "ADA@contoso.com" },
			[]string{"error user-not-found gone@contoso.com", "warning inherited-plans bob@contoso.com", "info accepted-finding "},
			"info : 1 inherited-plans finding is accepted until 2027-01-01: by design (it)"},
		{"of a group", func(a *plan.AcceptedFinding) { a.Group = id("board") },
			[]string{"error user-not-found gone@contoso.com", "warning inherited-plans ada@contoso.com", "info accepted-finding "},
			"info : 1 inherited-plans finding is accepted until 2027-01-01: by design (it)"},
		{"of a product", func(a *plan.AcceptedFinding) { a.SKU.Name = "E3" }, []string{"error user-not-found gone@contoso.com", "info accepted-finding "},
			"info : 2 inherited-plans findings are accepted until 2027-01-01: by design (it)"},
		{"of another product", func(a *plan.AcceptedFinding) { a.SKU.Name = "E5" },
			[]string{"error user-not-found gone@contoso.com", "warning accepted-finding-unused ", "warning inherited-plans ada@contoso.com", "warning inherited-plans bob@contoso.com"},
			"warning : acceptedFindings accepts inherited-plans for E5, and there is no such finding (it, until 2027-01-01)"},
		{"until a day that has come", func(a *plan.AcceptedFinding) { a.Until = day("2026-11-21") },
			[]string{"error user-not-found gone@contoso.com", "warning accepted-finding-expired ", "warning inherited-plans ada@contoso.com", "warning inherited-plans bob@contoso.com"},
			"warning : 2 inherited-plans findings were accepted until 2026-11-21, which is over: by design (it)"},
		{"never an error", func(a *plan.AcceptedFinding) { a.Code = plan.CodeUserNotFound },
			[]string{"error user-not-found gone@contoso.com", "warning accepted-finding-unused ", "warning inherited-plans ada@contoso.com", "warning inherited-plans bob@contoso.com"},
			"warning : acceptedFindings accepts user-not-found, and there is no such finding (it, until 2027-01-01)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := with(tc.adjust)
			if diff := cmp.Diff(tc.want, lines(in)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got := said(mustMake(t, in), accepted[:3]...); len(got) != 1 || got[0] != tc.says {
				t.Errorf("says %q, want %q", got, tc.says)
			}
		})
	}
}

package apply_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// TestReceiptsNameGroups: what a change rests on is told by the name that the plan has
// of a group, with its id where another one has that name, and else by its id.
func TestReceiptsNameGroups(t *testing.T) {
	pilot := plan.Group{ID: id("pilot"), DisplayName: "Pilot"}
	for name, tc := range map[string]struct {
		groups []plan.Group
		want   string
	}{
		"known":     {[]plan.Group{pilot}, `"Pilot"`},
		"namesakes": {[]plan.Group{pilot, {ID: id("other"), DisplayName: "pilot"}}, `"Pilot" (` + id("pilot").String() + ")"},
		"unknown":   {nil, id("pilot").String()},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := people(2)
				users[0].Licenses = gives("E3")
				g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("pilot", users[1:])}}, emulator.Options{})
				c := g.follows("u0000", "E3", "pilot")
				c.WaitsForGroups = nil
				p := planOf(nil, c)
				p.Groups = tc.groups
				out := g.apply(p)
				want := "E3, from group " + tc.want + ", is gone, which the plan counts on"
				if res := result(t, out, "u0000"); res.Outcome != receipt.Stale || res.Message != want {
					t.Errorf("%s: %q, want %q", res.Outcome, res.Message, want)
				}
			})
		})
	}
}

// TestReprocessNamesGroups: of whom a group still fails to give something the receipt
// says by its name which one it is.
func TestReprocessNamesGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTenant(t, []license.UserState{failing(holder("ada"), "sales", "E3")}, map[string]int{"E3": 1})
		state := plan.State{UsageLocation: "DE", Licenses: []plan.StateLicense{}}
		p := planOf(nil, plan.Change{
			User: plan.UserRef{ID: id("ada"), UserPrincipalName: "ada@contoso.com"}, Status: plan.StatusReady, Before: state, After: state,
			Actions: []plan.Action{{Op: plan.OpReprocess}},
		})
		p.Groups = []plan.Group{{ID: id("sales"), DisplayName: "Sales"}}
		res := result(t, carryOut(t, t.Context(), s, p, func(o *apply.Options) { o.GroupWriter = fruitless{} }), "ada")
		if want := `E3, from group "Sales", is not in force (Error, CountViolation)`; !strings.Contains(res.VerificationMessage, want) {
			t.Errorf("%s, %s: %q does not say %q", res.Outcome, res.Verification, res.VerificationMessage, want)
		}
	})
}

// fruitless is a service that takes every call about groups, and does nothing.
type fruitless struct{}

func (fruitless) AssignGroupLicense(context.Context, license.GUID, graph.LicenseChange) (graph.Reply, error) {
	return graph.Reply{}, nil
}

func (fruitless) Reprocess(context.Context, license.GUID) (graph.Reply, error) {
	return graph.Reply{}, nil
}

// failing is a user whom a group could not give a product.
func failing(u license.UserState, group, part string) license.UserState {
	u = fromGroup(u, group, part)
	edit(&u, group, func(a *license.Assignment) { a.State, a.Error = "Error", "CountViolation" })
	return u
}

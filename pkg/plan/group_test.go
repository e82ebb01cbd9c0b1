package plan_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

func id(name string) license.GUID { return uuid.NewSHA1(uuid.Nil, []byte(name)) }

func ids(names ...string) []license.GUID {
	out := []license.GUID{}
	for _, n := range names {
		out = append(out, id(n))
	}
	slices.SortFunc(out, license.CompareGUIDs)
	return out
}

// swapOfOffice takes E3 from a group and gives E5: ada and ben swap, cleo has E5
// by another path, dan has no usage location.
func swapOfOffice() plan.GroupChange {
	e3 := plan.StateLicense{SKUID: id("E3"), DisabledPlans: []license.GUID{}}
	e5 := plan.StateLicense{SKUID: id("E5"), DisabledPlans: []license.GUID{}}
	c := plan.GroupChange{
		Group:  plan.Group{ID: id("office"), DisplayName: "Office"},
		Status: plan.StatusReady,
		Actions: []plan.Action{
			{Op: plan.OpRemove, SKUID: id("E3"), SKUPartNumber: "E3", Before: &plan.Before{DisabledPlans: []plan.PlanRef{}}},
			{Op: plan.OpAdd, SKUID: id("E5"), SKUPartNumber: "E5", DisabledPlans: []plan.PlanRef{}},
		},
		Before: plan.GroupState{Licenses: []plan.StateLicense{e3}}, After: plan.GroupState{Licenses: []plan.StateLicense{e5}},
		WaitsFor: []license.GUID{}, Reasons: []plan.Code{},
		Effects: []plan.MemberEffect{
			{Gain: ids("E5"), Lose: ids("E3"), Wait: []plan.Waiting{}, Members: ids("ada", "ben")},
			{Gain: ids(), Lose: ids(), Wait: []plan.Waiting{}, Members: ids("cleo")},
			{Gain: ids(), Lose: ids("E3"), Wait: []plan.Waiting{{SKUID: id("E5"), Reason: plan.CodeNoUsageLocation}}, Members: ids("dan")},
		},
	}
	c.Members = plan.CountMembers(c.Effects)
	return c
}

func TestWhatAGroupChangeMeansForItsMembers(t *testing.T) {
	c := swapOfOffice()
	if want := (plan.MemberCounts{Total: 4, Gain: 2, Lose: 3, Keep: 1, Wait: 1}); c.Members != want {
		t.Errorf("members %+v, want %+v", c.Members, want)
	}
	if !c.Loses(id("ada"), id("E3")) || c.Loses(id("cleo"), id("E3")) || c.Loses(id("eve"), id("E3")) || c.Loses(id("ada"), id("E5")) {
		t.Error("ada loses E3, and neither cleo, who keeps it, nor eve, who is no member")
	}
	if diff := cmp.Diff(ids("ada", "ben", "cleo"), c.Promises(id("E5"))); diff != "" {
		t.Errorf("who is to have E5 by the group (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(ids("ada", "ben", "cleo", "dan"), c.MemberIDs()); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}

// TestGuardsCountMembers: what a group takes away counts like as many changes of
// users, and once where two groups, or a group and a change of the user's own, take
// the same.
func TestGuardsCountMembers(t *testing.T) {
	office, twin := swapOfOffice(), swapOfOffice()
	twin.Group.ID = id("twin")
	counts := plan.NewGuardCounts()
	counts.CountGroups([]plan.GroupChange{office, twin})
	own := plan.Change{User: plan.UserRef{ID: id("ada")}, Status: plan.StatusReady, Actions: []plan.Action{
		{Op: plan.OpRemove, SKUID: id("E3")}, {Op: plan.OpRemove, SKUID: id("visio")},
	}}
	counts.Count(&own)
	if counts.Changed != 3 || counts.Removals != 4 || counts.MostOfOne != 2 || counts.Swapped != 2 ||
		counts.PerSKU[id("E3")] != 3 || counts.PerSKU[id("visio")] != 1 {
		t.Errorf("counted %+v", counts)
	}
	blocked := plan.NewGuardCounts()
	office.Status = plan.StatusBlocked
	blocked.CountGroups([]plan.GroupChange{office})
	if blocked.Changed+blocked.Removals != 0 {
		t.Errorf("a blocked change counts: %+v", blocked)
	}
}

func TestPlanIDCoversReadyGroupChanges(t *testing.T) {
	with := func(changes ...plan.GroupChange) string {
		return plan.Identify(&plan.Plan{Tenant: plan.Tenant{ID: id("tenant")}, GroupChanges: changes})
	}
	office, blocked, other := swapOfOffice(), swapOfOffice(), swapOfOffice()
	blocked.Status = plan.StatusBlocked
	other.Group.ID = id("other")
	none := with()
	if with(blocked) != none {
		t.Error("a blocked group change makes another id")
	}
	if with(office) == none || with(office) == with(other) || with(office, other) != with(other, office) {
		t.Error("a ready group change must make another id, whatever its place")
	}
	grown := swapOfOffice()
	first := &grown.Effects[0]
	first.Members = append(slices.Clone(first.Members), id("zoe"))
	if with(grown) == with(office) {
		t.Error("who approves that a product is taken from some members has not approved it of one more")
	}
	again := plan.Change{User: plan.UserRef{ID: id("ada")}, Status: plan.StatusReady, Actions: []plan.Action{{Op: plan.OpReprocess}}}
	still := plan.Change{User: plan.UserRef{ID: id("ada")}, Status: plan.StatusReady}
	of := func(c plan.Change) string { return plan.Identify(&plan.Plan{Changes: []plan.Change{c}}) }
	if of(again) == of(still) {
		t.Error("to reprocess is something to approve")
	}
}

// planOfGroups is a plan that Decode takes.
func planOfGroups() *plan.Plan {
	zero := 3
	p := &plan.Plan{
		FormatVersion: plan.FormatVersion, Applyable: true, CreatedAt: time.Unix(0, 0).UTC(),
		Tenant: plan.Tenant{ID: id("tenant")}, Sources: []plan.SourceFile{}, Scope: plan.Scope{Ignored: []license.GUID{}},
		Summary: plan.Summary{Groups: 1, GroupsChanged: 1}, Seats: []plan.Seats{}, Changes: []plan.Change{}, Findings: []plan.Finding{},
		GroupChanges: []plan.GroupChange{swapOfOffice()},
		Guards: []plan.Guard{
			{Name: plan.GuardMaxRemovals, Limit: &zero, Actual: 3}, {Name: plan.GuardMaxRemovalsPerSKU, SKUPartNumber: "E3", Limit: &zero, Actual: 3},
			{Name: plan.GuardMaxUsersLosingAll, Actual: 1}, {Name: plan.GuardMaxUsersChanged, Actual: 3},
		},
	}
	p.PlanID = plan.Identify(p)
	return p
}

func TestGroupChangesAreReadBack(t *testing.T) {
	want := planOfGroups()
	var text bytes.Buffer
	if err := plan.Encode(&text, want); err != nil {
		t.Fatal(err)
	}
	got, err := plan.Decode(bytes.NewReader(text.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
	if groups, users := strings.Index(text.String(), `"groupChanges"`), strings.Index(text.String(), `"changes"`); groups > users {
		t.Error("group changes come before those of users")
	}
	without := planOfGroups()
	without.GroupChanges = nil
	without.Summary = plan.Summary{}
	text.Reset()
	if err := plan.Encode(&text, without); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ToLower(text.String()), "group") {
		t.Errorf("a plan that does not speak of groups does:\n%s", &text)
	}
}

// reckoned counts anew what a plan says of its changes, and names them anew by the
// id, as somebody would who edits a plan and knows how it is made.
func reckoned(p *plan.Plan) *plan.Plan {
	for i := range p.GroupChanges {
		p.GroupChanges[i].Members = plan.CountMembers(p.GroupChanges[i].Effects)
	}
	p.Summary = plan.Summarize(p.Changes, p.Summary.Users).WithGroups(p.GroupChanges, p.Summary.Groups)
	counts := plan.NewGuardCounts()
	counts.CountGroups(p.GroupChanges)
	p.Guards = slices.Clone(p.Guards[:1])
	p.Guards[0].Actual = counts.Removals
	for sku, n := range counts.PerSKU {
		p.Guards = append(p.Guards, plan.Guard{Name: plan.GuardMaxRemovalsPerSKU, SKUPartNumber: names[sku], Actual: n})
	}
	if len(counts.PerSKU) == 0 {
		p.Guards = append(p.Guards, plan.Guard{Name: plan.GuardMaxRemovalsPerSKU})
	}
	p.Guards = append(p.Guards, plan.Guard{Name: plan.GuardMaxUsersLosingAll}, plan.Guard{Name: plan.GuardMaxUsersChanged, Actual: counts.Changed})
	p.PlanID = plan.Identify(p)
	return p
}

// names are the part numbers of products.
var names = map[license.GUID]string{id("E3"): "E3", id("E5"): "E5"}

// isTaken reports whether Decode takes a plan that was written.
func isTaken(t *testing.T, p *plan.Plan) bool {
	t.Helper()
	var text bytes.Buffer
	if err := plan.Encode(&text, p); err != nil {
		t.Fatal(err)
	}
	_, err := plan.Decode(&text)
	return err == nil
}

// TestGroupChangesThatDoNotFit: whoever edits a plan by hand is told, also where
// every sum and the id are mended.
func TestGroupChangesThatDoNotFit(t *testing.T) {
	tests := map[string]func(p *plan.Plan){
		"a member twice":          func(p *plan.Plan) { p.GroupChanges[0].Effects[1].Members = ids("ada") },
		"members in no order":     func(p *plan.Plan) { slices.Reverse(p.GroupChanges[0].Effects[0].Members) },
		"a group twice":           func(p *plan.Plan) { p.Summary.Groups, p.GroupChanges = 2, append(p.GroupChanges, p.GroupChanges[0]) },
		"more groups than all":    func(p *plan.Plan) { p.Summary.Groups = 0 },
		"another after":           func(p *plan.Plan) { p.GroupChanges[0].After.Licenses = nil },
		"before out of scope":     func(p *plan.Plan) { p.Scope.Ignored = ids("E3") },
		"after out of scope":      func(p *plan.Plan) { p.Scope.Ignored = ids("E5") },
		"a loss of nothing":       func(p *plan.Plan) { p.GroupChanges[0].Effects[1].Lose = ids("visio") },
		"a loss of what it adds":  func(p *plan.Plan) { p.GroupChanges[0].Effects[1].Lose = ids("E5") },
		"a gain of nothing":       func(p *plan.Plan) { p.GroupChanges[0].Effects[1].Gain = ids("visio") },
		"a gain of what it takes": func(p *plan.Plan) { p.GroupChanges[0].Effects[1].Gain = ids("E3") },
		"a part of no loss":       func(p *plan.Plan) { p.GroupChanges[0].Effects[1].Part = ids("E3") },
	}
	if !isTaken(t, reckoned(planOfGroups())) {
		t.Error("a plan that nobody edited is refused")
	}
	for name, edit := range tests {
		t.Run(name, func(t *testing.T) {
			p := planOfGroups()
			edit(p)
			if isTaken(t, reckoned(p)) {
				t.Error("is taken for a plan")
			}
		})
	}
}

// TestSumsOfGroupChangesThatDoNotFit: each of the sums is counted again.
func TestSumsOfGroupChangesThatDoNotFit(t *testing.T) {
	guard := func(name plan.GuardName, adjust func(*plan.Guard)) func(*plan.Plan) {
		return func(p *plan.Plan) {
			adjust(&p.Guards[slices.IndexFunc(p.Guards, func(g plan.Guard) bool { return g.Name == name })])
		}
	}
	fewer := func(g *plan.Guard) { g.Actual-- }
	tests := map[string]func(p *plan.Plan){
		"another id":               func(p *plan.Plan) { p.PlanID = "sha256:0" },
		"another group":            func(p *plan.Plan) { p.GroupChanges[0].Group.ID = id("sales") },
		"members who lose":         func(p *plan.Plan) { p.GroupChanges[0].Members.Lose-- },
		"members in all":           func(p *plan.Plan) { p.GroupChanges[0].Members.Total++ },
		"groups that change":       func(p *plan.Plan) { p.Summary.GroupsChanged = 0 },
		"removals":                 guard(plan.GuardMaxRemovals, fewer),
		"removals of a product":    guard(plan.GuardMaxRemovalsPerSKU, fewer),
		"users who change":         guard(plan.GuardMaxUsersChanged, fewer),
		"a guard that is another":  guard(plan.GuardMaxUsersLosingAll, func(g *plan.Guard) { g.Name = "other" }),
		"a guard for another":      guard(plan.GuardMaxRemovalsPerSKU, func(g *plan.Guard) { g.SKUPartNumber = "E5" }),
		"a guard that trips early": guard(plan.GuardMaxRemovals, func(g *plan.Guard) { g.Tripped = true }),
		"a guard that trips late":  guard(plan.GuardMaxRemovals, func(g *plan.Guard) { two := 2; g.Limit = &two }),
		"a plan that is stopped":   func(p *plan.Plan) { p.Applyable = false },
	}
	for name, edit := range tests {
		t.Run(name, func(t *testing.T) {
			p := reckoned(planOfGroups())
			edit(p)
			if isTaken(t, p) {
				t.Error("is taken for a plan")
			}
		})
	}
}

// TestUsersThatAreThereTwice: by id and by name, however it is written.
func TestUsersThatAreThereTwice(t *testing.T) {
	of := func(name, upn string) plan.Change {
		return plan.Change{User: plan.UserRef{ID: id(name), UserPrincipalName: upn}, Status: plan.StatusBlocked}
	}
	tests := map[string]struct {
		changes []plan.Change
		taken   bool
	}{
		"two users":  {[]plan.Change{of("ada", "ada@contoso.com"), of("ben", "ben@contoso.com")}, true},
		"two names":  {[]plan.Change{of("ada", "ada@contoso.com"), of("ada", "ben@contoso.com")}, false},
		"two ids":    {[]plan.Change{of("ada", "ada@contoso.com"), of("ben", "Ada@Contoso.com")}, false},
		"more users": {[]plan.Change{of("ada", "ada@contoso.com"), of("ben", "ben@contoso.com"), of("cleo", "cleo@contoso.com")}, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			p := planOfGroups()
			p.Changes, p.Summary.Users = tc.changes, 2
			if got := isTaken(t, reckoned(p)); got != tc.taken {
				t.Errorf("taken: %v, want %v", got, tc.taken)
			}
		})
	}
}

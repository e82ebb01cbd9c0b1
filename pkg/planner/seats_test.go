package planner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

func TestSeats(t *testing.T) {
	swapTo := func(part string, names ...string) (out []plan.DesiredUser) {
		for _, n := range names {
			out = append(out, entry(n, lic(part)))
		}
		return out
	}
	holders := func(part string, names ...string) (out []license.UserState) {
		for _, n := range names {
			if part == "" {
				out = append(out, user(n))
			} else {
				out = append(out, user(n, direct(part)))
			}
		}
		return out
	}
	for _, tc := range []struct {
		name     string
		entries  []plan.DesiredUser
		users    []license.UserState
		e3, e5   license.SKU
		adjust   func(*planner.Input)
		changes  []string
		waits    []string // "ada waits for bob"
		findings []string
	}{
		{
			name:    "one more than there is",
			entries: swapTo("E3", "ada", "bob", "cay"), users: holders("", "ada", "bob", "cay"),
			e3: sku("E3", 12, 10), e5: sku("E5", 0, 0),
			changes:  []string{"ada ready: +E3", "bob ready: +E3", "cay blocked: +E3 [seat-shortage]"},
			findings: []string{"error seat-shortage cay"},
		},
		{
			name:    "a reserve is kept back",
			entries: swapTo("E3", "ada", "bob"), users: holders("", "ada", "bob"),
			e3: sku("E3", 12, 10), e5: sku("E5", 0, 0),
			adjust:   func(in *planner.Input) { in.Policy.Reserve = []plan.Reserve{{SKU: plan.Ref{Name: "E3"}, Seats: 1}} },
			changes:  []string{"ada ready: +E3", "bob blocked: +E3 [seat-shortage]"},
			findings: []string{"error seat-shortage bob"},
		},
		{
			name:    "who waits is a matter of priority",
			entries: []plan.DesiredUser{entry("ada", lic("E3")), important(entry("zoe", lic("E3")))},
			users:   holders("", "ada", "zoe"), e3: sku("E3", 1, 0), e5: sku("E5", 0, 0),
			adjust:   func(in *planner.Input) { in.Policy.Priority = []string{"board", "staff"} },
			changes:  []string{"ada blocked: +E3 [seat-shortage]", "zoe ready: +E3"},
			findings: []string{"error seat-shortage ada"},
		},
		{
			name: "whose seat goes to nobody is no reason for the more important to wait",
			entries: []plan.DesiredUser{
				important(entry("zoe", lic("E5"))), entry("bob", lic("E3")), entry("cay", lic("E5")), entry("dan"),
			},
			users: append(holders("", "zoe", "cay"), holders("E5", "bob", "dan")...),
			e3:    sku("E3", 0, 0), e5: sku("E5", 2, 2),
			adjust: func(in *planner.Input) { in.Policy.Priority = []string{"board", "staff"} },
			changes: []string{
				"bob blocked: -E5 +E3 [seat-shortage]", "cay blocked: +E5 [seat-shortage]", "dan ready: -E5", "zoe ready: +E5",
			},
			waits:    []string{"zoe waits for dan"},
			findings: []string{"error seat-shortage bob", "error seat-shortage cay"},
		},
		{
			name: "who gives a seat back does not get one before the more important",
			entries: []plan.DesiredUser{
				important(entry("amy", lic("E3"), lic("E5"))), important(entry("zoe", lic("E5"))), entry("bob", lic("E5")),
			},
			users: append(holders("", "amy", "zoe"), holders("E1", "bob")...),
			e3:    sku("E3", 0, 0), e5: sku("E5", 1, 0),
			adjust: func(in *planner.Input) {
				in.Policy.Priority = []string{"board", "staff"}
				in.Observed.SKUs = append(in.Observed.SKUs, sku("E1", 1, 1))
			},
			changes: []string{
				"amy blocked: +E3 +E5 [seat-shortage]", "bob blocked: -E1 +E5 [seat-shortage]", "zoe ready: +E5",
			},
			findings: []string{"error seat-shortage amy", "error seat-shortage amy", "error seat-shortage bob"},
		},
		{
			name: "a seat that the most important cannot use goes to the next",
			entries: []plan.DesiredUser{
				important(entry("amy", lic("E1"), lic("E3"), lic("E5"))), important(entry("zoe", lic("E5"))),
				entry("bob", lic("E1")), entry("cay", lic("E5")),
			},
			users: append(holders("", "amy", "zoe", "cay"), holders("E5", "bob")...),
			e3:    sku("E3", 0, 0), e5: sku("E5", 1, 1),
			adjust: func(in *planner.Input) {
				in.Policy.Priority = []string{"board", "staff"}
				in.Observed.SKUs = append(in.Observed.SKUs, sku("E1", 1, 0))
			},
			changes: []string{
				"amy blocked: +E1 +E3 +E5 [seat-shortage]", "bob ready: -E5 +E1", "cay blocked: +E5 [seat-shortage]", "zoe ready: +E5",
			},
			waits:    []string{"zoe waits for bob"},
			findings: []string{"error seat-shortage amy", "error seat-shortage amy", "error seat-shortage amy", "error seat-shortage cay"},
		},
		{
			name:    "a seat that is given up serves another",
			entries: append(swapTo("E3", "ada"), entry("bob")),
			users:   append(holders("", "ada"), holders("E3", "bob")...),
			e3:      sku("E3", 1, 1), e5: sku("E5", 0, 0),
			changes: []string{"ada ready: +E3", "bob ready: -E3"},
			waits:   []string{"ada waits for bob"},
		},
		{
			name:    "but first it makes up for what was overdrawn",
			entries: append(swapTo("E3", "ada"), entry("bob"), entry("cay")),
			users:   append(holders("", "ada"), holders("E3", "bob", "cay")...),
			e3:      sku("E3", 9, 10), e5: sku("E5", 0, 0),
			changes: []string{"ada ready: +E3", "bob ready: -E3", "cay ready: -E3"},
			waits:   []string{"ada waits for bob", "ada waits for cay"},
		},
		{
			name:    "a ring of swaps turns with one spare seat",
			entries: append(swapTo("E5", "ada", "bob"), swapTo("E3", "cay", "dan")...),
			users:   append(holders("E3", "ada", "bob"), holders("E5", "cay", "dan")...),
			e3:      sku("E3", 2, 2), e5: sku("E5", 3, 2),
			changes: []string{"ada ready: -E3 +E5", "bob ready: -E3 +E5", "cay ready: -E5 +E3", "dan ready: -E5 +E3"},
			waits:   []string{"bob waits for cay", "cay waits for ada", "dan waits for bob"},
		},
		{
			name:    "and is stuck without",
			entries: append(swapTo("E5", "ada"), swapTo("E3", "cay")...),
			users:   append(holders("E3", "ada"), holders("E5", "cay")...),
			e3:      sku("E3", 1, 1), e5: sku("E5", 1, 1),
			changes:  []string{"ada blocked: -E3 +E5 [seat-cycle]", "cay blocked: -E5 +E3 [seat-cycle]"},
			findings: []string{"error seat-cycle ada", "error seat-cycle cay"},
		},
		{
			name:    "a license that a group gives as well takes and frees no seat",
			entries: append(swapTo("E3", "ada"), entry("bob")),
			users: []license.UserState{
				user("ada", inherited("sales", "E3")), user("bob", direct("E3"), inherited("sales", "E3")),
			},
			e3: sku("E3", 2, 2), e5: sku("E5", 0, 0),
			adjust:   func(in *planner.Input) { in.Policy.Inherited = plan.InheritedAssign },
			changes:  []string{"ada ready: +E3", "bob ready: -E3"},
			findings: []string{"warning inherited-license bob"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := world(tc.entries, tc.users, tc.e3, tc.e5)
			if tc.adjust != nil {
				tc.adjust(&in)
			}
			p := mustMake(t, in)
			if diff := cmp.Diff(tc.changes, lines(p)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(nonNil(tc.waits), waits(p)); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(nonNil(tc.findings), codes(p)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func important(e plan.DesiredUser) plan.DesiredUser {
	e.Manifest = "board"
	return e
}

func waits(p *plan.Plan) []string {
	names := map[license.GUID]string{}
	for _, c := range p.Changes {
		names[c.User.ID], _, _ = strings.Cut(c.User.UserPrincipalName, "@")
	}
	out := []string{}
	for _, c := range p.Changes {
		for _, giver := range c.WaitsFor {
			out = append(out, names[c.User.ID]+" waits for "+names[giver])
		}
	}
	slices.Sort(out)
	return out
}

func TestSeatTableAndCost(t *testing.T) {
	price, err := plan.ParseMoney("57.5")
	if err != nil {
		t.Fatal(err)
	}
	in := world(
		[]plan.DesiredUser{entry("ada", lic("E5")), entry("bob", lic("E5")), entry("cay")},
		[]license.UserState{user("ada", direct("E3")), user("bob"), user("cay", direct("E3"))},
		sku("E3", 10, 4), sku("E5", 10, 3),
	)
	in.Policy.Prices = &plan.Prices{Currency: "EUR", Monthly: []plan.Price{{SKU: plan.Ref{Name: "E5"}, Amount: price}}}
	p := mustMake(t, in)
	want := []plan.Seats{
		{SKUID: id("E3"), SKUPartNumber: "E3", Enabled: 10, Consumed: 4, Remove: 2, After: 2},
		{SKUID: id("E5"), SKUPartNumber: "E5", Enabled: 10, Consumed: 3, Add: 2, After: 5},
	}
	if diff := cmp.Diff(want, p.Seats); diff != "" {
		t.Errorf("seats (-want +got):\n%s", diff)
	}
	if got := p.Cost.MonthlyDelta.String(); got != "115.00" || p.Cost.Currency != "EUR" {
		t.Errorf("cost %s %s", got, p.Cost.Currency)
	}
}

// TestRingSaysWhatWouldOpenIt has two rings that share no product: each needs
// one spare seat.
func TestRingSaysWhatWouldOpenIt(t *testing.T) {
	in := world(
		[]plan.DesiredUser{entry("ada", lic("E5")), entry("bob", lic("E3")), entry("cay", lic("F3")), entry("dan", lic("F1"))},
		[]license.UserState{user("ada", direct("E3")), user("bob", direct("E5")), user("cay", direct("F1")), user("dan", direct("F3"))},
		sku("E3", 1, 1), sku("E5", 1, 1), sku("F1", 1, 1), sku("F3", 1, 1),
	)
	p := mustMake(t, in)
	const want = "2 spare seats would open the way for all who wait like this: 1 of E5, 1 of F3"
	for _, f := range p.Findings {
		if f.Code != plan.CodeSeatCycle || f.Hint != want {
			t.Errorf("%s %s: %q", f.Code, f.User, f.Hint)
		}
	}
	if len(p.Findings) != 4 {
		t.Errorf("%d findings", len(p.Findings))
	}
	in.Observed.SKUs[1].Units.Enabled, in.Observed.SKUs[3].Units.Enabled = 2, 2
	if p := mustMake(t, in); p.Summary.Changed != 4 {
		t.Errorf("with those seats the plan is %v", lines(p))
	}
}

package planner_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// drawRules puts rules into a world, and signs of use of which some are missing.
func drawRules(t *rapid.T, in *planner.Input) {
	rule := plan.ReclaimRule{Name: "rule", Source: where(90)}
	if rapid.Bool().Draw(t, "some products") {
		rule.SKUs = []plan.Ref{{Name: "E5"}, {Name: "VISIO"}}
	}
	if rapid.Bool().Draw(t, "left") {
		rule.Left = since(5)
	}
	if rapid.Bool().Draw(t, "never") {
		rule.Never = since(5)
	}
	if rapid.Bool().Draw(t, "idle") || !rule.KnowsDay() {
		rule.Idle = plan.Idle{Days: 10, By: rapid.SampledFrom([]plan.IdleBy{plan.IdleBySignIn, plan.IdleByReport}).Draw(t, "by")}
	}
	rule.Disabled = rapid.IntRange(0, 4).Draw(t, "disabled") == 0
	rule.Newcomers = rapid.SampledFrom([]int{0, 7}).Draw(t, "newcomers")
	rule.Notice = rapid.SampledFrom([]int{0, 3}).Draw(t, "notice")
	in.Policy.Reclaim = []plan.ReclaimRule{rule}
	if rapid.Bool().Draw(t, "another rule") {
		in.Policy.Reclaim = append(in.Policy.Reclaim, plan.ReclaimRule{Name: "gone", Source: where(91), Left: since(8)})
	}
	signs := &in.Observed.Signals
	signs.SignIns, signs.Created, signs.Leave, signs.Assigned = seen(nil), days(nil), days(nil), given("", nil)
	signs.Activity = read(map[string][]license.LastUse{})
	for i := range in.Observed.Users {
		u := &in.Observed.Users[i]
		u.AccountEnabled = rapid.Bool().Draw(t, "enabled")
		if rapid.IntRange(0, 3).Draw(t, "told") > 0 {
			at := rapid.SampledFrom([]time.Time{{}, ago(1), ago(12), ago(90)})
			signs.SignIns.Users[u.ID] = license.SignIns{Interactive: at.Draw(t, "seen")}
			signs.Created.Users[u.ID] = at.Draw(t, "created")
			signs.Leave.Users[u.ID] = at.Draw(t, "leaves")
			for _, a := range u.Assignments {
				signs.Assigned.Users[u.ID] = append(signs.Assigned.Users[u.ID], license.AssignedAt{SKUID: a.SKUID, Group: a.Group, At: at.Draw(t, "given")})
			}
			if used := at.Draw(t, "used"); !used.IsZero() {
				signs.Activity.Users[u.ID] = []license.LastUse{{Workload: license.WorkloadTeams, Day: used}}
			}
		}
	}
	for i := range in.Observed.SKUs {
		if in.Observed.SKUs[i].PartNumber == "E5" {
			in.Observed.SKUs[i].Plans = append(in.Observed.SKUs[i].Plans, license.ServicePlan{ID: id("TEAMS1"), Name: "TEAMS1", AppliesTo: license.AppliesToUser})
		}
	}
}

// TestReclaimTakesNothingElse holds a plan with rules against the one without: the
// same, less what the rules take, plus seats that are given on. Each removal that
// a rule asks for has the signs that the rule wants.
func TestReclaimTakesNothingElse(t *testing.T) {
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t)
		drawRules(t, &in)
		with := mustMake2(t, in)
		rules := in.Policy.Reclaim
		in.Policy.Reclaim = nil
		without := mustMake2(t, in)
		in.Policy.Reclaim = rules
		before, after := bySKU(without), bySKU(with)
		blocked := map[license.GUID]bool{}
		for _, c := range without.Changes {
			blocked[c.User.ID] = c.Status != plan.StatusReady
		}
		for key, a := range after {
			b, was := before[key]
			byRule := a.CausedBy != nil && a.CausedBy.Kind == plan.OriginReclaim
			switch {
			case byRule && a.Op == plan.OpRemove:
				taken++
				if why := spared(in, key[0], key[1]); why != "" {
					t.Fatalf("%s is taken from %s, and %s", key[1], key[0], why)
				}
			case !was:
				t.Fatalf("without the rules there is no %s of %s for %s", a.Op, key[1], key[0])
			case a.Op != b.Op:
				t.Fatalf("a rule makes %s of %s", a.Op, b.Op)
			}
		}
		for key, b := range before {
			if _, still := after[key]; still {
				continue
			}
			if why := spared(in, key[0], key[1]); b.Op == plan.OpRemove || why != "" {
				t.Fatalf("the rules keep %s of %s from %s, and %s", b.Op, key[1], key[0], why)
			}
		}
		for _, c := range with.Changes {
			if c.Status == plan.StatusReady && len(c.Actions) > 0 {
				for _, a := range c.Actions {
					if g, told := c.Preconditions.Reclaim(a.SKUID); a.CausedBy.Kind == plan.OriginReclaim && (!told || g.Rule == "") {
						t.Fatalf("what %s is taken by is not in the preconditions", a.SKUPartNumber)
					}
				}
			}
		}
	})
	if taken == 0 {
		t.Error("no rule took anything")
	}
}

// spared tells why no rule takes a product from a user, by counting anew; empty: one
// does.
func spared(in planner.Input, user, sku license.GUID) string {
	why := "no rule is about it"
	for _, rule := range in.Policy.Reclaim {
		if rule.SKUs != nil && !slices.ContainsFunc(rule.SKUs, func(r plan.Ref) bool { return id(r.Name) == sku }) {
			continue
		}
		if why = unfulfilled(in, rule, user, sku); why == "" {
			return ""
		}
	}
	return why
}

// unfulfilled names a condition of a rule that does not hold.
func unfulfilled(in planner.Input, rule plan.ReclaimRule, user, sku license.GUID) string {
	signs, u := in.Observed.Signals, in.Observed.Users[slices.IndexFunc(in.Observed.Users, func(u license.UserState) bool { return u.ID == user })]
	old := func(at time.Time, days int) bool {
		return !at.IsZero() && int(noon.Sub(at).Hours()/24) >= days+rule.Notice
	}
	signIn, told := signs.SignIns.Users[user]
	anybody := false
	for _, s := range signs.SignIns.Users {
		anybody = anybody || !s.Interactive.IsZero()
	}
	used := time.Time{}
	for _, use := range signs.Activity.Users[user] {
		used = use.Day
	}
	newcomer := false
	if rule.Newcomers > 0 && (rule.Never != nil || rule.Idle.Days > 0) {
		newcomer = !old(signs.Created.Users[user], rule.Newcomers)
		if _, held := u.DirectLicense(sku); held {
			i := slices.IndexFunc(signs.Assigned.Users[user], func(a license.AssignedAt) bool { return a.SKUID == sku && a.Group == license.GUID{} })
			newcomer = newcomer || i < 0 || !old(signs.Assigned.Users[user][i].At, rule.Newcomers)
		}
	}
	switch {
	case rule.Disabled && u.AccountEnabled:
		return "the account is enabled"
	case rule.Left != nil && !old(signs.Leave.Users[user], *rule.Left):
		return "the user has not left"
	case rule.Never != nil && (!told || !anybody || !signIn.Interactive.IsZero() || !old(signs.Created.Users[user], *rule.Never)):
		return "somebody signed in, or it is not told"
	case rule.Idle.By == plan.IdleBySignIn && !old(signIn.Interactive, rule.Idle.Days):
		return "the user is not idle"
	case rule.Idle.By == plan.IdleByReport && (sku != id("E5") || !old(used, rule.Idle.Days)):
		return "the report does not say idle"
	case newcomer:
		return "the user is new"
	}
	return ""
}

// A sign that goes missing takes nothing from anybody: what a plan takes by rules
// with some signs it takes with all of them too.
func TestAMissingSignTakesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t)
		drawRules(t, &in)
		all := byRules(mustMake2(t, in))
		signs := &in.Observed.Signals
		switch rapid.IntRange(0, 4).Draw(t, "missing") {
		case 0:
			signs.SignIns = nil
		case 1:
			signs.Created = untold[time.Time](license.UnavailablePermission)
		case 2:
			signs.Leave = untold[time.Time](license.UnavailableAbsent)
		case 3:
			signs.Assigned.AsOf = ago(30)
		case 4:
			signs.Activity = untold[[]license.LastUse](license.UnavailableConcealed)
		}
		for key := range byRules(mustMake2(t, in)) {
			if !all[key] {
				t.Fatalf("%v is taken since a sign is missing", key)
			}
		}
	})
}

func byRules(p *plan.Plan) map[string]bool {
	out := map[string]bool{}
	for _, c := range p.Changes {
		for _, a := range c.Actions {
			if a.Op == plan.OpRemove && a.CausedBy != nil && a.CausedBy.Kind == plan.OriginReclaim {
				out[fmt.Sprint(c.User.ID, a.SKUID)] = true
			}
		}
	}
	return out
}

package planner_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// copilot is a product whose use the report of Copilot knows, and suiteSKU one with
// mail and chat, whose use the report of active users knows.
func copilot(enabled, consumed int) license.SKU {
	out := sku("COPILOT", enabled, consumed)
	out.Plans = append(out.Plans, license.ServicePlan{ID: id("M365_COPILOT_APPS"), Name: "M365_COPILOT_APPS", AppliesTo: license.AppliesToUser})
	return out
}

func suiteSKU(enabled, consumed int) license.SKU {
	out := sku("SUITE", enabled, consumed)
	for _, name := range []string{"EXCHANGE_S_ENTERPRISE", "TEAMS1"} {
		out.Plans = append(out.Plans, license.ServicePlan{ID: id(name), Name: name, AppliesTo: license.AppliesToUser})
	}
	return out
}

// ago is so many days before noon.
func ago(days int) time.Time { return noon.AddDate(0, 0, -days) }

// read is a reading of now.
func read[T any](users map[string]T) *license.Reading[T] {
	out := &license.Reading[T]{AsOf: noon, Users: map[license.GUID]T{}, Unavailable: license.UnavailableAbsent}
	for name, value := range users {
		out.Users[id(name)] = value
	}
	return out
}

// seen are sign-ins so many days ago; below zero: null.
func seen(users map[string]int) *license.Reading[license.SignIns] {
	all := map[string]license.SignIns{}
	for name, days := range users {
		all[name] = license.SignIns{}
		if days >= 0 {
			all[name] = license.SignIns{NonInteractive: ago(days)}
		}
	}
	return read(all)
}

// days are times so many days ago; below zero: null.
func days(users map[string]int) *license.Reading[time.Time] {
	all := map[string]time.Time{}
	for name, days := range users {
		all[name] = time.Time{}
		if days >= 0 {
			all[name] = ago(days)
		}
	}
	return read(all)
}

// given are licenses that came so many days ago.
func given(part string, users map[string]int) *license.Reading[[]license.AssignedAt] {
	all := map[string][]license.AssignedAt{}
	for name, days := range users {
		all[name] = []license.AssignedAt{{SKUID: id(part), At: ago(days)}}
	}
	return read(all)
}

// untold is a reading that tells of nobody.
func untold[T any](why license.Unavailable) *license.Reading[T] {
	return &license.Reading[T]{Unavailable: why}
}

// idleRule takes Copilot from who was not seen for 45 days.
func idleRule() plan.ReclaimRule {
	return plan.ReclaimRule{Name: "idle-copilot", Source: where(90), SKUs: []plan.Ref{{Name: "COPILOT"}}, Idle: plan.Idle{Days: 45, By: plan.IdleBySignIn}}
}

func since(n int) *int { return &n }

// reclaims gives the findings about what rules take and do not know.
func reclaims(p *plan.Plan) []string {
	out := []string{}
	for _, f := range p.Findings {
		if strings.HasPrefix(string(f.Code), "reclaim") || strings.HasPrefix(string(f.Code), "mailbox-") || f.Severity == plan.SeverityError {
			out = append(out, strings.TrimSpace(string(f.Code)+" "+strings.TrimSuffix(f.User, "@contoso.com"))+": "+f.Message)
		}
	}
	return out
}

// trio are three users who are declared to hold Copilot, of whom two do.
func trio(rule plan.ReclaimRule) planner.Input {
	in := world([]plan.DesiredUser{entry("ada", lic("COPILOT")), entry("bob", lic("COPILOT")), entry("cat", lic("COPILOT"))},
		[]license.UserState{user("ada", direct("COPILOT")), user("bob", direct("COPILOT")), user("cat")}, copilot(2, 2))
	in.Policy.Reclaim = []plan.ReclaimRule{rule}
	in.Observed.Signals.SignIns = seen(map[string]int{"ada": 108, "bob": 3, "cat": 1})
	return in
}

func TestReclaim(t *testing.T) {
	with := func(change func(*plan.ReclaimRule)) plan.ReclaimRule {
		rule := idleRule()
		change(&rule)
		return rule
	}
	const (
		taken   = "reclaimed ada: COPILOT is taken by the rule \"idle-copilot\": last sign-in 2026-08-05, 108 days"
		swapped = "ada ready: -COPILOT"
		passed  = "cat ready: +COPILOT"
		short   = "cat blocked: +COPILOT [seat-shortage]"
	)
	for _, tc := range []struct {
		name   string
		rule   plan.ReclaimRule
		change func(*planner.Input)
		lines  []string
		says   []string // but for the errors about seats
	}{
		{name: "the seat goes to who waits for one", rule: idleRule(), lines: []string{swapped, passed}, says: []string{taken}},
		{
			name: "on the day before", rule: with(func(r *plan.ReclaimRule) { r.Idle.Days = 109 }),
			lines: []string{short},
		},
		{name: "on the day", rule: with(func(r *plan.ReclaimRule) { r.Idle.Days = 108 }), lines: []string{swapped, passed}, says: []string{taken}},
		{
			name: "announced", rule: with(func(r *plan.ReclaimRule) { r.Notice = 64 }), lines: []string{short},
			says: []string{`reclaim-soon ada: COPILOT will be taken on 2026-11-22 by the rule "idle-copilot", if nothing changes: last sign-in 2026-08-05, 108 days`},
		},
		{name: "the notice is over", rule: with(func(r *plan.ReclaimRule) { r.Notice = 63 }), lines: []string{swapped, passed}, says: []string{taken}},
		{
			name: "null is not idle", rule: idleRule(),
			change: func(in *planner.Input) {
				in.Observed.Signals.SignIns = seen(map[string]int{"ada": -1, "bob": 3, "cat": 1})
			},
			lines: []string{short},
			says:  []string{`reclaim-untold: the rule "idle-copilot" cannot judge 1 user (the last sign-in is empty, which is not idle), from whom it takes nothing`},
		},
		{
			name: "no premium", rule: idleRule(),
			change: func(in *planner.Input) {
				in.Observed.Signals.SignIns = untold[license.SignIns](license.UnavailablePremium)
			},
			lines: []string{short},
			says:  []string{`reclaim-untold: the rule "idle-copilot" cannot judge 3 users (the last sign-in is told in tenants with Entra ID P1 or P2 alone), from whom it takes nothing`},
		},
		{
			name: "nobody asked", rule: idleRule(), change: func(in *planner.Input) { in.Observed.Signals = license.Signals{} }, lines: []string{short},
			says: []string{`reclaim-untold: the rule "idle-copilot" cannot judge 3 users (the last sign-in was not read), from whom it takes nothing`},
		},
		{
			name: "absent from the answer", rule: idleRule(), change: func(in *planner.Input) { delete(in.Observed.Signals.SignIns.Users, id("ada")) }, lines: []string{short},
			says: []string{`reclaim-untold: the rule "idle-copilot" cannot judge 1 user (the last sign-in is not told of them), from whom it takes nothing`},
		},
		{
			name: "told long ago", rule: idleRule(), change: func(in *planner.Input) { in.Observed.Signals.SignIns.AsOf = ago(8) }, lines: []string{short},
			says: []string{`reclaim-untold: the rule "idle-copilot" cannot judge 3 users (the last sign-in is too old), from whom it takes nothing`},
		},
		{
			name: "days of which nothing is told do not count", rule: with(func(r *plan.ReclaimRule) { r.Idle.Days = 108 }),
			change: func(in *planner.Input) { in.Observed.Signals.SignIns.AsOf = ago(1) }, lines: []string{short},
		},
		{
			name: "in the time zone of the policy", rule: with(func(r *plan.ReclaimRule) { r.Idle.Days = 108 }),
			change: func(in *planner.Input) {
				in.Policy.Location = time.FixedZone("east", 13*3600) // where noon UTC is tomorrow
				in.Observed.Signals.SignIns.Users[id("ada")] = license.SignIns{Interactive: ago(108).Add(-2 * time.Hour)}
			},
			lines: []string{swapped, passed},
			says:  []string{`reclaimed ada: COPILOT is taken by the rule "idle-copilot": last sign-in 2026-08-05, 109 days`},
		},
		{
			name: "the latest sign-in of any kind", rule: idleRule(), lines: []string{short},
			change: func(in *planner.Input) {
				in.Observed.Signals.SignIns.Users[id("ada")] = license.SignIns{Interactive: ago(300), NonInteractive: ago(2), Successful: ago(300)}
			},
		},
		{
			name: "renewed", rule: idleRule(), lines: []string{short},
			change: func(in *planner.Input) { in.Desired.Users[0].Renewed = day("2026-11-01") },
		},
		{
			name: "a license renewed", rule: idleRule(), lines: []string{short},
			change: func(in *planner.Input) { in.Desired.Users[0].Licenses[0].Renewed = day("2026-11-01") },
		},
		{
			name: "renewed before the last use", rule: idleRule(), lines: []string{swapped, passed}, says: []string{taken},
			change: func(in *planner.Input) { in.Desired.Users[0].Renewed = day("2026-08-01") },
		},
		{
			name: "another license renewed", rule: idleRule(), lines: []string{swapped, passed}, says: []string{taken},
			change: func(in *planner.Input) {
				other := lic("E3")
				other.Renewed = day("2026-11-20")
				in.Desired.Users[0].Licenses = append(in.Desired.Users[0].Licenses, other)
				in.Observed.Users = edited(in.Observed.Users, "ada", func(u *license.UserState) {
					u.Assignments = append(u.Assignments, direct("E3"))
					license.SortAssignments(u.Assignments)
				})
				in.Observed.SKUs = append(in.Observed.SKUs, sku("E3", 9, 1))
			},
		},
		{name: "left out by name", rule: with(func(r *plan.ReclaimRule) { r.ExceptUsers = []plan.Ref{{Name: "ADA@contoso.com"}} }), lines: []string{short}},
		{name: "left out by id", rule: with(func(r *plan.ReclaimRule) { r.ExceptUsers = []plan.Ref{{Name: id("ada").String()}} }), lines: []string{short}},
		{
			name: "somebody left out whom nobody knows", rule: with(func(r *plan.ReclaimRule) { r.ExceptUsers = []plan.Ref{{Name: "aga@contoso.com"}} }), lines: []string{short},
			says: []string{`user-not-found aga: is left out by the rule "idle-copilot", and the tenant has no such user: the rule takes nothing from anybody`},
		},
		{
			name: "left out by a group", rule: with(func(r *plan.ReclaimRule) { r.ExceptGroups = []plan.Ref{{Name: "Long leave"}} }), lines: []string{short},
			change: func(in *planner.Input) {
				q := plan.Query{Group: "Long leave"}
				in.Observed.Answers = map[plan.Query]plan.Answer{q: answer(q, "ada")}
			},
		},
		{
			name: "a group left out that nobody read", rule: with(func(r *plan.ReclaimRule) { r.ExceptGroups = []plan.Ref{{Name: "Long leave"}} }), lines: []string{short},
			says: []string{`reclaim-untold: who is in the group "Long leave" that the rule "idle-copilot" leaves out is not known: the rule takes nothing from anybody`},
		},
		{
			name: "a group left out that is not there", rule: with(func(r *plan.ReclaimRule) { r.ExceptGroups = []plan.Ref{{Name: "Long leave"}} }), lines: []string{short},
			change: func(in *planner.Input) {
				in.Observed.Answers = map[plan.Query]plan.Answer{{Group: "Long leave"}: {}}
			},
			says: []string{`group-not-found: the tenant has no group "Long leave", which the rule "idle-copilot" leaves out: the rule takes nothing from anybody`},
		},
		{
			name: "a group left out with members that may be users", rule: with(func(r *plan.ReclaimRule) { r.ExceptGroups = []plan.Ref{{Name: "Long leave"}} }), lines: []string{short},
			change: func(in *planner.Input) {
				q := plan.Query{Group: "Long leave"}
				a := answer(q, "bob")
				a.Untold = []plan.Member{{ID: id("ada"), Type: "agentUser"}}
				in.Observed.Answers = map[plan.Query]plan.Answer{q: a}
			},
			says: []string{`member-type-unknown: who is in the group "Long leave" that the rule "idle-copilot" leaves out cannot be told, so that it takes nothing from anybody: ` +
				`1 of its members may be users or not: ` + id("ada").String() + ` (type "agentUser")`},
		},
		{
			name: "a group left out whose members are hidden", rule: with(func(r *plan.ReclaimRule) { r.ExceptGroups = []plan.Ref{{Name: "Long leave"}} }), lines: []string{short},
			change: func(in *planner.Input) {
				q := plan.Query{Group: "Long leave"}
				in.Observed.Answers = map[plan.Query]plan.Answer{q: {Groups: answer(q).Groups, Refused: "its members are hidden"}}
			},
			says: []string{`member-type-unknown: who is in the group "Long leave" that the rule "idle-copilot" leaves out cannot be told, so that it takes nothing from anybody: its members are hidden`},
		},
		{
			name: "protected", rule: idleRule(), lines: []string{short},
			change: func(in *planner.Input) { in.Policy.Protected = []plan.Ref{{Name: "ada@contoso.com"}} },
		},
		{
			name: "another product", rule: with(func(r *plan.ReclaimRule) { r.SKUs = []plan.Ref{{Name: "SUITE"}} }), lines: []string{short},
			change: func(in *planner.Input) { in.Observed.SKUs = append(in.Observed.SKUs, suiteSKU(1, 0)) },
		},
		{
			name: "accepted", rule: idleRule(), lines: []string{short},
			change: func(in *planner.Input) {
				in.Policy.AcceptedDrift = []plan.AcceptedDrift{accept("ada@contoso.com", "COPILOT", "2027-01-01")}
			},
		},
		{
			name: "from a group", rule: idleRule(), lines: []string{short},
			change: func(in *planner.Input) {
				in.Observed.Users = edited(in.Observed.Users, "ada", func(u *license.UserState) { u.Assignments = []license.Assignment{inherited("sales", "COPILOT")} })
			},
			says: []string{`reclaim-inherited ada: COPILOT would be taken by the rule "idle-copilot" (last sign-in 2026-08-05, 108 days), and comes from group ` + id("sales").String()},
		},
		{
			name: "not given again", rule: idleRule(), lines: []string{},
			change: func(in *planner.Input) {
				in.Observed.Signals.SignIns = seen(map[string]int{"ada": 1, "bob": 3, "cat": 50})
			},
			says: []string{`reclaimed cat: COPILOT is not given, by the rule "idle-copilot": last sign-in 2026-10-02, 50 days`},
		},
		{
			name: "an entry that names no license", rule: idleRule(), lines: []string{short},
			change: func(in *planner.Input) {
				in.Desired.Users[0].ManagesLicenses, in.Desired.Users[0].Licenses = false, nil
			},
		},
		{
			name: "a user whom no manifest lists", rule: idleRule(), lines: []string{short},
			change: func(in *planner.Input) { in.Desired.Users = in.Desired.Users[1:] },
		},
		{
			name: "a new license", rule: with(func(r *plan.ReclaimRule) { r.Newcomers = 30 }), lines: []string{short},
			change: func(in *planner.Input) {
				in.Observed.Signals.Created = days(map[string]int{"ada": 900, "bob": 900, "cat": 900})
				in.Observed.Signals.Assigned = given("COPILOT", map[string]int{"ada": 29, "bob": 99})
			},
		},
		{
			name: "no longer a new license", rule: with(func(r *plan.ReclaimRule) { r.Newcomers = 30 }), lines: []string{swapped, passed}, says: []string{taken},
			change: func(in *planner.Input) {
				in.Observed.Signals.Created = days(map[string]int{"ada": 900, "bob": 900, "cat": 900})
				in.Observed.Signals.Assigned = given("COPILOT", map[string]int{"ada": 30, "bob": 99})
			},
		},
		{
			name: "a new account", rule: with(func(r *plan.ReclaimRule) { r.Newcomers = 30 }), lines: []string{short},
			change: func(in *planner.Input) {
				in.Observed.Signals.Created = days(map[string]int{"ada": 29, "bob": 900, "cat": 900})
				in.Observed.Signals.Assigned = given("COPILOT", map[string]int{"ada": 99, "bob": 99})
			},
		},
		{
			name: "a license that came nobody knows when", rule: with(func(r *plan.ReclaimRule) { r.Newcomers = 30 }), lines: []string{short},
			change: func(in *planner.Input) {
				in.Observed.Signals.Created = days(map[string]int{"ada": -1, "bob": 900, "cat": 900})
				in.Observed.Signals.Assigned = given("SUITE", map[string]int{"ada": 99, "bob": 99})
			},
			says: []string{`reclaim-untold: the rule "idle-copilot" cannot judge 1 user (the day on which the license came is empty, which is not idle, ` +
				`the day on which the account came is empty, which is not idle), from whom it takes nothing`},
		},
		{
			name: "left on a day that is written as its midnight in UTC", rule: plan.ReclaimRule{Name: "gone", Left: since(30)}, lines: []string{short},
			change: func(in *planner.Input) {
				in.Policy.Location = time.FixedZone("west", -8*3600) // where that is the evening before
				in.Observed.Signals.Leave = read(map[string]time.Time{"ada": time.Date(2026, 10, 23, 0, 0, 0, 0, time.UTC), "bob": {}, "cat": {}})
			},
		},
		{
			name: "left", rule: plan.ReclaimRule{Name: "gone", Left: since(30)}, lines: []string{swapped, passed},
			change: func(in *planner.Input) {
				in.Observed.Signals.Leave = days(map[string]int{"ada": 30, "bob": -1, "cat": 29})
			},
			says: []string{`reclaimed ada: COPILOT is taken by the rule "gone": left 2026-10-22, 30 days`},
		},
		{
			name: "a tenant in which nobody leaves, or none may be seen to", rule: plan.ReclaimRule{Name: "gone", Left: since(30)}, lines: []string{short},
			change: func(in *planner.Input) {
				in.Observed.Signals.Leave = days(map[string]int{"ada": -1, "bob": -1, "cat": -1})
			},
			says: []string{`reclaim-untold: the rule "gone" cannot judge 3 users (the day of leaving is told of nobody at all), from whom it takes nothing`},
		},
		{
			name: "is to leave", rule: plan.ReclaimRule{Name: "gone", Left: since(0)}, lines: []string{short},
			change: func(in *planner.Input) {
				in.Observed.Signals.Leave = read(map[string]time.Time{"ada": noon.AddDate(0, 0, 1), "bob": {}, "cat": {}})
			},
		},
		{
			name: "never came", rule: plan.ReclaimRule{Name: "never-came", Never: since(60)}, lines: []string{swapped, passed},
			change: func(in *planner.Input) {
				in.Observed.Signals.SignIns = seen(map[string]int{"ada": -1, "bob": -1, "cat": 1})
				in.Observed.Signals.Created = days(map[string]int{"ada": 60, "bob": 59, "cat": 900})
			},
			says: []string{`reclaimed ada: COPILOT is taken by the rule "never-came": nobody ever signed in; the account came 2026-09-22, 60 days`},
		},
		{
			name: "a tenant that tells of nobody", rule: plan.ReclaimRule{Name: "never-came", Never: since(60)}, lines: []string{short},
			change: func(in *planner.Input) {
				in.Observed.Signals.SignIns = seen(map[string]int{"ada": -1, "bob": -1, "cat": -1})
				in.Observed.Signals.Created = days(map[string]int{"ada": 60, "bob": 59, "cat": 1})
			},
			says: []string{`reclaim-untold: the rule "never-came" cannot judge 1 user (the last sign-in is told of nobody at all), from whom it takes nothing`},
		},
		{
			name: "disabled and idle", rule: with(func(r *plan.ReclaimRule) { r.Disabled = true }), lines: []string{"ada ready: -COPILOT", passed},
			change: func(in *planner.Input) {
				in.Observed.Users = edited(in.Observed.Users, "ada", func(u *license.UserState) { u.AccountEnabled = false })
			},
			says: []string{`reclaimed ada: COPILOT is taken by the rule "idle-copilot": the account is disabled; last sign-in 2026-08-05, 108 days`},
		},
		{name: "idle and not disabled", rule: with(func(r *plan.ReclaimRule) { r.Disabled = true }), lines: []string{short}},
		{
			name: "by the report of Copilot", rule: with(func(r *plan.ReclaimRule) { r.Idle.By = plan.IdleByReport }), lines: []string{swapped, passed},
			change: func(in *planner.Input) {
				in.Observed.Signals.Copilot = days(map[string]int{"ada": 45, "bob": 44, "cat": 2})
			},
			says: []string{`reclaimed ada: COPILOT is taken by the rule "idle-copilot": last use 2026-10-07, 45 days`},
		},
		{
			name: "concealed", rule: with(func(r *plan.ReclaimRule) { r.Idle.By = plan.IdleByReport }), lines: []string{short},
			change: func(in *planner.Input) {
				in.Observed.Signals.Copilot = untold[time.Time](license.UnavailableConcealed)
			},
			says: []string{`reclaim-untold: the rule "idle-copilot" cannot judge 3 users (the report of Copilot's use has hashes in place of names), from whom it takes nothing`},
		},
		{
			name: "a product of which no report knows", rule: with(func(r *plan.ReclaimRule) { r.Idle.By, r.SKUs = plan.IdleByReport, nil }), lines: []string{short},
			change: func(in *planner.Input) { in.Observed.SKUs = []license.SKU{sku("COPILOT", 2, 2)} },
			says:   []string{`reclaim-untold: the rule "idle-copilot" cannot judge 3 users (no usage report knows the product), from whom it takes nothing`},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := trio(tc.rule)
			if tc.change != nil {
				tc.change(&in)
			}
			p := mustMake(t, in)
			if diff := cmp.Diff(tc.lines, lines(p)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			got := slices.DeleteFunc(reclaims(p), func(s string) bool { return strings.HasPrefix(s, "seat-shortage") })
			if diff := cmp.Diff(nonNil(tc.says), got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// edited gives users of whom one is changed.
func edited(users []license.UserState, name string, how func(*license.UserState)) []license.UserState {
	out := slices.Clone(users)
	for i := range out {
		if out[i].ID == id(name) {
			how(&out[i])
		}
	}
	return out
}

// TestReclaimRests tells what an apply has to find as it was.
func TestReclaimRests(t *testing.T) {
	rule := idleRule()
	rule.ExceptGroups = []plan.Ref{{Name: "Long leave"}}
	in := trio(rule)
	q := plan.Query{Group: "Long leave"}
	in.Observed.Answers = map[plan.Query]plan.Answer{q: answer(q, "bob")}
	p := mustMake(t, in)
	c := p.Changes[0]
	want := &plan.Preconditions{
		UserPrincipalName: upn("ada"), InForce: []plan.RequiredAssignment{}, NotSelectedBy: []plan.Query{q},
		Reclaims: []plan.ReclaimEvidence{{SKUID: id("COPILOT"), Rule: "idle-copilot", Signals: []plan.SignalSeen{{Signal: license.SignalSignIns, At: ago(108)}}}},
	}
	if diff := cmp.Diff(want, c.Preconditions); diff != "" {
		t.Errorf("preconditions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&plan.Origin{Kind: plan.OriginReclaim, Name: "idle-copilot", Source: where(90)}, c.Actions[0].CausedBy); diff != "" {
		t.Errorf("caused by (-want +got):\n%s", diff)
	}
}

func TestExplainReclaim(t *testing.T) {
	in := trio(idleRule())
	e := mustExplain(t, in, upn("ada"))
	if got, want := verdicts(e), []string{"COPILOT lose"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := why(e, "COPILOT"); !slices.Contains(got, "reclaimed by idle-copilot: last sign-in 2026-08-05, 108 days (manifests/users.yaml:90)") {
		t.Errorf("got %q", got)
	}
	in.Observed.Signals.SignIns = seen(map[string]int{"ada": 1, "bob": 3, "cat": 50})
	e = mustExplain(t, in, upn("cat"))
	if got, want := verdicts(e), []string{"COPILOT reclaimed"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	in.Observed.Signals.SignIns = nil
	e = mustExplain(t, in, upn("ada"))
	if got := why(e, "COPILOT"); !slices.Contains(got, "idle-copilot takes nothing from the user: the last sign-in was not read (manifests/users.yaml:90)") {
		t.Errorf("got %q", got)
	}
}

// TestCauseOfReclaims holds what rules take and give against a baseline of the day
// before.
func TestCauseOfReclaims(t *testing.T) {
	in := trio(idleRule())
	in.Observed.SKUs = []license.SKU{copilot(9, 2)}
	in.Desired.Files = []plan.SourceFile{{Path: "manifests/users.yaml", SHA256: "1"}}
	in.Baseline = remembered(user("ada", direct("COPILOT")), user("bob", direct("COPILOT")), user("cat"))
	in.Baseline.Declared = &plan.Declaration{Files: in.Desired.Files, AsOf: day("2026-11-20")}
	if got, want := causes(mustMake(t, in)), []string{"ada -COPILOT signal", "cat +COPILOT signal"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	in.Baseline = remembered(user("ada", direct("COPILOT")), user("bob", direct("COPILOT")), user("cat", direct("COPILOT")))
	in.Baseline.Declared = &plan.Declaration{Files: in.Desired.Files, AsOf: day("2026-11-20")}
	if got, want := causes(mustMake(t, in)), []string{"ada -COPILOT signal", "cat +COPILOT drift"}; !slices.Equal(got, want) {
		t.Errorf("taken in the tenant: got %v, want %v", got, want)
	}
	in.Options.Cause = plan.CauseDrift
	if got, want := lines(mustMake(t, in)), []string{"cat ready: +COPILOT"}; !slices.Equal(got, want) {
		t.Errorf("drift alone: got %v, want %v", got, want)
	}
}

// TestMissingSignals asks for the signs of those alone whom a rule can concern, and
// for the mailboxes when it is known which ones would go.
func TestMissingSignals(t *testing.T) {
	rule := idleRule()
	rule.Newcomers = 30
	rule.ExceptUsers = []plan.Ref{{Name: upn("bob")}}
	in := trio(rule)
	in.Observed.Signals = license.Signals{}
	in.Policy.MailboxCheck = plan.MailboxCheckHold
	in.Observed.SKUs = []license.SKU{copilot(9, 2), suiteSKU(9, 1), sku("E3", 9, 0)}
	in.Desired.Users = append(in.Desired.Users, entry("dan"), entry("eve", lic("E3")))
	in.Observed.Users = append(in.Observed.Users, user("dan", direct("SUITE")), user("eve"))
	slices.SortFunc(in.Observed.Users, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	ask := func() license.SignalRequest {
		t.Helper()
		missing, err := planner.MissingSignals(in)
		if err != nil {
			t.Fatal(err)
		}
		return missing
	}
	want := license.SignalRequest{license.SignalSignIns: ids([]string{"ada", "cat"}), license.SignalCreated: ids([]string{"ada", "cat"}), license.SignalAssigned: ids([]string{"ada"})}
	if diff := cmp.Diff(want, ask()); diff != "" {
		t.Errorf("of use (-want +got):\n%s", diff)
	}
	in.Observed.Signals.SignIns, in.Observed.Signals.Created, in.Observed.Signals.Assigned = seen(map[string]int{"ada": 1}), days(nil), given("", nil)
	want = license.SignalRequest{license.SignalPurpose: ids([]string{"dan"}), license.SignalMailboxUse: ids([]string{"dan"})}
	if diff := cmp.Diff(want, ask()); diff != "" {
		t.Errorf("of mailboxes (-want +got):\n%s", diff)
	}
	in.Observed.Signals.Purpose, in.Observed.Signals.MailboxUse = read(map[string]license.MailboxPurpose{}), read(map[string]license.MailboxUse{})
	if got := ask(); got != nil {
		t.Errorf("want nothing more, got %v", got)
	}
	in.Policy.Reclaim, in.Policy.MailboxCheck, in.Observed.Signals = nil, plan.MailboxCheckOff, license.Signals{}
	if got := ask(); got != nil {
		t.Errorf("without rules want nothing, got %v", got)
	}
}

// TestMissingSignalsOfFew: of twenty thousand declared users one thousand are to
// have the product that a rule is about, and nobody else is asked for.
func TestMissingSignalsOfFew(t *testing.T) {
	const holders, all = 1_000, 20_000
	var users []license.UserState
	var entries []plan.DesiredUser
	for i := range all {
		name, part := fmt.Sprintf("user%d", i), "E3"
		if i < holders {
			part = "COPILOT"
		}
		users = append(users, user(name, direct(part)))
		entries = append(entries, entry(name, lic(part)))
	}
	in := world(entries, users, copilot(holders, holders), sku("E3", all, all-holders))
	rule := idleRule()
	rule.Newcomers, rule.Left = 30, since(30)
	in.Policy.Reclaim = []plan.ReclaimRule{rule}
	in.Policy.MailboxCheck = plan.MailboxCheckHold
	missing, err := planner.MissingSignals(in)
	if err != nil {
		t.Fatal(err)
	}
	want := []license.Signal{license.SignalSignIns, license.SignalCreated, license.SignalLeave, license.SignalAssigned}
	if got := missing.Signals(); !slices.Equal(got, want) {
		t.Errorf("asked for %v, want %v", got, want)
	}
	for signal, ids := range missing {
		if len(ids) != holders {
			t.Errorf("%s is asked for of %d users, and %d can be concerned", signal, len(ids), holders)
		}
	}
}

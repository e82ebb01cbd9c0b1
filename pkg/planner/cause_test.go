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

// causes says why each action is in the plan: "ada +E5 drift".
func causes(p *plan.Plan) []string {
	out := []string{}
	for _, c := range p.Changes {
		name, _, _ := strings.Cut(c.User.UserPrincipalName, "@")
		for _, a := range c.Actions {
			out = append(out, fmt.Sprintf("%s %s %s", name, word(a), a.Cause))
		}
	}
	return out
}

// remembered is a baseline that knows all of these users, as a snapshot does.
func remembered(users ...license.UserState) *plan.Baseline {
	b := &plan.Baseline{At: noon.Add(-24 * time.Hour), Users: map[license.GUID]plan.BaselineUser{}}
	for _, u := range users {
		known := plan.BaselineUser{State: plan.StateOf(u, plan.Scope{}), Whole: true}
		for _, a := range u.Assignments {
			if !a.Direct() {
				known.Inherited = append(known.Inherited, a.SKUID)
			}
		}
		known.Inherited = license.SortedGUIDs(known.Inherited)
		b.Users[u.ID] = known
	}
	return b
}

// TestCauseFromStates compares what Ada held, holds and should hold.
func TestCauseFromStates(t *testing.T) {
	located := func(u license.UserState, location string) license.UserState {
		u.UsageLocation = location
		return u
	}
	in := func(location string, e plan.DesiredUser) plan.DesiredUser {
		e.UsageLocation = location
		return e
	}
	for _, tc := range []struct {
		name      string
		then, now license.UserState
		want      plan.DesiredUser
		causes    []string
	}{
		{"taken in the tenant", user("ada", direct("E3")), user("ada"), entry("ada", lic("E3")), []string{"ada +E3 drift"}},
		{"given in the tenant", user("ada"), user("ada", direct("E3")), entry("ada"), []string{"ada -E3 drift"}},
		{"declared, not applied", user("ada"), user("ada"), entry("ada", lic("E3")), []string{"ada +E3 pending"}},
		{"no longer declared, not applied", user("ada", direct("E3")), user("ada", direct("E3")), entry("ada"), []string{"ada -E3 pending"}},
		{"both at once, in different products", user("ada", direct("E3")), user("ada"), entry("ada", lic("E3"), lic("E5")),
			[]string{"ada +E3 drift", "ada +E5 pending"}},
		{"both at once, in one product", user("ada", direct("E3", "E3_CHAT")), user("ada", direct("E3")), entry("ada", licWithout("E3", "E3_MAIL")),
			[]string{"ada ~E3!E3_MAIL pending"}},
		{"plans switched in the tenant", user("ada", direct("E3", "E3_CHAT")), user("ada", direct("E3")), entry("ada", licWithout("E3", "E3_CHAT")),
			[]string{"ada ~E3!E3_CHAT drift"}},
		{"plans declared anew", user("ada", direct("E3")), user("ada", direct("E3")), entry("ada", licWithout("E3", "E3_CHAT")),
			[]string{"ada ~E3!E3_CHAT pending"}},
		{"plans that are not managed make no difference", user("ada", direct("E3", "E3_CHAT")), user("ada"), entry("ada", lic("E3")),
			[]string{"ada +E3 drift"}},
		{"company plans under an allow-list make none either", user("ada", direct("E3", "E3_CHAT")), user("ada"), entry("ada", licOnly("E3", "E3_MAIL")),
			[]string{"ada +E3!E3_BASE!E3_CHAT drift"}},
		{"out of the group", user("ada", inherited("sales", "E3")), user("ada"), entry("ada", lic("E3")), []string{"ada +E3 drift"}},
		{"a swap by hand", user("ada", direct("E3")), user("ada", direct("E5")), entry("ada", lic("E3")), []string{"ada -E5 drift", "ada +E3 drift"}},
		{"moved in the tenant", located(user("ada"), "GB"), user("ada"), in("GB", entry("ada")), []string{"ada @GB drift"}},
		{"moved in the manifests", user("ada"), user("ada"), in("GB", entry("ada")), []string{"ada @GB pending"}},
		{"somebody who was not there", user("bob"), user("ada"), entry("ada", lic("E3")), []string{"ada +E3 unknown"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := world([]plan.DesiredUser{tc.want}, []license.UserState{tc.now}, sku("E3", 9, 1), sku("E5", 9, 1))
			in.Baseline = remembered(tc.then)
			if diff := cmp.Diff(tc.causes, causes(mustMake(t, in))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkExplainedCauses(t, in, "ada")
		})
	}
}

// checkExplainedCauses holds the explanation of a user to the plan: each difference has
// the cause of its action, and a sentence says so.
func checkExplainedCauses(t *testing.T, in planner.Input, name string) {
	t.Helper()
	e := mustExplain(t, in, upn(name))
	for _, c := range mustMake(t, in).Changes {
		for _, a := range c.Actions {
			cause, reasons := e.Location.Cause, e.Location.Reasons
			if i := slices.IndexFunc(e.Licenses, func(l plan.ExplainedLicense) bool { return l.SKUID == a.SKUID }); i >= 0 {
				cause, reasons = e.Licenses[i].Cause, e.Licenses[i].Reasons
			}
			if said := strings.Join(sentences(reasons), "\n"); cause != a.Cause || !strings.Contains(said, "baseline of 2026-11-2") || !strings.Contains(said, "("+string(a.Cause)+")") {
				t.Errorf("%s: explained as %q, planned as %q:\n%s", word(a), cause, a.Cause, said)
			}
		}
	}
}

// TestCauseOutsideTheScopeOfTheBaseline: of a product that took no part then,
// a receipt knows nothing.
func TestCauseOutsideTheScopeOfTheBaseline(t *testing.T) {
	in := world([]plan.DesiredUser{entry("ada", lic("E3"))}, []license.UserState{user("ada", direct("E5"))}, sku("E3", 9, 1), sku("E5", 9, 1))
	in.Baseline = remembered(user("ada"))
	in.Baseline.Scope = plan.Scope{Ignored: []license.GUID{id("E5")}}
	if diff := cmp.Diff([]string{"ada -E5 unknown", "ada +E3 pending"}, causes(mustMake(t, in))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCauseFromManifests judges users of whom the receipt of an apply says
// nothing: they were as declared, so the same declaration means drift.
func TestCauseFromManifests(t *testing.T) {
	file := func(path, sum string) plan.SourceFile { return plan.SourceFile{Path: path, SHA256: sum} }
	at := func(path string, e plan.DesiredUser) plan.DesiredUser {
		e.User.Source.File = path
		for i := range e.Licenses {
			e.Licenses[i].SKU.Source.File = path
		}
		return e
	}
	world1 := func() planner.Input {
		in := world([]plan.DesiredUser{at("ada.yaml", entry("ada", lic("E3")))}, []license.UserState{user("ada"), user("bob", direct("E5"))}, sku("E3", 9, 1), sku("E5", 9, 1))
		in.Desired.Files = []plan.SourceFile{file("ada.yaml", "a1"), file("policy.yaml", "p1"), file("profile.yaml", "q1")}
		in.Policy.Source = plan.Source{File: "policy.yaml", Line: 1}
		in.Baseline = &plan.Baseline{Declared: &plan.Declaration{AsOf: day("2026-11-10"), Files: []plan.SourceFile{
			file("elsewhere/ada.yaml", "a1"), file("policy.yaml", "p1"), file("profile.yaml", "q1"),
		}}}
		return in
	}
	ada := func(in *planner.Input) *plan.DesiredUser { return &in.Desired.Users[0] }
	for _, tc := range []struct {
		name   string
		adjust func(*planner.Input)
		cause  plan.Cause
	}{
		{"all as it was", func(*planner.Input) {}, plan.CauseDrift},
		{"another file came", func(in *planner.Input) { in.Desired.Files = append(in.Desired.Files, file("z.yaml", "z1")) }, plan.CauseDrift},
		{"another file went", func(in *planner.Input) {
			in.Baseline.Declared.Files = append(in.Baseline.Declared.Files, file("z.yaml", "z1"))
		}, plan.CauseDrift},
		{"the entry's file changed", func(in *planner.Input) { in.Desired.Files[0].SHA256 = "a2" }, plan.CauseUnknown},
		{"the policy changed", func(in *planner.Input) { in.Desired.Files[1].SHA256 = "p2" }, plan.CauseUnknown},
		{"a profile of somebody else changed", func(in *planner.Input) { in.Desired.Files[2].SHA256 = "q2" }, plan.CauseDrift},
		{"an empty profile of the entry changed", func(in *planner.Input) {
			in.Desired.Files[2].SHA256 = "q2"
			ada(in).Files = []string{"profile.yaml"}
		}, plan.CauseUnknown},
		{"the license comes from a file that changed", func(in *planner.Input) {
			in.Desired.Files[2].SHA256 = "q2"
			ada(in).Licenses[0].SKU.Source.File = "profile.yaml"
		}, plan.CauseUnknown},
		{"the license began meanwhile", func(in *planner.Input) { ada(in).Licenses[0].Window.From = day("2026-11-15") }, plan.CauseUnknown},
		{"another license ended meanwhile", func(in *planner.Input) {
			l := at("ada.yaml", entry("ada", lic("E5"))).Licenses[0]
			l.Window.Until = day("2026-11-15")
			ada(in).Licenses = append(ada(in).Licenses, l)
		}, plan.CauseUnknown},
		{"the entry began meanwhile", func(in *planner.Input) { ada(in).Window.From = day("2026-11-15") }, plan.CauseUnknown},
		{"the entry began before", func(in *planner.Input) { ada(in).Window.From = day("2026-11-05") }, plan.CauseDrift},
		{"another entry of theirs ended meanwhile", func(in *planner.Input) {
			e := at("ada.yaml", entry("ada"))
			e.Window.Until = day("2026-11-15")
			ada(in).Window.From = day("2026-11-15")
			in.Desired.Users = append(in.Desired.Users, e)
		}, plan.CauseUnknown},
		{"no policy, and a file is gone that may have held one", func(in *planner.Input) {
			in.Policy.Source = plan.Source{}
			in.Desired.Files = in.Desired.Files[:1]
		}, plan.CauseUnknown},
		{"no policy, then and now", func(in *planner.Input) {
			in.Policy.Source = plan.Source{}
			in.Desired.Files = in.Desired.Files[:1]
			in.Baseline.Declared.Files = in.Baseline.Declared.Files[:1]
		}, plan.CauseDrift},
		{"the account was not there", func(in *planner.Input) { in.Baseline.Declared.Missing = []string{"ADA@contoso.com"} }, plan.CauseUnknown},
		{"me may have been somebody else", func(in *planner.Input) {
			ada(in).User.Name = plan.Me
			in.Observed.Me = id("ada")
		}, plan.CauseUnknown},
		{"a receipt that does not say what was declared", func(in *planner.Input) { in.Baseline.Declared = nil }, plan.CauseUnknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := world1()
			tc.adjust(&in)
			if diff := cmp.Diff([]string{"ada +E3 " + string(tc.cause)}, causes(mustMake(t, in))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}

	t.Run("who stands in no manifest depends on all of them", func(t *testing.T) {
		in := world1()
		in.Policy.UnlistedUsers = plan.UnlistedRemove
		if diff := cmp.Diff([]string{"ada +E3 drift", "bob -E5 drift"}, causes(mustMake(t, in))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		in.Baseline.Declared.Files = append(in.Baseline.Declared.Files, file("bob.yaml", "b1"))
		if diff := cmp.Diff([]string{"ada +E3 drift", "bob -E5 unknown"}, causes(mustMake(t, in))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("nobody noted who was selected", func(t *testing.T) {
		in := world1()
		in.Desired.Selections = []plan.Selection{selects(1, salesGroup, lic("E3"))}
		in.Observed.Answers = map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "bob")}
		want := []string{"ada +E3 drift", "bob -E5 unknown", "bob +E3 unknown"}
		if diff := cmp.Diff(want, causes(mustMake(t, in))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("the manifests of another folder", func(t *testing.T) {
		in := world1()
		for i := range in.Desired.Files {
			in.Desired.Files[i].SHA256 += "x"
		}
		p := mustMake(t, in)
		if diff := cmp.Diff([]string{"ada +E3 unknown"}, causes(p)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"warning baseline-gap"}, codes(p)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestCauseFromARun: what a run dealt with is known from it, the rest was as
// declared.
func TestCauseFromARun(t *testing.T) {
	in := world([]plan.DesiredUser{entry("ada", lic("E3"), lic("E5"))}, []license.UserState{user("ada")}, sku("E3", 9, 1), sku("E5", 9, 1))
	in.Desired.Files = []plan.SourceFile{{Path: where(1).File, SHA256: "m1"}}
	refused := plan.BaselineUser{
		State: plan.StateOf(user("ada"), plan.Scope{}), Acted: []license.GUID{id("E5")}, AsDeclared: true, Whole: true,
	}
	in.Baseline = &plan.Baseline{
		Users:    map[license.GUID]plan.BaselineUser{id("ada"): refused},
		Declared: &plan.Declaration{AsOf: day("2026-11-20"), Files: in.Desired.Files},
	}
	if diff := cmp.Diff([]string{"ada +E3 drift", "ada +E5 pending"}, causes(mustMake(t, in))); diff != "" {
		t.Errorf("E5 was refused then (-want +got):\n%s", diff)
	}
	in.Baseline.Declared = nil
	if diff := cmp.Diff([]string{"ada +E3 pending", "ada +E5 pending"}, causes(mustMake(t, in))); diff != "" {
		t.Errorf("the manifests changed since (-want +got):\n%s", diff)
	}
	in.Baseline.Users[id("ada")] = plan.BaselineUser{}
	if diff := cmp.Diff([]string{"ada +E3 unknown", "ada +E5 unknown"}, causes(mustMake(t, in))); diff != "" {
		t.Errorf("nobody knows what the run did (-want +got):\n%s", diff)
	}
}

// TestExpiredAcceptanceIsDrift: the difference was there at the baseline, and
// nobody answers for it any more.
func TestExpiredAcceptanceIsDrift(t *testing.T) {
	in := world([]plan.DesiredUser{entry("ada")}, []license.UserState{user("ada", direct("E3"))}, sku("E3", 9, 1))
	in.Policy.AcceptedDrift = []plan.AcceptedDrift{accept(upn("ada"), "E3", "2026-11-21")}
	in.Baseline = remembered(user("ada", direct("E3")))
	if diff := cmp.Diff([]string{"ada -E3 drift"}, causes(mustMake(t, in))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestOneCauseAlone corrects Ada's drift and nothing else: her pending license
// and usage location wait, Bob is pending, Cay's correction takes something
// away.
func TestOneCauseAlone(t *testing.T) {
	ada := entry("ada", lic("E3"), lic("E5"))
	ada.UsageLocation = "GB"
	in := world([]plan.DesiredUser{ada, entry("bob", lic("E5")), entry("cay", lic("E3"))},
		[]license.UserState{user("ada"), user("bob"), user("cay", direct("E3"), direct("E5"))}, sku("E3", 9, 1), sku("E5", 1, 1))
	in.Baseline = remembered(user("ada", direct("E3")), user("bob"), user("cay", direct("E3")))
	whole := mustMake(t, in)
	if diff := cmp.Diff([]string{"ada ready: @GB +E3 +E5", "bob blocked: +E5 [seat-shortage]", "cay ready: -E5"}, lines(whole)); diff != "" {
		t.Errorf("all causes (-want +got):\n%s", diff)
	}

	in.Options.Cause = plan.CauseDrift
	night := mustMake(t, in)
	if diff := cmp.Diff([]string{"ada ready: +E3", "cay held: -E5 [drift-removal]"}, lines(night)); diff != "" {
		t.Errorf("drift alone (-want +got):\n%s", diff)
	}
	if night.LeftOut != 2 || whole.LeftOut != 0 {
		t.Errorf("%d and %d left out, want Ada and Bob, and none", night.LeftOut, whole.LeftOut)
	}
	if s := night.Seats[1]; s.SKUPartNumber != "E5" || s.Add != 0 || s.Remove != 0 {
		t.Errorf("the seats count what is left out: %+v", s)
	}

	in.Policy.DriftRemovals = plan.DriftRemovalsApply
	if diff := cmp.Diff([]string{"ada ready: +E3", "cay ready: -E5"}, lines(mustMake(t, in))); diff != "" {
		t.Errorf("where the policy lets it (-want +got):\n%s", diff)
	}
	in.Policy.Guards.MaxRemovals = plan.Limit{}
	if mustMake(t, in).Applyable {
		t.Error("the guards do not count at night")
	}

	in.Policy.Guards = world(nil, nil).Policy.Guards
	in.Options.Cause = plan.CausePending
	if diff := cmp.Diff([]string{"ada blocked: @GB +E5 [seat-shortage]", "bob blocked: +E5 [seat-shortage]"}, lines(mustMake(t, in))); diff != "" {
		t.Errorf("pending alone: Cay keeps the seat (-want +got):\n%s", diff)
	}
}

// TestDriftNeedsAUsageLocation: the one that would come with the pending half
// of the change does not.
func TestDriftNeedsAUsageLocation(t *testing.T) {
	ada := entry("ada", lic("E3"))
	ada.UsageLocation = "GB"
	in := world([]plan.DesiredUser{ada}, []license.UserState{placeless(user("ada"))}, sku("E3", 9, 1))
	in.Baseline = remembered(placeless(user("ada", direct("E3"))))
	in.Options.Cause = plan.CauseDrift
	if diff := cmp.Diff([]string{"ada blocked: +E3 [no-usage-location]"}, lines(mustMake(t, in))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAttribute(t *testing.T) {
	in := world([]plan.DesiredUser{entry("ada", lic("E3")), entry("bob", lic("E3"))}, []license.UserState{user("ada"), user("bob")}, sku("E3", 9, 1))
	in.Baseline = remembered(user("ada", direct("E3")), user("bob"))
	p := mustMake(t, in)
	if diff := cmp.Diff([]license.GUID{id("ada")}, p.Drifted()); diff != "" {
		t.Fatalf("drifted (-want +got):\n%s", diff)
	}
	was := p.PlanID
	var events []plan.AuditRecord
	for i := range 5 {
		events = append(events, plan.AuditRecord{License: true,
			AuditEvent: plan.AuditEvent{At: noon.Add(time.Duration((i*3)%5) * time.Minute), Activity: "Change user license", Actor: fmt.Sprint((i * 3) % 5)}})
	}
	p = p.Attributed(map[license.GUID][]plan.AuditRecord{id("ada"): events, id("bob"): events})
	var actors []string
	for _, c := range p.Changes {
		for _, e := range c.Audit {
			actors = append(actors, c.User.UserPrincipalName+" "+e.Actor)
		}
	}
	if diff := cmp.Diff([]string{upn("ada") + " 4", upn("ada") + " 3", upn("ada") + " 2"}, actors); diff != "" {
		t.Errorf("the latest of who drifted (-want +got):\n%s", diff)
	}
	if mustMake(t, in).PlanID != was || p.PlanID != was {
		t.Error("the plan id depends on the audit log")
	}
}

// TestAttributeNamesWhatChangedTheDifference: of what the log has about a user,
// those entries are causes that changed what differs.
func TestAttributeNamesWhatChangedTheDifference(t *testing.T) {
	told := func(actor string, skus ...string) plan.AuditRecord {
		r := plan.AuditRecord{Told: true, AuditEvent: plan.AuditEvent{At: noon, Actor: actor}, Correlation: actor}
		for _, s := range skus {
			r.SKUIDs = append(r.SKUIDs, id(s))
		}
		return r
	}
	untold := func(actor, correlation string) plan.AuditRecord {
		return plan.AuditRecord{License: true, AuditEvent: plan.AuditEvent{At: noon, Actor: actor}, Correlation: correlation}
	}
	place := func(actor string) plan.AuditRecord {
		return plan.AuditRecord{Told: true, UsageLocation: true, AuditEvent: plan.AuditEvent{At: noon, Actor: actor}, Correlation: actor}
	}
	later := func(r plan.AuditRecord) plan.AuditRecord { r.At = r.At.Add(time.Minute); return r }
	for name, tt := range map[string]struct {
		records []plan.AuditRecord
		want    []string
	}{
		"what differs":                        {[]plan.AuditRecord{told("ken", "E3")}, []string{"ken"}},
		"another product":                     {[]plan.AuditRecord{told("ken", "E5")}, nil},
		"both sides alike":                    {[]plan.AuditRecord{told("ken")}, nil},
		"the usage location, which fits":      {[]plan.AuditRecord{place("ken")}, nil},
		"nothing told":                        {[]plan.AuditRecord{untold("ken", "")}, []string{"ken"}},
		"nothing told, another product told":  {[]plan.AuditRecord{told("ken", "E5"), later(untold("lin", "1"))}, []string{"lin"}},
		"nothing told beside one that is":     {[]plan.AuditRecord{told("ken", "E3"), later(untold("lin", ""))}, []string{"ken"}},
		"the twin tells":                      {[]plan.AuditRecord{untold("ken", "1"), {Told: true, Correlation: "1", AuditEvent: plan.AuditEvent{At: noon, SKUIDs: []license.GUID{id("E3")}}}}, []string{"ken"}},
		"the twin tells, of another product":  {[]plan.AuditRecord{untold("ken", "E5"), told("E5", "E5")}, nil},
		"the twin tells, and by whom":         {[]plan.AuditRecord{untold("ken", "lin"), told("lin", "E3")}, []string{"lin"}},
		"the twin of the same second":         {[]plan.AuditRecord{untold("ken", ""), told("lin", "E5")}, nil},
		"two operations of the same second":   {[]plan.AuditRecord{untold("ken", "1"), told("lin", "E5")}, []string{"ken"}},
		"the twin says that nothing happened": {[]plan.AuditRecord{untold("ken", "1"), {Told: true, Correlation: "1", AuditEvent: plan.AuditEvent{At: noon}}}, nil},
	} {
		in := world([]plan.DesiredUser{entry("ada", lic("E3"))}, []license.UserState{user("ada")}, sku("E3", 9, 1), sku("E5", 9, 1))
		in.Baseline = remembered(user("ada", direct("E3")))
		p := mustMake(t, in)
		p = p.Attributed(map[license.GUID][]plan.AuditRecord{id("ada"): tt.records})
		var actors []string
		for _, e := range p.Changes[0].Audit {
			actors = append(actors, e.Actor)
		}
		if diff := cmp.Diff(tt.want, actors); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestAttributeByKind: an entry that does not say what it changed explains what
// is of its own kind, the usage location or the licenses, and only as long as
// nothing else explains that.
func TestAttributeByKind(t *testing.T) {
	record := func(actor string, set func(*plan.AuditRecord)) plan.AuditRecord {
		r := plan.AuditRecord{AuditEvent: plan.AuditEvent{At: noon, Actor: actor}, Correlation: actor}
		set(&r)
		return r
	}
	licenses := record("licenses", func(r *plan.AuditRecord) { r.License = true })
	place := record("place", func(r *plan.AuditRecord) { r.UsageLocation = true })
	either := record("either", func(r *plan.AuditRecord) { r.License, r.UsageLocation = true, true })
	neither := record("neither", func(*plan.AuditRecord) {})
	toldE3 := record("told E3", func(r *plan.AuditRecord) { r.Told, r.SKUIDs = true, []license.GUID{id("E3")} })
	toldPlace := record("told place", func(r *plan.AuditRecord) { r.Told, r.UsageLocation = true, true })

	at := func(location string, u license.UserState) license.UserState {
		u.UsageLocation = location
		return u
	}
	whole := at("GB", user("ada", direct("E3")))
	taken, moved, both := at("GB", user("ada")), at("DE", user("ada", direct("E3"))), at("DE", user("ada"))
	for _, tc := range []struct {
		name    string
		now     license.UserState
		records []plan.AuditRecord
		want    []string
	}{
		{"a license is gone", taken, []plan.AuditRecord{licenses, place, either, neither}, []string{"licenses", "either"}},
		{"the place changed", moved, []plan.AuditRecord{licenses, place, either, neither}, []string{"place", "either"}},
		{"both", both, []plan.AuditRecord{licenses, neither, place}, []string{"licenses", "place"}},
		{"both, and the license is told", both, []plan.AuditRecord{licenses, place, toldE3}, []string{"told E3", "place"}},
		{"both, and the place is told", both, []plan.AuditRecord{licenses, place, toldPlace}, []string{"told place", "licenses"}},
		{"both, and both are told", both, []plan.AuditRecord{licenses, toldE3, place, toldPlace}, []string{"told E3", "told place"}},
		{"a license is gone, and a place is told", taken, []plan.AuditRecord{toldPlace, licenses}, []string{"licenses"}},
		{"the place changed, and a license is told", moved, []plan.AuditRecord{toldE3, place}, []string{"place"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ada := entry("ada", lic("E3"))
			ada.UsageLocation = "GB"
			in := world([]plan.DesiredUser{ada}, []license.UserState{tc.now}, sku("E3", 9, 1))
			in.Baseline = remembered(whole)
			p := mustMake(t, in).Attributed(map[license.GUID][]plan.AuditRecord{id("ada"): tc.records})
			var actors []string
			for _, e := range p.Changes[0].Audit {
				actors = append(actors, e.Actor)
			}
			if diff := cmp.Diff(tc.want, actors); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

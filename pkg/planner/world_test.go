package planner_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// id makes a stable GUID from a name.
func id(name string) license.GUID { return uuid.NewSHA1(uuid.Nil, []byte(name)) }

func upn(name string) string { return name + "@contoso.com" }

// sku is a product with three service plans, named after it: E3_MAIL, E3_CHAT
// and E3_BASE, of which the last applies to the company.
func sku(part string, enabled, consumed int) license.SKU {
	plans := []license.ServicePlan{
		{ID: id(part + "_BASE"), Name: part + "_BASE", AppliesTo: license.AppliesToCompany},
		{ID: id(part + "_CHAT"), Name: part + "_CHAT", AppliesTo: license.AppliesToUser},
		{ID: id(part + "_MAIL"), Name: part + "_MAIL", AppliesTo: license.AppliesToUser},
	}
	return license.SKU{
		ID: id(part), PartNumber: part, AppliesTo: license.AppliesToUser, CapabilityStatus: "Enabled",
		Units: license.Units{Enabled: enabled, Consumed: consumed}, Plans: plans,
	}
}

// direct is a license in the user's own name, with the named plans off.
func direct(part string, off ...string) license.Assignment {
	return license.Assignment{SKUID: id(part), DisabledPlans: ids(off), State: "Active"}
}

// inherited is a license from a group, with the named plans off.
func inherited(group, part string, off ...string) license.Assignment {
	a := direct(part, off...)
	a.Group = id(group)
	return a
}

// as is an assignment in a state, with an error or none.
func as(state, err string, a license.Assignment) license.Assignment {
	a.State, a.Error = state, err
	return a
}

// standings are states of an assignment and their errors: of the service, and
// words that nobody knows.
func standings() [][2]string {
	return [][2]string{
		{"Active", ""}, {"Error", "CountViolation"}, {"ActiveWithError", "DependencyViolation"}, {"Disabled", ""}, {"Error", "MutuallyExclusiveViolation"},
		{"PendingProvisioning", ""}, {"", ""}, {"active", ""}, {"Active", "Other"}, {"Tomorrow", "SomethingNew"},
	}
}

func ids(names []string) []license.GUID {
	var out []license.GUID
	for _, n := range names {
		out = append(out, id(n))
	}
	return license.SortedGUIDs(out)
}

func user(name string, held ...license.Assignment) license.UserState {
	license.SortAssignments(held)
	return license.UserState{
		ID: id(name), UserPrincipalName: upn(name), DisplayName: strings.ToUpper(name),
		AccountEnabled: true, UserType: "Member", UsageLocation: "DE", Assignments: held,
	}
}

func where(line int) plan.Source {
	return plan.Source{File: "manifests/users.yaml", Line: line, Column: 3}
}

// entry is a manifest entry that manages the licenses of a user.
func entry(name string, wanted ...plan.DesiredLicense) plan.DesiredUser {
	return plan.DesiredUser{
		User: plan.Ref{Name: upn(name), Source: where(len(name))}, Manifest: "staff",
		ManagesLicenses: true, Licenses: wanted,
	}
}

func lic(part string) plan.DesiredLicense {
	return plan.DesiredLicense{SKU: plan.Ref{Name: part, Source: where(7)}}
}

func choice(mode plan.PlanMode, names ...string) plan.PlanChoice {
	c := plan.PlanChoice{Mode: mode}
	for _, n := range names {
		c.Plans = append(c.Plans, plan.Ref{Name: n, Source: where(8)})
	}
	return c
}

func licWithout(part string, off ...string) plan.DesiredLicense {
	l := lic(part)
	l.Plans = choice(plan.PlansDisabled, off...)
	return l
}

func licOnly(part string, on ...string) plan.DesiredLicense {
	l := lic(part)
	l.Plans = choice(plan.PlansEnabled, on...)
	return l
}

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func day(s string) plan.Date {
	d, err := plan.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// world is an input that tests adjust. Its guards are off.
func world(entries []plan.DesiredUser, users []license.UserState, skus ...license.SKU) planner.Input {
	policy := plan.DefaultPolicy()
	off := plan.Limit{Off: true}
	policy.Guards = plan.Guards{MaxRemovals: off, MaxRemovalsPerSKU: off, MaxUsersLosingAll: off, MaxUsersChanged: off}
	slices.SortFunc(users, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	return planner.Input{
		Desired: plan.Desired{Users: entries},
		Policy:  policy,
		Observed: plan.Observed{
			Tenant: plan.Tenant{ID: id("tenant"), DisplayName: "Contoso"}, SKUs: skus, Users: users, Whole: true,
		},
		Now: noon, Tool: plan.Tool{Name: "licensectl", Version: "test"}, Cloud: "global",
	}
}

func mustMake(t testing.TB, in planner.Input) *plan.Plan {
	t.Helper()
	p, err := planner.Make(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range p.Findings {
		if f.Message == "" || strings.Contains(f.Message+f.Hint, "%!") {
			t.Errorf("%s: words that do not fit what they are about: %q, %q", f.Code, f.Message, f.Hint)
		}
	}
	return p
}

// lines says what the changes of a plan do, one line each: "ada ready: -E3 +E5".
func lines(p *plan.Plan) []string {
	out := []string{}
	for _, c := range p.Changes {
		name, _, _ := strings.Cut(c.User.UserPrincipalName, "@")
		line := fmt.Sprintf("%s %s:", name, c.Status)
		for _, a := range c.Actions {
			line += " " + word(a)
		}
		for _, r := range c.Reasons {
			line += " [" + string(r) + "]"
		}
		out = append(out, line)
	}
	return out
}

func word(a plan.Action) string {
	off := ""
	for _, p := range a.DisabledPlans {
		off += "!" + p.Name
	}
	switch a.Op {
	case plan.OpAdd:
		return "+" + a.SKUPartNumber + off
	case plan.OpRemove:
		return "-" + a.SKUPartNumber
	case plan.OpUpdate:
		return "~" + a.SKUPartNumber + off
	case plan.OpReprocess:
		return "*"
	default:
		return "@" + a.UsageLocation
	}
}

// codes lists the findings: "error user-not-found zoe".
func codes(p *plan.Plan) []string {
	out := []string{}
	for _, f := range p.Findings {
		name, _, _ := strings.Cut(f.User, "@")
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Severity, f.Code, name)))
	}
	return out
}

// after plays a plan on the users: what a faithful apply makes of them.
func after(users []license.UserState, p *plan.Plan) []license.UserState {
	byID := map[license.GUID]*plan.Change{}
	for i := range p.Changes {
		if p.Changes[i].Status == plan.StatusReady {
			byID[p.Changes[i].User.ID] = &p.Changes[i]
		}
	}
	out := slices.Clone(users)
	for i := range out {
		c := byID[out[i].ID]
		if c == nil {
			continue
		}
		u := &out[i]
		u.UsageLocation = c.After.UsageLocation
		u.Assignments = slices.DeleteFunc(slices.Clone(u.Assignments), func(a license.Assignment) bool {
			return a.Direct() && p.Scope.Manages(a.SKUID)
		})
		for _, l := range c.After.Licenses {
			a, kept := users[i].DirectLicense(l.SKUID)
			if !kept {
				a = license.Assignment{SKUID: l.SKUID, State: "Active"}
			}
			a.DisabledPlans = l.DisabledPlans
			u.Assignments = append(u.Assignments, a)
		}
		license.SortAssignments(u.Assignments)
	}
	return out
}

// recount gives the SKUs with the seats that the users consume.
func recount(skus []license.SKU, users []license.UserState) []license.SKU {
	out := slices.Clone(skus)
	for i := range out {
		out[i].Units.Consumed = 0
		for _, u := range users {
			if u.Holds(out[i].ID) {
				out[i].Units.Consumed++
			}
		}
	}
	return out
}

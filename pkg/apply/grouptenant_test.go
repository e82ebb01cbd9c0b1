package apply_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// groupTenant is a tenant in the emulator with groups, the real client in front of it,
// and what became of its users, change by change.
type groupTenant struct {
	mailboxes map[license.GUID]license.MailboxPurpose // what Signals tells
	mu        sync.Mutex                              // of asked
	asked     map[license.Signal]int                  // how often Signals was asked for each

	t        testing.TB
	emulator *emulator.Emulator
	reader   *graph.Reader
	writer   *graph.Writer
	line     *line
	file     *memory // of the last receipt

	groups map[string]license.GUID

	// without tells by user and product that they were seen to lose their last way to
	// it, in the order of the changes, and withoutPlans the same of service plans.
	without, withoutPlans []string
}

// The products of a tenant with groups: E3 and E5 have the plans MAIL and CHAT, VISIO has one.
func groupTenantProducts(seats int) []emulator.Product {
	var out []emulator.Product
	for _, part := range allSKUs {
		sku, _ := names{}.SKU(id(part))
		for i := range sku.Plans {
			sku.Plans[i].Name, sku.Plans[i].AppliesTo = names{}.PlanName(sku.Plans[i].ID), license.AppliesToUser
		}
		sku.AppliesTo, sku.Units = license.AppliesToUser, license.Units{Enabled: seats}
		out = append(out, emulator.Product{SKU: sku})
	}
	return out
}

// gives are licenses of products, with all service plans on.
func gives(parts ...string) []emulator.License {
	var out []emulator.License
	for _, part := range parts {
		out = append(out, emulator.License{SKU: id(part)})
	}
	return out
}

// member is a user of a tenant with groups with licenses of their own.
func person(name string, parts ...string) emulator.User {
	return emulator.User{ID: id(name), UserPrincipalName: name + "@contoso.com", UsageLocation: "DE", Licenses: gives(parts...)}
}

// people are numbered users of a tenant with groups with the same licenses of their own.
func people(n int, parts ...string) []emulator.User {
	var out []emulator.User
	for i := range n {
		out = append(out, person(fmt.Sprintf("u%04d", i), parts...))
	}
	return out
}

func namesOf(users []emulator.User) []string {
	var out []string
	for _, u := range users {
		out = append(out, u.UserPrincipalName)
	}
	return out
}

// group is a group of a tenant with groups.
func group(name string, users []emulator.User, parts ...string) emulator.Group {
	return emulator.Group{ID: id(name), Name: name, Members: namesOf(users), Licenses: gives(parts...)}
}

func newGroupTenant(t testing.TB, tenant emulator.Tenant, options emulator.Options) *groupTenant {
	t.Helper()
	g := &groupTenant{t: t, groups: map[string]license.GUID{}}
	tenant.DefaultDomain = "contoso.com"
	if tenant.Products == nil {
		tenant.Products = groupTenantProducts(1000)
	}
	options.Changed = func(before, after license.UserState) {
		name, _, _ := strings.Cut(after.UserPrincipalName, "@")
		for _, part := range allSKUs {
			if has(before, part) && !has(after, part) {
				g.without = append(g.without, name+" "+part)
			}
			for _, plan := range plansOf(part) {
				if hasPlan(before, plan) && !hasPlan(after, plan) {
					g.withoutPlans = append(g.withoutPlans, name+" "+plan)
				}
			}
		}
	}
	options.Groups.LoseOverlapping = true
	var err error
	if g.emulator, err = emulator.New(tenant, options); err != nil {
		t.Fatal(err)
	}
	g.connect()
	return g
}

// connect gives the tenant a client of its own, as a new process has.
func (g *groupTenant) connect() {
	g.t.Helper()
	g.line = &line{next: g.emulator.Transport()}
	cfg := graph.Config{Root: "https://graph.microsoft.com", Credential: &token{emulator: g.emulator, roles: groupTenantRoles()}, Transport: &http.Client{Transport: g.line}}
	var err error
	if g.reader, err = graph.NewReader(cfg); err != nil {
		g.t.Fatal(err)
	}
	if g.writer, err = graph.NewWriter(cfg); err != nil {
		g.t.Fatal(err)
	}
}

// line is the way of a process to the service. When the process is gone nothing
// more goes over it; what is on its way arrives.
type line struct {
	next http.RoundTripper
	gone atomic.Bool
}

func (l *line) RoundTrip(req *http.Request) (*http.Response, error) {
	if l.gone.Load() {
		return nil, errGone
	}
	return l.next.RoundTrip(req)
}

var errGone = errors.New("the process is gone")

// killed carries a plan out and kills the process after a time: from then on it
// sends nothing and writes nothing down. Another one takes its place.
func (g *groupTenant) killed(p *plan.Plan, after time.Duration, adjust ...func(*apply.Options)) {
	g.t.Helper()
	ctx, stop := context.WithCancelCause(g.t.Context())
	defer stop(nil)
	timer := time.AfterFunc(after, func() {
		g.line.gone.Store(true)
		stop(errGone)
	})
	defer timer.Stop()
	_, _ = g.run(ctx, p, append(adjust, func(o *apply.Options) { o.Journal = torn{o.Journal, g.line} })...)
	g.connect()
}

// torn is the journal of a process that may be gone.
type torn struct {
	apply.Journal
	line *line
}

func (j torn) Intent(i receipt.Intent) error {
	return j.write(func() error { return j.Journal.Intent(i) })
}
func (j torn) GroupIntent(i receipt.GroupIntent) error {
	return j.write(func() error { return j.Journal.GroupIntent(i) })
}
func (j torn) Result(r receipt.Result) error {
	return j.write(func() error { return j.Journal.Result(r) })
}
func (j torn) GroupResult(r receipt.GroupResult) error {
	return j.write(func() error { return j.Journal.GroupResult(r) })
}
func (j torn) Verify(v receipt.Verify) error {
	return j.write(func() error { return j.Journal.Verify(v) })
}
func (j torn) End(e receipt.End) error { return j.write(func() error { return j.Journal.End(e) }) }

func (j torn) write(line func() error) error {
	if j.line.gone.Load() {
		return errGone
	}
	return line()
}

// has reports whether a user has a product, were it with an error.
func has(u license.UserState, part string) bool {
	return slices.ContainsFunc(u.Assignments, func(a license.Assignment) bool { return a.SKUID == id(part) && !a.GivesNothing() })
}

// plansOf are the service plans of a product.
func plansOf(part string) []string { return []string{part + "_CHAT", part + "_MAIL"} }

// hasPlan reports whether a user has a service plan, were it with an error.
func hasPlan(u license.UserState, plan string) bool {
	part, _, _ := strings.Cut(plan, "_")
	return slices.ContainsFunc(u.Assignments, func(a license.Assignment) bool {
		return a.SKUID == id(part) && !a.GivesNothing() && !license.ContainsGUID(a.DisabledPlans, id(plan))
	})
}

// groupTenantRoles are the permissions that an apply with groups takes.
func groupTenantRoles() []string { return append(emulator.DefaultRoles(), "User.ReadWrite.All") }

func (g *groupTenant) Users(ctx context.Context, ids []license.GUID) ([]license.UserState, error) {
	return observe.Users(ctx, g.reader, ids)
}

func (g *groupTenant) Answers(ctx context.Context, queries []plan.Query) (map[plan.Query]plan.Answer, error) {
	return observe.Answers(ctx, g.reader, queries)
}

func (g *groupTenant) SubscribedSKUs(ctx context.Context) ([]license.SKU, error) {
	return g.reader.SubscribedSKUs(ctx)
}

func (g *groupTenant) Groups(ctx context.Context, ids []license.GUID) ([]license.Group, error) {
	return observe.Groups(ctx, g.reader, ids)
}

func (g *groupTenant) Members(ctx context.Context, group license.GUID) ([]license.GUID, error) {
	return observe.Members(ctx, g.reader, group)
}

// change plans that a group comes to give exactly these products. Whoever has a
// product by another way sees no difference.
func (g *groupTenant) change(name string, parts ...string) plan.GroupChange {
	g.t.Helper()
	found, err := g.Groups(g.t.Context(), []license.GUID{id(name)})
	if err != nil || len(found) != 1 {
		g.t.Fatalf("group %s: %v, %v", name, found, err)
	}
	c := plan.GroupChange{
		Group: plan.Group{ID: id(name), DisplayName: name}, Source: plan.Source{File: "groups.yaml", Line: 1}, Status: plan.StatusReady,
		Before: plan.GroupStateOf(found[0], plan.Scope{}), WaitsFor: []license.GUID{}, Reasons: []plan.Code{},
	}
	for _, l := range c.Before.Licenses {
		if part := partOf(l.SKUID); !slices.Contains(parts, part) {
			c.Actions = append(c.Actions, plan.Action{Op: plan.OpRemove, SKUID: l.SKUID, SKUPartNumber: part, Before: &plan.Before{DisabledPlans: []plan.PlanRef{}}})
		}
	}
	for _, part := range parts {
		if _, given := c.Before.License(id(part)); !given {
			c.Actions = append(c.Actions, plan.Action{Op: plan.OpAdd, SKUID: id(part), SKUPartNumber: part, DisabledPlans: []plan.PlanRef{}})
		}
	}
	c.After = c.Before.After(c.Actions)
	members, err := g.Members(g.t.Context(), id(name))
	if err != nil {
		g.t.Fatal(err)
	}
	users, err := g.Users(g.t.Context(), members)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, u := range users {
		c.Effects = append(c.Effects, effectOn(u, c))
	}
	c.Members = plan.CountMembers(c.Effects)
	return c
}

func partOf(sku license.GUID) string {
	known, _ := names{}.SKU(sku)
	return known.PartNumber
}

func effectOn(u license.UserState, c plan.GroupChange) plan.MemberEffect {
	e := plan.MemberEffect{Gain: []license.GUID{}, Lose: []license.GUID{}, Wait: []plan.Waiting{}, Members: []license.GUID{u.ID}}
	for _, a := range c.Actions {
		other := slices.ContainsFunc(u.Assignments, func(h license.Assignment) bool { return h.SKUID == a.SKUID && h.Group != c.Group.ID })
		switch {
		case other:
		case a.Op == plan.OpRemove:
			e.Lose = append(e.Lose, a.SKUID)
		default:
			e.Gain = append(e.Gain, a.SKUID)
		}
	}
	return e
}

// follows plans that a user's own license of a product goes when a group gives it.
func (g *groupTenant) follows(name, part, group string) plan.Change {
	g.t.Helper()
	users, err := g.Users(g.t.Context(), []license.GUID{id(name)})
	if err != nil || len(users) != 1 {
		g.t.Fatal(users, err)
	}
	c := plan.Change{
		User: plan.UserRef{ID: id(name), UserPrincipalName: name + "@contoso.com"}, Status: plan.StatusReady,
		Actions:  []plan.Action{{Op: plan.OpRemove, SKUID: id(part), SKUPartNumber: part, Before: &plan.Before{DisabledPlans: []plan.PlanRef{}}}},
		Before:   plan.StateOf(users[0], plan.Scope{}),
		WaitsFor: []license.GUID{}, Reasons: []plan.Code{}, WaitsForGroups: []license.GUID{id(group)},
		Preconditions: &plan.Preconditions{UserPrincipalName: name + "@contoso.com", InForce: []plan.RequiredAssignment{{SKUID: id(part), SKUPartNumber: part, Group: id(group), DisabledPlans: []license.GUID{}}}},
	}
	c.After = c.Before.After(c.Actions)
	return c
}

// planOf is a plan with these changes.
func planOf(groups []plan.GroupChange, changes ...plan.Change) *plan.Plan {
	return &plan.Plan{PlanID: "sha256:test", GroupChanges: groups, Changes: changes}
}

// apply carries a plan out, and holds the receipt to what was told.
func (g *groupTenant) apply(p *plan.Plan, adjust ...func(*apply.Options)) *apply.Outcome {
	g.t.Helper()
	out, err := g.run(g.t.Context(), p, adjust...)
	if err != nil {
		g.t.Fatal(err)
	}
	read, err := receipt.Read(strings.NewReader(g.file.String()))
	if err != nil {
		g.t.Fatal(err)
	}
	if diff := cmp.Diff(groupOutcomes(&out.Receipt), groupOutcomes(read)); diff != "" {
		g.t.Errorf("the receipt differs from the outcome (-outcome +receipt):\n%s", diff)
	}
	if len(out.Receipt.Results) != len(p.Changes) || len(out.Receipt.GroupResults) != len(p.GroupChanges) {
		g.t.Errorf("%d results and %d of groups for %d changes and %d", len(out.Receipt.Results), len(out.Receipt.GroupResults), len(p.Changes), len(p.GroupChanges))
	}
	for _, sku := range g.emulator.SKUs() {
		if sku.Units.Consumed > sku.Units.Enabled {
			g.t.Errorf("%d of %d seats of %s are used", sku.Units.Consumed, sku.Units.Enabled, sku.PartNumber)
		}
	}
	return out
}

func (g *groupTenant) run(ctx context.Context, p *plan.Plan, adjust ...func(*apply.Options)) (*apply.Outcome, error) {
	g.file = &memory{}
	o := apply.Options{
		Reader: g, Writer: g.writer, GroupReader: g, GroupWriter: g.writer, Journal: receipt.NewWriter(g.file), Names: names{},
		Run: receipt.Run{RunID: "run-1"}, Jitter: func() float64 { return 0 },
	}
	for _, edit := range adjust {
		edit(&o)
	}
	return apply.Run(ctx, p, o)
}

// groupOutcomes lists "sales done verified 3/3", with the members who have arrived,
// and then what became of users.
func groupOutcomes(r *receipt.Receipt) []string {
	var out []string
	for _, res := range r.GroupResults {
		text := strings.TrimSpace(fmt.Sprintf("%s %s %s", res.Group.DisplayName, res.Outcome, res.Verification))
		if m := res.Members; m != nil {
			text += fmt.Sprintf(" %d/%d", m.Arrived, m.Total)
		}
		out = append(out, text)
	}
	return append(out, outcomes(r)...)
}

func (g *groupTenant) checkOutcomes(out *apply.Outcome, want ...string) {
	g.t.Helper()
	if diff := cmp.Diff(want, groupOutcomes(&out.Receipt)); diff != "" {
		g.t.Errorf("outcomes (-want +got):\n%s", diff)
		for _, res := range out.Receipt.GroupResults {
			g.t.Logf("%s: %s (%s) %v", res.Group.DisplayName, res.Message, res.Hint, res.Failing)
		}
		for _, res := range out.Receipt.Results {
			g.t.Logf("%s: %s (%s)", res.User.UserPrincipalName, res.Message, res.Hint)
		}
		g.t.Logf("cause %v", out.Cause)
	}
}

// holds lists by which ways a user has products in force: "E3 E3<sales".
func (g *groupTenant) holds(name string) string {
	u, _ := g.emulator.User(name + "@contoso.com")
	var parts []string
	for _, a := range u.Assignments {
		text := partOf(a.SKUID)
		if !a.Direct() {
			text += "<"
			for _, group := range []string{"sales", "office", "pilot"} {
				if id(group) == a.Group {
					text += group
				}
			}
		}
		if !a.InForce() {
			text += "!" + a.Error
		}
		parts = append(parts, text)
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// calls counts the calls for licenses of groups that came about, and tells their
// times.
func (g *groupTenant) calls() []time.Time {
	var out []time.Time
	for _, r := range g.emulator.Requests() {
		if r.Route == "assignGroupLicense" && r.Mutated {
			out = append(out, r.Time)
		}
	}
	return out
}

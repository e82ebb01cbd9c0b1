package observe_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
)

// failer is a test, or one case of a rapid check.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
	Error(args ...any)
	Fatal(args ...any)
}

// tenant is a tenant in memory that counts what is asked of it and polices
// how.
type tenant struct {
	t        failer
	org      graph.Organization
	skus     []license.SKU
	users    []license.UserState // in the order of listing
	me       license.UserState
	hidden   map[license.GUID]bool // not in the listing, as if moved between pages
	failures map[string]error      // by call: organization, skus, me, find, or page N

	licensed []license.Group // their members are read apart

	groups  []graph.Group
	secret  license.GUID                    // the group whose membership is hidden
	members map[license.GUID][]license.GUID // by group
	below   map[license.GUID][]license.GUID // the groups in a group
	untold  []graph.Member                  // of every group
	passing map[string][]license.GUID       // by filter
	lagging bool                            // an index answers filters
	onBreak func()                          // what happens meanwhile; may be nil
	breaks  int                             // so many times the listing breaks off after its first page

	pageTime, findTime time.Duration                             // that a page and a lookup take
	replica            func(license.UserState) license.UserState // how a lookup sees a user; nil: as a page does

	mu  sync.Mutex
	log []string // the calls in order
}

var contoso = graph.Organization{ID: uuid.MustParse("11111111-2222-4333-8444-555555555555"), DisplayName: "Contoso"}

// newTenant has n users, of whom consumed hold its only SKU.
func newTenant(t failer, n, consumed int) *tenant {
	f := &tenant{t: t, org: contoso, hidden: map[license.GUID]bool{}, failures: map[string]error{}}
	f.skus = []license.SKU{
		{ID: id(900_001), PartNumber: "A"},
		{ID: id(900_002), PartNumber: "B", Units: license.Units{Consumed: consumed}},
	}
	for i := 1; i <= n; i++ {
		u := license.UserState{ID: id(i), UserPrincipalName: upn(i), UsageLocation: "DE"}
		if i <= consumed {
			u.Assignments = []license.Assignment{{SKUID: id(900_002), State: "Active"}}
		}
		f.users = append(f.users, u)
	}
	return f
}

func id(n int) license.GUID {
	return uuid.MustParse(fmt.Sprintf("00000000-0000-4000-8000-%012d", n))
}

func upn(n int) string { return fmt.Sprintf("user%d@contoso.com", n) }

func (f *tenant) call(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, name)
	return f.failures[name]
}

func (f *tenant) Organization(context.Context) (graph.Organization, error) {
	return f.org, f.call("organization")
}

func (f *tenant) SubscribedSKUs(context.Context) ([]license.SKU, error) {
	return f.skus, f.call("skus")
}

func (f *tenant) Me(context.Context) (license.UserState, error) { return f.me, f.call("me") }

func (f *tenant) UserPages(_ context.Context, ahead func() bool) iter.Seq2[[]license.UserState, error] {
	// A copy, as a reader's: the pages are whoever's who reads them.
	listed := slices.DeleteFunc(slices.Clone(f.users), func(u license.UserState) bool { return f.hidden[u.ID] })
	pages := slices.Collect(slices.Chunk(listed, graph.PageSize))
	if len(pages) == 0 {
		pages = append(pages, nil)
	}
	return func(yield func([]license.UserState, error) bool) {
		for i, page := range pages {
			time.Sleep(f.pageTime)
			if err := f.call(fmt.Sprintf("page %d", i+1)); err != nil {
				yield(nil, err)
				return
			}
			if i == 1 && f.breaks > 0 {
				f.breaks--
				if f.onBreak != nil {
					f.onBreak()
				}
				yield(nil, &graph.IncompleteError{Op: graph.OpListUsers, Path: "/v1.0/users", Reason: "a page after the first was refused", Anew: true})
				return
			}
			asked := ahead() && i+1 < len(pages)
			if !yield(page, nil) {
				if asked {
					f.t.Errorf("page %d was asked for ahead in vain", i+2)
				}
				return
			}
		}
	}
}

func (f *tenant) FindEach(_ context.Context, whom graph.Lookups) iter.Seq2[graph.Found, error] {
	return func(yield func(graph.Found, error) bool) {
		var refs []string
		for some := whom.Next(); len(some) > 0; some = whom.Next() {
			refs = append(refs, some...)
			if f.findTime == 0 {
				continue
			}
			time.Sleep(f.findTime)
			users, err := f.find(refs)
			if !yield(graph.Found{Refs: refs, Users: users, Took: f.findTime}, err) || err != nil {
				return
			}
			refs = nil
		}
		if len(refs) == 0 && f.findTime > 0 {
			return
		}
		users, err := f.find(refs)
		yield(graph.Found{Refs: refs, Users: users}, err)
	}
}

func (f *tenant) find(refs []string) ([]license.UserState, error) {
	asked := map[string]bool{}
	ids := 0
	for _, ref := range refs {
		if asked[strings.ToLower(ref)] || ref == plan.Me {
			f.t.Errorf("%q was looked up in vain", ref)
		}
		asked[strings.ToLower(ref)] = true
		if license.IsGUID(ref) {
			ids++
		}
	}
	if len(refs) == 0 {
		f.t.Error("nobody was looked up")
	}
	for range graph.FindRequests(ids, len(refs)-ids) {
		if err := f.call("find"); err != nil {
			return nil, err
		}
	}
	var found []license.UserState
	for _, u := range slices.Backward(f.users) {
		if asked[u.ID.String()] || asked[strings.ToLower(u.UserPrincipalName)] {
			if f.replica != nil {
				u = f.replica(u)
			}
			found = append(found, u)
		}
	}
	return found, nil
}

func (f *tenant) GroupsNamed(_ context.Context, name string) ([]graph.Group, error) {
	var found []graph.Group
	for _, g := range slices.Backward(f.groups) {
		if g.DisplayName == name {
			found = append(found, g)
		}
	}
	return found, f.call("group " + name)
}

func (f *tenant) GroupNames(_ context.Context, ids []license.GUID) (map[license.GUID]string, error) {
	names := map[license.GUID]string{}
	for _, g := range f.groups {
		if slices.Contains(ids, g.ID) {
			names[g.ID] = g.DisplayName
		}
	}
	return names, f.call("names of groups")
}

func (f *tenant) GroupMembers(_ context.Context, group license.GUID) (graph.Selected, error) {
	return graph.Selected{Users: f.members[group], Groups: f.below[group], Untold: f.untold}, f.call("members of " + group.String())
}

func (f *tenant) HiddenGroups(_ context.Context, groups []license.GUID) ([]license.GUID, error) {
	hidden := slices.DeleteFunc(slices.Clone(groups), func(id license.GUID) bool { return id != f.secret })
	return hidden, f.call("whether hidden")
}

// which gives those of the licensed groups that pass, without their members.
func (f *tenant) which(pass func(license.Group) bool) []license.Group {
	var found []license.Group
	for _, g := range slices.Backward(f.licensed) {
		if g.Members = nil; pass(g) {
			found = append(found, g)
		}
	}
	return found
}

func (f *tenant) GroupsGiving(_ context.Context, sku license.GUID) ([]license.Group, error) {
	gives := func(g license.Group) bool { _, ok := g.License(sku); return ok }
	return f.which(gives), f.call("groups giving " + sku.String())
}

func (f *tenant) GroupsCalled(_ context.Context, name string) ([]license.Group, error) {
	return f.which(func(g license.Group) bool { return strings.EqualFold(g.DisplayName, name) }), f.call("groups called " + name)
}

func (f *tenant) GroupsByID(_ context.Context, ids []license.GUID) ([]license.Group, error) {
	return f.which(func(g license.Group) bool { return slices.Contains(ids, g.ID) }), f.call("groups by id")
}

func (f *tenant) DirectMembers(_ context.Context, group license.GUID) (graph.Selected, error) {
	return graph.Selected{Users: slices.Clone(f.members[group]), Untold: f.untold, Lagging: f.lagging}, f.call("direct members of " + group.String())
}

func (f *tenant) Pause(_ context.Context, why graph.Wait) error {
	time.Sleep(why.For)
	return f.call(fmt.Sprintf("pause of %s: %s", why.For, why.Why))
}

func (f *tenant) EveryID(context.Context) ([]license.GUID, error) {
	var ids []license.GUID
	for _, u := range f.users {
		ids = append(ids, u.ID)
	}
	return ids, f.call("every id")
}

func (f *tenant) UserIDs(_ context.Context, filter string) (graph.Selected, error) {
	return graph.Selected{Users: f.passing[filter], Lagging: f.lagging}, f.call("filter " + filter)
}

// count tells how often a call was made; "page" counts every page.
func (f *tenant) count(prefix string) int {
	n := 0
	for _, call := range f.log {
		if strings.HasPrefix(call, prefix) {
			n++
		}
	}
	return n
}

func read(t failer, f *tenant, req observe.Request) plan.Observed {
	t.Helper()
	observed, err := observe.Tenant(context.Background(), f, req)
	if err != nil {
		t.Fatal(err)
	}
	return observed
}

func upns(from, to int) []string {
	var out []string
	for i := from; i <= to; i++ {
		out = append(out, upn(i))
	}
	return out
}

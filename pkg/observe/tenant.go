package observe

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/caught"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Request says what to read of a tenant.
type Request struct {
	// TenantID is the tenant that is expected; in any other no user is read.
	// Zero: any tenant.
	TenantID license.GUID

	// Users are the users that are needed: user principal names in any case,
	// object ids, plan.Me. Order and repetitions do not matter.
	Users []string

	// Queries ask who is selected. The users of the answers are needed as well.
	// A repetition is asked twice.
	Queries []plan.Query

	// Groups asks what groups give; nil: nobody does. The users who are members of
	// those that are read are needed as well.
	Groups *GroupRequest

	// Whole asks for every user of the tenant. Otherwise the users that are
	// needed are all that is returned.
	Whole bool

	// Beside reads what else is wanted of the tenant, at the same time as all that
	// is read once the tenant is known to be the expected one; nil: nothing. Its
	// error ends the reading.
	Beside func(context.Context) error
}

// Tenant reads the organization; then its SKUs, the signed-in user if they are
// asked for, who is selected and what groups give; and then the users. What does not
// need another of these goes side by side. Without changes meanwhile the
// result is the same however the users were read. A failed or incomplete read
// is an error that says which one; a *TenantError is another tenant than the
// expected one, of which nothing else was read.
func Tenant(ctx context.Context, r Reader, req Request) (plan.Observed, error) {
	org, err := r.Organization(ctx)
	if err != nil {
		return plan.Observed{}, fmt.Errorf("reading the tenant: %w", err)
	}
	out := plan.Observed{Tenant: plan.Tenant{ID: org.ID, DisplayName: org.DisplayName}, Whole: req.Whole}
	if req.TenantID != (license.GUID{}) && req.TenantID != org.ID {
		return plan.Observed{}, &TenantError{Expected: req.TenantID, Actual: out.Tenant}
	}
	asking, ctx := errgroup.WithContext(ctx)
	if req.Beside != nil {
		asking.Go(caught.In(func() error { return req.Beside(ctx) }))
	}
	asking.Go(caught.In(func() error { return people(ctx, r, req, &out) }))
	if err := asking.Wait(); err != nil {
		return plan.Observed{}, err
	}
	return out, nil
}

// people reads who is asked for, and all that it takes to know who that is.
func people(ctx context.Context, r Reader, req Request, out *plan.Observed) error {
	in := reading{Request: req}
	if err := in.whom(ctx, r); err != nil {
		return err
	}
	users, err := everyone(ctx, r, in)
	if err == nil {
		err = trust(users)
	}
	if err == nil {
		err = checkProducts(in.skus, users)
	}
	if err == nil && req.Whole {
		err = checkHolders(in.skus, users)
	}
	if err != nil {
		return fmt.Errorf("reading the users of the tenant: %w", err)
	}
	out.SKUs, out.Users, out.Me, out.Answers, out.LicensedGroups = in.skus, users, in.me.ID, in.selected, in.groups
	return nil
}

// TenantError is a credential of another tenant than the expected one. No
// user was read.
type TenantError struct {
	Expected license.GUID
	Actual   plan.Tenant
}

// Error names both tenants.
func (e *TenantError) Error() string {
	return fmt.Sprintf("signed in to tenant %s (%q), but tenant %s is expected", e.Actual.ID, e.Actual.DisplayName, e.Expected)
}

// readMe finds out who is signed in, if that is asked for; else it gives the
// zero user.
func readMe(ctx context.Context, r Reader, req Request) (license.UserState, error) {
	if !slices.Contains(req.Users, plan.Me) {
		return license.UserState{}, nil
	}
	return r.Me(ctx)
}

// reading is what is known before the users are read.
type reading struct {
	Request
	me       license.UserState // zero: nobody asked
	selected map[plan.Query]plan.Answer
	skus     []license.SKU
	groups   []license.Group
}

// whom reads the products, who is signed in, who is selected, and what groups give
// to whom.
func (r *reading) whom(ctx context.Context, from Reader) error {
	asking, ctx := errgroup.WithContext(ctx)
	asking.Go(caught.In(func() (err error) {
		if r.me, err = readMe(ctx, from, r.Request); err != nil {
			return fmt.Errorf("reading who %q is: %w", plan.Me, err)
		}
		return nil
	}))
	asking.Go(caught.In(func() (err error) {
		if r.selected, err = answers(ctx, from, r.Queries); err != nil {
			return fmt.Errorf("reading who is selected: %w", err)
		}
		return nil
	}))
	asking.Go(caught.In(func() (err error) {
		if r.skus, err = from.SubscribedSKUs(ctx); err != nil {
			return fmt.Errorf("reading the SKUs of the tenant: %w", err)
		}
		if r.groups, err = licensedGroups(ctx, from, r.Groups, r.skus); err != nil {
			return fmt.Errorf("reading the groups: %w", err)
		}
		return nil
	}))
	return asking.Wait()
}

// wantedUsers is a fresh one, which knows who is wanted.
func (r reading) wantedUsers() *wantedUsers {
	out := newWantedUsers(r.Request)
	if r.me.ID != (license.GUID{}) {
		out.wantID(r.me.ID)
		out.add(byLookup, r.me)
	}
	for _, a := range r.selected {
		out.wantAll(a.Users)
	}
	for _, g := range r.groups {
		out.wantAll(g.Members)
	}
	return out
}

// maxRestarts is how often the list of users is begun anew that breaks off.
const maxRestarts = 3

// everyone reads the users. Where the list breaks off it begins anew, with
// nothing of what was read; where it does so again and again the users are
// looked up, which takes no list.
func everyone(ctx context.Context, r Reader, what reading) ([]license.UserState, error) {
	for attempt := 1; ; attempt++ {
		wanted := what.wantedUsers()
		err := readUsers(ctx, r, wanted, mostConsumed(what.skus))
		if err == nil {
			return wanted.users()
		}
		if !graph.IsBrokenOff(err) {
			return nil, err
		}
		if attempt > maxRestarts {
			return unlisted(ctx, r, what)
		}
		if err := r.Pause(ctx, graph.Wait{Op: graph.OpListUsers, Why: err, For: time.Duration(attempt) * time.Second}); err != nil {
			return nil, err
		}
	}
}

// unlisted reads the users without a list of their states. Who they are is told
// by an index that lags where everybody is wanted, and may lack somebody who
// came a moment ago; what they hold is read like any lookup.
func unlisted(ctx context.Context, r Reader, what reading) ([]license.UserState, error) {
	wanted := what.wantedUsers()
	if what.Whole {
		ids, err := r.EveryID(ctx)
		if err != nil {
			return nil, err
		}
		wanted.wantAll(ids)
	}
	if err := ask(ctx, r, wanted); err != nil {
		return nil, err
	}
	return wanted.users()
}

// readUsers reads the wanted users in the way that is done first, or all users.
// Who is wanted and was not seen is looked up after a full list too: a user that
// moved between two pages was on neither.
func readUsers(ctx context.Context, r Reader, wanted *wantedUsers, atLeast int) error {
	if !wanted.whole {
		return newRace(r, wanted, atLeast).run(ctx)
	}
	pages := 1
	for page, err := range r.UserPages(ctx, func() bool { return true }) {
		if err != nil {
			return fmt.Errorf("page %d: %w", pages, err)
		}
		wanted.add(byListing, page...)
		pages++
	}
	return ask(ctx, r, wanted)
}

// ask looks up the users that were not seen.
func ask(ctx context.Context, r Finder, wanted *wantedUsers) error {
	return newLookups(r, wanted).run(ctx)
}

// mostConsumed is how many users the tenant has at the least: a user consumes
// one unit of a SKU, however many paths lead to it.
func mostConsumed(skus []license.SKU) int {
	most := 0
	for _, sku := range skus {
		most = max(most, sku.Units.Consumed)
	}
	return most
}

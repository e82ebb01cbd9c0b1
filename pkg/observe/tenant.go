package observe

import (
	"context"
	"fmt"
	"slices"

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

	// Whole asks for every user of the tenant. Otherwise the users that are
	// needed are all that is returned.
	Whole bool
}

// Tenant reads the organization, its SKUs, the signed-in user if they are
// asked for, who is selected, and the users, in this order. Without changes meanwhile the
// result is the same however the users were read. A failed or incomplete read
// is an error that says which one; a *TenantError is another tenant than the
// expected one.
func Tenant(ctx context.Context, r Reader, req Request) (plan.Observed, error) {
	org, err := r.Organization(ctx)
	if err != nil {
		return plan.Observed{}, fmt.Errorf("reading the tenant: %w", err)
	}
	tenant := plan.Tenant{ID: org.ID, DisplayName: org.DisplayName}
	if req.TenantID != (license.GUID{}) && req.TenantID != tenant.ID {
		return plan.Observed{}, &TenantError{Expected: req.TenantID, Actual: tenant}
	}
	skus, err := r.SubscribedSKUs(ctx)
	if err != nil {
		return plan.Observed{}, fmt.Errorf("reading the SKUs of the tenant: %w", err)
	}
	roster := newRoster(req)
	me, err := readMe(ctx, r, req, roster)
	if err != nil {
		return plan.Observed{}, fmt.Errorf("reading who %q is: %w", plan.Me, err)
	}
	selected, err := answers(ctx, r, req.Queries)
	if err != nil {
		return plan.Observed{}, fmt.Errorf("reading who is selected: %w", err)
	}
	for _, a := range selected {
		roster.wantAll(a.Users)
	}
	if err := readUsers(ctx, r, roster, mostConsumed(skus)); err != nil {
		return plan.Observed{}, fmt.Errorf("reading the users of the tenant: %w", err)
	}
	users, err := roster.users()
	if err != nil {
		return plan.Observed{}, fmt.Errorf("reading the users of the tenant: %w", err)
	}
	return plan.Observed{
		Tenant:  tenant,
		SKUs:    skus,
		Users:   users,
		Me:      me,
		Answers: selected,
		Whole:   req.Whole,
	}, nil
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

// readMe finds out who is signed in, if that is asked for.
func readMe(ctx context.Context, r Reader, req Request, roster *roster) (license.GUID, error) {
	if !slices.Contains(req.Users, plan.Me) {
		return license.GUID{}, nil
	}
	me, err := r.Me(ctx)
	if err != nil {
		return license.GUID{}, err
	}
	roster.wantID(me.ID)
	roster.add(me)
	return me.ID, nil
}

// readUsers lists the tenant as long as that is worth it, and asks for those
// who were not seen. They are asked for after a full list too: a user that
// moved between two pages was on neither.
func readUsers(ctx context.Context, r Reader, roster *roster, atLeast int) error {
	effort := effort{budget: roster.unseen().requests(), atLeast: atLeast}
	if roster.whole || !effort.asks(roster.unseen()) {
		ahead := func() bool { return roster.whole || effort.listsOn(roster.unseen()) }
		for page, err := range r.UserPages(ctx, ahead) {
			if err != nil {
				return fmt.Errorf("page %d: %w", effort.pages+1, err)
			}
			roster.add(page...)
			effort.pages++
			effort.listed += len(page)
			if !roster.whole && effort.asks(roster.unseen()) {
				break
			}
		}
	}
	return ask(ctx, r, roster)
}

// ask looks up the users that were not seen.
func ask(ctx context.Context, r Finder, roster *roster) error {
	refs := roster.missing()
	if len(refs) == 0 {
		return nil
	}
	found, err := r.FindUsers(ctx, refs)
	if err != nil {
		return err
	}
	roster.add(found...)
	return nil
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

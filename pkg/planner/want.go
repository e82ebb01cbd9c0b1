package planner

import (
	"errors"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// nameCache remembers what the names in the manifests stand for: many users
// share few products.
type nameCache struct {
	skus  map[string]answer[*license.SKU]
	plans map[planName]answer[license.ServicePlan]
}

// planName is a service plan as it is written for a SKU.
type planName struct {
	sku  license.GUID
	name string
}

type answer[T any] struct {
	value T
	err   error
}

func newNameCache() nameCache {
	return nameCache{skus: map[string]answer[*license.SKU]{}, plans: map[planName]answer[license.ServicePlan]{}}
}

// resolveSKU gives the one copy of a SKU that all its users share.
func (b *basis) resolveSKU(name string) (*license.SKU, error) {
	return remember(b.names.skus, name, func() (*license.SKU, error) {
		sku, err := b.catalog.ResolveSKU(name)
		return &sku, err
	})
}

func (b *basis) resolvePlan(sku *license.SKU, name string) (license.ServicePlan, error) {
	return remember(b.names.plans, planName{sku.ID, name}, func() (license.ServicePlan, error) { return b.catalog.ResolvePlan(*sku, name) })
}

func remember[K comparable, T any](known map[K]answer[T], key K, resolve func() (T, error)) (T, error) {
	a, ok := known[key]
	if !ok {
		a.value, a.err = resolve()
		known[key] = a
	}
	return a.value, a.err
}

// wantedLicense is one license that a user should hold, resolved against the tenant.
type wantedLicense struct {
	sku   *license.SKU
	asked *plan.DesiredLicense // what asks for it
	plans wantedPlans
}

// wantedPlans is a PlanChoice with ids.
type wantedPlans struct {
	mode     plan.PlanMode
	disabled []license.GUID // sorted; what is off where mode is not PlansUnmanaged
}

func (w wantedPlans) equal(v wantedPlans) bool {
	return w.mode == v.mode && slices.Equal(w.disabled, v.disabled)
}

// wantedLicenses are the licenses that a user should hold, one for each SKU.
type wantedLicenses []wantedLicense

// of gives the license of a SKU. There are few, so looking through them beats a
// map for every user.
func (ws wantedLicenses) of(sku license.GUID) (wantedLicense, bool) {
	for _, w := range ws {
		if w.sku.ID == sku {
			return w, true
		}
	}
	return wantedLicense{}, false
}

// agree reports whether two users should hold the same products, with the same
// service plans.
func (ws wantedLicenses) agree(others wantedLicenses) bool {
	return len(ws) == len(others) && !slices.ContainsFunc(ws, func(w wantedLicense) bool {
		other, both := others.of(w.sku.ID)
		return !both || !w.plans.equal(other.plans)
	})
}

// wanted is what the licenses of an entry come to on the day of the plan.
type wanted struct {
	wants   wantedLicenses
	pending map[license.GUID]plan.Source // SKUs of items that begin later
	ends    map[license.GUID]plan.Date   // of the SKUs: the first day on which no item asks for them; absent: no end

	renewals map[license.GUID]plan.Date // of the SKUs: when an item asked for it anew; nil: none did
}

// resolvedLicenses are what licenses come to on the day of the plan, whoever they
// are for.
type resolvedLicenses struct {
	wanted
	problems []plan.Code // why that is not known for sure
	findings findings    // the personal ones without a user
}

// want resolves licenses.
func (b *basis) want(licenses []plan.DesiredLicense) resolvedLicenses {
	r := resolving{basis: b}
	r.wants = make(wantedLicenses, 0, len(licenses))
	if slices.ContainsFunc(licenses, func(l plan.DesiredLicense) bool { return !l.Window.Until.IsZero() }) {
		r.ends = map[license.GUID]plan.Date{}
	}
	for i := range licenses {
		r.add(&licenses[i])
	}
	return r.resolvedLicenses
}

// resolving is resolvedLicenses in the making.
type resolving struct {
	*basis
	resolvedLicenses
}

// add adds what one license comes to.
func (r *resolving) add(l *plan.DesiredLicense) {
	sku, err := r.resolveSKU(l.SKU.Name)
	if err != nil {
		r.problem(l, skuFinding(err, l.SKU))
		return
	}
	switch l.Window.PhaseOn(r.day) {
	case plan.Over:
		return
	case plan.Pending:
		r.postpone(sku.ID, l.SKU.Source)
		return
	}
	if !r.scope.Manages(sku.ID) {
		r.say(l, finding{message: msgNotManaged, source: l.SKU.Source, args: []any{product(sku.ID)}})
		return
	}
	if sku.AppliesTo == license.AppliesToCompany {
		r.problem(l, finding{message: msgForCompany, source: l.SKU.Source, args: []any{product(sku.ID)}})
		return
	}
	r.extend(sku.ID, l.Window.Until)
	r.renew(sku.ID, l.Renewed)
	if plans, ok := r.plansOf(l, sku); ok {
		r.addWanted(wantedLicense{sku: sku, asked: l, plans: plans})
	}
}

// addWanted refuses a SKU that is wanted twice with different plans.
func (r *resolving) addWanted(w wantedLicense) {
	first, twice := r.wants.of(w.sku.ID)
	if !twice {
		r.wants = append(r.wants, w)
		return
	}
	if first.plans.equal(w.plans) {
		return
	}
	places := []plan.Source{first.asked.SKU.Source, w.asked.SKU.Source}
	slices.SortFunc(places, plan.Source.Compare)
	r.problems = append(r.problems, plan.CodeSKUDeclaredTwice)
	r.findings.add(finding{message: msgProductTwice, personal: true, source: places[0], related: places[1:], args: []any{product(w.sku.ID)}})
}

// plansOf resolves a plan choice. An allow-list turns every other plan of
// the tenant's SKU off, as Microsoft's own script for assigning with a list of
// services to enable does.
func (r *resolving) plansOf(l *plan.DesiredLicense, sku *license.SKU) (wantedPlans, bool) {
	if l.Plans.Mode == plan.PlansUnmanaged {
		return wantedPlans{}, true
	}
	named, ok := []license.GUID{}, true
	for _, ref := range l.Plans.Plans {
		servicePlan, err := r.resolvePlan(sku, ref.Name)
		if err != nil {
			r.problem(l, planFinding(err, ref))
			ok = false
			continue
		}
		named = append(named, servicePlan.ID)
	}
	named = license.SortedGUIDs(named)
	if l.Plans.Mode == plan.PlansDisabled {
		return wantedPlans{mode: plan.PlansDisabled, disabled: named}, ok
	}
	var off []license.GUID
	for _, servicePlan := range sku.Plans {
		if !license.ContainsGUID(named, servicePlan.ID) {
			off = append(off, servicePlan.ID)
		}
	}
	return wantedPlans{mode: plan.PlansEnabled, disabled: license.SortedGUIDs(off)}, ok
}

// problem makes the desired state of a user unknown.
func (r *resolving) problem(l *plan.DesiredLicense, f finding) {
	r.problems = append(r.problems, f.code)
	r.say(l, f)
}

// say adds a finding about a license. What a profile gets wrong is said once, not
// once for each of its users.
func (r *resolving) say(l *plan.DesiredLicense, f finding) {
	f.personal = l.Profile == ""
	r.findings.add(f)
}

// skuFinding tells of an error of the catalog.
func skuFinding(err error, ref plan.Ref) finding {
	f := finding{message: msgUnknownSKU, source: ref.Source, args: []any{err, catalogHint{err}}}
	var (
		absent    *license.SKUNotInTenantError
		ambiguous *license.AmbiguousSKUError
	)
	switch {
	case errors.As(err, &absent):
		f.message = msgNotOwned
	case errors.As(err, &ambiguous):
		f.message = msgAmbiguousSKU
	}
	return f
}

// planFinding tells of an error of the catalog.
func planFinding(err error, ref plan.Ref) finding {
	return finding{message: msgUnknownPlan, source: ref.Source, args: []any{err, catalogHint{err}}}
}

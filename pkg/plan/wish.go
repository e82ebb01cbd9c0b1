package plan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
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
func (p *planner) resolveSKU(name string) (*license.SKU, error) {
	return remember(p.names.skus, name, func() (*license.SKU, error) {
		sku, err := p.catalog.ResolveSKU(name)
		return &sku, err
	})
}

func (p *planner) resolvePlan(sku *license.SKU, name string) (license.ServicePlan, error) {
	return remember(p.names.plans, planName{sku.ID, name}, func() (license.ServicePlan, error) { return p.catalog.ResolvePlan(*sku, name) })
}

func remember[K comparable, T any](known map[K]answer[T], key K, resolve func() (T, error)) (T, error) {
	a, ok := known[key]
	if !ok {
		a.value, a.err = resolve()
		known[key] = a
	}
	return a.value, a.err
}

// wish adds one license of an entry to what its user should hold.
func (p *planner) wish(s *subject, l DesiredLicense) {
	sku, err := p.resolveSKU(l.SKU.Name)
	if err != nil {
		p.problem(s, l, skuFinding(err, l.SKU))
		return
	}
	switch l.Window.PhaseOn(p.day) {
	case Over:
		return
	case Pending:
		s.postpone(sku.ID, l.SKU.Source)
		return
	}
	if !p.scope.Manages(sku.ID) {
		p.findings.add(Finding{
			Severity: SeverityWarning, Code: CodeSKUNotManaged, User: s.ownName(l), Source: at(l.SKU.Source),
			Message: fmt.Sprintf("%s is declared, but the policy does not manage it", p.catalog.SKUName(sku.ID)),
			Hint:    "add it to skus.managed or take it out of skus.ignored in the policy, or delete this line",
		})
		return
	}
	if sku.AppliesTo == license.AppliesToCompany {
		p.problem(s, l, Finding{
			Code:    CodeSKUNotForUsers,
			Message: fmt.Sprintf("%s applies to the company as a whole and cannot be assigned to a user", p.catalog.SKUName(sku.ID)),
			Source:  at(l.SKU.Source),
		})
		return
	}
	s.extend(sku.ID, l.Window.Until)
	if plans, ok := p.wishPlans(s, l, sku); ok {
		p.addWish(s, wish{sku: sku, source: l.SKU.Source, profile: l.Profile, plans: plans})
	}
}

// addWish refuses a SKU that is wanted twice with different plans.
func (p *planner) addWish(s *subject, w wish) {
	first, twice := s.wants[w.sku.ID]
	if !twice {
		s.wants[w.sku.ID] = w
		return
	}
	if first.plans.equal(w.plans) {
		return
	}
	places := []Source{first.source, w.source}
	slices.SortFunc(places, compareSources)
	s.problems = append(s.problems, CodeSKUDeclaredTwice)
	p.findings.add(Finding{
		Severity: SeverityError, Code: CodeSKUDeclaredTwice, User: s.name, Source: at(places[0]), Related: places[1:],
		Message: fmt.Sprintf("%s is declared twice with different service plans", p.catalog.SKUName(w.sku.ID)),
		Hint:    "say it once, or say the same both times",
	})
}

// wishPlans resolves a plan choice. An allow-list turns every other plan of
// the tenant's SKU off, as Microsoft's own script for assigning with a list of
// services to enable does.
func (p *planner) wishPlans(s *subject, l DesiredLicense, sku *license.SKU) (wishedPlans, bool) {
	if l.Plans.Mode == PlansUnmanaged {
		return wishedPlans{}, true
	}
	named, ok := []license.GUID{}, true
	for _, ref := range l.Plans.Plans {
		plan, err := p.resolvePlan(sku, ref.Name)
		if err != nil {
			p.problem(s, l, planFinding(err, ref))
			ok = false
			continue
		}
		named = append(named, plan.ID)
	}
	named = license.SortedGUIDs(named)
	if l.Plans.Mode == PlansDisabled {
		return wishedPlans{mode: PlansDisabled, disabled: named}, ok
	}
	var off []license.GUID
	for _, plan := range sku.Plans {
		if !license.ContainsGUID(named, plan.ID) {
			off = append(off, plan.ID)
		}
	}
	return wishedPlans{mode: PlansEnabled, disabled: license.SortedGUIDs(off)}, ok
}

// problem makes a user's desired state unknown. What a profile gets wrong is
// said once, not once for each of its users.
func (p *planner) problem(s *subject, l DesiredLicense, f Finding) {
	f.Severity, f.User = SeverityError, s.ownName(l)
	s.problems = append(s.problems, f.Code)
	p.findings.add(f)
}

// ownName is the user's name where the license is their entry's own, and
// nothing where a profile brings it, or a selection everything.
func (s *subject) ownName(l DesiredLicense) string {
	if l.Profile != "" {
		return ""
	}
	return s.name
}

// hinter is an error of the catalog that says what to do about it.
type hinter interface{ Hint() string }

// skuFinding words an error of the catalog.
func skuFinding(err error, ref Ref) Finding {
	f := Finding{Severity: SeverityError, Code: CodeUnknownSKU, Message: err.Error(), Hint: hint(err), Source: at(ref.Source)}
	var (
		absent    *license.SKUNotInTenantError
		ambiguous *license.AmbiguousSKUError
	)
	switch {
	case errors.As(err, &absent):
		f.Code = CodeSKUNotInTenant
		f.Hint = cmp.Or(f.Hint, "buy it, or delete the line; `licensectl seats` lists what the tenant owns")
	case errors.As(err, &ambiguous):
		f.Code = CodeAmbiguousSKU
	}
	return f
}

// planFinding words an error of the catalog.
func planFinding(err error, ref Ref) Finding {
	return Finding{Severity: SeverityError, Code: CodeUnknownPlan, Message: err.Error(), Hint: hint(err), Source: at(ref.Source)}
}

func hint(err error) string {
	var h hinter
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

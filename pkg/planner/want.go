package planner

import (
	"cmp"
	"errors"
	"fmt"
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
}

// resolve gives what an entry comes to on the day of the plan. The name is how
// findings call the user of the entry; empty for a selection, where they are
// about all its users.
func (p *planner) resolve(e *plan.DesiredUser, name string) entitlement {
	out := entitlement{
		source: e.User.Source, manifest: e.Manifest, phase: e.Window.PhaseOn(p.day), until: e.Window.Until, manages: e.ManagesLicenses,
	}
	if out.phase == plan.Over {
		return out
	}
	out.usageLocation = e.UsageLocation
	if len(e.Licenses) > 0 {
		out.wanted, out.problems = p.wantedOf(e.Licenses, name)
	}
	return out
}

// wantedOf gives what licenses come to, and why that is not known for sure. Users
// may share the result.
func (p *planner) wantedOf(licenses []plan.DesiredLicense, name string) (wanted, []plan.Code) {
	// Users with the same profiles and nothing of their own, which would come
	// last, share their licenses.
	first, last := &licenses[0], &licenses[len(licenses)-1]
	if known, ok := p.resolved[first]; ok && len(licenses) == known.of {
		return known.wanted, slices.Clip(known.problems)
	}
	said := len(p.findings.all)
	r := resolving{name: name}
	p.want(&r, licenses)
	isPersonal := func(f finding) bool { return f.User != "" }
	if last.Profile != "" && !slices.ContainsFunc(p.findings.all[said:], isPersonal) {
		p.resolved[first] = resolved{len(licenses), r.wanted, slices.Clone(r.problems)}
	}
	return r.wanted, r.problems
}

// resolved is what licenses come to, whoever they are for.
type resolved struct {
	of int // how many they are
	wanted
	problems []plan.Code
}

// resolving is what licenses come to, in the making.
type resolving struct {
	name string // how findings call the user; empty for what a selection says of all its users
	wanted
	problems []plan.Code
}

// want resolves licenses one by one.
func (p *planner) want(s *resolving, licenses []plan.DesiredLicense) {
	s.wants = make(wantedLicenses, 0, len(licenses))
	if slices.ContainsFunc(licenses, func(l plan.DesiredLicense) bool { return !l.Window.Until.IsZero() }) {
		s.ends = map[license.GUID]plan.Date{}
	}
	for i := range licenses {
		p.wantOne(s, &licenses[i])
	}
}

// wantOne adds one license of an entry to what its user should hold.
func (p *planner) wantOne(s *resolving, l *plan.DesiredLicense) {
	sku, err := p.resolveSKU(l.SKU.Name)
	if err != nil {
		p.problem(s, l, skuFinding(err, l.SKU))
		return
	}
	switch l.Window.PhaseOn(p.day) {
	case plan.Over:
		return
	case plan.Pending:
		s.postpone(sku.ID, l.SKU.Source)
		return
	}
	if !p.scope.Manages(sku.ID) {
		p.findings.add(plan.Finding{
			Severity: plan.SeverityWarning, Code: plan.CodeSKUNotManaged, User: s.ownName(l), Source: at(l.SKU.Source),
			Message: fmt.Sprintf("%s is declared, but the policy does not manage it", p.catalog.SKUName(sku.ID)),
			Hint:    "add it to skus.managed or take it out of skus.ignored in the policy, or delete this line",
		})
		return
	}
	if sku.AppliesTo == license.AppliesToCompany {
		p.problem(s, l, plan.Finding{
			Code:    plan.CodeSKUNotForUsers,
			Message: fmt.Sprintf("%s applies to the company as a whole and cannot be assigned to a user", p.catalog.SKUName(sku.ID)),
			Source:  at(l.SKU.Source),
		})
		return
	}
	s.extend(sku.ID, l.Window.Until)
	if plans, ok := p.wantedPlansOf(s, l, sku); ok {
		p.addWanted(s, wantedLicense{sku: sku, asked: l, plans: plans})
	}
}

// addWanted refuses a SKU that is wanted twice with different plans.
func (p *planner) addWanted(s *resolving, w wantedLicense) {
	first, twice := s.wants.of(w.sku.ID)
	if !twice {
		s.wants = append(s.wants, w)
		return
	}
	if first.plans.equal(w.plans) {
		return
	}
	places := []plan.Source{first.asked.SKU.Source, w.asked.SKU.Source}
	slices.SortFunc(places, plan.Source.Compare)
	s.problems = append(s.problems, plan.CodeSKUDeclaredTwice)
	p.findings.add(plan.Finding{
		Severity: plan.SeverityError, Code: plan.CodeSKUDeclaredTwice, User: s.name, Source: at(places[0]), Related: places[1:],
		Message: fmt.Sprintf("%s is declared twice with different service plans", p.catalog.SKUName(w.sku.ID)),
		Hint:    "say it once, or say the same both times",
	})
}

// wantedPlansOf resolves a plan choice. An allow-list turns every other plan of
// the tenant's SKU off, as Microsoft's own script for assigning with a list of
// services to enable does.
func (p *planner) wantedPlansOf(s *resolving, l *plan.DesiredLicense, sku *license.SKU) (wantedPlans, bool) {
	if l.Plans.Mode == plan.PlansUnmanaged {
		return wantedPlans{}, true
	}
	named, ok := []license.GUID{}, true
	for _, ref := range l.Plans.Plans {
		servicePlan, err := p.resolvePlan(sku, ref.Name)
		if err != nil {
			p.problem(s, l, planFinding(err, ref))
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

// problem makes a user's desired state unknown. What a profile gets wrong is
// said once, not once for each of its users.
func (p *planner) problem(s *resolving, l *plan.DesiredLicense, f plan.Finding) {
	f.Severity, f.User = plan.SeverityError, s.ownName(l)
	s.problems = append(s.problems, f.Code)
	p.findings.add(f)
}

// ownName is the user's name where the license is their entry's own, and
// nothing where a profile brings it, or a selection everything.
func (s *resolving) ownName(l *plan.DesiredLicense) string {
	if l.Profile != "" {
		return ""
	}
	return s.name
}

// hinter is an error of the catalog that says what to do about it.
type hinter interface{ Hint() string }

// skuFinding words an error of the catalog.
func skuFinding(err error, ref plan.Ref) plan.Finding {
	f := plan.Finding{Severity: plan.SeverityError, Code: plan.CodeUnknownSKU, Message: err.Error(), Hint: hint(err), Source: at(ref.Source)}
	var (
		absent    *license.SKUNotInTenantError
		ambiguous *license.AmbiguousSKUError
	)
	switch {
	case errors.As(err, &absent):
		f.Code = plan.CodeSKUNotInTenant
		f.Hint = cmp.Or(f.Hint, "buy it, or delete the line; `licensectl seats` lists what the tenant owns")
	case errors.As(err, &ambiguous):
		f.Code = plan.CodeAmbiguousSKU
	}
	return f
}

// planFinding words an error of the catalog.
func planFinding(err error, ref plan.Ref) plan.Finding {
	return plan.Finding{Severity: plan.SeverityError, Code: plan.CodeUnknownPlan, Message: err.Error(), Hint: hint(err), Source: at(ref.Source)}
}

func hint(err error) string {
	var h hinter
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

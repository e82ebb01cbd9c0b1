package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// resolver finds out which users are managed, and what they should hold.
type resolver struct {
	*basis
	whom        *declaredUsers
	bySelection []entitlement // of the memberships, by their number
	bundles     map[*plan.Bundle]resolvedLicenses

	// findings are about the selections, and once a user was asked for about that
	// user alone.
	findings findings
	hidden   hiddenUsers // from the rules that take something back, of all users so far
	current  managedUser // the user who was asked for last
}

// newResolver gives a resolver, with findings about what selections ask for.
func newResolver(b *basis, declared *declaredUsers) *resolver {
	r := &resolver{basis: b, whom: declared, bundles: map[*plan.Bundle]resolvedLicenses{}, hidden: hiddenUsers{}}
	for _, m := range declared.selections {
		out := r.resolve(&m.Entry, "")
		out.selection, out.grantedBySelection = m.Name, r.given(&m.Entry)
		r.bySelection = append(r.bySelection, out)
	}
	return r
}

// user gives the user with an index, and findings about them; nil: they are not
// managed. Both last until the next one is asked for: of a million users few
// have anything to be remembered.
func (r *resolver) user(i int) (*managedUser, findings) {
	r.findings = r.findings[:0]
	now := &r.in.Observed.Users[i]
	r.current = managedUser{user: now, now: now, place: i}
	if o := r.whom.groups.forecast(i); o != nil {
		r.current.user, r.current.forecast = &o.future, o
	}
	if !r.manage(&r.current, r.whom.candidatesFor(i, r.current.user)) {
		return nil, r.findings
	}
	r.reclaim(&r.current)
	return &r.current, r.findings
}

// resolve gives what an entry comes to on the day of the plan. The name is how
// findings call the user of the entry; empty for a selection, where they are
// about all its users.
func (r *resolver) resolve(e *plan.DesiredUser, name string) entitlement {
	out := entitlement{
		source: e.User.Source, manifest: e.Manifest, phase: e.Window.PhaseOn(r.day), until: e.Window.Until, manages: e.ManagesLicenses,
	}
	if out.phase == plan.Over {
		return out
	}
	out.usageLocation, out.renewed = e.UsageLocation, e.Renewed
	if len(e.Licenses) > 0 {
		all := r.licensesOf(e, name)
		out.wanted, out.problems = all.wanted, slices.Clip(all.problems) // others share them
	}
	return out
}

// licensesOf gives what the licenses of an entry come to, those of a bundle from
// memory.
func (r *resolver) licensesOf(e *plan.DesiredUser, name string) resolvedLicenses {
	out, known := r.bundles[e.Bundle]
	if !known {
		licenses := e.Licenses
		if e.Bundle != nil {
			licenses = e.Bundle.Licenses
		}
		out = r.want(licenses)
	}
	r.findings.addAbout(name, out.findings)
	if !known && e.Bundle != nil {
		out.findings = slices.DeleteFunc(out.findings, func(f finding) bool { return !f.personal })
		r.bundles[e.Bundle] = out
	}
	return out
}

// given lists what an entry that has ended asked for; nil for any other. What
// its names do not stand for in this tenant nobody holds because of them.
func (r *resolver) given(e *plan.DesiredUser) map[license.GUID]bool {
	if e.Window.PhaseOn(r.day) != plan.Over {
		return nil
	}
	out := map[license.GUID]bool{}
	for _, l := range e.Licenses {
		if sku, err := r.resolveSKU(l.SKU.Name); err == nil {
			out[sku.ID] = true
		}
	}
	return out
}

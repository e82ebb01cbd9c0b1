package export

import (
	"cmp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
)

// profileBook is the profiles of manifests, with the products that they name.
type profileBook struct {
	catalog *license.Catalog
	byName  map[string]bookedProfile
	largest []bookedProfile // those that can be given to users, the largest first
}

type bookedProfile struct {
	name     string
	licenses []bookedLicense
	timeless bool // none of its licenses has dates, and there are some
}

type bookedLicense struct {
	plan.DesiredLicense
	sku license.SKU
}

func newProfileBook(catalog *license.Catalog, profiles []manifest.Profile) *profileBook {
	b := &profileBook{catalog: catalog, byName: map[string]bookedProfile{}}
	for _, p := range profiles {
		booked := bookedProfile{name: p.Name, timeless: len(p.Licenses) > 0}
		for _, l := range p.Licenses {
			// One that the tenant does not know has no SKU, and nobody holds it.
			sku, _ := catalog.ResolveSKU(l.SKU.Name)
			booked.licenses = append(booked.licenses, bookedLicense{DesiredLicense: l, sku: sku})
			booked.timeless = booked.timeless && l.Window == (plan.Window{})
		}
		b.byName[p.Name] = booked
		if booked.timeless {
			b.largest = append(b.largest, booked)
		}
	}
	slices.SortFunc(b.largest, func(x, y bookedProfile) int {
		return cmp.Or(cmp.Compare(len(y.licenses), len(x.licenses)), strings.Compare(x.name, y.name))
	})
	return b
}

// licenseSet is what somebody holds directly, by SKU.
type licenseSet map[license.GUID]license.Assignment

func licenseSetOf(direct []license.Assignment) licenseSet {
	out := licenseSet{}
	for _, a := range direct {
		out[a.SKUID] = a
	}
	return out
}

// has reports whether the profile asks for nothing but what is held, with
// exactly the service plans that are on, and does so for good: who holds a
// license without an end must not come to lose it on the day of a profile.
func (h licenseSet) has(p bookedProfile, catalog *license.Catalog) bool {
	for _, l := range p.licenses {
		a, held := h[l.sku.ID]
		if !held || !samePlans(l, a, catalog) {
			return false
		}
	}
	return p.timeless
}

// samePlans reports whether a license asks for the service plans that an
// assignment has. One that does not mention plans asks for all of them.
func samePlans(l bookedLicense, a license.Assignment, catalog *license.Catalog) bool {
	var named, off []license.GUID
	for _, ref := range l.Plans.Plans {
		p, err := catalog.ResolvePlan(l.sku, ref.Name)
		if err != nil {
			return false
		}
		named = append(named, p.ID)
	}
	named = license.SortedGUIDs(named)
	for _, p := range l.sku.Plans {
		isOff := license.ContainsGUID(a.DisabledPlans, p.ID)
		isNamed := license.ContainsGUID(named, p.ID)
		switch {
		case l.Plans.Mode == plan.PlansEnabled && p.AppliesTo != license.AppliesToCompany && isOff == isNamed:
			return false
		case l.Plans.Mode != plan.PlansEnabled && isOff:
			off = append(off, p.ID)
		}
	}
	return l.Plans.Mode == plan.PlansEnabled || license.EqualGUIDs(license.SortedGUIDs(off), named)
}

// cover finds profiles that fit and bring nothing that is covered yet, the
// largest first, and marks what they cover.
func (b *profileBook) cover(covered map[license.GUID]bool, fits func(bookedProfile) bool) []string {
	var out []string
	for _, p := range b.largest {
		isNew := !slices.ContainsFunc(p.licenses, func(l bookedLicense) bool { return covered[l.sku.ID] })
		if isNew && fits(p) {
			out = append(out, p.name)
			b.mark(p.name, covered)
		}
	}
	return out
}

// mark marks what a profile of timeless licenses covers.
func (b *profileBook) mark(name string, covered map[license.GUID]bool) {
	for _, l := range b.byName[name].licenses {
		covered[l.sku.ID] = true
	}
}

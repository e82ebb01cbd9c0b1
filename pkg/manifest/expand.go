package manifest

import (
	"maps"
	"slices"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/plan"
)

// MaxLicenses is more licenses than any user has. It keeps profiles of
// thousands of licenses from being multiplied by thousands of users.
const MaxLicenses = 200

// maxHints bounds the unknown profiles for which a similar one is looked up:
// it takes a comparison with every profile.
const maxHints = 100

// expander turns requests into licenses. Most users of a manifest ask for the
// same; they share one expansion.
type expander struct {
	*reader
	skus  *skuKeys
	hints map[string]string // by the name of an unknown profile

	// expansions holds those of profiles by name alone that have no errors,
	// by the names of the profiles.
	expansions map[string]*plan.Bundle
	key        []byte // room to build one key in

	// Room for one user.
	seen    []string // SKUs
	granted []grant
	kept    []keyedGrant

	files map[string][]string // of profiles, by the names of the profiles
}

func newExpander(r *reader) *expander {
	return &expander{
		reader:     r,
		skus:       newSKUKeys(),
		hints:      make(map[string]string),
		expansions: make(map[string]*plan.Bundle),
		files:      make(map[string][]string),
	}
}

func (x *expander) appendUsers(users []plan.DesiredUser, m *userLicenses) []plan.DesiredUser {
	ofDefaults := x.expandDefaults(m)
	for _, e := range m.entries {
		full, licenses, bundle := e.over(m.defaults), ofDefaults.Licenses, ofDefaults
		if !e.isShort() {
			licenses, bundle = x.expand(full)
		}
		users = append(users, plan.DesiredUser{
			User:            e.user,
			Manifest:        m.name,
			Window:          e.window,
			Renewed:         e.renewed,
			UsageLocation:   full.usageLocation,
			ManagesLicenses: full.hasProfiles || full.hasLicenses,
			Licenses:        licenses,
			Bundle:          bundle,
			Files:           x.profileFiles(full.profiles),
		})
	}
	return users
}

// appendSelections gives every user of a selection the defaults alone.
func (x *expander) appendSelections(selections []plan.Selection, m *userLicenses) []plan.Selection {
	if len(m.selections) == 0 {
		return selections
	}
	ofDefaults := x.expandDefaults(m)
	for _, s := range m.selections {
		selections = append(selections, plan.Selection{
			Name:       s.name,
			Query:      s.query,
			Users:      s.users,
			AllowEmpty: s.allowEmpty,
			Entry: plan.DesiredUser{
				User:            plan.Ref{Source: s.at},
				Manifest:        m.name,
				Window:          s.window,
				UsageLocation:   m.defaults.usageLocation,
				ManagesLicenses: m.defaults.hasProfiles || m.defaults.hasLicenses,
				Licenses:        ofDefaults.Licenses,
				Bundle:          ofDefaults,
			},
		})
	}
	return selections
}

// expandDefaults gives the licenses that the defaults of a manifest come to.
func (x *expander) expandDefaults(m *userLicenses) *plan.Bundle {
	licenses, bundle := x.expand(m.defaults)
	if bundle == nil {
		bundle = &plan.Bundle{Licenses: licenses}
	}
	return bundle
}

// expand gives the licenses that a request comes to, and the bundle that they
// are; nil: they are of this request alone.
func (x *expander) expand(q request) ([]plan.DesiredLicense, *plan.Bundle) {
	reusable := x.buildKey(q)
	if known, ok := x.expansions[string(x.key)]; ok && reusable {
		return known.Licenses, known
	}
	if len(q.profiles) == 0 && x.areApart(q.licenses) {
		return q.licenses, nil
	}
	before := len(x.errs)
	licenses := x.distinct(x.grants(q))
	if !reusable || len(x.errs) > before {
		return licenses, nil
	}
	bundle := &plan.Bundle{Licenses: licenses}
	x.expansions[string(x.key)] = bundle
	return licenses, bundle
}

// areApart reports whether licenses are as few as they may be and all of
// different SKUs, so that nothing is left to settle.
func (x *expander) areApart(licenses []plan.DesiredLicense) bool {
	if len(licenses) > MaxLicenses {
		return false
	}
	if len(licenses) < 2 {
		return true
	}
	x.seen = x.seen[:0]
	for _, l := range licenses {
		key := x.skus.key(l.SKU)
		if key == "" || slices.Contains(x.seen, key) {
			return false
		}
		x.seen = append(x.seen, key)
	}
	return true
}

// buildKey makes the key of a request for expansions, and reports whether it
// is one that has a key: names of profiles alone.
func (x *expander) buildKey(q request) bool {
	x.key = x.key[:0]
	for _, ref := range q.profiles {
		if ref.window != (plan.Window{}) || !ref.renewed.IsZero() {
			return false
		}
		x.key = append(append(x.key, ref.name.Name...), 0)
	}
	return len(q.licenses) == 0
}

// profileFiles lists the files of profiles, sorted; nil for none. Users who
// name the same profiles share the list.
func (x *expander) profileFiles(refs []profileRef) []string {
	if len(refs) == 0 {
		return nil
	}
	x.key = x.key[:0]
	for _, ref := range refs {
		x.key = append(append(x.key, ref.name.Name...), 0)
	}
	known, ok := x.files[string(x.key)]
	if !ok {
		for _, ref := range refs {
			if p, there := x.profiles[ref.name.Name]; there {
				known = append(known, p.Source.File)
			}
		}
		slices.Sort(known)
		known = slices.Compact(known)
		x.files[string(x.key)] = known
	}
	return known
}

// grant is a license that somebody is to get, with the place that says so:
// the license itself, or the mention of the profile it comes with.
type grant struct {
	plan.DesiredLicense
	by plan.Source
}

// grants lists the licenses of a request, those of the profiles first. The list
// lasts until the next request.
func (x *expander) grants(q request) []grant {
	out := x.granted[:0]
	defer func() { x.granted = out }()
	for _, ref := range q.profiles {
		for _, l := range x.profileLicenses(ref) {
			l.Window = l.Window.Intersect(ref.window)
			l.Renewed = plan.LaterDate(l.Renewed, ref.renewed)
			out = append(out, grant{DesiredLicense: l, by: ref.name.Source})
		}
		if len(out) > MaxLicenses {
			break
		}
	}
	for _, l := range q.licenses {
		out = append(out, grant{DesiredLicense: l, by: l.SKU.Source})
	}
	if len(out) > MaxLicenses {
		x.report(out[MaxLicenses].by, CodeTooMany, "this comes to more than %d licenses for one user or group", MaxLicenses)
		return nil
	}
	return out
}

// profileLicenses gives the licenses of a profile. Where no document has that
// name it reports an error, unless the document may be one that is broken.
func (x *expander) profileLicenses(ref profileRef) []plan.DesiredLicense {
	p, ok := x.profiles[ref.name.Name]
	if !ok && !x.incomplete && ref.name.Name != "" {
		e := x.report(ref.name.Source, CodeUnknownName, "there is no profile %q", ref.name.Name)
		e.Hint = x.profileHint(ref.name.Name)
	}
	return p.Licenses
}

func (r *reader) profileNames() []string {
	return slices.Sorted(maps.Keys(r.profiles))
}

func (x *expander) profileHint(unknown string) string {
	hint, ok := x.hints[unknown]
	if !ok && len(x.hints) < maxHints {
		hint = strictyaml.DidYouMean(unknown, x.profileNames())
		x.hints[unknown] = hint
	}
	return hint
}

// distinct drops repetitions and reports SKUs that come with different service
// plans on the same days.
func (x *expander) distinct(grants []grant) []plan.DesiredLicense {
	switch len(grants) {
	case 0:
		return nil
	case 1: // nothing to compare
		return []plan.DesiredLicense{grants[0].DesiredLicense}
	}
	out := make([]plan.DesiredLicense, 0, len(grants))
	kept := x.kept[:0]
	defer func() { x.kept = kept }()
	for _, g := range grants {
		k := keyedGrant{grant: g, sku: x.skus.key(g.SKU), plans: x.skus.planKey(g.SKU, g.Plans)}
		if !x.repeats(kept, k) {
			kept = append(kept, k)
			out = append(out, g.DesiredLicense)
		}
	}
	return out
}

// keyedGrant is a grant with keys that are equal for equal SKUs and equal
// plan choices, however they are written.
type keyedGrant struct {
	grant
	sku   string
	plans string
}

// repeats reports whether an earlier grant says the same. It reports an error
// where one contradicts.
func (x *expander) repeats(earlier []keyedGrant, g keyedGrant) bool {
	for _, e := range earlier {
		switch {
		case e.sku != g.sku || g.sku == "": // a missing name is an error already
		case e.plans == g.plans && e.Window == g.Window && e.Renewed == g.Renewed:
			return true
		case e.plans != g.plans && bothHold(e.Window, g.Window):
			x.reportContradiction(e.grant, g.grant)
		}
	}
	return false
}

// bothHold reports whether there is a day on which both windows are open.
func bothHold(a, b plan.Window) bool { return !isNever(a) && !isNever(b) && a.Overlaps(b) }

func (x *expander) reportContradiction(a, b grant) {
	e := x.report(b.by, CodeDuplicateSKU, "the SKU %q comes twice with different service plans, at %s and at %s",
		b.SKU.Name, a.SKU.Source, b.SKU.Source)
	e.Hint = "keep one of them, or give them times that do not overlap"
	e.Related = []strictyaml.Pos{pos(a.SKU.Source), pos(b.SKU.Source)}
}

package planner

import (
	"maps"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// sameManifests tells which manifests still say what they said at the baseline. A
// file counts by its bytes and not by its path: what stands in it was declared
// then, wherever it lay.
type sameManifests struct {
	same    map[string]bool // by path, of today's files
	all     bool            // nothing was added, changed or removed
	groups  bool            // groups of which the baseline does not tell were as declared
	missing map[string]bool // by UPN key or id: users that the tenant did not have
	then    plan.Date
	now     plan.Date
}

func newSameManifests(in Input, day plan.Date) *sameManifests {
	if in.Baseline == nil || in.Baseline.Declared == nil {
		return nil
	}
	was := in.Baseline.Declared
	out := &sameManifests{same: map[string]bool{}, missing: map[string]bool{}, groups: was.Groups, then: was.AsOf, now: day}
	then, now := contents(was.Files), contents(in.Desired.Files)
	for _, f := range in.Desired.Files {
		out.same[f.Path] = then[f.SHA256]
	}
	out.all = maps.Equal(then, now)
	for _, name := range was.Missing {
		out.missing[license.UPNKey(name)] = true
	}
	return out
}

// contents is the set of the hashes of files.
func contents(files []plan.SourceFile) map[string]bool {
	out := make(map[string]bool, len(files))
	for _, f := range files {
		out[f.SHA256] = true
	}
	return out
}

// knows reports whether a manifest of today was one of then.
func (d *sameManifests) knows() bool {
	for _, same := range d.same {
		if same {
			return true
		}
	}
	return false
}

// sameFor reports whether the entries of a user say what they said then: they,
// the profiles and the policy are unchanged, and no time has begun or ended.
func (d *sameManifests) sameFor(entries []*plan.DesiredUser, policy plan.Policy) bool {
	return d.samePolicy(policy) && !slices.ContainsFunc(entries, func(e *plan.DesiredUser) bool { return !d.sameEntry(e) })
}

// sameForGroup is sameFor of a group.
func (d *sameManifests) sameForGroup(entries []*plan.DesiredGroup, policy plan.Policy) bool {
	return d.samePolicy(policy) && !slices.ContainsFunc(entries, func(e *plan.DesiredGroup) bool {
		return !d.sameWishes(e.Group.Source.File, e.Files, e.Licenses) || !d.samePhase(e.Window)
	})
}

// samePolicy reports whether the policy is unchanged. Where there is none everybody
// depends on all manifests: it may have been removed.
func (d *sameManifests) samePolicy(policy plan.Policy) bool {
	file := policy.Source.File
	return file == "" && d.all || file != "" && d.same[file]
}

func (d *sameManifests) sameEntry(e *plan.DesiredUser) bool {
	return e.User.Name != plan.Me && // somebody else may have been signed in
		!d.missing[license.UPNKey(e.User.Name)] &&
		d.sameWishes(e.User.Source.File, e.Files, e.Licenses) &&
		d.samePhase(e.Window)
}

// sameWishes reports whether an entry asks for the licenses for which it asked then:
// its file, and those of what it names, are unchanged.
func (d *sameManifests) sameWishes(file string, others []string, licenses []plan.DesiredLicense) bool {
	return d.same[file] && !slices.ContainsFunc(others, func(file string) bool { return !d.same[file] }) &&
		!slices.ContainsFunc(licenses, func(l plan.DesiredLicense) bool { return !d.same[l.SKU.Source.File] || !d.samePhase(l.Window) })
}

func (d *sameManifests) samePhase(w plan.Window) bool { return w.PhaseOn(d.then) == w.PhaseOn(d.now) }

package plan

import (
	"maps"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// Baseline is what is known of a tenant at an earlier time: when manifests
// were applied, or a snapshot was taken. Held against it, a difference between
// manifests and tenant shows on which side it came up.
type Baseline struct {
	At    time.Time // since when a difference can have come up
	Scope Scope     // the SKUs of which the baseline knows

	Users map[license.GUID]BaselineUser

	// Declared tells by which manifests those users were as declared of whom
	// Users does not tell; nil: nothing is known of them.
	Declared *Declaration

	// Gaps say in plain words why the baseline knows less than it could.
	Gaps []string
}

// BaselineUser is what a baseline knows of one user. The zero BaselineUser
// knows nothing.
type BaselineUser struct {
	State     State          // what they held directly
	Inherited []license.GUID // SKUs that came from groups and were in force, as far as known

	// Acted are the SKUs that the run of a receipt dealt with, the zero GUID
	// standing for the usage location. Of these State tells in any case.
	Acted []license.GUID

	Whole      bool // State tells of every SKU
	AsDeclared bool // in what is not Acted the user was as declared then
}

// Declaration is what an earlier plan was made from.
type Declaration struct {
	Files   []SourceFile
	AsOf    Date
	Missing []string // users as the manifests name them whom the tenant did not have
}

// declared tells which manifests still say what they said at the baseline. A
// file counts by its bytes and not by its path: what stands in it was declared
// then, wherever it lay.
type declared struct {
	same    map[string]bool // by path, of today's files
	all     bool            // nothing was added, changed or removed
	missing map[string]bool // by UPN key or id: users that the tenant did not have
	then    Date
	now     Date
}

func newDeclared(in Input, day Date) *declared {
	if in.Baseline == nil || in.Baseline.Declared == nil {
		return nil
	}
	was := in.Baseline.Declared
	out := &declared{same: map[string]bool{}, missing: map[string]bool{}, then: was.AsOf, now: day}
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
func contents(files []SourceFile) map[string]bool {
	out := make(map[string]bool, len(files))
	for _, f := range files {
		out[f.SHA256] = true
	}
	return out
}

// knows reports whether a manifest of today was one of then.
func (d *declared) knows() bool {
	for _, same := range d.same {
		if same {
			return true
		}
	}
	return false
}

// sameFor reports whether the entries of a user say what they said then: they,
// the profiles and the policy are unchanged, and no time has begun or ended.
// Where there is no policy everybody depends on all manifests: it may have been
// removed.
func (d *declared) sameFor(entries []*DesiredUser, policy Policy) bool {
	if file := policy.Source.File; file == "" && !d.all || file != "" && !d.same[file] {
		return false
	}
	return !slices.ContainsFunc(entries, func(e *DesiredUser) bool { return !d.sameEntry(e) })
}

func (d *declared) sameEntry(e *DesiredUser) bool {
	files := append([]string{e.User.Source.File}, e.Files...)
	return e.User.Name != Me && // somebody else may have been signed in
		!d.missing[license.UPNKey(e.User.Name)] &&
		!slices.ContainsFunc(files, func(file string) bool { return !d.same[file] }) &&
		d.samePhase(e.Window) &&
		!slices.ContainsFunc(e.Licenses, func(l DesiredLicense) bool { return !d.same[l.SKU.Source.File] || !d.samePhase(l.Window) })
}

func (d *declared) samePhase(w Window) bool { return w.PhaseOn(d.then) == w.PhaseOn(d.now) }

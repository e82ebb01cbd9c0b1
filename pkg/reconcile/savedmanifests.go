package reconcile

import (
	"bytes"
	"path/filepath"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// savedManifests is what a saved plan stands on when it is applied: the manifests that
// it was made from, as far as they are there. The id of a plan covers its
// changes alone, so its limits, approvals and time zone are those of the
// manifests wherever there are some to ask.
type savedManifests struct {
	set  *manifest.Set // nil: they are not there
	from Origin        // what the plan leads back to, where it does
}

// location gives the time zone in which the day of a plan begins and ends; nil:
// nobody knows it.
func (g savedManifests) location(p *plan.Plan) *time.Location {
	if g.set != nil && g.set.Policy.Location != nil {
		return g.set.Policy.Location
	}
	if p.TimeZone == "" {
		return nil
	}
	zone, err := manifest.TimeZone(p.TimeZone)
	if err != nil {
		return nil
	}
	return zone
}

// limits says whose limits hold.
func (g savedManifests) limits() receipt.LimitsFrom {
	if g.set == nil {
		return receipt.LimitsOfPlan
	}
	return receipt.LimitsOfManifests
}

// findManifests looks for the manifests of a plan: below the paths, or else where
// they were. It refuses the plan where one was changed, added or taken away.
// Where none is there it says so, and the plan stands by itself.
func (s *Session) findManifests(p *plan.Plan, paths []string) (savedManifests, error) {
	if err := checkOrigins(p); err != nil {
		return savedManifests{}, err
	}
	given := len(paths) > 0
	if !given && p.Manifests != nil {
		paths = p.Manifests.Paths
	}
	switch {
	case len(paths) == 0:
		s.Log.Warn("the plan is of an older version, which does not tell where its manifests were: its limits and approvals are taken from the file")
		return savedManifests{}, checkThere(p.Sources)
	case slices.Contains(paths, manifest.Stdin):
		s.Log.Warn("the manifests of the plan came from standard input and cannot be looked at: its limits and approvals are taken from the file")
		return savedManifests{}, checkThere(p.Sources)
	case !given && !slices.ContainsFunc(paths, disk.IsThere):
		s.Log.Warn("the manifests of the plan are not here: its limits and approvals are taken from the file; `licensectl apply PLAN.json PATH...` names them")
		return savedManifests{}, nil
	}
	set, err := s.loadAsPlanned(p, paths)
	if err != nil {
		return savedManifests{}, err
	}
	from, err := leadsBack(p)
	return savedManifests{set: set, from: from}, err
}

// manifestsOf gives the files of the manifests of a plan.
func manifestsOf(p *plan.Plan) []plan.SourceFile {
	if p.Manifests != nil && p.Manifests.Policy != nil {
		return p.Manifests.Policy
	}
	return p.Sources
}

// loadAsPlanned loads the manifests that a plan was made from.
func (s *Session) loadAsPlanned(p *plan.Plan, paths []string) (*manifest.Set, error) {
	stale := changedManifests()
	files, err := manifest.Load(disk.System{}, paths, s.Stdin)
	if err != nil {
		return nil, stale.because(err.Error(), "")
	}
	for _, change := range sourceChanges(manifestsOf(p), manifest.Sources(files)) {
		stale.because(change, "")
	}
	if len(stale.Problems) > 0 {
		return nil, stale
	}
	set, err := manifest.Parse(files)
	if err == nil {
		set.Desired.Manifests = &plan.Manifests{Paths: slashed(paths)}
	}
	return set, err
}

// changedManifests is the failure of a plan whose files are others by now.
func changedManifests() *Failure {
	return &Failure{Kind: KindStale, What: "manifests have changed since the plan was made", Next: "plan again"}
}

// sourceChanges says which files were changed, added or taken away since. A
// file of the same bytes is the same, wherever it lies.
func sourceChanges(then, now []plan.SourceFile) []string {
	spare := map[string]int{}
	for _, f := range now {
		spare[f.SHA256]++
	}
	var lost []string
	for _, f := range then {
		if spare[f.SHA256] == 0 {
			lost = append(lost, f.Path)
			continue
		}
		spare[f.SHA256]--
	}
	var added []string
	// The last ones of some equal files are the ones too many.
	for _, f := range slices.Backward(now) {
		if spare[f.SHA256] > 0 {
			spare[f.SHA256]--
			added = append(added, f.Path)
		}
	}
	var out []string
	for _, path := range lost {
		what := " is gone since the plan was made"
		if i := slices.Index(added, path); i >= 0 {
			added, what = slices.Delete(added, i, i+1), " has changed since the plan was made"
		}
		out = append(out, path+what)
	}
	for _, path := range slices.Backward(added) {
		out = append(out, path+" was added since the plan was made")
	}
	return out
}

// checkOrigins refuses a plan that leads back to a receipt or a snapshot, if
// that file has changed. It is not missed where it is not there.
func checkOrigins(p *plan.Plan) error {
	if p.Manifests == nil || p.Manifests.Policy == nil {
		return nil
	}
	return checkFiles(p.Sources, func(string) bool { return false })
}

// checkThere refuses a plan that does not tell where its manifests were, if
// some of them are there and others have changed or are gone.
func checkThere(sources []plan.SourceFile) error {
	some := slices.ContainsFunc(sources, func(s plan.SourceFile) bool { return disk.IsRegular(filepath.FromSlash(s.Path)) })
	return checkFiles(sources, func(path string) bool { return some && path != manifest.Stdin })
}

// checkFiles refuses a plan where one of its files has changed, or is gone and
// missed.
func checkFiles(sources []plan.SourceFile, missed func(path string) bool) error {
	f := changedManifests()
	for _, s := range sources {
		path := filepath.FromSlash(s.Path)
		if s.Path == manifest.Stdin || !disk.IsRegular(path) {
			if missed(s.Path) {
				f.because(s.Path+" is gone since the plan was made", "")
			}
			continue
		}
		data, err := disk.ReadBytes(path, disk.MaxDocument)
		if err != nil {
			return err
		}
		if sourceFile(path, data).SHA256 != s.SHA256 {
			f.because(s.Path+" has changed since the plan was made", "")
		}
	}
	if len(f.Problems) == 0 {
		return nil
	}
	return f
}

// leadsBack finds out what a plan leads back to: nothing for one of manifests,
// or where the file is not there.
func leadsBack(p *plan.Plan) (Origin, error) {
	if p.Manifests == nil || p.Manifests.Policy == nil || len(p.Sources) != 1 || !disk.IsRegular(filepath.FromSlash(p.Sources[0].Path)) {
		return Origin{}, nil
	}
	path := filepath.FromSlash(p.Sources[0].Path)
	data, err := disk.ReadText(path, disk.MaxDocument)
	if err != nil {
		return Origin{}, err
	}
	if _, err := receipt.Read(bytes.NewReader(data)); err == nil {
		return Origin{Undo: path}, nil
	}
	return Origin{Restore: path}, nil
}

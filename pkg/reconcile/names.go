package reconcile

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// UnknownNames gives an error for everything that the manifests name and that
// the tenant of a snapshot does not know. The error is for a snapshot that is
// none, or of another tenant than the policy's.
func (s *Session) UnknownNames(set *manifest.Set, path string) (manifest.Errors, error) {
	snapshot, err := s.ReadSnapshotOf(set.Policy.TenantID, path)
	if err != nil {
		return nil, err
	}
	findings := planner.CheckNames(planner.Input{Desired: set.Desired, Policy: set.Policy, Observed: snapshot.Observed, Now: s.Now()})
	for _, q := range set.Desired.Queries() {
		if _, answered := snapshot.Observed.Answers[q]; !answered {
			s.Log.Info("the snapshot " + path + " does not say whom " + q.String() + " selects, so that is not looked up; licensectl snapshot takes the paths of manifests")
		}
	}
	if snapshot.IsRedacted() {
		s.Log.Info("the snapshot " + path + " names nobody, so that users are not looked up by name")
		findings = slices.DeleteFunc(findings, isNobodysName)
	}
	var list manifest.Errors
	for _, f := range findings {
		list.Add(nameError(f))
	}
	list.Sort()
	return list, nil
}

// isNobodysName tells the findings that come of names being left out.
func isNobodysName(f plan.Finding) bool {
	byName := f.Code == plan.CodeUserNotFound || f.Code == plan.CodeProtectedNotFound
	return byName && !license.IsGUID(f.User) || f.Code == plan.CodeSelectionEmpty
}

// nameError words a finding as an error of the manifest that it is about.
func nameError(f plan.Finding) *manifest.Error {
	e := &manifest.Error{Code: manifest.Code(f.Code), Msg: f.Message, Hint: f.Hint}
	if f.User != "" {
		e.Msg = fmt.Sprintf("%s: %s", f.User, f.Message)
	}
	if f.Source != nil {
		e.Pos = manifest.Pos(*f.Source)
	}
	for _, s := range f.Related {
		e.Related = append(e.Related, manifest.Pos(s))
	}
	return e
}

// UnpublishedNames warns of names that may be misspelt.
func UnpublishedNames(set *manifest.Set) manifest.Errors {
	var out manifest.Errors
	for _, f := range planner.UnpublishedNames(set.Desired, set.Policy) {
		e := nameError(f)
		e.Hint = cmp.Or(e.Hint, "where it is a product of the tenant's own, look names up with --catalog SNAPSHOT")
		out.Add(e)
	}
	out.Sort()
	return out
}

package cli

import (
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// unknownNames gives an error for everything that the manifests name and that
// the tenant of a snapshot does not know. The error is for a snapshot that is
// none, or of another tenant than the policy's.
func (a *app) unknownNames(set *manifest.Set, path string) (manifest.Errors, error) {
	s, err := a.session().ReadSnapshotOf(set.Policy.TenantID, path)
	if err != nil {
		return nil, err
	}
	findings := planner.CheckNames(planner.Input{Desired: set.Desired, Policy: set.Policy, Observed: s.Observed, Now: a.env.Now()})
	for _, q := range set.Desired.Queries() {
		if _, answered := s.Observed.Answers[q]; !answered {
			a.console.Info("the snapshot " + path + " does not say whom " + q.String() + " selects, so that is not looked up; licensectl snapshot takes the paths of manifests")
		}
	}
	if s.IsRedacted() {
		a.console.Info("the snapshot " + path + " names nobody, so that users are not looked up by name")
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

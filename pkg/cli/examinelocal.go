package cli

import (
	"errors"
	"strings"

	"github.com/licensectl/licensectl/pkg/doctor"
	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/manifest"
)

// examineManifests gives what the manifests say; nil where there are none, or
// where they have errors.
func (a *app) examineManifests(paths []string, l *doctor.LocalFacts) *manifest.Set {
	if len(paths) == 0 {
		if !disk.IsFolder(defaultPath) {
			return nil
		}
		paths = []string{defaultPath}
	}
	l.Manifests = strings.Join(paths, ", ")
	set, err := a.session().LoadManifests(paths)
	if err != nil {
		l.ManifestProblem = manifestProblem(err)
		return nil
	}
	l.Documents, l.Sample = set.Documents, isSample(set.Policy.TenantID)
	return set
}

func manifestProblem(err error) *doctor.Problem {
	list, ok := errors.AsType[manifest.Errors](err)
	if !ok || len(list) == 0 {
		return wordedProblem(err)
	}
	return &doctor.Problem{
		Text: quantity.Of(len(list), "error") + " in the manifests, the first: " + list[0].Error(),
		Fix:  "licensectl validate lists them all",
	}
}

// examineFolder finds out whether receipts and the lock could be written,
// without leaving anything behind.
func (a *app) examineFolder(l *doctor.LocalFacts) {
	l.StateFolder = stateFolder
	if err := disk.TryWriting(stateFolder); err != nil {
		l.StateProblem = &doctor.Problem{Text: err.Error(), Fix: "run in a folder that can be written: apply keeps its receipts there"}
		return
	}
	l.Locked = a.session().IsLocked()
}

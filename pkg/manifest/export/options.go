package export

import (
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Options say what to export and how.
type Options struct {
	Layout  compose.Layout // empty: compose.ByDepartment
	Managed []string       // the only SKUs to export, as people name them; empty: all of them
	Ignored []string       // SKUs to leave out
	Schema  string         // the path of a JSON Schema beside the manifests; empty: there is none

	Now  time.Time // for the plan that checks the result
	Tool plan.Tool
}

// Result is manifests together with what somebody should know of them.
type Result struct {
	Files    []manifest.File // paths relative to the folder of the manifests, sorted
	Users    int             // that have an entry
	Groups   int             // that have an entry
	Profiles int
	LeftOut  []LeftOut // sorted by user; not those who hold nothing of their own

	// NotInForce counts the users with an entry of whom a license is assigned and
	// gives nothing that is certain: a plan shows them as blocked.
	NotInForce int
}

// LeftOut is a user for whom no manifest can say what they hold, or a group of which
// none can say what it gives.
type LeftOut struct {
	User   string // or the group
	Reason string
}

// scope resolves the SKUs that the options name.
func (o Options) scope(catalog *license.Catalog) (plan.Scope, error) {
	managed, err := resolveAll(catalog, "sku", o.Managed)
	if err != nil {
		return plan.Scope{}, err
	}
	ignored, err := resolveAll(catalog, "ignore", o.Ignored)
	return plan.Scope{Managed: managed, Ignored: ignored}, err
}

func resolveAll(catalog *license.Catalog, option string, refs []string) ([]license.GUID, error) {
	var out []license.GUID
	for _, ref := range refs {
		sku, err := catalog.ResolveSKU(ref)
		if err != nil {
			return nil, &NameError{Option: option, Err: err}
		}
		out = append(out, sku.ID)
	}
	return license.SortedGUIDs(out), nil
}

// NameError is an option that names a product which the tenant does not have.
type NameError struct {
	Option string // as the flag is called
	Err    error  // of package license
}

// Error names the option and what is wrong with it.
func (e *NameError) Error() string { return "--" + e.Option + ": " + e.Err.Error() }

// Unwrap gives the error of the catalog.
func (e *NameError) Unwrap() error { return e.Err }

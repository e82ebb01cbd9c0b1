package planner

import (
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// OptionError says that an option names something that does not exist. A
// misspelt name must not look like "nothing to do".
type OptionError struct {
	Option string // as the flag is called
	Value  string
	Hint   string
}

func (e *OptionError) Error() string {
	return fmt.Sprintf("--%s %q names nothing in this plan", e.Option, e.Value)
}

// narrowed is what options narrow a plan to: what is done, never what is desired.
// A user or SKU that is left out is left alone.
type narrowed struct {
	users map[license.GUID]bool // nil: all
	skus  map[license.GUID]bool // nil: all
}

// keeps reports whether a change is in the plan.
func (n narrowed) keeps(d *plannedChange) bool {
	return (n.users == nil || n.users[d.User.ID]) && (n.skus == nil || slices.ContainsFunc(d.Actions, func(a plan.Action) bool { return n.skus[a.SKUID] }))
}

// narrowing resolves the options.
func (b *basis) narrowing() (narrowed, error) {
	if cause := b.in.Options.Cause; cause != "" && b.in.Baseline == nil {
		return narrowed{}, &OptionError{Option: "cause", Value: string(cause), Hint: "without a baseline no difference has a cause"}
	}
	users, err := b.narrowUsers()
	if err != nil {
		return narrowed{}, err
	}
	skus, err := b.narrowSKUs()
	return narrowed{users, skus}, err
}

func (b *basis) narrowUsers() (map[license.GUID]bool, error) {
	if len(b.in.Options.Users) == 0 {
		return nil, nil
	}
	out := map[license.GUID]bool{}
	for _, name := range b.in.Options.Users {
		i, known := b.users.Find(name)
		if !known {
			return nil, &OptionError{Option: "user", Value: name, Hint: "give a user principal name or object id of the manifests"}
		}
		out[b.in.Observed.Users[i].ID] = true
	}
	return out, nil
}

func (b *basis) narrowSKUs() (map[license.GUID]bool, error) {
	if len(b.in.Options.SKUs) == 0 {
		return nil, nil
	}
	out := map[license.GUID]bool{}
	for _, name := range b.in.Options.SKUs {
		sku, err := b.catalog.ResolveSKU(name)
		if err != nil {
			return nil, &OptionError{Option: "sku", Value: name, Hint: catalogHint{err}.words()}
		}
		out[sku.ID] = true
	}
	return out, nil
}

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

// narrowing gives the test that changes must pass to be in the plan. It
// narrows what is done, never what is desired: a user or SKU that is left out
// is left alone.
func (p *planner) narrowing() (func(*draft) bool, error) {
	if cause := p.in.Options.Cause; cause != "" && p.in.Baseline == nil {
		return nil, &OptionError{Option: "cause", Value: string(cause), Hint: "without a baseline no difference has a cause"}
	}
	users, err := p.narrowUsers()
	if err != nil {
		return nil, err
	}
	skus, err := p.narrowSKUs()
	if err != nil {
		return nil, err
	}
	return func(d *draft) bool {
		return (users == nil || users[d.User.ID]) && (skus == nil || slices.ContainsFunc(d.Actions, func(a plan.Action) bool { return skus[a.SKUID] }))
	}, nil
}

func (p *planner) narrowUsers() (map[license.GUID]bool, error) {
	if len(p.in.Options.Users) == 0 {
		return nil, nil
	}
	out := map[license.GUID]bool{}
	for _, name := range p.in.Options.Users {
		i, known := p.users.named(name)
		if !known {
			return nil, &OptionError{Option: "user", Value: name, Hint: "give a user principal name or object id of the manifests"}
		}
		out[p.in.Observed.Users[i].ID] = true
	}
	return out, nil
}

func (p *planner) narrowSKUs() (map[license.GUID]bool, error) {
	if len(p.in.Options.SKUs) == 0 {
		return nil, nil
	}
	out := map[license.GUID]bool{}
	for _, name := range p.in.Options.SKUs {
		sku, err := p.catalog.ResolveSKU(name)
		if err != nil {
			return nil, &OptionError{Option: "sku", Value: name, Hint: skuFinding(err, plan.Ref{}).Hint}
		}
		out[sku.ID] = true
	}
	return out, nil
}

package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxPlanBytes bounds a plan that is read: about a million changes.
const maxPlanBytes = 2 << 30

// Encode writes the plan as one indented JSON document.
func Encode(w io.Writer, p *Plan) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(p)
}

// Decode reads a plan that Encode wrote, and checks that it is whole: the
// format version is known and its parts fit together, so that a plan that was
// edited by hand is refused.
func Decode(r io.Reader) (*Plan, error) {
	dec := json.NewDecoder(io.LimitReader(r, maxPlanBytes))
	p := &Plan{}
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("the plan is not readable: %w", err)
	}
	if p.FormatVersion != FormatVersion {
		return nil, fmt.Errorf("the plan has format version %q, this program reads %q: plan again", p.FormatVersion, FormatVersion)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the plan is followed by something else")
	}
	if !p.whole() {
		return nil, errors.New("the plan was changed after it was made: its parts do not fit together")
	}
	return p, nil
}

// whole reports whether the parts of a plan fit together: the id is that of
// the changes, the actions lead from before to after, and the verdict is that
// of the guards.
func (p *Plan) whole() bool {
	for _, c := range p.Changes {
		if !c.Before.apply(c.Actions).Equal(c.After) {
			return false
		}
	}
	return p.PlanID == identify(p) && p.Applyable == !slices.ContainsFunc(p.Guards, Guard.Stops)
}

package plan

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/licensectl/licensectl/pkg/license"
)

// maxPlanBytes bounds a plan that is read: about a million changes.
const maxPlanBytes = 2 << 30

// Encode writes the plan as one JSON document, safe to print: what Decode reads. It is
// indented, but for changes of users and findings, each of which is one line. The error
// is the writer's.
func Encode(w io.Writer, p *Plan) error {
	return EncodeEach(w, p, pointers(p.Changes), pointers(p.Findings))
}

// EncodeEach is Encode for changes and findings that are made one by one, in the
// place of those of the plan. Where the plan has nil of either there are none.
func EncodeEach(w io.Writer, p *Plan, changes iter.Seq[*Change], findings iter.Seq[*Finding]) error {
	d := newDocument(w)
	head := *p
	head.GroupChanges, head.Changes, head.Findings = emptied(p.GroupChanges), emptied(p.Changes), emptied(p.Findings)
	d.value(&head)
	rest := string(d.out)
	d.out, d.line = d.out[:0], append(d.line, indent...)
	for _, part := range []struct {
		name  string
		write func()
	}{
		{"groupChanges", func() { sequence(d, pointers(p.GroupChanges), d.groupChange) }},
		{"changes", func() { lines(d, changes, d.change) }},
		{"findings", func() { lines(d, findings, d.finding) }},
	} {
		// No text has a line break in it, so that this stands there once, unless it is
		// null or left out.
		name := string(d.line) + `"` + part.name + `": `
		if before, after, found := strings.Cut(rest, name+"[]"); found {
			d.raw(before + name)
			part.write()
			rest = after
		}
	}
	d.raw(rest + "\n")
	d.flush()
	return d.err
}

// emptied is what stands for a list while the rest of a plan is written.
func emptied[T any](all []T) []T {
	if all == nil {
		return nil
	}
	return []T{}
}

// sequence writes a list whose entries are made one by one, until the writer takes
// no more.
func sequence[T any](d *document, all iter.Seq[*T], write func(*T)) {
	d.begin('[')
	for entry := range all {
		if d.err != nil {
			break
		}
		d.next()
		write(entry)
	}
	d.end(']')
}

// lines is sequence with each entry in one line. There may be a million of them, and
// two fifths of what was written were blanks.
func lines[T any](d *document, all iter.Seq[*T], write func(*T)) {
	sequence(d, all, func(entry *T) {
		line := d.line
		d.line = nil
		write(entry)
		d.line = line
	})
}

func pointers[T any](all []T) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for i := range all {
			if !yield(&all[i]) {
				return
			}
		}
	}
}

// Decode reads a plan that Encode wrote, and checks that it is whole: the
// format version is known and its parts fit together, so that a plan that was
// edited by hand is refused.
func Decode(r io.Reader) (*Plan, error) {
	dec := jsontext.NewDecoder(io.LimitReader(r, maxPlanBytes), jsontext.AllowInvalidUTF8(true))
	p := &Plan{}
	if err := json.UnmarshalDecode(dec, p); err != nil {
		return nil, fmt.Errorf("the plan is not readable: %w", inWords(err))
	}
	if p.FormatVersion != FormatVersion {
		return nil, fmt.Errorf("the plan has format version %q, this program reads %q: plan again", p.FormatVersion, FormatVersion)
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the plan is followed by something else")
	}
	if p.MailboxCheck != "" && p.MailboxCheck != MailboxCheckHold {
		return nil, errors.New("the plan has mailboxes looked at in a way that this program does not know: plan again")
	}
	if user, twice := p.repeated(); twice {
		return nil, fmt.Errorf("the plan was changed after it was made: it has %s twice", user)
	}
	if !p.whole() {
		return nil, errors.New("the plan was changed after it was made: its parts do not fit together")
	}
	return p, nil
}

// inWords says what is wrong with a document without naming types of Go.
func inWords(err error) error {
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("it is cut off or not JSON (byte %d)", syntax.ByteOffset)
	}
	if kind, ok := errors.AsType[*json.SemanticError](err); ok {
		return fmt.Errorf("%s holds something else than it should (byte %d)", cmp.Or(string(kind.JSONPointer), "it"), kind.ByteOffset)
	}
	return err
}

// whole reports whether the parts of a plan fit together: the id is that of
// the changes, the actions lead from before to after and stay in scope, the
// summary counts them, and the verdict is that of the guards.
func (p *Plan) whole() bool {
	for _, c := range p.Changes {
		if slices.ContainsFunc(c.Actions, Action.lacksBefore) || !c.Before.After(c.Actions).Equal(c.After) || !p.inScope(c) {
			return false
		}
	}
	counted := Summarize(p.Changes, p.Summary.Users).WithGroups(p.GroupChanges, p.Summary.Groups)
	return p.groupsFit() && p.PlanID == Identify(p) && p.Summary == counted && p.Summary.Unchanged >= 0 && p.guardsFit()
}

// repeated finds a user who is in the plan twice, by id or by name.
func (p *Plan) repeated() (user string, twice bool) {
	ids, names := make(map[license.GUID]bool, len(p.Changes)), make(map[string]bool, len(p.Changes))
	for _, c := range p.Changes {
		name := license.UPNKey(c.User.UserPrincipalName)
		if ids[c.User.ID] || names[name] {
			return c.User.UserPrincipalName, true
		}
		ids[c.User.ID], names[name] = true, true
	}
	return "", false
}

// inScope reports whether everything that a change speaks of takes part.
func (p *Plan) inScope(c Change) bool {
	for _, l := range slices.Concat(c.Before.Licenses, c.After.Licenses) {
		if !p.Scope.Manages(l.SKUID) {
			return false
		}
	}
	return true
}

// groupsFit reports whether the parts of every group change fit together, and no
// group is there twice: the actions lead from before to after and stay in scope,
// the effects speak of what the actions do, of each member once, and are counted.
func (p *Plan) groupsFit() bool {
	seen := make(map[license.GUID]bool, len(p.GroupChanges))
	for i := range p.GroupChanges {
		c := &p.GroupChanges[i]
		if seen[c.Group.ID] || slices.ContainsFunc(c.Actions, Action.lacksBefore) || !c.Before.After(c.Actions).Equal(c.After) || c.Members != CountMembers(c.Effects) || !c.effectsFit() {
			return false
		}
		seen[c.Group.ID] = true
		for _, l := range slices.Concat(c.Before.Licenses, c.After.Licenses) {
			if !p.Scope.Manages(l.SKUID) {
				return false
			}
		}
	}
	return len(p.GroupChanges) <= p.Summary.Groups
}

// effectsFit reports whether no member is in two effects, and members get and
// lose what the actions give and take.
func (c *GroupChange) effectsFit() bool {
	members := c.MemberIDs()
	if len(slices.Compact(members)) != c.Members.Total {
		return false
	}
	does := func(sku license.GUID, how func(Action) bool) bool {
		return slices.ContainsFunc(c.Actions, func(a Action) bool { return a.SKUID == sku && how(a) })
	}
	for _, e := range c.Effects {
		gains := !slices.ContainsFunc(e.Gain, func(sku license.GUID) bool { return !does(sku, Action.gives) })
		loses := !slices.ContainsFunc(e.Lose, func(sku license.GUID) bool { return !does(sku, Action.TakesAway) })
		parts := !slices.ContainsFunc(e.Part, func(sku license.GUID) bool { return !slices.Contains(e.Lose, sku) })
		if !gains || !loses || !parts || !slices.IsSortedFunc(e.Members, license.CompareGUIDs) {
			return false
		}
	}
	return true
}

// guardsFit reports whether the guards are all there, count what the changes
// do, and give the verdict. Their limits are those of the policy, which is not
// in the plan.
func (p *Plan) guardsFit() bool {
	there := map[GuardName]bool{}
	did := NewGuardCounts()
	did.CountGroups(p.GroupChanges)
	for i := range p.Changes {
		did.Count(&p.Changes[i])
	}
	var perSKU []loss
	for _, g := range p.Guards {
		there[g.Name] = true
		if g.Tripped != (g.Limit != nil && g.Actual > *g.Limit) {
			return false
		}
		switch g.Name {
		case GuardMaxRemovals:
			if g.Actual != did.Removals {
				return false
			}
		case GuardMaxRemovalsPerSKU:
			perSKU = append(perSKU, loss{g.SKUPartNumber, g.Actual})
		case GuardMaxUsersChanged:
			if g.Actual != did.Changed {
				return false
			}
		}
	}
	slices.SortFunc(perSKU, compareLosses)
	isMissing := func(name GuardName) bool { return !there[name] }
	return len(there) == len(GuardNames()) && !slices.ContainsFunc(GuardNames(), isMissing) && slices.Equal(perSKU, p.losses(did)) &&
		p.Applyable == !slices.ContainsFunc(p.Guards, Guard.Stops)
}

// loss is how much is taken away of one product.
type loss struct {
	partNumber string
	removals   int
}

func compareLosses(a, b loss) int {
	return cmp.Or(strings.Compare(a.partNumber, b.partNumber), cmp.Compare(a.removals, b.removals))
}

// losses are the rows that the guard per SKU has to have, sorted: one for each
// product that loses something, or one of no product.
func (p *Plan) losses(did GuardCounts) []loss {
	partNumbers := map[license.GUID]string{}
	note := func(actions []Action) {
		for _, a := range actions {
			partNumbers[a.SKUID] = a.SKUPartNumber
		}
	}
	for _, c := range p.Changes {
		note(c.Actions)
	}
	for _, c := range p.GroupChanges {
		note(c.Actions)
	}
	var out []loss
	for sku, n := range did.PerSKU {
		out = append(out, loss{partNumbers[sku], n})
	}
	if out == nil {
		return []loss{{}}
	}
	slices.SortFunc(out, compareLosses)
	return out
}

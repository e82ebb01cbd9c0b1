package edit

import (
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/pkg/manifest"
)

// Entry is one user or one group of a list.
type Entry struct {
	Name    string // of the user or the group, as it is written
	Request        // as far as the entry says it itself

	list         *List
	item         *item // nil where the list is left alone
	line, column int   // as manifest.Parse tells them
	licenses     *yaml.Node
}

// List is the list that the entry stands in.
func (e *Entry) List() *List { return e.list }

// Licenses gives the licenses that the entry lists itself, in their order.
func (e *Entry) Licenses() []License {
	out := make([]License, len(e.licenses.Content))
	for i, n := range e.licenses.Content {
		out[i] = License{SKU: lookUp(n, "sku").Value, Dates: readDates(n)}
	}
	return out
}

// Remove takes the entry out. Comments above it stay: they may be about those
// that follow.
func (e *Entry) Remove() error {
	if e.item == nil {
		return ErrUnusual
	}
	e.list.remove(e.item)
	return nil
}

// Change is what becomes different in an entry. What it does not speak of
// stays as it is.
type Change struct {
	UsageLocation string // empty: as it is
	Profiles      *ListChange
	Licenses      *ListChange
}

// ListChange is what becomes different in a list of an entry.
type ListChange struct {
	Drop    bool         // take the key away, which leaves it to the defaults
	Remove  []int        // items by number, from 0
	Replace map[int]Item // by number
	Add     []Item
}

// Item is an item of a list in two forms of writing.
type Item struct {
	Flow  string   // on one line, between brackets
	Lines []string // as a block, without indentation and dash
}

// Change changes the entry.
func (e *Entry) Change(c Change) error {
	switch {
	case e.item == nil:
		return ErrUnusual
	case e.item.child != nil:
		return e.changeBlock(c)
	case e.item.value.Kind == yaml.ScalarNode:
		return e.changeShort(c)
	default:
		return e.changeFlow(c)
	}
}

// keyChange is what becomes of one key.
type keyChange struct {
	key    string
	scalar string
	list   *ListChange
}

func (c Change) keys() []keyChange {
	var out []keyChange
	if c.UsageLocation != "" {
		out = append(out, keyChange{key: "usageLocation", scalar: c.UsageLocation})
	}
	if c.Profiles != nil {
		out = append(out, keyChange{key: "profiles", list: c.Profiles})
	}
	if c.Licenses != nil {
		out = append(out, keyChange{key: "licenses", list: c.Licenses})
	}
	return out
}

// lines writes a key that is not there yet.
func (k keyChange) lines() []string {
	switch {
	case k.list == nil:
		return []string{k.key + ": " + k.scalar}
	case k.list.Drop:
		return nil
	}
	flow := &flowNode{list: true}
	isFlow := true
	for _, it := range k.list.Add {
		flow.items = append(flow.items, flowItem{node: &flowNode{raw: it.Flow}})
		isFlow = isFlow && len(it.Lines) == 1
	}
	line := k.key + ": " + flow.text("", nil)
	if isFlow && fits(line) {
		return []string{line}
	}
	out := []string{k.key + ":"}
	for _, it := range k.list.Add {
		out = append(out, indented(it.Lines, step)...)
	}
	return out
}

func fits(line string) bool { return len([]rune(line)) <= MaxWidth }

// changeShort makes the long form of an entry in the short one.
func (e *Entry) changeShort(c Change) error {
	it := e.item
	if len(it.more) > 0 {
		return ErrUnusual
	}
	lines := []string{e.list.entryKey() + ": " + it.rest}
	for _, k := range c.keys() {
		lines = append(lines, k.lines()...)
	}
	e.list.note(splice{from: it.line, to: it.end, lines: indented(lines, it.column)})
	return nil
}

// changeFlow writes an entry in brackets anew, in brackets as long as there is
// room.
func (e *Entry) changeFlow(c Change) error {
	flow, comment, ok := e.item.flow()
	if !ok || flow.list {
		return ErrUnusual
	}
	for _, k := range c.keys() {
		if !flow.change(k) {
			return ErrUnusual
		}
	}
	p := printer{kind: e.list.Kind}
	p.flow(flowLine{head: blanks(e.item.column) + "-", indent: e.item.column, value: flow, comment: comment}, []string{"spec", e.list.key()})
	e.list.note(splice{from: e.item.line, to: e.item.end, lines: p.lines})
	return nil
}

// change carries out the change of one key of a mapping in brackets.
func (n *flowNode) change(k keyChange) bool {
	at := slices.IndexFunc(n.items, func(it flowItem) bool { return it.name == k.key })
	switch {
	case k.list != nil && k.list.Drop:
		if at >= 0 {
			n.items = slices.Delete(n.items, at, at+1)
		}
		return true
	case at < 0:
		n.items = append(n.items, flowItem{name: k.key, key: k.key, node: &flowNode{list: true}})
		at = len(n.items) - 1
	}
	if k.list == nil {
		n.items[at].node = &flowNode{raw: k.scalar}
		return true
	}
	return n.items[at].node.changeList(*k.list)
}

// changeList carries out the change of a list in brackets.
func (n *flowNode) changeList(c ListChange) bool {
	if !n.list {
		return false
	}
	var items []flowItem
	for i, it := range n.items {
		if r, replaced := c.Replace[i]; replaced {
			it = flowItem{node: &flowNode{raw: r.Flow}}
		}
		if !slices.Contains(c.Remove, i) {
			items = append(items, it)
		}
	}
	for _, a := range c.Add {
		items = append(items, flowItem{node: &flowNode{raw: a.Flow}})
	}
	n.items = items
	return true
}

// changeBlock changes the keys of an entry in block style, each by itself.
func (e *Entry) changeBlock(c Change) error {
	for _, k := range c.keys() {
		if err := e.changeKey(k); err != nil {
			return fmt.Errorf("%s: %w", k.key, err)
		}
	}
	return nil
}

func (e *Entry) changeKey(k keyChange) error {
	pair := pairOf(e.item, k.key)
	switch {
	case pair == nil:
		e.insertKey(k)
		return nil
	case pair.line == e.item.line && k.list != nil && k.list.Drop:
		return ErrUnusual
	case k.list != nil && k.list.Drop:
		e.list.note(splice{from: pair.line, to: pair.end})
		return nil
	case k.list == nil:
		return e.replaceScalar(pair, k.scalar)
	case pair.child != nil:
		return e.changeBlockList(pair, *k.list)
	default:
		return e.changeFlowList(pair, *k.list)
	}
}

// insertKey puts a key where it comes in the order of keys.
func (e *Entry) insertKey(k keyChange) {
	order := manifest.KeyOrder(e.list.Kind, "spec", e.list.key())
	before := e.item.child.items[0]
	for _, pair := range e.item.child.items {
		if slices.Index(order, pair.name) < slices.Index(order, k.key) {
			before = pair
		}
	}
	at := before.end
	for _, in := range blocksIn(before) {
		at += len(in.foot)
	}
	var lines []string
	for _, line := range k.lines() {
		lines = append(lines, blanks(e.item.child.column)+line)
	}
	e.list.note(splice{from: at, to: at, lines: lines})
}

// head is the line of a pair up to its value.
func (e *Entry) head(pair *item) string {
	return string([]rune(e.list.lines[pair.line])[:pair.column]) + pair.key + ":"
}

func (e *Entry) replaceScalar(pair *item, scalar string) error {
	raw, ok := rawScalar(e.list.lines, pair.value)
	if !ok || len(pair.more) > 0 || pair.value.Line-1 != pair.line {
		return ErrUnusual
	}
	line := []rune(e.list.lines[pair.line])
	from := pair.value.Column - 1
	after := string(line[from+len([]rune(raw)):])
	e.list.note(splice{from: pair.line, to: pair.end, lines: []string{string(line[:from]) + scalar + after}})
	return nil
}

// changeBlockList changes single items of a list in block style. Comments
// above an item that goes stay.
func (e *Entry) changeBlockList(pair *item, c ListChange) error {
	in := pair.child
	for i, it := range in.items {
		if r, replaced := c.Replace[i]; replaced {
			e.list.note(splice{from: it.line, to: it.end, lines: indented(r.Lines, in.column)})
		} else if slices.Contains(c.Remove, i) {
			e.list.note(splice{from: it.line, to: it.end})
		}
	}
	if len(c.Remove) == len(in.items) && len(c.Add) == 0 {
		line := e.head(pair) + " []"
		if pair.rest != "" {
			line += " " + pair.rest
		}
		e.list.note(splice{from: pair.line, to: pair.line + 1, lines: []string{line}})
		return nil
	}
	var lines []string
	for _, it := range c.Add {
		lines = append(lines, indented(it.Lines, in.column)...)
	}
	if len(lines) > 0 {
		e.list.note(splice{from: pair.end, to: pair.end, lines: lines})
	}
	return nil
}

// changeFlowList writes a list in brackets anew, broken up where it gets too
// wide. A comment beside it is about what was in it: it goes where nothing of
// that stays.
func (e *Entry) changeFlowList(pair *item, c ListChange) error {
	flow, comment, ok := pair.flow()
	if !ok {
		return ErrUnusual
	}
	if before := len(flow.items); before > 0 && before == len(c.Remove)+len(c.Replace) {
		comment = ""
	}
	if !flow.changeList(c) {
		return ErrUnusual
	}
	p := printer{kind: e.list.Kind}
	p.flow(flowLine{head: e.head(pair), indent: pair.column, value: flow, comment: comment}, []string{"spec", e.list.key(), pair.name})
	e.list.note(splice{from: pair.line, to: pair.end, lines: p.lines})
	return nil
}

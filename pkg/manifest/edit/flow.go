package edit

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/pkg/manifest"
)

// flowNode is a value in brackets, or a scalar within, as it is written.
type flowNode struct {
	raw   string // of a scalar; empty for brackets
	list  bool
	items []flowItem
}

type flowItem struct {
	name string // the key; empty in a list
	key  string // the key as it is written
	node *flowNode
}

// flow reads the value of an item as brackets, with the comment behind them.
// Brackets over several lines with a comment in them are left as they are.
func (it *item) flow() (value *flowNode, comment string, ok bool) {
	v := it.value
	if v.Style&yaml.FlowStyle == 0 && !isEmptyCollection(v) {
		return nil, "", false
	}
	text := it.rest
	for _, line := range it.more {
		text += " " + strings.TrimSpace(line)
	}
	if len(it.more) > 0 && strings.Contains(text, "#") {
		return nil, "", false
	}
	r := flowReader{text: text}
	value, ok = r.read(v)
	rest := strings.TrimSpace(r.text)
	if !ok || value.raw != "" || rest != "" && rest[0] != '#' {
		return nil, "", false
	}
	return value, rest, true
}

// isEmptyCollection reports an empty list or mapping, which is always in
// brackets.
func isEmptyCollection(n *yaml.Node) bool {
	return (n.Kind == yaml.SequenceNode || n.Kind == yaml.MappingNode) && len(n.Content) == 0
}

// flowReader takes a text in brackets apart along the nodes that it stands
// for.
type flowReader struct{ text string }

// take removes a mark that the text has to go on with, and blanks around it.
func (r *flowReader) take(mark string) bool {
	rest, found := strings.CutPrefix(strings.TrimLeft(r.text, " \t"), mark)
	if found {
		r.text = rest
	}
	return found
}

func (r *flowReader) read(n *yaml.Node) (*flowNode, bool) {
	switch n.Kind {
	case yaml.ScalarNode:
		raw, ok := r.scalar(n)
		return &flowNode{raw: raw}, ok
	case yaml.SequenceNode:
		return r.readList(n)
	case yaml.MappingNode:
		return r.readMapping(n)
	}
	return nil, false
}

func (r *flowReader) scalar(n *yaml.Node) (string, bool) {
	text := strings.TrimLeft(r.text, " \t")
	raw, ok := n.Value, strings.HasPrefix(text, n.Value) && n.Value != "" && n.Style == 0
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		raw, ok = quoted(text, '"')
	case n.Style&yaml.SingleQuotedStyle != 0:
		raw, ok = quoted(text, '\'')
	}
	if !ok {
		return "", false
	}
	r.text = text[len(raw):]
	return safeScalar(raw, n), true
}

func (r *flowReader) readList(n *yaml.Node) (*flowNode, bool) {
	out := &flowNode{list: true}
	if !r.take("[") {
		return nil, false
	}
	for _, c := range n.Content {
		item, ok := r.read(c)
		if !ok {
			return nil, false
		}
		out.items = append(out.items, flowItem{node: item})
		r.take(",")
	}
	return out, r.take("]")
}

func (r *flowReader) readMapping(n *yaml.Node) (*flowNode, bool) {
	out := &flowNode{}
	if !r.take("{") {
		return nil, false
	}
	for i := 0; i < len(n.Content); i += 2 {
		key, ok := r.read(n.Content[i])
		if !ok || key.raw == "" || !r.take(":") {
			return nil, false
		}
		value, ok := r.read(n.Content[i+1])
		if !ok {
			return nil, false
		}
		out.items = append(out.items, flowItem{name: n.Content[i].Value, key: key.raw, node: value})
		r.take(",")
	}
	return out, r.take("}")
}

// ordered gives the items of a mapping in the order in which they are written.
func (n *flowNode) ordered(kind string, path []string) []flowItem {
	if n.list {
		return n.items
	}
	order := manifest.KeyOrder(kind, path...)
	rank := func(it flowItem) int {
		if i := slices.Index(order, it.name); i >= 0 {
			return i
		}
		return len(order)
	}
	out := slices.Clone(n.items)
	slices.SortStableFunc(out, func(a, b flowItem) int { return rank(a) - rank(b) })
	return out
}

// text writes the value on one line.
func (n *flowNode) text(kind string, path []string) string {
	if n.raw != "" {
		return n.raw
	}
	var parts []string
	for _, it := range n.ordered(kind, path) {
		if n.list {
			parts = append(parts, it.node.text(kind, path))
		} else {
			parts = append(parts, it.key+": "+it.node.text(kind, append(slices.Clip(path), it.name)))
		}
	}
	if n.list {
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

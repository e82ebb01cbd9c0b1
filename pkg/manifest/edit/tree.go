package edit

import (
	"errors"
	"strings"

	"gopkg.in/yaml.v3"
)

// block is a mapping or a list in block style, with the lines that belong to
// it.
type block struct {
	list   bool
	flush  bool // a list whose dashes stand as far left as the key above
	column int  // where its items begin, from 0
	items  []*item
	foot   []string // comments and blank lines after the last item
}

// item is an entry of a block.
type item struct {
	lead  []string // comments and blank lines above it
	name  string   // the key; empty in a list
	key   string   // the key as it is written, with its quotes
	value *yaml.Node
	rest  string   // what stands behind the key or the dash: a value, a comment
	more  []string // further lines of a value that is no block
	child *block   // a value that is one; in a list it begins on the line of the dash

	column int // of the key or dash, from 0
	line   int // the same in the part, from 0
	end    int // the line after the last one of the value
}

// errUnusual says that a document is written in a way that is left alone.
var errUnusual = errors.New("the document is written in an unusual way: with an anchor, a tag, or values that do not begin beside their key or dash")

// builder makes the tree of one part.
type builder struct{ lines []string }

// build makes the tree of a part whose root is a mapping in block style.
func build(p part, root *yaml.Node) (*block, error) {
	if !isBlock(root) || root.Kind != yaml.MappingNode || !isUsual(root) {
		return nil, errUnusual
	}
	b := builder{lines: p.lines}
	tree, err := b.block(root, len(p.lines))
	if err != nil {
		return nil, err
	}
	b.attach(tree)
	b.attachRest(tree)
	return tree, nil
}

// isBlock reports whether a value is a mapping or list in block style.
func isBlock(n *yaml.Node) bool {
	return (n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode) && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0
}

// isUsual reports whether nothing below has an anchor, an alias or a tag.
func isUsual(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		return false
	}
	for _, c := range n.Content {
		if !isUsual(c) {
			return false
		}
	}
	return true
}

// block reads a block that ends before the line.
func (b builder) block(n *yaml.Node, end int) (*block, error) {
	if n.Kind == yaml.SequenceNode {
		return b.list(n, end)
	}
	out := &block{column: n.Column - 1}
	for i := 0; i < len(n.Content); i += 2 {
		next := end
		if i+2 < len(n.Content) {
			next = n.Content[i+2].Line - 1
		}
		it, err := b.pair(n.Content[i], n.Content[i+1], next)
		if err != nil {
			return nil, err
		}
		out.items = append(out.items, it)
	}
	return out, nil
}

// pair reads a key with its value.
func (b builder) pair(key, value *yaml.Node, next int) (*item, error) {
	it := &item{name: key.Value, value: value, line: key.Line - 1, column: key.Column - 1}
	raw, ok := rawScalar(b.lines, key)
	if key.Kind != yaml.ScalarNode || !ok {
		return nil, errUnusual
	}
	after := []rune(b.lines[it.line])[key.Column-1+len([]rune(raw)):]
	rest, found := strings.CutPrefix(strings.TrimLeft(string(after), " \t"), ":")
	if !found {
		return nil, errUnusual
	}
	it.key, it.rest = raw, strings.TrimSpace(rest)
	return it, b.finish(it, next)
}

// list reads a list, whose dashes stand below one another.
func (b builder) list(n *yaml.Node, end int) (*block, error) {
	out := &block{list: true, column: n.Column - 1}
	for i, c := range n.Content {
		next := end
		if i+1 < len(n.Content) {
			next = n.Content[i+1].Line - 1
		}
		it := &item{value: c, line: c.Line - 1, column: out.column}
		line := []rune(b.lines[it.line])
		switch {
		case len(line) <= out.column || line[out.column] != '-' || strings.TrimSpace(string(line[:out.column])) != "":
			return nil, errUnusual
		case c.Kind == yaml.SequenceNode && isBlock(c), isAbsent(c):
			return nil, errUnusual
		}
		if !isBlock(c) {
			it.rest = strings.TrimSpace(string(line[out.column+1:]))
		}
		if err := b.finish(it, next); err != nil {
			return nil, err
		}
		out.items = append(out.items, it)
	}
	return out, nil
}

// isAbsent reports a value of which nothing is written.
func isAbsent(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0
}

// finish reads the value of an item that ends before the line next.
func (b builder) finish(it *item, next int) error {
	v := it.value
	if isBlock(v) {
		if it.key != "" && (v.Line-1 == it.line || it.rest != "" && it.rest[0] != '#') {
			return errUnusual
		}
		child, err := b.block(v, next)
		if err != nil {
			return err
		}
		child.flush = child.list && child.column <= it.column
		it.child, it.end = child, child.items[len(child.items)-1].end
		return nil
	}
	it.end = it.line + 1
	for i := it.line + 1; i < next; i++ {
		isText := v.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 && (isBlank(b.lines[i]) || indentOf(b.lines[i]) > it.column)
		if !isTrivia(b.lines[i]) || isText && !isBlank(b.lines[i]) {
			it.end = i + 1
		}
	}
	if it.end > it.line+1 && (isAbsent(v) || hasIndicator(v, it.rest)) {
		return errUnusual
	}
	it.more = b.lines[it.line+1 : it.end]
	return nil
}

// hasIndicator reports a block of text that says how far it is indented, or
// how it ends: both depend on lines that would be moved.
func hasIndicator(v *yaml.Node, rest string) bool {
	if v.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		return false
	}
	head, _, _ := strings.Cut(rest, " ")
	return strings.ContainsAny(head, "0123456789+")
}

// rawScalar gives a scalar of one line as it is written.
func rawScalar(lines []string, n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		return "", false
	}
	line := []rune(lines[n.Line-1])
	if n.Column-1 > len(line) {
		return "", false
	}
	text := string(line[n.Column-1:])
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return quoted(text, '"')
	case n.Style&yaml.SingleQuotedStyle != 0:
		return quoted(text, '\'')
	case n.Style != 0 || !strings.HasPrefix(text, n.Value) || n.Value == "":
		return "", false
	}
	return n.Value, true
}

// quoted gives the text in quotes that a line begins with.
func quoted(text string, quote byte) (string, bool) {
	for i := 1; i < len(text); i++ {
		switch {
		case quote == '"' && text[i] == '\\':
			i++
		case text[i] == quote && quote == '\'' && i+1 < len(text) && text[i+1] == quote:
			i++
		case text[i] == quote:
			return text[:i+1], true
		}
	}
	return "", false
}

package edit

import (
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/pkg/internal/safetext"
	"github.com/licensectl/licensectl/pkg/manifest"
)

// step is the indentation of one level.
const step = 2

// printer writes a tree in canonical layout.
type printer struct {
	kind  string
	lines []string
}

func blanks(n int) string { return strings.Repeat(" ", n) }

// trimAll puts comments at an indentation, makes them safe to print, and makes
// blank lines empty.
func trimAll(lines []string, indent int) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		if text := strings.TrimSpace(line); text != "" {
			out[i] = blanks(indent) + safetext.Comment(text)
		}
	}
	return out
}

// trivia writes comments at an indentation, and at most one blank line in a
// row, none at the beginning.
func (p *printer) trivia(lines []string, indent int) {
	for _, line := range trimAll(lines, indent) {
		if line != "" || len(p.lines) > 0 && p.lines[len(p.lines)-1] != "" {
			p.lines = append(p.lines, line)
		}
	}
}

// block writes the items of a block, and what stands below them.
func (p *printer) block(in *block, indent int, path []string) {
	items := in.items
	if !in.list {
		items = ordered(items, manifest.KeyOrder(p.kind, path...))
	}
	for i, it := range items {
		if i == 0 {
			it.lead = withoutFirstBlanks(it.lead)
		}
		p.trivia(it.lead, indent)
		if in.list {
			p.listItem(it, indent, path)
		} else {
			p.pair(it, indent, blanks(indent), path)
		}
	}
	p.trivia(in.foot, indent)
}

func withoutFirstBlanks(lines []string) []string {
	for len(lines) > 0 && isBlank(lines[0]) {
		lines = lines[1:]
	}
	return lines
}

// ordered puts keys in the order in which they are written. Those that are not
// known come last, as they stand.
func ordered(items []*item, order []string) []*item {
	rank := func(it *item) int {
		if i := slices.Index(order, it.name); i >= 0 {
			return i
		}
		return len(order)
	}
	out := slices.Clone(items)
	slices.SortStableFunc(out, func(a, b *item) int { return rank(a) - rank(b) })
	return out
}

// listItem writes an item behind its dash. A mapping begins on the same line,
// so that comments above its first key go above the dash.
func (p *printer) listItem(it *item, indent int, path []string) {
	if it.child == nil {
		p.leaf(it, blanks(indent)+"-", indent, path)
		return
	}
	pairs := ordered(it.child.items, manifest.KeyOrder(p.kind, path...))
	p.trivia(withoutFirstBlanks(pairs[0].lead), indent)
	for i, pair := range pairs {
		prefix := blanks(indent + step)
		if i == 0 {
			prefix = blanks(indent) + "- "
		} else {
			p.trivia(pair.lead, indent+step)
		}
		p.pair(pair, indent+step, prefix, path)
	}
	p.trivia(it.child.foot, indent+step)
}

// pair writes a key with its value behind a prefix.
func (p *printer) pair(it *item, indent int, prefix string, path []string) {
	path = append(slices.Clip(path), it.name)
	if it.child == nil {
		p.leaf(it, prefix+it.key+":", indent, path)
		return
	}
	p.lines = append(p.lines, behind(prefix+it.key+":", it.safeRest()))
	p.block(it.child, indent+step, path)
}

// leaf writes a value that is no block behind its key or dash.
func (p *printer) leaf(it *item, head string, indent int, path []string) {
	if flow, comment, ok := it.flow(); ok {
		p.flow(flowLine{head: head, indent: indent, value: flow, comment: safetext.Comment(comment)}, path)
		return
	}
	p.lines = append(p.lines, behind(head, it.safeRest()))
	p.lines = append(p.lines, shifted(it, indent)...)
}

// behind puts a text, if there is any, behind a key or a dash.
func behind(head, text string) string {
	if text == "" {
		return head
	}
	return head + " " + text
}

// shifted moves the further lines of a value: those of a text to where texts
// stand, those of brackets by as much as their item moves.
func shifted(it *item, indent int) []string {
	if len(it.more) == 0 {
		return nil
	}
	least := leastIndent(it.more)
	by := indent + step - least
	if it.value.Style&yaml.FlowStyle != 0 {
		by = max(indent-it.column, -least)
	}
	out := make([]string, len(it.more))
	for i, line := range it.more {
		switch {
		case isBlank(line):
		case by < 0:
			out[i] = line[-by:]
		default:
			out[i] = blanks(by) + line
		}
	}
	return out
}

// leastIndent is the indentation of the line that stands farthest left.
func leastIndent(lines []string) int {
	least := -1
	for _, line := range lines {
		if n := indentOf(line); !isBlank(line) && (least < 0 || n < least) {
			least = n
		}
	}
	return max(least, 0)
}

// flowLine is a list or mapping in brackets about to be written.
type flowLine struct {
	head    string // the key or the dash before it
	indent  int    // of the item that it belongs to
	value   *flowNode
	comment string
}

// flow writes brackets on one line, or broken up where that is too wide.
func (p *printer) flow(f flowLine, path []string) {
	text := f.value.text(p.kind, path)
	comment := ""
	if f.comment != "" {
		comment = " " + f.comment
	}
	isItem := strings.HasSuffix(f.head, "-")
	fits := utf8.RuneCountInString(f.head)+1+utf8.RuneCountInString(text) <= MaxWidth
	switch {
	case fits, len(f.value.items) == 0, isItem && f.value.list:
		p.lines = append(p.lines, f.head+" "+text+comment)
	case isItem:
		p.brokenItem(f, path)
	default:
		p.lines = append(p.lines, f.head+strings.TrimRight(comment, " "))
		for _, it := range f.value.ordered(p.kind, path) {
			if f.value.list {
				p.flow(flowLine{head: blanks(f.indent+step) + "-", indent: f.indent + step, value: it.node}, path)
			} else {
				p.entry(it, f.indent+step, path)
			}
		}
	}
}

// brokenItem writes a mapping in brackets that is an item as a block. Its
// comment stays on the first line.
func (p *printer) brokenItem(f flowLine, path []string) {
	begin := len(p.lines)
	for _, it := range f.value.ordered(p.kind, path) {
		p.entry(it, f.indent+step, path)
	}
	first := &p.lines[begin]
	*first = f.head + (*first)[f.indent+1:]
	if f.comment != "" {
		*first += " " + f.comment
	}
}

// entry writes a key of a broken mapping, with its value.
func (p *printer) entry(it flowItem, indent int, path []string) {
	p.flow(flowLine{head: blanks(indent) + it.key + ":", indent: indent, value: it.node}, append(slices.Clip(path), it.name))
}

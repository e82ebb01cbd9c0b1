package edit

import "slices"

// attach gives comments and blank lines to what they belong to: above an item
// to the item, unless they are indented like something before it.
func (b builder) attach(in *block) {
	for i, it := range in.items {
		if i > 0 {
			before := in.items[i-1]
			it.lead = b.give(b.lines[before.end:it.line], blocksIn(before))
		}
		if it.child != nil {
			first := it.child.items[0]
			if !it.child.list && it.key == "" {
				b.attach(it.child) // the first one stands on the line of the dash
				continue
			}
			first.lead = slices.Clone(b.lines[it.line+1 : first.line])
			b.attach(it.child)
		}
	}
}

// attachRest attaches what stands before the first and after the last item of
// a document.
func (b builder) attachRest(root *block) {
	root.items[0].lead = slices.Clone(b.lines[:root.items[0].line])
	last := root.items[len(root.items)-1]
	rest := b.give(b.lines[last.end:], append([]*block{root}, blocksIn(last)...))
	root.foot = append(root.foot, rest...)
}

// blocksIn lists the blocks that end where the item ends, the outermost first.
func blocksIn(it *item) []*block {
	var out []*block
	for it.child != nil {
		out = append(out, it.child)
		it = it.child.items[len(it.child.items)-1]
	}
	return out
}

// give spreads the lines between two items over the blocks that end there:
// each comment goes to the innermost one whose items it is indented like. It
// returns what is left for the item that comes next.
func (b builder) give(lines []string, ending []*block) []string {
	var left, blanks []string
	depth := len(ending)
	for _, line := range lines {
		if isBlank(line) {
			blanks = append(blanks, line)
			continue
		}
		for depth > 0 && !ending[depth-1].holds(line) {
			depth--
		}
		if depth == 0 {
			left = append(append(left, blanks...), line)
		} else {
			in := ending[depth-1]
			in.foot = append(append(in.foot, blanks...), line)
		}
		blanks = nil
	}
	return append(left, blanks...)
}

// holds reports whether a comment is indented like the items of the block. The
// dashes of a list may stand as far left as the key above; a comment there is
// not the list's.
func (in *block) holds(line string) bool {
	if in.list && in.flush {
		return indentOf(line) > in.column
	}
	return indentOf(line) >= in.column
}

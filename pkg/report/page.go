package report

import (
	"cmp"
	"io"
	"slices"
	"strings"
)

// page collects the lines of a text report.
type page struct {
	style Style
	lines []string
}

func (p *page) add(lines ...string) { p.lines = append(p.lines, lines...) }

// title begins a new part of the page.
func (p *page) title(text string) {
	p.gap()
	p.add(p.style.paint(strong, text))
}

// gap puts one empty line between two parts.
func (p *page) gap() {
	if len(p.lines) > 0 && p.lines[len(p.lines)-1] != "" {
		p.add("")
	}
}

// writeTo sends the page in one write.
func (p *page) writeTo(w io.Writer) error {
	_, err := io.WriteString(w, strings.Join(p.lines, "\n")+"\n")
	return err
}

// block is a part of a page that may be cut short.
type block struct {
	title string
	sum   []string // what stands for the items where not all of them are shown
	items []item
	keep  int // the lower, the longer the block is spared when room is short
	least int // so many items are shown before anything else, though the page gets longer
}

// item is what a block shows as a whole or not at all.
type item struct {
	lines []string
	users int // that it stands for
}

// addBlocks lays out blocks in their order. Where they do not fit into room
// lines, every block begins with one item, unless one that is spared longer
// had to be cut; what is left out is counted. A block of which nothing is shown
// is one line.
func (p *page) addBlocks(blocks []block, room int) {
	shown := shareWithSums(blocks, room)
	for i, b := range blocks {
		if shown[i] == 0 {
			if i == 0 || shown[i-1] > 0 {
				p.gap()
			}
			p.add(p.style.paint(strong, b.title) + "  " + p.style.paint(worth, cutNotice(b.items, 0)))
			continue
		}
		p.title(b.title)
		if shown[i] < len(b.items) {
			p.add(b.sum...)
		}
		for _, it := range b.items[:shown[i]] {
			p.add(it.lines...)
		}
		if shown[i] < len(b.items) {
			p.add("  " + p.style.paint(worth, cutNotice(b.items, shown[i])))
		}
	}
}

// cutNotice says what is left out of a block.
func cutNotice(items []item, shown int) string {
	rest, users := items[shown:], 0
	for _, it := range rest {
		users += it.users
	}
	notice := "... "
	if shown > 0 {
		notice += "and "
	}
	notice += number(len(rest))
	if shown > 0 {
		notice += " more"
	}
	notice += choose(len(rest), " kind", " kinds")
	if users > 0 {
		notice += ", for " + counted(users, "user")
	}
	return notice + " (--full shows all)"
}

// The lines of a block beside its items: its title, and where any item is
// shown the gap above it and the notice of a cut.
const (
	blockTitle = 1
	blockFrame = 2
)

// shareWithSums decides how many items of each block are shown, where blocks
// that are cut have their sums in front.
func shareWithSums(blocks []block, room int) []int {
	shown := share(blocks, room)
	for i, b := range blocks {
		if shown[i] < len(b.items) {
			room -= len(b.sum)
		}
	}
	return share(blocks, room)
}

// share decides how many items of each block are shown: first those that are
// shown in any case; then blocks of which more than one item has to be shown
// are filled; then one item of each other block, and as many more as fit, block
// by block, until one has to be cut.
func share(blocks []block, room int) []int {
	s := sharing{blocks: blocks, room: room - len(blocks)*blockTitle - 1, shown: make([]int, len(blocks))}
	order := byKeep(blocks)
	for _, i := range order {
		for s.shown[i] < min(blocks[i].least, len(blocks[i].items)) {
			s.room -= s.cost(i)
			s.shown[i]++
		}
	}
	for _, i := range order {
		if blocks[i].least > 0 && !s.fill(i) {
			return s.shown
		}
	}
	for _, i := range order {
		if s.shown[i] == 0 {
			s.grant(i)
		}
	}
	for _, i := range order {
		if !s.fill(i) {
			break
		}
	}
	return s.shown
}

// sharing is the room that is left, and what is shown so far.
type sharing struct {
	blocks []block
	room   int // may be below zero
	shown  []int
}

// cost is the lines that the next item of a block takes.
func (s *sharing) cost(i int) int {
	lines := len(s.blocks[i].items[s.shown[i]].lines)
	if s.shown[i] == 0 {
		lines += blockFrame
	}
	return lines
}

// grant shows the next item of a block if there is room.
func (s *sharing) grant(i int) bool {
	lines := s.cost(i)
	if lines > s.room {
		return false
	}
	s.room -= lines
	s.shown[i]++
	return true
}

// fill shows the items of a block while there is room. It reports whether all
// of them are shown.
func (s *sharing) fill(i int) bool {
	for s.shown[i] < len(s.blocks[i].items) && s.grant(i) {
	}
	return s.shown[i] == len(s.blocks[i].items)
}

// byKeep gives the positions of the blocks, those to spare first.
func byKeep(blocks []block) []int {
	order := make([]int, len(blocks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(blocks[a].keep, blocks[b].keep) })
	return order
}

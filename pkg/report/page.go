package report

import (
	"cmp"
	"io"
	"iter"
	"slices"
)

// page writes the lines of a text report. Every write to out is of whole lines.
type page struct {
	style Style
	out   io.Writer

	held  []byte // lines that are not written yet
	lines int    // how many there are in all
	blank bool   // the last one is empty
	err   error  // of out; nothing is added after it
}

// pageChunk is how much is gathered before it is written, in bytes.
const pageChunk = 32 << 10

func newPage(w io.Writer, style Style) *page { return &page{style: style, out: w} }

func (p *page) add(lines ...string) { p.addAll(slices.Values(lines)) }

// addAll adds lines as they are made. It stops asking for them when they
// cannot be written.
func (p *page) addAll(lines iter.Seq[string]) {
	for line := range lines {
		if len(p.held) >= pageChunk {
			p.flush()
		}
		if p.err != nil {
			return
		}
		p.held = append(append(p.held, line...), '\n')
		p.lines++
		p.blank = line == ""
	}
}

// title begins a new part of the page.
func (p *page) title(text string) {
	p.gap()
	p.add(p.style.paint(strong, text))
}

// gap puts one empty line between two parts.
func (p *page) gap() {
	if p.lines > 0 && !p.blank {
		p.add("")
	}
}

func (p *page) flush() {
	if p.err == nil {
		_, p.err = p.out.Write(p.held)
	}
	p.held = p.held[:0]
}

// close writes what is left. The error is the writer's.
func (p *page) close() error {
	p.flush()
	return p.err
}

// block is a part of a page that may be cut short.
type block struct {
	title string
	sum   []string // what stands for the items where not all of them are shown
	size  int      // items
	item  func(i int) item
	keep  int // the lower, the longer the block is spared when room is short
	least int // so many items are shown before anything else, though the page gets longer
}

// item is what a block shows as a whole or not at all.
type item struct {
	lines iter.Seq[string]
	users int // that it stands for
}

// addBlocks lays out blocks in their order. Where they do not fit into room
// lines, every block begins with one item, unless one that is spared longer
// had to be cut; what is left out is counted. A block of which nothing is shown
// is one line.
func (p *page) addBlocks(blocks []block, room int) {
	p.layOut(blocks, shareWithSums(blocks, room))
}

// addWhole lays out all of the blocks.
func (p *page) addWhole(blocks []block) {
	shown := make([]int, len(blocks))
	for i, b := range blocks {
		shown[i] = b.size
	}
	p.layOut(blocks, shown)
}

// layOut shows the first items of each block.
func (p *page) layOut(blocks []block, shown []int) {
	for i, b := range blocks {
		if shown[i] == 0 {
			if i == 0 || shown[i-1] > 0 {
				p.gap()
			}
			p.add(p.style.paint(strong, b.title) + "  " + p.style.paint(worth, b.cutNotice(0)))
			continue
		}
		p.title(b.title)
		if shown[i] < b.size {
			p.add(b.sum...)
		}
		for j := 0; j < shown[i] && p.err == nil; j++ {
			p.addAll(b.item(j).lines)
		}
		if shown[i] < b.size {
			p.add("  " + p.style.paint(worth, b.cutNotice(shown[i])))
		}
	}
}

// cutNotice says what is left out of a block.
func (b block) cutNotice(shown int) string {
	rest, users := b.size-shown, 0
	for i := shown; i < b.size; i++ {
		users += b.item(i).users
	}
	notice := "... "
	if shown > 0 {
		notice += "and "
	}
	notice += number(rest)
	if shown > 0 {
		notice += " more"
	}
	notice += choose(rest, " kind", " kinds")
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
		if shown[i] < b.size {
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
		for s.shown[i] < min(blocks[i].least, blocks[i].size) {
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
	lines := 0
	for range s.blocks[i].item(s.shown[i]).lines {
		lines++
	}
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
	for s.shown[i] < s.blocks[i].size && s.grant(i) {
	}
	return s.shown[i] == s.blocks[i].size
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

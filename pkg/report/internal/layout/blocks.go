package layout

import (
	"cmp"
	"iter"
	"slices"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
)

// Block is a part of a page that may be cut short.
type Block struct {
	Title string
	Sum   []string // what stands for the items where not all of them are shown
	Size  int      // items
	Item  func(i int) Item
	Keep  int  // the lower, the longer the block is spared when room is short
	Least int  // so many items are shown before anything else, though the page gets longer
	First bool // as one with a Least, it is filled before those that are neither, and none of them is shown while it is cut
}

// Item is what a block shows as a whole or not at all.
type Item struct {
	Lines iter.Seq[string]
	Users int // that it stands for
}

// AddBlocks lays out blocks in their order. Where they do not fit into room
// lines, every block begins with one item, unless one that is spared longer
// had to be cut; what is left out is counted. A block of which nothing is shown
// is one line.
// Add adds lines.
func (p *Page) AddBlocks(blocks []Block, room int) {
	p.layOut(blocks, shareWithSums(blocks, sharing{room: room, width: p.Width}))
}

// AddWhole lays out all of the blocks.
// Add adds lines.
func (p *Page) AddWhole(blocks []Block) {
	shown := make([]int, len(blocks))
	for i, b := range blocks {
		shown[i] = b.Size
	}
	p.layOut(blocks, shown)
}

// layOut shows the first items of each block.
func (p *Page) layOut(blocks []Block, shown []int) {
	for i, b := range blocks {
		if shown[i] == 0 {
			if i == 0 || shown[i-1] > 0 {
				p.Gap()
			}
			p.Add(p.Style.Paint(Strong, b.Title) + "  " + p.Style.Paint(Worth, b.cutNotice(0)))
			continue
		}
		p.Title(b.Title)
		if shown[i] < b.Size {
			p.Add(b.Sum...)
		}
		for j := 0; j < shown[i] && p.err == nil; j++ {
			p.addAll(b.Item(j).Lines)
		}
		if shown[i] < b.Size {
			p.Add("  " + p.Style.Paint(Worth, b.cutNotice(shown[i])))
		}
	}
}

// cutNotice says what is left out of a block.
func (b Block) cutNotice(shown int) string {
	rest, users := b.Size-shown, 0
	for i := shown; i < b.Size; i++ {
		users += b.Item(i).Users
	}
	notice := "... " + quantity.Of(rest, "kind")
	if shown > 0 {
		notice = "... and " + quantity.Of(rest, "more kind")
	}
	if users > 0 {
		notice += ", for " + quantity.Of(users, "user")
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
func shareWithSums(blocks []Block, s sharing) []int {
	shown := share(blocks, s)
	for i, b := range blocks {
		if shown[i] < b.Size {
			s.room -= s.height(slices.Values(b.Sum))
		}
	}
	return share(blocks, s)
}

// share decides how many items of each block are shown: first those that are
// shown in any case; then blocks that are first, or of which some have to be
// shown, are filled; then one item of each other block, and as many more as fit, block
// by block, until one has to be cut.
func share(blocks []Block, s sharing) []int {
	s.blocks, s.shown = blocks, make([]int, len(blocks))
	s.room -= len(blocks)*blockTitle + 1
	order := byKeep(blocks)
	for _, i := range order {
		for s.shown[i] < min(blocks[i].Least, blocks[i].Size) {
			s.room -= s.cost(i)
			s.shown[i]++
		}
	}
	for _, i := range order {
		if (blocks[i].First || blocks[i].Least > 0) && !s.fill(i) {
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
	blocks []Block
	room   int // may be below zero
	width  int // columns; 0: lines are as long as they are
	shown  []int
}

// height is how many lines of a page lines take.
func (s *sharing) height(lines iter.Seq[string]) int {
	n := 0
	for line := range lines {
		if fits(line, s.width) {
			n++
		} else {
			n += len(Wrap(line, s.width))
		}
	}
	return n
}

// cost is the lines that the next item of a block takes.
func (s *sharing) cost(i int) int {
	lines := s.height(s.blocks[i].Item(s.shown[i]).Lines)
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
	for s.shown[i] < s.blocks[i].Size && s.grant(i) {
	}
	return s.shown[i] == s.blocks[i].Size
}

// byKeep gives the positions of the blocks, those to spare first.
func byKeep(blocks []Block) []int {
	order := make([]int, len(blocks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(blocks[a].Keep, blocks[b].Keep) })
	return order
}

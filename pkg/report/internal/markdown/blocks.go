package markdown

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
)

// Block is a part of a markdown report that may be cut short. It is laid out as
// head, entries, a notice of what is left out, tail.
type Block struct {
	Head   string
	Size   int // entries
	Entry  func(i int) Entry
	Tail   string
	Notice string // the form of the notice: what stands before and after it
	Noun   string // what an entry is, in the notice
	Keep   int    // the lower, the longer the block is spared when room is short
	Vital  bool   // the first entry is shown before those of others
	Whole  bool   // the longer forms of its entries count as much as the entries
	Summed bool   // a sum stands for it: part of its room goes to blocks that are brief
	Brief  bool   // gets a part of the room of a block that is summed; its entries have one form
}

// List gives a block a few entries.
func (b *Block) List(entries []Entry) {
	b.Size, b.Entry = len(entries), func(i int) Entry { return entries[i] }
}

// Entry is what a block shows in one of its forms or not at all.
type Entry struct {
	Forms []Form // the shortest first
	Users int    // that it stands for
}

// Form lays an entry out in at most so many bytes. It reports whether they are
// enough, and stops where they are not: an entry may name a million users.
type Form func(most int) (text string, fits bool)

// Fixed is a form with a short text.
func Fixed(text string) Form {
	return func(most int) (string, bool) { return text, len(text) <= most }
}

// Pieced is a form that is made piece by piece.
func Pieced(pieces iter.Seq[string]) Form {
	return func(most int) (string, bool) {
		var out strings.Builder
		for piece := range pieces {
			if out.Len()+len(piece) > most {
				return "", false
			}
			out.WriteString(piece)
		}
		return out.String(), true
	}
}

// Once is an entry with one form.
func Once(text string) Entry { return Entry{Forms: []Form{Fixed(text)}} }

// Blocks collects the parts of a markdown report.
type Blocks []Block

// Write lays the blocks out between a beginning and an end, in at most budget
// bytes.
func (b Blocks) Write(w io.Writer, budget int, begin, end string) error {
	room := budget - len(begin) - len(end)
	for _, each := range b {
		room -= each.frame()
	}
	picks := b.pick(room)
	var out strings.Builder
	out.WriteString(begin)
	for i, each := range b {
		each.writeTo(&out, picks[i])
	}
	out.WriteString(end)
	_, err := io.WriteString(w, out.String())
	return err
}

// frame is the bytes that a block takes without an entry.
func (b Block) frame() int { return len(b.Head) + len(b.Tail) + b.longestNotice() }

// longestNotice is no shorter than the notice of any cut: numbers only get
// smaller as more is shown.
func (b Block) longestNotice() int {
	return max(len(b.leftOut(0)), len(b.leftOut(min(1, b.Size))))
}

// writeTo writes what was picked of the first entries.
func (b Block) writeTo(out *strings.Builder, picks []pick) {
	out.WriteString(b.Head)
	for _, p := range picks {
		out.WriteString(p.text)
	}
	out.WriteString(b.leftOut(len(picks)))
	out.WriteString(b.Tail)
}

// leftOut counts what comes after the entries that are shown.
func (b Block) leftOut(shown int) string {
	rest, users := b.Size-shown, 0
	if rest == 0 {
		return ""
	}
	for i := shown; i < b.Size; i++ {
		users += b.Entry(i).Users
	}
	text := "and " + quantity.Of(rest, "more "+b.Noun)
	if shown == 0 {
		text = quantity.Of(rest, b.Noun)
	}
	if users > 0 {
		text += " for " + quantity.Of(users, "user")
	}
	return fmt.Sprintf(b.Notice, "… "+text+", left out for want of room: see the full plan")
}

// pick is an entry that is shown.
type pick struct {
	form int
	text string
}

// picker shares the room out.
type picker struct {
	blocks Blocks
	picks  [][]pick // of the first entries of each block
	room   int
}

// pick decides which entries are shown, and how long: the first of the vital
// blocks, then block by block in the order in which they are spared, until an
// entry does not fit, then the longer forms of what is shown. A block that is
// whole gets its longer forms before it is the turn of others. One that is summed
// leaves up to a quarter of the room to those that are brief.
func (b Blocks) pick(room int) [][]pick {
	p := picker{blocks: b, room: room, picks: make([][]pick, len(b))}
	order := make([]int, len(b))
	for i := range b {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(b[i].Keep, b[j].Keep) })
	for _, i := range order {
		if b[i].Vital && b[i].Size > 0 {
			p.grow(i, 0)
		}
	}
	for _, i := range order {
		kept := 0
		if b[i].Summed {
			kept = min(b.brief(), p.room/4)
		}
		p.room -= kept
		fits := p.fill(i)
		if fits && b[i].Whole {
			p.lengthen(i)
		}
		p.room += kept
		if !fits {
			p.fillBrief(order, kept)
			break
		}
	}
	for _, i := range order {
		p.lengthen(i)
	}
	return p.picks
}

// brief is the bytes that the blocks take that are brief.
func (b Blocks) brief() int {
	n := 0
	for _, each := range b {
		for i := 0; each.Brief && i < each.Size; i++ {
			text, _ := each.Entry(i).Forms[0](math.MaxInt)
			n += len(text)
		}
	}
	return n
}

// fillBrief shows what is brief in the room that was kept for it.
func (p *picker) fillBrief(order []int, kept int) {
	rest := p.room - kept
	p.room = kept
	for _, i := range order {
		if p.blocks[i].Brief && !p.fill(i) {
			break
		}
	}
	p.room += rest
}

// fill shows the entries of a block in their shortest form. It reports whether
// all of them fit.
func (p *picker) fill(block int) bool {
	for i := len(p.picks[block]); i < p.blocks[block].Size; i++ {
		if !p.grow(block, i) {
			return false
		}
	}
	return true
}

// lengthen gives the entries that are shown their longer forms, while they fit.
func (p *picker) lengthen(block int) {
	for i := range p.picks[block] {
		for p.grow(block, i) {
		}
	}
}

// grow shows an entry, the next one or one that is shown, in its next longer
// form. It reports whether there is one, and room for it.
func (p *picker) grow(block, i int) bool {
	var now pick
	forms, next := p.blocks[block].Entry(i).Forms, 0
	if shown := p.picks[block]; i < len(shown) {
		now = shown[i]
		next = now.form + 1
	}
	if next >= len(forms) {
		return false
	}
	text, fits := forms[next](p.room + len(now.text))
	if !fits {
		return false
	}
	p.room -= len(text) - len(now.text)
	if i == len(p.picks[block]) {
		p.picks[block] = append(p.picks[block], now)
	}
	p.picks[block][i] = pick{next, text}
	return true
}

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
	items []item
	keep  int  // the lower, the longer the block is spared when room is short
	vital bool // the first item is shown before anything else
}

// item is what a block shows as a whole or not at all.
type item struct {
	lines []string
	users int // that it stands for
}

// addBlocks lays out blocks in their order. Where they do not fit into room
// lines, a block is only cut when every block that is spared less has been cut
// to its title, and what is left out is counted.
func (p *page) addBlocks(blocks []block, room int) {
	shown := share(blocks, room)
	for i, b := range blocks {
		p.title(b.title)
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

// blockOverhead is the lines of a block beside its items: the gap, the title,
// and the notice of a cut.
const blockOverhead = 3

// share decides how many items of each block are shown: the first of the vital
// ones, then as many as fit, block by block, until one has to be cut.
func share(blocks []block, room int) []int {
	room -= blockOverhead * len(blocks)
	shown := make([]int, len(blocks))
	grant := func(i int) bool {
		lines := len(blocks[i].items[shown[i]].lines)
		if lines > room {
			return false
		}
		room -= lines
		shown[i]++
		return true
	}
	order := byKeep(blocks)
	for _, i := range order {
		if blocks[i].vital {
			grant(i)
		}
	}
	for _, i := range order {
		for shown[i] < len(blocks[i].items) && grant(i) {
		}
		if shown[i] < len(blocks[i].items) {
			break
		}
	}
	return shown
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

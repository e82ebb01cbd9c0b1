package report

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strings"
)

// The sizes of a markdown report, in bytes.
const (
	// DefaultMarkdownBudget keeps below the 65,536 characters that GitHub takes
	// for a comment, with room for what a poster adds.
	DefaultMarkdownBudget = 60_000

	// MinMarkdownBudget is enough for the headline, the titles of all parts and
	// what is left out of them, whatever names are in it.
	MinMarkdownBudget = 6_000
)

// MarkdownOptions say how a markdown report is made.
type MarkdownOptions struct {
	Options

	// Budget is the most bytes that the report takes; zero:
	// DefaultMarkdownBudget. Less than MinMarkdownBudget is an error.
	Budget int
}

// budget gives the bytes that a report may take.
func (o MarkdownOptions) budget() (int, error) {
	switch {
	case o.Budget == 0:
		return DefaultMarkdownBudget, nil
	case o.Budget < MinMarkdownBudget:
		return 0, fmt.Errorf("a markdown report cannot do with %d bytes: it takes at least %d", o.Budget, MinMarkdownBudget)
	}
	return o.Budget, nil
}

// leaf is a part of a markdown report that may be cut short. It is laid out as
// head, entries, a notice of what is left out, tail.
type leaf struct {
	head   string
	size   int // entries
	entry  func(i int) entry
	tail   string
	notice string // the form of the notice: what stands before and after it
	noun   string // what an entry is, in the notice
	keep   int    // the lower, the longer the leaf is spared when room is short
	vital  bool   // the first entry is shown before those of others
	whole  bool   // the longer forms of its entries count as much as the entries
	summed bool   // a sum stands for it: part of its room goes to leaves that are brief
	brief  bool   // gets a part of the room of a leaf that is summed; its entries have one form
}

// listing gives a leaf a few entries.
func (l *leaf) listing(entries []entry) {
	l.size, l.entry = len(entries), func(i int) entry { return entries[i] }
}

// entry is what a leaf shows in one of its forms or not at all.
type entry struct {
	forms []form // the shortest first
	users int    // that it stands for
}

// form lays an entry out in at most so many bytes. It reports whether they are
// enough, and stops where they are not: an entry may name a million users.
type form func(most int) (text string, fits bool)

// fixed is a form with a short text.
func fixed(text string) form {
	return func(most int) (string, bool) { return text, len(text) <= most }
}

// pieced is a form that is made piece by piece.
func pieced(pieces iter.Seq[string]) form {
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

// once is an entry with one form.
func once(text string) entry { return entry{forms: []form{fixed(text)}} }

// leaves collects the parts of a markdown report.
type leaves []leaf

// write lays the leaves out between a beginning and an end, in at most budget
// bytes.
func (l leaves) write(w io.Writer, budget int, begin, end string) error {
	room := budget - len(begin) - len(end)
	for _, each := range l {
		room -= each.frame()
	}
	picks := l.pick(room)
	var out strings.Builder
	out.WriteString(begin)
	for i, each := range l {
		each.writeTo(&out, picks[i])
	}
	out.WriteString(end)
	_, err := io.WriteString(w, out.String())
	return err
}

// frame is the bytes that a leaf takes without an entry.
func (l leaf) frame() int { return len(l.head) + len(l.tail) + l.longestNotice() }

// longestNotice is no shorter than the notice of any cut: numbers only get
// smaller as more is shown.
func (l leaf) longestNotice() int {
	return max(len(l.leftOut(0)), len(l.leftOut(min(1, l.size))))
}

// writeTo writes what was picked of the first entries.
func (l leaf) writeTo(out *strings.Builder, picks []pick) {
	out.WriteString(l.head)
	for _, p := range picks {
		out.WriteString(p.text)
	}
	out.WriteString(l.leftOut(len(picks)))
	out.WriteString(l.tail)
}

// leftOut counts what comes after the entries that are shown.
func (l leaf) leftOut(shown int) string {
	rest, users := l.size-shown, 0
	if rest == 0 {
		return ""
	}
	for i := shown; i < l.size; i++ {
		users += l.entry(i).users
	}
	text := "and " + counted(rest, "more "+l.noun)
	if shown == 0 {
		text = counted(rest, l.noun)
	}
	if users > 0 {
		text += " for " + counted(users, "user")
	}
	return fmt.Sprintf(l.notice, "… "+text+", left out for want of room: see the full plan")
}

// pick is an entry that is shown.
type pick struct {
	form int
	text string
}

// picker shares the room out.
type picker struct {
	leaves leaves
	picks  [][]pick // of the first entries of each leaf
	room   int
}

// pick decides which entries are shown, and how long: the first of the vital
// leaves, then leaf by leaf in the order in which they are spared, until an
// entry does not fit, then the longer forms of what is shown. A leaf that is
// whole gets its longer forms before it is the turn of others. One that is summed
// leaves up to a quarter of the room to those that are brief.
func (l leaves) pick(room int) [][]pick {
	p := picker{leaves: l, room: room, picks: make([][]pick, len(l))}
	order := make([]int, len(l))
	for i := range l {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(l[a].keep, l[b].keep) })
	for _, i := range order {
		if l[i].vital && l[i].size > 0 {
			p.grow(i, 0)
		}
	}
	for _, i := range order {
		kept := 0
		if l[i].summed {
			kept = min(l.brief(), p.room/4)
		}
		p.room -= kept
		fits := p.fill(i)
		if fits && l[i].whole {
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

// brief is the bytes that the leaves take that are brief.
func (l leaves) brief() int {
	n := 0
	for _, each := range l {
		for i := 0; each.brief && i < each.size; i++ {
			text, _ := each.entry(i).forms[0](math.MaxInt)
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
		if p.leaves[i].brief && !p.fill(i) {
			break
		}
	}
	p.room += rest
}

// fill shows the entries of a leaf in their shortest form. It reports whether
// all of them fit.
func (p *picker) fill(leaf int) bool {
	for i := len(p.picks[leaf]); i < p.leaves[leaf].size; i++ {
		if !p.grow(leaf, i) {
			return false
		}
	}
	return true
}

// lengthen gives the entries that are shown their longer forms, while they fit.
func (p *picker) lengthen(leaf int) {
	for i := range p.picks[leaf] {
		for p.grow(leaf, i) {
		}
	}
}

// grow shows an entry, the next one or one that is shown, in its next longer
// form. It reports whether there is one, and room for it.
func (p *picker) grow(leaf, i int) bool {
	var now pick
	forms, next := p.leaves[leaf].entry(i).forms, 0
	if shown := p.picks[leaf]; i < len(shown) {
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
	if i == len(p.picks[leaf]) {
		p.picks[leaf] = append(p.picks[leaf], now)
	}
	p.picks[leaf][i] = pick{next, text}
	return true
}

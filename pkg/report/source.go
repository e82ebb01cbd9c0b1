package report

import (
	"slices"
	"strconv"

	"github.com/licensectl/licensectl/pkg/plan"
)

// source is where the manifests speak of something. The zero place is for what
// no manifest is concerned with.
type source struct {
	nowhere   bool   // of a change that no manifest asks for
	file      string // as it is; text makes it safe
	line      int
	selection string // what brings a user in; safe
}

// noSource stands for the place of a change that no manifest asks for: its user
// stands in none, or the plan was made of something else.
const noSource = "in no manifest"

// sourceOf gives the place of a source, the zero place for none.
func sourceOf(s plan.Source) source {
	if s.File == "" {
		return source{}
	}
	return source{file: s.File, line: s.Line}
}

// sourceName gives file:line, or nothing for no place.
func sourceName(s plan.Source) string { return sourceOf(s).text() }

// text gives "manifests/sales.yaml:13", with what brings the user in.
func (p source) text() string {
	text := ""
	switch {
	case p.nowhere:
		text = noSource
	case p.file != "":
		text = Safe(p.file) + ":" + strconv.Itoa(p.line)
	}
	if p.selection != "" {
		text += ", by " + p.selection
	}
	return text
}

// sourceCounter counts different places in eight bytes for each.
type sourceCounter struct {
	numbers map[source]uint64 // of places but for the last 32 bits of their lines
	seen    []uint64
}

// newSourceCounter makes room for so many places.
func newSourceCounter(places int) *sourceCounter {
	return &sourceCounter{numbers: make(map[source]uint64), seen: make([]uint64, 0, places)}
}

const lineBits = 32

func (c *sourceCounter) add(p source) {
	line := uint64(p.line) & (1<<lineBits - 1)
	p.line >>= lineBits
	number, known := c.numbers[p]
	if !known {
		number = uint64(len(c.numbers))
		c.numbers[p] = number
	}
	c.seen = append(c.seen, number<<lineBits|line)
}

// count gives how many different places were added. It ends the counting.
func (c *sourceCounter) count() int {
	slices.Sort(c.seen)
	return len(slices.Compact(c.seen))
}

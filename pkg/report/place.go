package report

import (
	"slices"
	"strconv"

	"github.com/licensectl/licensectl/pkg/plan"
)

// place is where the manifests speak of something. The zero place is for what
// no manifest is concerned with.
type place struct {
	nowhere   bool   // of a change that no manifest asks for
	file      string // as it is; text makes it safe
	line      int
	selection string // what brings a user in; safe
}

// noPlace stands for the place of a change that no manifest asks for: its user
// stands in none, or the plan was made of something else.
const noPlace = "in no manifest"

// placeOf gives the place of a source, the zero place for none.
func placeOf(s plan.Source) place {
	if s.File == "" {
		return place{}
	}
	return place{file: s.File, line: s.Line}
}

// placeName gives file:line, or nothing for no place.
func placeName(s plan.Source) string { return placeOf(s).text() }

// text gives "manifests/sales.yaml:13", with what brings the user in.
func (p place) text() string {
	text := ""
	switch {
	case p.nowhere:
		text = noPlace
	case p.file != "":
		text = Safe(p.file) + ":" + strconv.Itoa(p.line)
	}
	if p.selection != "" {
		text += ", by " + p.selection
	}
	return text
}

// placeCounter counts different places in eight bytes for each.
type placeCounter struct {
	numbers map[place]uint64 // of places but for the last 32 bits of their lines
	seen    []uint64
}

// newPlaceCounter makes room for so many places.
func newPlaceCounter(places int) *placeCounter {
	return &placeCounter{numbers: make(map[place]uint64), seen: make([]uint64, 0, places)}
}

const lineBits = 32

func (c *placeCounter) add(p place) {
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
func (c *placeCounter) count() int {
	slices.Sort(c.seen)
	return len(slices.Compact(c.seen))
}

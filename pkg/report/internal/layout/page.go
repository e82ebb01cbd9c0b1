package layout

import (
	"io"
	"iter"
	"slices"
)

// Page writes the lines of a text report. Every write to out is of whole lines.
type Page struct {
	Style Style
	Width int // columns, at which lines are broken; 0: they are as long as they are
	out   io.Writer

	unwritten []byte // lines that are not written yet
	lines     int    // how many there are in all
	blank     bool   // the last one is empty
	err       error  // of out; nothing is added after it
}

// pageChunk is how much is gathered before it is written, in bytes.
const pageChunk = 32 << 10

// NewPage begins a page that is written to w. Whoever makes one closes it.
func NewPage(w io.Writer, style Style) *Page { return &Page{Style: style, out: w} }

// Length is how many lines the page has so far.
func (p *Page) Length() int { return p.lines }

// Add adds lines.
func (p *Page) Add(lines ...string) { p.addAll(slices.Values(lines)) }

// addAll adds lines as they are made. It stops asking for them when they
// cannot be written.
func (p *Page) addAll(lines iter.Seq[string]) {
	for line := range lines {
		if fits(line, p.Width) {
			p.AddAsIs(line)
		} else {
			p.AddAsIs(Wrap(line, p.Width)...)
		}
		if p.err != nil {
			return
		}
	}
}

// AddAsIs adds lines that are not broken, for people copy them.
func (p *Page) AddAsIs(lines ...string) {
	for _, line := range lines {
		if len(p.unwritten) >= pageChunk {
			p.flush()
		}
		if p.err != nil {
			return
		}
		p.unwritten = append(append(p.unwritten, line...), '\n')
		p.lines++
		p.blank = line == ""
	}
}

// Title begins a new part of the page.
func (p *Page) Title(text string) {
	p.Gap()
	p.Add(p.Style.Paint(Strong, text))
}

// Gap puts one empty line between two parts.
func (p *Page) Gap() {
	if p.lines > 0 && !p.blank {
		p.Add("")
	}
}

// Failed reports that nothing more can be written, so that nothing more need be
// made.
func (p *Page) Failed() bool { return p.err != nil }

func (p *Page) flush() {
	if p.err == nil {
		_, p.err = p.out.Write(p.unwritten)
	}
	p.unwritten = p.unwritten[:0]
}

// Close writes what is left. The error is the writer's.
func (p *Page) Close() error {
	p.flush()
	return p.err
}

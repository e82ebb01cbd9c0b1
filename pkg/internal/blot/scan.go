package blot

import "bytes"

// span is a stretch of a text, in bytes.
type span struct{ from, to int }

// scanner finds secrets in a text. The text may be a piece of a longer one:
// then the end is left for the next piece.
type scanner struct {
	grams *grams
	final bool // nothing follows the text
	json  bool // secrets are looked for within strings alone

	inside bool // of a string, where json is set
	window window
	count  uint            // characters since a secret could begin
	starts [remembered]int // where the last of them begin in the text, as a ring
	run    stretch         // of windows, one after the other, that are in secrets
	found  []span          // in the order of the text, without overlaps
}

// remembered is how many characters a scanner looks back: more than a window.
const remembered = 16

// stretch is what may be a secret.
type stretch struct {
	span
	length int // characters; 0: there is none
	needed int // characters from which on it is a secret
}

// scan looks through a text and gives how much of it is settled: what is found
// lies before that, and the rest has to be looked at again with what follows.
func (s *scanner) scan(text []byte) int {
	r := reader{text: text, final: s.final}
	for r.at < len(text) {
		if s.json && !s.inside {
			if !s.toString(&r) {
				break
			}
			continue
		}
		s.skim(&r)
		if r.at == len(text) {
			break
		}
		from := r.at
		if s.json && text[from] == '"' {
			r.at++
			s.inside = false
			s.boundary()
			continue
		}
		c := r.next()
		switch {
		case c.width == 0:
			return s.settled(r.at)
		case c.code != skipped:
			s.take(c.code, span{from, r.at})
		}
	}
	if s.final {
		s.boundary()
		return len(text)
	}
	return s.settled(len(text))
}

// toString moves on into the next string. It reports false where there is
// none.
func (s *scanner) toString(r *reader) bool {
	next := bytes.IndexByte(r.text[r.at:], '"')
	if next < 0 {
		r.at = len(r.text)
		return false
	}
	r.at += next + 1
	s.inside = true
	return true
}

// skim moves on over characters with which no window ends that is in a secret, and
// stops at one that has to be looked at: nearly all of a text is passed by here.
func (s *scanner) skim(r *reader) {
	if s.run.length > 0 {
		return
	}
	text, from, window, passed := r.text, r.at, s.window, uint(0)
	for r.at < len(text) {
		code := codes[text[r.at]]
		if code == special {
			break
		}
		if code != skipped {
			next := window.and(code)
			if s.grams.maybe(next) {
				break
			}
			window = next
			passed++
		}
		r.at++
	}
	s.window, s.count = window, s.count+passed
	s.remember(text[:r.at], min(passed, remembered), from)
}

// remember notes where the last characters of a text begin, so many of them. They
// are in it from a place on.
func (s *scanner) remember(text []byte, characters uint, from int) {
	nr := s.count
	for at := len(text) - 1; at >= from && s.count-nr < characters; at-- {
		if codes[text[at]] != skipped {
			nr--
			s.starts[nr%remembered] = at
		}
	}
}

// take goes on by a character.
func (s *scanner) take(code byte, at span) {
	s.window = s.window.and(code)
	s.starts[s.count%remembered] = at.from
	s.count++
	if s.grams.maybe(s.window) || s.run.length > 0 {
		s.goOn(at.to)
	}
}

// goOn makes a stretch longer, or ends it.
func (s *scanner) goOn(to int) {
	length := 0
	if s.count >= unit {
		length = s.grams.lengths[s.window]
	}
	switch {
	case length == 0:
		s.end()
		return
	case s.run.length == 0:
		s.run = stretch{span{from: s.starts[(s.count-unit)%remembered]}, unit, length}
	default:
		s.run.length++
		s.run.needed = min(s.run.needed, length)
	}
	s.run.to = to
}

// end settles a stretch.
func (s *scanner) end() {
	run := s.run
	s.run = stretch{}
	if run.length < run.needed || run.length == 0 {
		return
	}
	if n := len(s.found); n > 0 && run.from < s.found[n-1].to {
		s.found[n-1].to = run.to
		return
	}
	s.found = append(s.found, run.span)
}

// boundary is where no secret goes on.
func (s *scanner) boundary() {
	s.end()
	s.window, s.count = 0, 0
}

// settled gives the place before which everything is known of a text that was
// looked through up to at, and drops what is found behind it.
func (s *scanner) settled(at int) int {
	place := at
	if s.count > 0 {
		place = s.starts[(s.count-min(s.count, remembered))%remembered]
	}
	if s.run.length > 0 {
		place = min(place, s.run.from)
	}
	for n := len(s.found); n > 0 && s.found[n-1].to > place; n-- {
		place = min(place, s.found[n-1].from)
		s.found = s.found[:n-1]
	}
	s.inside = s.inside || place < at
	s.window, s.count, s.run = 0, 0, stretch{}
	return place
}

package graph

import (
	"encoding/binary"

	"github.com/licensectl/licensectl/pkg/license"
)

// lexicon keeps one copy of what many users share. A tenant of a million users
// has some hundred ways to hold licenses and a few dozen countries, so that
// users who are read through one lexicon take a fraction of the memory.
type lexicon struct {
	texts    map[string]string
	holdings map[string][]license.Assignment
	key      []byte // room to build one key in
}

// maxEntries bounds a lexicon: what a tenant makes up does not fill the memory
// twice.
const maxEntries = 1 << 16

func newLexicon() *lexicon {
	return &lexicon{texts: map[string]string{}, holdings: map[string][]license.Assignment{}}
}

// text gives the one copy of a text.
func (l *lexicon) text(raw []byte) string {
	if known, ok := l.texts[string(raw)]; ok {
		return known
	}
	text := string(raw)
	if len(l.texts) < maxEntries {
		l.texts[text] = text
	}
	return text
}

// holding gives the one copy of sorted assignments; nil for none. What it
// gives is shared and must not be changed.
func (l *lexicon) holding(assignments []license.Assignment) []license.Assignment {
	if len(assignments) == 0 {
		return nil
	}
	l.key = l.key[:0]
	for _, a := range assignments {
		l.key = append(append(l.key, a.SKUID[:]...), a.Group[:]...)
		l.key = binary.AppendUvarint(l.key, uint64(len(a.DisabledPlans)))
		for _, id := range a.DisabledPlans {
			l.key = append(l.key, id[:]...)
		}
		l.key = appendSized(appendSized(l.key, a.State), a.Error)
	}
	if known, ok := l.holdings[string(l.key)]; ok {
		return known
	}
	own := make([]license.Assignment, len(assignments))
	copy(own, assignments)
	for i := range own {
		own[i].DisabledPlans = append([]license.GUID(nil), own[i].DisabledPlans...)
	}
	if len(l.holdings) < maxEntries {
		l.holdings[string(l.key)] = own
	}
	return own
}

// appendSized writes the length first, so that no text can run into the next.
func appendSized(key []byte, text string) []byte {
	return append(binary.AppendUvarint(key, uint64(len(text))), text...)
}

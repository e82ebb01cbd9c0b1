package graph

import (
	"encoding/binary"

	"github.com/licensectl/licensectl/pkg/license"
)

// interner keeps one copy of what many users share. A tenant of a million users
// has some hundred ways to hold licenses and a few dozen countries, so that
// users who are read through one interner take a fraction of the memory.
type interner struct {
	texts    map[string]string
	holdings map[string][]license.Assignment
	key      []byte // room to build one key in
}

// maxEntries bounds a interner: what a tenant makes up does not fill the memory
// twice.
const maxEntries = 1 << 16

func newInterner() *interner {
	return &interner{texts: map[string]string{}, holdings: map[string][]license.Assignment{}}
}

// text gives the one copy of a text.
func (n *interner) text(raw []byte) string {
	if known, ok := n.texts[string(raw)]; ok {
		return known
	}
	text := string(raw)
	if len(n.texts) < maxEntries {
		n.texts[text] = text
	}
	return text
}

// holding gives the one copy of sorted assignments; nil for none. What it
// gives is shared and must not be changed.
func (n *interner) holding(assignments []license.Assignment) []license.Assignment {
	if len(assignments) == 0 {
		return nil
	}
	n.key = n.key[:0]
	for _, a := range assignments {
		n.key = append(append(n.key, a.SKUID[:]...), a.Group[:]...)
		n.key = binary.AppendUvarint(n.key, uint64(len(a.DisabledPlans)))
		for _, id := range a.DisabledPlans {
			n.key = append(n.key, id[:]...)
		}
		n.key = appendSized(appendSized(n.key, a.State), a.Error)
	}
	if known, ok := n.holdings[string(n.key)]; ok {
		return known
	}
	own := make([]license.Assignment, len(assignments))
	copy(own, assignments)
	for i := range own {
		own[i].DisabledPlans = append([]license.GUID(nil), own[i].DisabledPlans...)
	}
	if len(n.holdings) < maxEntries {
		n.holdings[string(n.key)] = own
	}
	return own
}

// appendSized writes the length first, so that no text can run into the next.
func appendSized(key []byte, text string) []byte {
	return append(binary.AppendUvarint(key, uint64(len(text))), text...)
}

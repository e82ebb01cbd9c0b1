// Package blot takes secrets out of text that is about to be printed or
// stored. It finds them however the text spells them: escaped for JSON, YAML,
// HTML or a URL, in base64, in other case, with blanks, quotes, line breaks or
// invisible characters in between, and in parts that are long enough to be of
// use to somebody.
//
// It must not know where the text goes.
package blot

import (
	"sync"
	"sync/atomic"
)

// Mark stands where a secret stood.
const Mark = "[secret]"

// Secrets are the texts that must not be shown. It may grow while others use
// it; the zero Secrets know none.
type Secrets struct {
	mu    sync.Mutex // held while it grows
	known map[string]bool
	grams atomic.Pointer[grams]
}

// Add makes a secret known. One of fewer than eight characters that count
// (see the package comment: blanks and quotes do not) is not taken: a short
// word would make everything unreadable.
func (s *Secrets) Add(secret string) {
	if len(secret) < unit {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known[secret] {
		return
	}
	if s.known == nil {
		s.known = map[string]bool{}
	}
	s.known[secret] = true
	s.grams.Store(s.grams.Load().with(formsOf(secret)))
}

// Text gives a text without the secrets.
func (s *Secrets) Text(text string) string { return s.Replace(text, Mark) }

// Replace is Text with another mark, for where Mark would be read as
// something else, as in YAML.
func (s *Secrets) Replace(text, mark string) string {
	return (&scanner{final: true}).replaced(s.grams.Load(), text, mark)
}

// JSON gives a document, or several in a row, without the secrets. It touches
// nothing but what stands within strings, so that it stays JSON.
func (s *Secrets) JSON(text string) string {
	return (&scanner{final: true, json: true}).replaced(s.grams.Load(), text, Mark)
}

// ReplaceBytes is Replace for a text that is large. It gives the text itself where
// no secret is in it.
func (s *Secrets) ReplaceBytes(text []byte, mark string) []byte {
	scan := scanner{final: true}
	if !scan.finds(s.grams.Load(), text) {
		return text
	}
	return appendClean(nil, text, scan.found, mark)
}

// replaced scans a whole text.
func (s *scanner) replaced(known *grams, text, mark string) string {
	data := []byte(text)
	if !s.finds(known, data) {
		return text
	}
	return string(appendClean(nil, data, s.found, mark))
}

// finds looks for secrets in a whole text.
func (s *scanner) finds(known *grams, text []byte) bool {
	if known == nil || len(text) < unit {
		return false
	}
	s.grams = known
	s.scan(text)
	return len(s.found) > 0
}

// appendClean adds a text to out, with a mark in place of each of the spans.
func appendClean(out, text []byte, spans []span, mark string) []byte {
	at := 0
	for _, s := range spans {
		out = append(append(out, text[at:s.from]...), mark...)
		at = s.to
	}
	return append(out, text[at:]...)
}

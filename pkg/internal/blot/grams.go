package blot

import (
	"encoding/base64"
	"maps"
	"math/bits"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// unit is how many characters are looked for at a time, and so the length of
// the shortest part of a secret that is found. Its codes, of 7 bits each, fit
// into one number.
const unit = 8

// window is the codes of the last unit characters, the last one lowest.
type window uint64

const windowMask window = 1<<(unit*codeBits) - 1

// grams are all windows of all secrets, each with the length that a stretch of
// text must have to be taken for a secret, in characters.
type grams struct {
	lengths map[window]int

	// sieve has a bit for each window, so that nearly every other one is passed
	// by without a look into the map.
	sieve []uint64
	shift uint
}

// with gives the same with more forms; g may be nil.
func (g *grams) with(forms []form) *grams {
	windows := 0
	if g != nil {
		windows = len(g.lengths)
	}
	for _, f := range forms {
		windows += len(f.codes)
	}
	out := &grams{lengths: make(map[window]int, windows)}
	if g != nil {
		maps.Copy(out.lengths, g.lengths)
	}
	for _, f := range forms {
		f.addTo(out.lengths)
	}
	if len(out.lengths) == 0 {
		return nil
	}
	const sparse, least, most = 6, 12, 20 // bits: of sieve for each window, of the smallest, of the largest
	size := min(max(bits.Len(uint(len(out.lengths)))+sparse, least), most)
	out.sieve, out.shift = make([]uint64, 1<<(size-6)), uint(64-size)
	for w := range out.lengths {
		bit := out.bit(w)
		out.sieve[bit>>6] |= 1 << (bit & 63)
	}
	return out
}

// bit gives the place of a window in the sieve (Fibonacci hashing).
func (g *grams) bit(w window) uint64 { return uint64(w) * 0x9E3779B97F4A7C15 >> g.shift }

// maybe reports false for nearly every window that is in no secret.
func (g *grams) maybe(w window) bool {
	bit := g.bit(w)
	return g.sieve[bit>>6]&(1<<(bit&63)) != 0
}

// form is one way to write a secret.
type form struct {
	codes []byte // of the characters that count

	// random tells, for each character, that a window which ends with it is
	// nothing that people write. Then a part is a secret; of words only the
	// whole is, for they stand in names as well.
	random []bool
}

// formsOf gives the ways to write a secret that reading does not undo. What
// looks like an escape may be one or not.
func formsOf(secret string) []form {
	var out []form
	texts := []string{secret, url.QueryEscape(secret)}
	for _, text := range append(texts, inBase64(secret)...) {
		out = append(out, formOf(text))
	}
	if strings.Contains(secret, " ") {
		out = append(out, formOf(strings.ReplaceAll(secret, " ", "+")))
	}
	return out
}

// formOf reads a secret as the scanner reads texts.
func formOf(text string) form {
	f := form{codes: make([]byte, 0, len(text)), random: make([]bool, 0, len(text))}
	generated := len(text) >= longSecret && kindsIn([]rune(text)).count() >= severalKinds && !strings.Contains(text, " ")
	words := guid.MatchString(text)
	r := reader{text: []byte(text), final: true}
	chars := make([]rune, 0, len(text))
	for r.at < len(r.text) {
		c := r.next()
		if c.code == skipped {
			continue
		}
		f.codes, chars = append(f.codes, c.code), append(chars, c.char)
		recent := chars[max(len(chars)-unit, 0):]
		mixed := generated && distinct(recent) >= severalKinds || kindsIn(recent).count() >= severalKinds
		f.random = append(f.random, mixed && !words)
	}
	return f
}

// guid is a secret that looks like any id; others begin or end alike.
var guid = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// distinct counts the different characters among a few: a ruled line is no
// part of a secret.
func distinct(chars []rune) int {
	n := 0
	for i, c := range chars {
		if !slices.Contains(chars[:i], c) {
			n++
		}
	}
	return n
}

// longSecret is from where on a text that mixes letters and digits was made by
// a machine, in bytes: a token is longer, a password shorter.
const longSecret = 64

// severalKinds is how many kinds of characters people do not use in one word.
const severalKinds = 3

// kinds are those of the characters in a text, a bit for each.
type kinds uint8

const (
	lower kinds = 1 << iota
	upper
	digit
	other
)

func (k kinds) count() int { return bits.OnesCount8(uint8(k)) }

func kindsIn(chars []rune) kinds {
	var out kinds
	for _, r := range chars {
		out |= kindOf(r)
	}
	return out
}

func kindOf(r rune) kinds {
	switch {
	case unicode.IsLower(r):
		return lower
	case unicode.IsUpper(r):
		return upper
	case unicode.IsDigit(r):
		return digit
	}
	return other
}

// addTo notes the windows of a form.
func (f form) addTo(lengths map[window]int) {
	var w window
	for i, code := range f.codes {
		w = w.and(code)
		if i < unit-1 {
			continue
		}
		length := len(f.codes)
		if f.random[i] {
			length = unit
		}
		if known, ok := lengths[w]; !ok || length < known {
			lengths[w] = length
		}
	}
}

// and moves a window on by one character.
func (w window) and(code byte) window { return (w<<codeBits | window(code)) & windowMask }

// inBase64 gives what a text looks like in base64 wherever it begins: in a
// header it follows a name. Characters that depend on what stands around are
// left out.
func inBase64(text string) []string {
	var out []string
	for before := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", before) + text))
		first := []int{0, 2, 3}[before]
		last := (before + len(text)) * 8 / 6
		if last-first >= unit {
			out = append(out, encoded[first:last])
		}
	}
	return out
}

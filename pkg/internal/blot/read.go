package blot

import (
	"bytes"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Every character that counts has a code of 7 bits: that of its small letter
// in ASCII, with one for the two alphabets of base64. What is added or lost
// when a text is quoted, wrapped or made safe to show is skipped.
const (
	codeBits = 7

	skipped byte = 0    // no character
	special byte = 0xFF // depends on what follows
)

// codes are those of the bytes of a text.
var codes = codesOfBytes()

func codesOfBytes() [256]byte {
	var out [256]byte
	for b := range out {
		switch {
		case b >= utf8.RuneSelf || b == '\\' || b == '%' || b == '&' || b == '"':
			out[b] = special
		default:
			out[b] = codeOf(rune(b))
		}
	}
	return out
}

// codeOf gives the code of a character.
func codeOf(r rune) byte {
	switch {
	case r == '+':
		return '-'
	case r == '/':
		return '_'
	case r >= 'A' && r <= 'Z':
		return byte(r) + 'a' - 'A'
	case r <= ' ' || r == 0x7F || r == '"' || r == '\'' || r == '`' || r == '\\':
		return skipped
	case r < utf8.RuneSelf:
		return byte(r)
	case r == utf8.RuneError || unicode.In(r, unicode.C, unicode.Z, unicode.M):
		return skipped
	}
	const codes = 1<<codeBits - 1
	return byte(1 + unicode.ToLower(r)%codes)
}

// reader reads a text character by character, with escapes undone.
type reader struct {
	text  []byte
	at    int
	final bool // nothing follows the text
}

// character is one that was read.
type character struct {
	code byte
	char rune // 0: none

	width int // bytes of the text; 0: more of it has to be there to tell
}

// longestEscape is more bytes than any escape has after its backslashes.
const longestEscape = 16

// next reads a character and moves on.
func (r *reader) next() character {
	rest := r.text[r.at:]
	c := character{code: codes[rest[0]], char: rune(rest[0]), width: 1}
	if c.code == special {
		c = r.special(rest)
	}
	r.at += c.width
	return c
}

func (r *reader) special(rest []byte) character {
	if rest[0] == '\\' {
		return r.backslashes(rest)
	}
	if len(rest) < longestEscape && !r.final {
		return character{}
	}
	char, width := rune(rest[0]), 1
	switch {
	case rest[0] == '%':
		char, width = percent(rest)
	case rest[0] == '&':
		char, width = entity(rest)
	case rest[0] >= utf8.RuneSelf:
		char, width = utf8.DecodeRune(rest)
	}
	return character{codeOf(char), char, width}
}

// backslashes reads an escape of JSON, YAML, Go or markdown. A text that was
// escaped twice has several in a row, and then the last one counts.
func (r *reader) backslashes(rest []byte) character {
	n := len(rest) - len(bytes.TrimLeft(rest, `\`))
	after := rest[n:]
	if len(after) < longestEscape && !r.final {
		return character{}
	}
	nothing := character{width: n}
	if len(after) == 0 {
		return nothing
	}
	switch after[0] {
	case 'u', 'U', 'x':
		if char, width := numbered(after); width > 0 {
			return character{codeOf(char), char, n + width}
		}
	case '/':
		return character{codeOf('/'), '/', n + 1}
	case '"':
		if n%2 == 0 {
			return nothing // it ends a string
		}
		nothing.width++
	case 'a', 'b', 'e', 'f', 'n', 'r', 't', 'v', '0', 'N', 'L', 'P', '_':
		nothing.width++
	}
	return nothing
}

// numbered reads what follows the backslash of \u0065, \U00000065 or \x65. No
// width: it is something else.
func numbered(text []byte) (char rune, width int) {
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[text[0]]
	char, ok := hex(text[1:], digits)
	if !ok {
		return 0, 0
	}
	width = 1 + digits
	if utf16.IsSurrogate(char) && bytes.HasPrefix(text[width:], []byte(`\u`)) {
		if low, ok := hex(text[width+2:], digits); ok {
			return utf16.DecodeRune(char, low), 2*width + 1
		}
	}
	return char, width
}

// hex reads a number of so many digits.
func hex(text []byte, digits int) (rune, bool) {
	if len(text) < digits {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[:digits]), 16, 32)
	return rune(n), err == nil
}

// percent reads a character as it stands in a URL, of up to four bytes.
func percent(text []byte) (char rune, width int) {
	var encoded []byte
	for rest := text; len(rest) > 0 && rest[0] == '%' && len(encoded) < utf8.UTFMax; rest = rest[3:] {
		b, ok := hex(rest[1:], 2)
		if !ok {
			break
		}
		encoded = append(encoded, byte(b))
		if utf8.FullRune(encoded) {
			break
		}
	}
	if len(encoded) == 0 {
		return '%', 1
	}
	char, size := utf8.DecodeRune(encoded)
	return char, 3 * size
}

// entity reads a character as it stands in HTML.
func entity(text []byte) (char rune, width int) {
	end := bytes.IndexByte(text[:min(len(text), longestEscape)], ';')
	if end < 0 {
		return '&', 1
	}
	name := string(text[1:end])
	if char, ok := map[string]rune{"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\'', "nbsp": ' '}[name]; ok {
		return char, end + 1
	}
	if len(name) < 2 || name[0] != '#' {
		return '&', 1
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	if err != nil {
		return '&', 1
	}
	return rune(n), end + 1
}

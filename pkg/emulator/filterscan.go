package emulator

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// filterError is what is wrong with a filter, in the service's words.
type filterError string

func (e filterError) Error() string { return string(e) }

func filterErrorf(format string, args ...any) error { return filterError(fmt.Sprintf(format, args...)) }

// token is a word, a string or a mark of a filter.
type token struct {
	kind tokenKind
	text string // of a string: unescaped, without quotes
	pos  int    // in bytes
}

type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenString
	tokenMark
)

// isWord reports a word of the grammar, which is written in any case.
func (t token) isWord(word string) bool {
	return t.kind == tokenWord && strings.EqualFold(t.text, word)
}

// timeForm is how a filter writes a day or a time.
var timeForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?`)

// timeText is a time in a form whose order is that of the times.
func timeText(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000") }

// readTime reads a day or a time of a filter.
func readTime(text string) (time.Time, bool) {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// scanFilter splits a filter into tokens, ending with a tokenEnd.
func scanFilter(s string) ([]token, error) {
	var tokens []token
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t':
			i++
		case strings.IndexByte("(),:", c) >= 0:
			tokens = append(tokens, token{tokenMark, s[i : i+1], i})
			i++
		case c == '\'':
			text, length, ok := scanString(s[i:])
			if !ok {
				return nil, filterErrorf("There is an unterminated string literal at position %d in '%s'.", len(s), clip(s))
			}
			tokens = append(tokens, token{tokenString, text, i})
			i += length
		case isWordByte(c):
			start := i
			i += len(timeForm.FindString(s[i:])) // a time has marks in it
			for i < len(s) && isWordByte(s[i]) {
				i++
			}
			tokens = append(tokens, token{tokenWord, s[start:i], start})
		default:
			return nil, filterErrorf("Syntax error: character '%s' is not valid at position %d in '%s'.", strings.ToValidUTF8(s[i:i+1], "?"), i, clip(s))
		}
	}
	return append(tokens, token{kind: tokenEnd, pos: len(s)}), nil
}

// scanString reads a quoted string, in which two quotes stand for one, and
// returns its text and its length in the source.
func scanString(s string) (text string, length int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1, true
	}
	return "", 0, false
}

// isWordByte tells the bytes of names, paths, numbers, dates and GUIDs.
func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_-./$+", c) >= 0
}

// wordLiteral reads a constant that is not in quotes.
func wordLiteral(text string) (literal, error) {
	switch text {
	case "true", "false":
		return literal{literalBool, text}, nil
	case "null":
		return literal{literalNull, text}, nil
	}
	if license.IsGUID(text) {
		return literal{literalGUID, strings.ToLower(text)}, nil
	}
	if _, err := strconv.Atoi(text); err == nil {
		return literal{literalNumber, text}, nil
	}
	if t, ok := readTime(text); ok {
		return literal{literalTime, timeText(t)}, nil
	}
	return literal{}, filterErrorf("Could not find a property named '%s' on type 'microsoft.graph.user'.", clip(text))
}

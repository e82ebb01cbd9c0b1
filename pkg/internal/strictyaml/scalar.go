package strictyaml

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Str takes the value as text in one line. A number, a date, true and false
// are not text: whether 0123 is to keep its zero only quotes can say.
func (v Value) Str() (string, bool) {
	switch v.Kind() {
	case KindAbsent:
		return "", false
	case KindString:
		return v.oneLine()
	case KindNumber, KindDate, KindBool:
		v.WrongType("text").Hint = fmt.Sprintf("put it in quotes: %q", clip(v.node.Value))
	default:
		v.WrongType("text")
	}
	return "", false
}

func (v Value) oneLine() (string, bool) {
	text := v.node.Value
	at := strings.IndexFunc(text, breaksLine)
	if at < 0 {
		return text, true
	}
	if r := []rune(text[at:])[0]; r != '\n' {
		v.Errorf(CodeBadString, "%s: the character %U is not allowed in text", v.label(), r)
	} else {
		v.Errorf(CodeBadString, "%s: want text in one line", v.label()).Hint =
			"write it on one line, or begin it with >-"
	}
	return "", false
}

func breaksLine(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
}

// OneOf takes the value as one of a few words.
func (v Value) OneOf(words ...string) (string, bool) {
	if k := v.Kind(); k != KindString && k != KindAbsent {
		v.WrongType("one of " + enumerate(words))
		return "", false
	}
	word, ok := v.Str()
	if !ok || slices.Contains(words, word) {
		return word, ok
	}
	e := v.Errorf(CodeBadValue, "%s: %s is not one of %s", v.label(), quote(word), enumerate(words))
	e.Hint = DidYouMean(word, words)
	return "", false
}

// DateText takes the value as a date, with or without quotes, and returns it
// as written. Whether such a day exists is for the caller to find out.
func (v Value) DateText() (string, bool) {
	switch v.Kind() {
	case KindAbsent:
		return "", false
	case KindDate:
		return v.node.Value, true
	case KindString:
		return v.oneLine()
	default:
		v.WrongType("a date")
		return "", false
	}
}

// Bool takes the value as true or false.
func (v Value) Bool() (value, ok bool) {
	switch v.Kind() {
	case KindAbsent:
		return false, false
	case KindBool:
		return strings.EqualFold(v.node.Value, "true"), true
	default:
		v.WrongType("true or false")
		return false, false
	}
}

// decimal is the form of numbers that every YAML parser reads alike: no
// octal, hexadecimal, underscores or exponent.
var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// Number takes the value as a decimal number and returns it as written, so
// that no digit is lost.
func (v Value) Number() (string, bool) {
	if v.node == nil {
		return "", false
	}
	text := v.node.Value
	if v.Kind() != KindNumber {
		e := v.WrongType("a number")
		if v.Kind() == KindString && decimal.MatchString(text) {
			e.Hint = "write it without quotes"
		}
		return "", false
	}
	if !decimal.MatchString(text) {
		v.Errorf(CodeBadNumber, "%s: %s is not a plain decimal number", v.label(), clip(text)).Hint =
			"write digits alone, such as 8 or 57.00"
		return "", false
	}
	return text, true
}

// Count takes the value as a whole number from 0.
func (v Value) Count() (int, bool) {
	text, ok := v.Number()
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		v.Errorf(CodeBadNumber, "%s: want a whole number from 0, found %s", v.label(), clip(text))
		return 0, false
	}
	return int(n), true
}

package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"gopkg.in/yaml.v3"
)

// errBrokeDown marks a panic of the YAML parser.
var errBrokeDown = errors.New("the YAML parser broke down")

// failure is what yaml.v3 knows of its own failure. Its error message keeps
// only a line, which is often that of the enclosing block, or one too small,
// or missing. The parser has it exactly, in fields that it does not export;
// reflection can read them. The module is frozen at v3.0.1, and the tests fail
// if a field goes missing.
type failure struct {
	problem string // empty where the parser itself was content
	at      mark
	context string // "while parsing a block mapping"
	began   mark   // where that context begins
}

// mark is a place within the text given to the parser, counted from 0.
type mark struct{ line, column int }

func failureOf(decoder *yaml.Decoder) failure {
	outer := reflect.ValueOf(decoder).Elem().FieldByName("parser").Elem()
	inner := outer.FieldByName("parser")
	f := failure{
		problem: inner.FieldByName("problem").String(),
		at:      markOf(inner.FieldByName("problem_mark")),
		context: inner.FieldByName("context").String(),
		began:   markOf(inner.FieldByName("context_mark")),
	}
	if f.problem == "" {
		f.at = markOf(outer.FieldByName("event").FieldByName("start_mark"))
	}
	return f
}

func markOf(v reflect.Value) mark {
	return mark{line: int(v.FieldByName("line").Int()), column: int(v.FieldByName("column").Int())}
}

// neverEnds reports whether something was begun and the parser looked for its
// end in vain: then its beginning is the place to look at.
func (f failure) neverEnds() bool {
	return f.problem == "found unexpected end of stream" || f.problem == "could not find expected ':'"
}

// positioned turns an error of yaml.v3 into one with a place.
func positioned(src *source, text []byte, f failure, err error) *Error {
	f.at, f.began = within(text, f.at), within(text, f.began)
	switch {
	case errors.Is(err, errBrokeDown):
		return &Error{Pos: src.markPos(f.at), Code: CodeSyntax, Msg: err.Error()}
	case f.problem == "": // the parser is content, but an alias leads nowhere
		return &Error{Pos: src.markPos(f.at), Code: CodeAlias, Msg: strings.TrimPrefix(err.Error(), "yaml: ")}
	default:
		return syntaxError(src, text, f)
	}
}

func syntaxError(src *source, text []byte, f failure) *Error {
	place, other := f.at, f.began
	if f.neverEnds() {
		place, other = f.began, f.at
	}
	out := &Error{Pos: src.markPos(place), Code: CodeSyntax, Msg: f.problem, Hint: syntaxHint(text, f)}
	if strings.HasPrefix(f.problem, "exceeded max depth") {
		out.Code = CodeTooDeep
	}
	if f.context == "" {
		return out
	}
	out.Msg += " " + f.context
	if place.line != other.line {
		related := src.markPos(other)
		out.Msg += fmt.Sprintf(" (line %d)", related.Line)
		out.Related = []Pos{related}
	}
	return out
}

// within moves a mark past the last line, where the parser places the end, to
// the end of the text.
func within(text []byte, m mark) mark {
	if end := textPos(text, len(text)); m.line >= end.Line {
		return mark{line: end.Line - 1, column: end.Column - 1}
	}
	return m
}

// problemHints says what to do about the commonest problems of yaml.v3.
var problemHints = map[string]string{
	"mapping values are not allowed in this context": `check the indentation; text that holds ": " needs quotes`,
	"did not find expected key":                      "check the indentation",
	"did not find expected '-' indicator":            "check the indentation",
	"could not find expected ':'":                    "a colon with a space after it is missing, or the indentation is wrong",
	"found unexpected end of stream":                 "the closing quote is missing",
	"found unknown escape character":                 "use single quotes, or write the backslash twice",
}

// reservedCharacter is the problem of yaml.v3 with text such as @name.
const reservedCharacter = "found character that cannot start any token"

func syntaxHint(text []byte, f failure) string {
	line := lineAt(text, f.at.line)
	indent := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
	if bytes.IndexByte(indent, '\t') >= 0 {
		return "indent with spaces, not with tabs"
	}
	if rest := []rune(string(line)); f.problem == reservedCharacter && f.at.column < len(rest) {
		return fmt.Sprintf("text that begins with %q needs quotes", rest[f.at.column])
	}
	return problemHints[f.problem]
}

// lineAt returns the n-th line, counted from 0, or nothing past the end.
func lineAt(text []byte, n int) []byte {
	pos := 0
	for ; n > 0 && pos < len(text); n-- {
		pos = lineEnd(text, pos)
	}
	return text[pos:lineEnd(text, pos)]
}

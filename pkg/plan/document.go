package plan

import (
	"io"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/licensectl/licensectl/pkg/internal/safetext"
	"github.com/licensectl/licensectl/pkg/license"
)

// document writes JSON piece by piece. What a plan has a million of is written by
// hand, since reflection takes longer over it than all else that saves a plan; the
// bytes are those of package json.
type document struct {
	to    io.Writer // nil: all of it stays in out
	out   []byte
	line  []byte // what a line begins with; empty: all stands in one line
	gap   string // what follows a colon, and in one line a comma
	quote func(out []byte, text string) []byte
	err   error // the first one of the writer, after which nothing is written
}

// newDocument is an indented document, safe to print.
func newDocument(to io.Writer) *document {
	return &document{to: to, line: []byte("\n"), gap: " ", quote: quoteSafely}
}

const indent = "  "

// piece is how much is written at a time, in bytes.
const piece = 64 << 10

// flush writes what is there.
func (d *document) flush() {
	if d.err == nil {
		_, d.err = d.to.Write(d.out)
	}
	d.out = d.out[:0]
}

func (d *document) raw(text string) { d.out = append(d.out, text...) }

// begin opens an object or a list.
func (d *document) begin(bracket byte) {
	d.out = append(d.out, bracket)
	if len(d.line) > 0 {
		d.line = append(d.line, indent...)
	}
}

// end closes it.
func (d *document) end(bracket byte) {
	if len(d.line) > 0 {
		d.line = d.line[:len(d.line)-len(indent)]
	}
	if opened := bracket - 2; d.out[len(d.out)-1] != opened {
		d.out = append(d.out, d.line...)
	}
	d.out = append(d.out, bracket)
}

// next goes on to the next entry of a list, or member of an object.
func (d *document) next() {
	if last := d.out[len(d.out)-1]; last != '{' && last != '[' {
		if len(d.out) > piece && d.to != nil {
			d.flush()
		}
		d.out = append(d.out, ',')
		if len(d.line) == 0 {
			d.raw(d.gap)
		}
	}
	d.out = append(d.out, d.line...)
}

// member goes on to the next member of an object, whose value follows.
func (d *document) member(name string) {
	d.next()
	d.out = append(append(append(d.out, '"'), name...), '"', ':')
	d.raw(d.gap)
}

// value writes what is rare, or large only where it stands once.
func (d *document) value(v any) {
	layout := json.JoinOptions(jsontext.SpaceAfterColon(true), jsontext.SpaceAfterComma(true))
	if len(d.line) > 0 {
		layout = json.JoinOptions(jsontext.WithIndentPrefix(string(d.line[1:])), jsontext.WithIndent(indent))
	}
	text, err := json.Marshal(v, layout, json.FormatNilSliceAsNull(true), jsontext.AllowInvalidUTF8(true))
	if d.err == nil {
		d.err = err
	}
	d.out = safetext.AppendJSON(d.out, text)
}

// list writes a list; nil is null.
func list[T any](d *document, all []T, write func(*T)) {
	if all == nil {
		d.raw("null")
		return
	}
	d.begin('[')
	for i := range all {
		d.next()
		write(&all[i])
	}
	d.end(']')
}

// someIDs writes a member that is left out where it is empty.
func (d *document) someIDs(name string, ids []license.GUID) {
	if len(ids) > 0 {
		d.member(name)
		d.ids(ids)
	}
}

// someText does it for a text.
func (d *document) someText(name, text string) {
	if text != "" {
		d.member(name)
		d.text(text)
	}
}

// someID does it for an id.
func (d *document) someID(name string, id license.GUID) {
	if id != (license.GUID{}) {
		d.member(name)
		d.id(&id)
	}
}

func (d *document) ids(ids []license.GUID) { list(d, ids, d.id) }

func (d *document) id(id *license.GUID) {
	d.out = append(license.AppendGUID(append(d.out, '"'), *id), '"')
}

func (d *document) number(n int) { d.out = strconv.AppendInt(d.out, int64(n), 10) }

// text writes a text, which is nearly always one that stands for itself.
func (d *document) text(text string) {
	for i := range len(text) {
		if !isPlain(text[i]) {
			d.out = d.quote(d.out, text)
			return
		}
	}
	d.out = append(append(append(d.out, '"'), text...), '"')
}

// isPlain reports a character that stands for itself in JSON, in that of HTML pages
// too, and in logs, whatever stands before it.
func isPlain(c byte) bool {
	const others = 1<<'"' | 1<<'#' | 1<<'&' | 1<<':' | 1<<'<' | 1<<'>'
	return c >= ' ' && c <= '~' && c != '\\' && (c > '>' || others>>c&1 == 0)
}

// quoteSafely appends a text as a saved plan has it. What is no character becomes
// U+FFFD.
func quoteSafely(out []byte, text string) []byte {
	quoted, _ := jsontext.AppendQuote(nil, text)
	return safetext.AppendJSON(out, quoted)
}

package yamltree

import (
	"bytes"

	"gopkg.in/yaml.v3"
)

// Simple gives the root of a text that has the simple form, as Of gives that of yaml.v3;
// nil where it has another form, or nothing is in it.
//
// The text must be one that yaml.v3 takes in: UTF-8 without control characters other
// than tabs and line breaks, and without the line breaks of Unicode.
func Simple(text []byte) *Node {
	if hasOddBlanks(text) {
		return nil
	}
	r := reader{text: text, words: make(map[string]word)}
	r.skipMark()
	r.nextLine()
	if r.indent < 0 {
		return nil
	}
	root, ok := r.block()
	if !ok || r.indent >= 0 {
		return nil
	}
	return &root
}

// The marks of documents and files that mean something here.
const (
	documentMark  = "---"
	byteOrderMark = "\ufeff"
)

// hasOddBlanks reports whether a text has tabs, line breaks of old, or byte order
// marks, which this form has not.
func hasOddBlanks(text []byte) bool {
	return bytes.IndexByte(text, '\t') >= 0 ||
		bytes.Count(text, []byte("\r")) != bytes.Count(text, []byte("\r\n")) ||
		bytes.Contains(text, []byte(byteOrderMark))
}

// reader reads line by line. Each method that gives a node reports whether the text has
// the form so far; where it has not, nobody reads on.
type reader struct {
	text    []byte // the lines after this one
	line    int32  // the number of this line, from 1
	indent  int    // where the content begins that is to be read, from 0; -1: past the last line
	content []byte // from there to the end of the line, never empty
	depth   int    // of the blocks and brackets around it

	open  []Node          // the children of nodes that are not complete
	room  []Node          // for the children of nodes that will be
	words map[string]word // those that may come again
}

// mostNested is how deep this form is nested at most.
const mostNested = 20

func (r *reader) skipMark() {
	line, rest, _ := bytes.Cut(r.text, []byte("\n"))
	if string(bytes.TrimSuffix(line, []byte("\r"))) == documentMark {
		r.text, r.line = rest, 1
	}
}

// nextLine goes to the next line that has more than a comment.
func (r *reader) nextLine() {
	for len(r.text) > 0 {
		line, rest, _ := bytes.Cut(r.text, []byte("\n"))
		r.text = rest
		r.line++
		line = bytes.TrimSuffix(line, []byte("\r"))
		content := skipBlanks(line)
		if len(content) > 0 && content[0] != '#' {
			r.indent, r.content = len(line)-len(content), content
			return
		}
	}
	r.indent, r.content = -1, nil
}

// block reads all that stands at the indent of the content or deeper.
func (r *reader) block() (Node, bool) {
	r.depth++
	defer func() { r.depth-- }()
	switch c := r.content[0]; {
	case r.depth > mostNested:
		return Node{}, false
	case c == '[' || c == '{':
		return r.inline(r.content)
	case r.isItem():
		return r.list()
	default:
		return r.mapping()
	}
}

func (r *reader) mapping() (Node, bool) {
	at, children := r.indent, len(r.open)
	n := r.node(Mapping, r.content)
	for r.indent == at && !r.isItem() {
		end, isKey := plainEnd(r.content)
		if !isKey || !isKeyName(r.content[:end]) {
			return Node{}, false
		}
		r.open = append(r.open, r.plain(r.content[:end], r.content))
		value, ok := r.value(at, skipBlanks(r.content[end:])[1:])
		if !ok {
			return Node{}, false
		}
		r.open = append(r.open, value)
	}
	return r.complete(n, children), r.indent < at
}

// value reads what stands after the colon of a key at an indent.
func (r *reader) value(at int, rest []byte) (Node, bool) {
	if !isOver(rest) {
		return r.inline(skipBlanks(rest))
	}
	r.nextLine()
	switch {
	case r.indent > at:
		return r.block()
	case r.indent == at && r.isItem():
		return r.list()
	default:
		return Node{}, false // where yaml.v3 puts nothing is its affair
	}
}

// isItem reports whether the content is an item of a list.
func (r *reader) isItem() bool {
	return len(r.content) > 1 && r.content[0] == '-' && r.content[1] == ' '
}

func (r *reader) list() (Node, bool) {
	at, children := r.indent, len(r.open)
	n := r.node(List, r.content)
	for r.indent == at && r.isItem() {
		item, ok := r.item()
		if !ok {
			return Node{}, false
		}
		r.open = append(r.open, item)
	}
	return r.complete(n, children), r.indent <= at
}

// item reads what stands after a dash. What begins a block there has the indent of its
// first line.
func (r *reader) item() (Node, bool) {
	rest := skipBlanks(r.content[1:])
	if isOver(rest) || rest[0] == '#' {
		return Node{}, false
	}
	r.indent += len(r.content) - len(rest)
	r.content = rest
	if _, isKey := plainEnd(rest); isKey || r.isItem() {
		return r.block()
	}
	return r.inline(rest)
}

// inline reads a value that ends its line, and goes to the next one.
func (r *reader) inline(text []byte) (Node, bool) {
	n, rest, ok := r.single(text)
	if !ok || !isOver(rest) {
		return Node{}, false
	}
	r.nextLine()
	return n, true
}

// single reads a value within a line, and gives what follows it.
func (r *reader) single(text []byte) (n Node, rest []byte, ok bool) {
	switch text[0] {
	case '"', '\'':
		return r.quoted(text)
	case '[', '{':
		return r.bracketed(text)
	}
	end, isKey := plainEnd(text)
	if end == 0 || isKey {
		return Node{}, nil, false
	}
	return r.plain(text[:end], text), text[end:], true
}

// quoted reads a word in quotes, in which nothing has to be replaced.
func (r *reader) quoted(text []byte) (n Node, rest []byte, ok bool) {
	inner, rest, closed := bytes.Cut(text[1:], text[:1])
	if !closed || !isASCII(inner) || bytes.IndexByte(inner, '\\') >= 0 {
		return Node{}, nil, false
	}
	n = r.node(String, text)
	n.Value = r.word(inner).text
	return n, rest, true
}

// plain gives the node of a word without quotes, which begins a text.
func (r *reader) plain(bare, text []byte) Node {
	w := r.word(bare)
	n := r.node(w.kind, text)
	n.Value = w.text
	return n
}

// word is a word, and what it is without quotes.
type word struct {
	text string
	kind Kind
}

// mostWords bounds the words that are kept, since names of users do not come again.
const mostWords = 500

// word gives a word, without new memory where it comes again and again.
func (r *reader) word(bare []byte) word {
	w, known := r.words[string(bare)]
	if known {
		return w
	}
	w = word{text: string(bare), kind: String}
	if mayMean(w.text) {
		w.kind = scalarKind((&yaml.Node{Kind: yaml.ScalarNode, Value: w.text}).ShortTag())
	}
	if len(r.words) < mostWords && bytes.IndexByte(bare, '@') < 0 {
		r.words[w.text] = w
	}
	return w
}

// mayMean reports whether yaml.v3 may take a word for something else than text: of
// those that begin with a letter the longest is false.
func mayMean(bare string) bool {
	return bare != "" && (len(bare) <= len("false") || !isLetter(bare[0]))
}

// isKeyName reports whether a word before a colon is short enough for a key: where it is
// longer than anybody's, yaml.v3 may not take it as one.
func isKeyName(word []byte) bool {
	const longest = 100
	return len(word) <= longest && isASCII(word)
}

// node gives a node at the beginning of a text that ends with the content.
func (r *reader) node(kind Kind, text []byte) Node {
	return Node{Kind: kind, Line: r.line, Column: int32(r.indent + len(r.content) - len(text) + 1)}
}

// complete gives a node its children, who are the last ones that are open.
func (r *reader) complete(n Node, children int) Node {
	count := len(r.open) - children
	if len(r.room) < count {
		const some = 64
		r.room = make([]Node, max(some, count))
	}
	n.Children, r.room = r.room[:count:count], r.room[count:]
	copy(n.Children, r.open[children:])
	r.open = r.open[:children]
	return n
}

func skipBlanks(text []byte) []byte {
	for len(text) > 0 && text[0] == ' ' {
		text = text[1:]
	}
	return text
}

// isOver reports whether there is nothing more than a comment.
func isOver(text []byte) bool {
	rest := skipBlanks(text)
	return len(rest) == 0 || rest[0] == '#' && len(rest) < len(text)
}

// plainEnd gives the length of the word without quotes that begins a text, and reports
// whether it is a key, with a colon to follow. It is 0 where what begins the text may
// be something else to YAML.
func plainEnd(text []byte) (end int, isKey bool) {
	if !beginsWord(text[0]) {
		return 0, false
	}
	for i, c := range text {
		switch {
		case c == ':' && (i+1 == len(text) || text[i+1] == ' '):
			return end, true
		case c == '#' && text[i-1] == ' ':
			return end, false
		case c != ' ':
			end = i + 1
		}
	}
	return end, false
}

func beginsWord(c byte) bool {
	return isLetter(c) || c >= '0' && c <= '9' || c == '_' || c == '$' || c == '/'
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

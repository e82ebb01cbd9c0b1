package simpleyaml

import (
	"bytes"

	"gopkg.in/yaml.v3"
)

// Parse gives the root of a text, and reports whether the text has the simple form.
// The root is the one that yaml.v3 gives, to the line, column, tag and style of each
// node, but has no comments; it is nil where the form is another one. Nodes share
// memory, a few dozen at a time.
//
// The text must be one that yaml.v3 takes in: UTF-8 without control characters other
// than tabs and line breaks, and without the line breaks of Unicode.
func Parse(text []byte) (root *yaml.Node, ok bool) {
	if hasOddBlanks(text) {
		return nil, false
	}
	r := reader{text: text, words: make(map[string]string)}
	r.skipMark()
	r.nextLine()
	if r.indent < 0 {
		return nil, false
	}
	if root = r.block(); root == nil || r.indent >= 0 {
		return nil, false
	}
	return root, true
}

// The marks of documents and files that mean something here.
const (
	documentMark  = "---"
	byteOrderMark = "\ufeff"
)

// The tags of yaml.v3 that are known without its help.
const (
	mapTag    = "!!map"
	listTag   = "!!seq"
	stringTag = "!!str"
)

// hasOddBlanks reports whether a text has tabs, line breaks of old, or byte order
// marks, which this form has not.
func hasOddBlanks(text []byte) bool {
	return bytes.IndexByte(text, '\t') >= 0 ||
		bytes.Count(text, []byte("\r")) != bytes.Count(text, []byte("\r\n")) ||
		bytes.Contains(text, []byte(byteOrderMark))
}

// reader reads line by line. Each method that gives a node gives nil where the
// text has another form, and then nobody reads on.
type reader struct {
	text    []byte // the lines after this one
	line    int    // the number of this line, from 1
	indent  int    // where the content begins that is to be read, from 0; -1: past the last line
	content []byte // from there to the end of the line, never empty
	depth   int    // of the blocks and brackets around it

	open  []*yaml.Node      // the children of nodes that are not complete
	room  []yaml.Node       // for the nodes to come
	words map[string]string // keys, each kept once
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
func (r *reader) block() *yaml.Node {
	r.depth++
	defer func() { r.depth-- }()
	switch c := r.content[0]; {
	case r.depth > mostNested:
		return nil
	case c == '[' || c == '{':
		return r.inline(r.content)
	case r.isItem():
		return r.list()
	default:
		return r.mapping()
	}
}

func (r *reader) mapping() *yaml.Node {
	at, children := r.indent, len(r.open)
	n := r.node(yaml.MappingNode, mapTag, r.content)
	for r.indent == at && !r.isItem() {
		end, isKey := plainEnd(r.content)
		if !isKey {
			return nil
		}
		key, rest := r.key(r.content[:end]), skipBlanks(r.content[end:])[1:]
		value := r.value(at, rest)
		if key == nil || value == nil {
			return nil
		}
		r.open = append(r.open, key, value)
	}
	if r.indent >= at {
		return nil
	}
	return r.complete(n, children)
}

// value reads what stands after the colon of a key at an indent.
func (r *reader) value(at int, rest []byte) *yaml.Node {
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
		return nil // where yaml.v3 puts nothing is its affair
	}
}

// isItem reports whether the content is an item of a list.
func (r *reader) isItem() bool {
	return len(r.content) > 1 && r.content[0] == '-' && r.content[1] == ' '
}

func (r *reader) list() *yaml.Node {
	at, children := r.indent, len(r.open)
	n := r.node(yaml.SequenceNode, listTag, r.content)
	for r.indent == at && r.isItem() {
		item := r.item()
		if item == nil {
			return nil
		}
		r.open = append(r.open, item)
	}
	if r.indent > at {
		return nil
	}
	return r.complete(n, children)
}

// item reads what stands after a dash. What begins a block there has the indent of its
// first line.
func (r *reader) item() *yaml.Node {
	rest := skipBlanks(r.content[1:])
	if isOver(rest) || rest[0] == '#' {
		return nil
	}
	r.indent += len(r.content) - len(rest)
	r.content = rest
	if _, isKey := plainEnd(rest); isKey || r.isItem() {
		return r.block()
	}
	return r.inline(rest)
}

// inline reads a value that ends its line, and goes to the next one.
func (r *reader) inline(text []byte) *yaml.Node {
	n, rest := r.word(text)
	if n == nil {
		n, rest = r.bracketed(text)
	}
	if n == nil || !isOver(rest) {
		return nil
	}
	r.nextLine()
	return n
}

// word reads a word, in quotes or not, and gives what follows it.
func (r *reader) word(text []byte) (n *yaml.Node, rest []byte) {
	if quote := text[0]; quote == '"' || quote == '\'' {
		return r.quoted(text)
	}
	end, isKey := plainEnd(text)
	if end == 0 || isKey {
		return nil, nil
	}
	return r.plain(text[:end], text), text[end:]
}

// quoted reads a word in quotes, in which nothing has to be replaced.
func (r *reader) quoted(text []byte) (n *yaml.Node, rest []byte) {
	inner, rest, closed := bytes.Cut(text[1:], text[:1])
	if !closed || !isASCII(inner) || bytes.IndexByte(inner, '\\') >= 0 {
		return nil, nil
	}
	n = r.node(yaml.ScalarNode, stringTag, text)
	n.Value, n.Style = string(inner), yaml.DoubleQuotedStyle
	if text[0] == '\'' {
		n.Style = yaml.SingleQuotedStyle
	}
	return n, rest
}

// plain gives the node of a word without quotes, which begins a text.
func (r *reader) plain(word, text []byte) *yaml.Node {
	n := r.node(yaml.ScalarNode, "", text)
	n.Value = string(word)
	n.Tag = tagOf(n)
	return n
}

// longestMeaning is the length of the longest word, of those that begin with a letter,
// that yaml.v3 does not take as text: false.
const longestMeaning = 5

func tagOf(n *yaml.Node) string {
	if len(n.Value) > longestMeaning && isLetter(n.Value[0]) {
		return stringTag
	}
	return n.ShortTag()
}

// key gives the node of a key that begins the content. Where it is longer than
// anybody's, yaml.v3 may not take it as one.
func (r *reader) key(word []byte) *yaml.Node {
	const longest = 100
	if len(word) > longest || !isASCII(word) {
		return nil
	}
	n := r.node(yaml.ScalarNode, "", r.content)
	n.Value = r.kept(word)
	n.Tag = tagOf(n)
	return n
}

// kept gives a word that comes again and again without new memory.
func (r *reader) kept(word []byte) string {
	text, known := r.words[string(word)]
	if !known {
		text = string(word)
		r.words[text] = text
	}
	return text
}

// node gives a new node at the beginning of a text that ends with the content.
func (r *reader) node(kind yaml.Kind, tag string, text []byte) *yaml.Node {
	if len(r.room) == 0 {
		const some = 64
		r.room = make([]yaml.Node, some)
	}
	n := &r.room[0]
	r.room = r.room[1:]
	n.Kind, n.Tag, n.Line, n.Column = kind, tag, r.line, r.indent+len(r.content)-len(text)+1
	return n
}

// complete gives a node its children, who are the last ones that are open.
func (r *reader) complete(n *yaml.Node, children int) *yaml.Node {
	if len(r.open) > children {
		n.Content = append(n.Content, r.open[children:]...)
	}
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

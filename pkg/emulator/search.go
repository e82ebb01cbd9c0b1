package emulator

import (
	"slices"
	"strings"
	"unicode"
)

// searchTerm is "property:text" of a $search. Names and descriptions are found
// by the beginnings of their words, other properties by their own (Graph docs,
// search-query-parameter).
type searchTerm struct {
	path string
	text string
}

func (searchTerm) height() int { return 1 }

// searchedByWord are the properties that are split into words.
var searchedByWord = []string{"displayName", "description"}

// matches reports whether each word of the text begins one of the property's.
func (n searchTerm) matches(s subject) bool {
	text, wanted := strings.ToLower(s.text(n.path)), strings.ToLower(n.text)
	if !slices.Contains(searchedByWord, n.path) {
		return strings.HasPrefix(text, wanted)
	}
	words := searchWords(text)
	for _, want := range searchWords(wanted) {
		if !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, want) }) {
			return false
		}
	}
	return true
}

func searchWords(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// withSearch adds the $search of a call to its filter.
func (schema filterSchema) withSearch(f *filter, c *call) (*filter, *apiError) {
	text := c.query.Get("$search")
	switch {
	case text == "":
		return f, nil
	case !isEventual(c):
		return nil, ptr(unsupported("Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'"))
	}
	root, err := parseSearch(text)
	if err != nil {
		return nil, ptr(malformed(err.Error()))
	}
	if err := schema.checkSearch(root); err != nil {
		return nil, err
	}
	if f != nil {
		root = junction{word: joinAnd, parts: []node{f.root, root}}
	}
	return &filter{root: root}, nil
}

// checkSearch refuses properties that are not searched.
func (schema filterSchema) checkSearch(n node) *apiError {
	switch n := n.(type) {
	case searchTerm:
		if !slices.Contains(schema.texts, n.path) {
			return schema.unsupportedClause(n.path)
		}
	case junction:
		for _, part := range n.parts {
			if err := schema.checkSearch(part); err != nil {
				return err
			}
		}
	}
	return nil
}

// parseSearch parses terms in double quotes that AND, OR and parentheses join.
func parseSearch(text string) (node, error) {
	tokens, err := scanSearch(text)
	if err != nil {
		return nil, err
	}
	p := &searchParser{filterParser{tokens: tokens, source: text}}
	n, err := p.junction(joinOr, 0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		return nil, p.errorAt(t)
	}
	return n, nil
}

// scanSearch splits a $search into tokens, ending with a tokenEnd.
func scanSearch(s string) ([]token, error) {
	var tokens []token
	for i := 0; i < len(s); {
		switch rest := s[i:]; {
		case s[i] == ' ':
			i++
		case s[i] == '(' || s[i] == ')':
			tokens = append(tokens, token{tokenMark, s[i : i+1], i})
			i++
		case s[i] == '"':
			text, length, ok := scanPhrase(rest)
			if !ok {
				return nil, filterErrorf("There is an unterminated string literal at position %d in '%s'.", len(s), clip(s))
			}
			tokens = append(tokens, token{tokenString, text, i})
			i += length
		default:
			word := rest[:len(rest)-len(strings.TrimLeftFunc(rest, unicode.IsLetter))]
			if word == "" {
				return nil, filterErrorf("Syntax error: character '%s' is not valid at position %d in '%s'.", strings.ToValidUTF8(rest[:1], "?"), i, clip(s))
			}
			tokens = append(tokens, token{tokenWord, word, i})
			i += len(word)
		}
	}
	return append(tokens, token{kind: tokenEnd, pos: len(s)}), nil
}

// scanPhrase reads a text in double quotes, in which a backslash stands before
// a quote or another one, and returns it and its length in the source.
func scanPhrase(s string) (text string, length int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), i + 1, true
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", 0, false
}

// searchParser walks the tokens of a $search.
type searchParser struct{ filterParser }

// junction parses parts that are joined by AND or OR; AND binds closer.
func (p *searchParser) junction(word string, depth int) (node, error) {
	var parts []node
	for {
		part, err := p.part(word, depth)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		if t := p.peek(); t.kind != tokenWord || t.text != strings.ToUpper(word) {
			break
		}
		p.take()
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return junction{word: word, parts: parts}, nil
}

func (p *searchParser) part(word string, depth int) (node, error) {
	if word == joinOr {
		return p.junction(joinAnd, depth)
	}
	t := p.take()
	switch {
	case depth > mostNesting:
		return nil, p.errorAt(t)
	case t.kind == tokenMark && t.text == "(":
		n, err := p.junction(joinOr, depth+1)
		if err != nil {
			return nil, err
		}
		return n, p.expect(")")
	}
	property, text, ok := strings.Cut(t.text, ":")
	if t.kind != tokenString || !ok {
		return nil, p.errorAt(t)
	}
	return searchTerm{path: property, text: text}, nil
}

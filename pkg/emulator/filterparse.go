package emulator

import (
	"slices"
	"strings"
)

// A $filter is parsed into a tree of these nodes.
type (
	// node is a filter or a part of one.
	node interface{ height() int }

	// junction is all of its parts, or any of them.
	junction struct {
		word  string // joinAnd or joinOr
		parts []node // at least two; none is a junction of the same word
	}
	// negation is "not".
	negation struct{ part node }
	// comparison is "path op literal", or "path in (literals)".
	comparison struct {
		path   string
		op     string // eq, ne, ge, le, in
		values []literal
	}
	// affix is startsWith or endsWith.
	affix struct {
		path string
		end  bool
		text string
	}
	// anyItem is "path/any(v:body)", the paths of the body without "v/"; of a
	// list of values the path is empty.
	anyItem struct {
		path string
		body node
	}
)

// The words of a junction. "and" binds closer.
const (
	joinAnd = "and"
	joinOr  = "or"
)

func (n junction) height() int {
	most := 0
	for _, part := range n.parts {
		most = max(most, part.height())
	}
	return most + 1
}
func (n negation) height() int { return n.part.height() + 1 }
func (comparison) height() int { return 1 }
func (affix) height() int      { return 1 }
func (anyItem) height() int    { return 1 }

// literal is a constant of a filter.
type literal struct {
	kind literalKind
	text string // without quotes
}

type literalKind int

const (
	literalString literalKind = iota
	literalGUID
	literalNumber
	literalBool
	literalNull
	literalTime // in the form of timeText
)

// mostNesting bounds the parser's recursion, far above what the service takes.
const mostNesting = 64

// parseFilter parses a $filter expression.
func parseFilter(text string) (node, error) {
	tokens, err := scanFilter(text)
	if err != nil {
		return nil, err
	}
	p := &filterParser{tokens: tokens, source: text}
	n, err := p.junction(joinOr, 0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		return nil, p.errorAt(t)
	}
	return n, nil
}

// filterParser walks the tokens of a filter.
type filterParser struct {
	tokens []token
	next   int
	source string
}

func (p *filterParser) peek() token { return p.tokens[p.next] }

// take returns the next token and moves past it; the end is never passed.
func (p *filterParser) take() token {
	t := p.tokens[p.next]
	if t.kind != tokenEnd {
		p.next++
	}
	return t
}

func (p *filterParser) errorAt(t token) error {
	return filterErrorf("Syntax error at position %d in '%s'.", t.pos, clip(p.source))
}

// expect moves past a punctuation mark.
func (p *filterParser) expect(mark string) error {
	if t := p.take(); t.kind != tokenMark || t.text != mark {
		return p.errorAt(t)
	}
	return nil
}

// junction parses parts that are joined by a word.
func (p *filterParser) junction(word string, depth int) (node, error) {
	var parts []node
	for {
		part, err := p.part(word, depth)
		if err != nil {
			return nil, err
		}
		if same, ok := part.(junction); ok && same.word == word {
			parts = append(parts, same.parts...)
		} else {
			parts = append(parts, part)
		}
		if !p.peek().isWord(word) {
			break
		}
		p.take()
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return junction{word: word, parts: parts}, nil
}

// part parses what the word joins: for "or" that is everything joined by "and".
func (p *filterParser) part(word string, depth int) (node, error) {
	if word == joinOr {
		return p.junction(joinAnd, depth)
	}
	return p.unary(depth)
}

func (p *filterParser) unary(depth int) (node, error) {
	t := p.peek()
	if depth > mostNesting {
		return nil, p.errorAt(t)
	}
	switch {
	case t.isWord("not"):
		p.take()
		part, err := p.unary(depth + 1)
		return negation{part}, err
	case t.kind == tokenMark && t.text == "(":
		p.take()
		n, err := p.junction(joinOr, depth+1)
		if err != nil {
			return nil, err
		}
		return n, p.expect(")")
	}
	return p.primary(depth)
}

// primary parses a function, a lambda or a comparison.
func (p *filterParser) primary(depth int) (node, error) {
	t := p.take()
	if t.kind != tokenWord {
		return nil, p.errorAt(t)
	}
	if opens := p.peek(); opens.kind == tokenMark && opens.text == "(" {
		return p.function(t, depth)
	}
	return p.comparison(t)
}

// function parses startsWith(path,'x'), endsWith(path,'x') or path/any(…).
func (p *filterParser) function(name token, depth int) (node, error) {
	p.take()
	if path, ok := strings.CutSuffix(name.text, "/any"); ok && path != "" {
		return p.lambda(path, depth)
	}
	end := strings.EqualFold(name.text, "endsWith")
	if !end && !strings.EqualFold(name.text, "startsWith") {
		return nil, filterErrorf("An unknown function with name '%s' was found.", clip(name.text))
	}
	path := p.take()
	if path.kind != tokenWord {
		return nil, p.errorAt(path)
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	text := p.take()
	if text.kind != tokenString {
		return nil, p.errorAt(text)
	}
	return affix{path: path.text, end: end, text: text.text}, p.expect(")")
}

// lambda parses the inside of path/any(v:v/property op literal and …).
func (p *filterParser) lambda(path string, depth int) (node, error) {
	variable := p.take()
	if variable.kind != tokenWord {
		return nil, p.errorAt(variable)
	}
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	body, err := p.junction(joinOr, depth+1)
	if err != nil {
		return nil, err
	}
	if body, err = ofItem(body, variable.text); err != nil {
		return nil, err
	}
	return anyItem{path: path, body: body}, p.expect(")")
}

// ofItem gives the body of a lambda with its paths as an item has them: without
// the variable, which each of them has to begin with.
func ofItem(n node, variable string) (node, error) {
	var err error
	switch n := n.(type) {
	case junction:
		n.parts = slices.Clone(n.parts)
		for i := range n.parts {
			if n.parts[i], err = ofItem(n.parts[i], variable); err != nil {
				return nil, err
			}
		}
		return n, nil
	case negation:
		n.part, err = ofItem(n.part, variable)
		return n, err
	case comparison:
		n.path, err = itemPath(n.path, variable)
		return n, err
	case affix:
		n.path, err = itemPath(n.path, variable)
		return n, err
	}
	return nil, filterErrorf("A lambda expression within another one is not supported.")
}

func itemPath(path, variable string) (string, error) {
	if path == variable {
		return "", nil
	}
	property, ok := strings.CutPrefix(path, variable+"/")
	if !ok {
		return "", filterErrorf("Could not find a property named '%s' on the item '%s'.", clip(path), clip(variable))
	}
	return property, nil
}

// comparison parses what follows a path.
func (p *filterParser) comparison(path token) (comparison, error) {
	op := p.take()
	if op.kind != tokenWord {
		return comparison{}, p.errorAt(op)
	}
	n := comparison{path: path.text, op: strings.ToLower(op.text)}
	switch n.op {
	case "eq", "ne", "ge", "le", "gt", "lt":
		value, err := p.literal()
		n.values = []literal{value}
		return n, err
	case "in":
		values, err := p.list()
		n.values = values
		return n, err
	}
	return n, p.errorAt(op)
}

func (p *filterParser) list() ([]literal, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var values []literal
	for {
		value, err := p.literal()
		if err != nil {
			return nil, err
		}
		values = append(values, value)
		t := p.take()
		switch {
		case t.kind == tokenMark && t.text == ")":
			return values, nil
		case t.kind != tokenMark || t.text != ",":
			return nil, p.errorAt(t)
		}
	}
}

func (p *filterParser) literal() (literal, error) {
	t := p.take()
	switch t.kind {
	case tokenString:
		return literal{literalString, t.text}, nil
	case tokenWord:
		return wordLiteral(t.text)
	}
	return literal{}, p.errorAt(t)
}

package yamltree

import "strings"

// bracketed reads a list in [ ] or a mapping in { } that begins a text and ends in the
// same line, and gives what follows it.
func (r *reader) bracketed(text []byte) (n Node, rest []byte, ok bool) {
	r.depth++
	defer func() { r.depth-- }()
	n = r.node(List, text)
	closing := byte(']')
	if text[0] == '{' {
		n.Kind, closing = Mapping, '}'
	}
	rest = skipBlanks(text[1:])
	if len(rest) > 0 && rest[0] == closing {
		return n, rest[1:], true
	}
	return r.members(n, rest, closing)
}

// members reads what stands between the brackets of a node.
func (r *reader) members(n Node, text []byte, closing byte) (_ Node, rest []byte, ok bool) {
	children := len(r.open)
	for r.depth <= mostNested {
		if rest = r.member(n.Kind, text); len(rest) == 0 {
			break
		}
		switch rest[0] {
		case closing:
			return r.complete(n, children), rest[1:], true
		case ',':
			text = skipBlanks(rest[1:])
		default:
			return Node{}, nil, false
		}
	}
	return Node{}, nil, false
}

// member reads an item of a list, or a key with its value, and gives what follows it;
// nothing where the text has another form.
func (r *reader) member(of Kind, text []byte) []byte {
	if of == Mapping {
		end := bracketedEnd(text)
		rest := text[end:]
		if end == 0 || len(rest) < 2 || rest[0] != ':' || rest[1] != ' ' {
			return nil
		}
		r.open = append(r.open, r.plain(text[:end], text))
		text = skipBlanks(rest[1:])
	}
	value, rest, ok := r.memberValue(text)
	if !ok {
		return nil
	}
	r.open = append(r.open, value)
	return skipBlanks(rest)
}

func (r *reader) memberValue(text []byte) (n Node, rest []byte, ok bool) {
	end := bracketedEnd(text)
	switch {
	case end > 0:
		return r.plain(text[:end], text), text[end:], true
	case len(text) == 0 || strings.IndexByte(`"'[{`, text[0]) < 0:
		return Node{}, nil, false
	default:
		return r.single(text)
	}
}

// bracketedEnd is plainEnd between brackets, where more ends a word and this form
// has fewer characters.
func bracketedEnd(text []byte) (end int) {
	if len(text) == 0 || !beginsWord(text[0]) {
		return 0
	}
	for i, c := range text {
		switch {
		case c == ' ':
		case beginsWord(c) || strings.IndexByte("-.@+'", c) >= 0 || c == '#' && text[i-1] != ' ':
			end = i + 1
		default:
			return end
		}
	}
	return end
}

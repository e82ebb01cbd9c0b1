package simpleyaml

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// bracketed reads a list in [ ] or a mapping in { } that begins a text and ends in the
// same line, and gives what follows it.
func (r *reader) bracketed(text []byte) (n *yaml.Node, rest []byte) {
	r.depth++
	defer func() { r.depth-- }()
	switch c := text[0]; {
	case r.depth > mostNested:
		return nil, nil
	case c == '[':
		n = r.node(yaml.SequenceNode, listTag, text)
		n.Style = yaml.FlowStyle
		return r.members(n, text[1:], ']')
	case c == '{':
		n = r.node(yaml.MappingNode, mapTag, text)
		n.Style = yaml.FlowStyle
		return r.members(n, text[1:], '}')
	default:
		return nil, nil
	}
}

// members reads what stands between the brackets of a node.
func (r *reader) members(n *yaml.Node, text []byte, closing byte) (*yaml.Node, []byte) {
	children := len(r.open)
	rest := skipBlanks(text)
	if len(rest) > 0 && rest[0] == closing {
		return n, rest[1:]
	}
	for {
		if rest = r.member(n.Kind, rest); len(rest) == 0 {
			return nil, nil
		}
		switch rest[0] {
		case closing:
			return r.complete(n, children), rest[1:]
		case ',':
			rest = skipBlanks(rest[1:])
		default:
			return nil, nil
		}
	}
}

// member reads an item of a list, or a key with its value, and gives what follows it;
// nothing where the text has another form.
func (r *reader) member(of yaml.Kind, text []byte) []byte {
	if of == yaml.MappingNode {
		end := bracketedEnd(text)
		rest := text[end:]
		if end == 0 || len(rest) < 2 || rest[0] != ':' || rest[1] != ' ' {
			return nil
		}
		key := r.plain(text[:end], text)
		r.open = append(r.open, key)
		text = skipBlanks(rest[1:])
	}
	value, rest := r.memberValue(text)
	if value == nil {
		return nil
	}
	r.open = append(r.open, value)
	return skipBlanks(rest)
}

func (r *reader) memberValue(text []byte) (n *yaml.Node, rest []byte) {
	end := bracketedEnd(text)
	switch {
	case end > 0:
		return r.plain(text[:end], text), text[end:]
	case len(text) == 0:
		return nil, nil
	case text[0] == '"' || text[0] == '\'':
		return r.quoted(text)
	default:
		return r.bracketed(text)
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

package strictyaml

import (
	"fmt"
	"iter"

	"github.com/licensectl/licensectl/pkg/internal/yamltree"
)

// Kind is what a value is.
type Kind int

// The kinds of values.
const (
	KindAbsent Kind = iota // the key is not there
	KindNull               // the key is there without a value, or with null
	KindString             // text; yes, no, on and off are text, as in YAML 1.2
	KindBool               // true or false
	KindNumber             // such as 8 or 57.00
	KindDate               // a date, or date and time, without quotes
	KindList
	KindMapping
)

// role is what a value is to the mapping or list around it.
type role uint8

const (
	roleDocument role = iota
	roleValue         // of a key
	roleItem          // of the list under a key
	roleKey           // of the mapping under a key
)

// Value is a cursor on one value of a document. It knows its place and the
// key that it stands under. Aliases are followed. The zero Value is absent.
type Value struct {
	src  *source
	node *yamltree.Node // never an alias; nil: absent
	site *yamltree.Node // where it stands: node, an alias of it, or the key of nothing
	key  string         // the key that role speaks of
	role role
}

func newValue(src *source, n *yamltree.Node, r role, key string) Value {
	return Value{src: src, node: follow(n), site: n, key: key, role: r}
}

// follow returns what an alias stands for.
func follow(n *yamltree.Node) *yamltree.Node {
	if n.Alias != nil {
		return n.Alias
	}
	return n
}

// Kind tells what the value is.
func (v Value) Kind() Kind {
	if v.node == nil {
		return KindAbsent
	}
	return kinds[v.node.Kind]
}

// kinds are those of nodes.
var kinds = [...]Kind{
	yamltree.Null: KindNull, yamltree.String: KindString, yamltree.Bool: KindBool, yamltree.Number: KindNumber,
	yamltree.Date: KindDate, yamltree.List: KindList, yamltree.Mapping: KindMapping,
}

func isScalar(n *yamltree.Node) bool { return n.Kind != yamltree.List && n.Kind != yamltree.Mapping }

// Present reports whether the value is there, were it null.
func (v Value) Present() bool { return v.node != nil }

// Pos gives the place of the value; where an alias stands for it, that of the
// alias, and where nothing is written, that of the key. An absent value has
// none.
func (v Value) Pos() Pos {
	if v.site == nil {
		return Pos{}
	}
	return v.src.nodePos(v.site)
}

// Literal gives the text of a scalar as written, without quotes. It is empty
// for other values.
func (v Value) Literal() string {
	if v.node == nil {
		return ""
	}
	return v.node.Value
}

// Errorf adds an error at the value, which must be present. The caller may
// set Hint and Related on what it returns.
func (v Value) Errorf(code Code, format string, args ...any) *Error {
	return v.errorAt(v.site, code, format, args...)
}

func (v Value) errorAt(n *yamltree.Node, code Code, format string, args ...any) *Error {
	e := &Error{Pos: v.src.nodePos(n), Code: code, Msg: fmt.Sprintf(format, args...)}
	v.src.errs.Add(e)
	return e
}

// WrongType adds the error that the value should be something else, such as
// "a list". The place is that of the text itself, also behind an alias.
func (v Value) WrongType(want string) *Error {
	at := v.node
	if at.Empty {
		at = v.site
	}
	e := v.errorAt(at, CodeWrongType, "%s: want %s, found %s", v.label(), want, v.describe())
	switch {
	case v.Kind() != KindNull:
	case v.role == roleValue:
		e.Hint = "write a value, or remove the key"
	case v.role == roleItem:
		e.Hint = "write a value, or remove the item"
	}
	return e
}

// label names the value in messages.
func (v Value) label() string {
	switch {
	case v.role == roleItem:
		return "item of " + bare(v.key)
	case v.role == roleKey && v.key != "":
		return "key of " + bare(v.key)
	case v.role == roleKey:
		return "key"
	case v.role == roleDocument:
		return "document"
	default:
		return bare(v.key)
	}
}

func (v Value) describe() string {
	switch v.Kind() {
	case KindNull:
		return "nothing"
	case KindString:
		return "the text " + quote(v.node.Value)
	case KindNumber:
		return "the number " + clip(v.node.Value)
	case KindDate:
		return "the date " + clip(v.node.Value)
	case KindList:
		return "a list"
	case KindMapping:
		return "a mapping"
	default:
		return clip(v.node.Value)
	}
}

// Items takes the value as a list.
func (v Value) Items() (iter.Seq[Value], bool) {
	if v.node == nil {
		return nothing, false
	}
	if v.Kind() != KindList {
		e := v.WrongType("a list")
		if v.Kind() == KindNull {
			e.Hint = "write [] for an empty list, or remove the key"
		} else {
			e.Hint = "begin each item with a dash, or put the items in [ ]"
		}
		return nothing, false
	}
	return v.items, true
}

func nothing(func(Value) bool) {}

func (v Value) items(yield func(Value) bool) {
	for i := range v.node.Children {
		if !yield(newValue(v.src, &v.node.Children[i], roleItem, v.key)) {
			return
		}
	}
}

// Drain is Items for a list that is read once. An item is let go when the next
// one is read, since a tree is a dozen times as large as its text. The list
// must not be read again.
func (v Value) Drain() (iter.Seq[Value], bool) {
	items, ok := v.Items()
	if !ok || v.node.Anchored { // an alias may lead to an item once more
		return items, ok
	}
	return func(yield func(Value) bool) {
		for i := range v.node.Children {
			n := &v.node.Children[i]
			if !yield(newValue(v.src, n, roleItem, v.key)) {
				return
			}
			*n = yamltree.Node{}
		}
	}, true
}

// Len is the number of items of a list.
func (v Value) Len() int {
	if v.Kind() != KindList {
		return 0
	}
	return len(v.node.Children)
}

package strictyaml

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/internal/yamltree"
)

// Mapping is a value whose keys have been checked.
type Mapping struct {
	Value
	misspelt []string // keys that something unknown was probably meant to be
}

// Mapping takes the value as a mapping with these keys. Unknown and duplicate
// keys are errors and do not keep the others from being read: of duplicates
// the first one counts.
func (v Value) Mapping(keys []string) (Mapping, bool) {
	if v.node == nil {
		return Mapping{}, false
	}
	if v.Kind() != KindMapping {
		v.WrongType("a mapping")
		return Mapping{}, false
	}
	m := Mapping{Value: v}
	var room [16]*yamltree.Node
	first := append(room[:0], make([]*yamltree.Node, len(keys))...)
	for i := 0; i < len(v.node.Children); i += 2 {
		key := v.keyAt(i)
		known := slices.Index(keys, key.node.Value)
		switch {
		case !key.isKey():
		case known < 0:
			m.reportUnknown(key, keys)
		case first[known] != nil:
			m.reportDuplicate(key, first[known])
		default:
			first[known] = key.site
		}
	}
	return m, true
}

// Get returns the value under a key, or an absent one.
func (m Mapping) Get(key string) Value {
	if m.node == nil {
		return Value{}
	}
	for i := 0; i < len(m.node.Children); i += 2 {
		if k := follow(&m.node.Children[i]); k.Value == key && isScalar(k) {
			return m.valueAt(i)
		}
	}
	return Value{}
}

// Need is Get for a key that must be there: where it is not, that is an
// error. It is not reported beside an unknown key that looks like it.
func (m Mapping) Need(key string) Value {
	v := m.Get(key)
	if !v.Present() && m.Present() && !slices.Contains(m.misspelt, key) {
		m.Errorf(CodeMissingKey, "%s: the key %q is missing", m.label(), key)
	}
	return v
}

// Entry is a key of a mapping with its value.
type Entry struct {
	Key   Value // always text
	Value Value
}

// Entries takes the value as a mapping with keys of any name. Duplicate keys
// and keys that are not text are errors and left out.
func (v Value) Entries() ([]Entry, bool) {
	if v.node == nil {
		return nil, false
	}
	if v.Kind() != KindMapping {
		v.WrongType("a mapping")
		return nil, false
	}
	entries := make([]Entry, 0, len(v.node.Children)/2)
	first := make(map[string]*yamltree.Node, cap(entries))
	for i := 0; i < len(v.node.Children); i += 2 {
		key := v.keyAt(i)
		text, ok := key.text()
		switch {
		case !ok:
		case first[text] != nil:
			v.reportDuplicate(key, first[text])
		default:
			first[text] = key.site
			entries = append(entries, Entry{Key: key, Value: v.valueAt(i)})
		}
	}
	return entries, true
}

// keyAt is the key at an even index of the node's content.
func (v Value) keyAt(i int) Value {
	return newValue(v.src, &v.node.Children[i], roleKey, v.key)
}

// valueAt is the value of the key at an even index. Where nothing is written
// the key is its place: yaml.v3 may put it on a line of its own.
func (v Value) valueAt(i int) Value {
	key := &v.node.Children[i]
	value := newValue(v.src, &v.node.Children[i+1], roleValue, follow(key).Value)
	if value.node.Empty {
		value.site = key
	}
	return value
}

// isKey reports whether a value can be compared with keys. It reports an
// error where it cannot.
func (v Value) isKey() bool {
	switch {
	case v.node.Merge:
		v.Errorf(CodeMergeKey, `the merge key "<<" is not supported`).Hint =
			"write the keys out, or put what is shared in one place and refer to it by name"
		return false
	case !isScalar(v.node):
		v.WrongType("text")
		return false
	default:
		return true
	}
}

// text takes the value as a key of any name.
func (v Value) text() (string, bool) {
	if !v.isKey() {
		return "", false
	}
	return v.Str()
}

func (m *Mapping) reportUnknown(key Value, keys []string) {
	name := key.node.Value
	e := key.Errorf(CodeUnknownKey, "unknown key %s", quote(name))
	if meant, ok := Suggest(name, keys); ok {
		m.misspelt = append(m.misspelt, meant)
		e.Hint = DidYouMean(name, keys)
		return
	}
	e.Hint = "the keys here are " + enumerate(keys)
}

func (v Value) reportDuplicate(key Value, first *yamltree.Node) {
	at := v.src.nodePos(first)
	e := key.Errorf(CodeDuplicateKey, "the key %s is given twice, first at %s", quote(key.node.Value), at)
	e.Related = []Pos{at}
}

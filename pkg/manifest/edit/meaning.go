package edit

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// sameMeaning reports whether two texts hold the same documents, whatever the
// order of keys and the layout.
func sameMeaning(a, b []byte) bool {
	first, ok := documents(a)
	second, also := documents(b)
	return ok && also && slices.EqualFunc(first, second, sameNode)
}

// documents parses every document that holds something.
func documents(data []byte) ([]*yaml.Node, bool) {
	var out []*yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	for {
		var n yaml.Node
		err := decoder.Decode(&n)
		switch {
		case errors.Is(err, io.EOF):
			return out, true
		case err != nil:
			return nil, false
		case !isAbsent(n.Content[0]):
			out = append(out, n.Content[0])
		}
	}
}

func sameNode(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Tag != b.Tag || a.Value != b.Value || a.Anchor != b.Anchor || len(a.Content) != len(b.Content) {
		return false
	}
	if a.Kind != yaml.MappingNode {
		return slices.EqualFunc(a.Content, b.Content, sameNode)
	}
	return slices.EqualFunc(byKey(a), byKey(b), func(x, y [2]*yaml.Node) bool { return sameNode(x[0], y[0]) && sameNode(x[1], y[1]) })
}

// byKey gives the pairs of a mapping, sorted by key. Duplicates keep their
// order.
func byKey(n *yaml.Node) [][2]*yaml.Node {
	var out [][2]*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		out = append(out, [2]*yaml.Node{n.Content[i], n.Content[i+1]})
	}
	slices.SortStableFunc(out, func(a, b [2]*yaml.Node) int { return strings.Compare(a[0].Value, b[0].Value) })
	return out
}

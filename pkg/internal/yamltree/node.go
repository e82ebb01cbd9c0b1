package yamltree

import "gopkg.in/yaml.v3"

// Kind is what a node is. Of scalars it is what YAML takes them for.
type Kind uint8

// The kinds of nodes. The zero Kind is that of no node.
const (
	Null Kind = iota + 1
	String
	Bool
	Number
	Date
	List
	Mapping
)

// Node is a value in a YAML text. A tree has many of them and is read once, so that a
// node is small and holds its children itself.
type Node struct {
	Value    string // of a scalar, without quotes; of an alias, its name
	Children []Node // of a list its items; of a mapping its keys, each before its value
	Alias    *Node  // what an alias stands for, which is none; nil: the node is no alias

	Line, Column int32 // from 1; the column in characters
	Kind         Kind  // 0: an alias

	Empty    bool // nothing is written there, and that is null
	Merge    bool // "<<" without quotes
	Anchored bool // an alias may stand for it, or for something in it
}

// Of gives the tree of yaml.v3's. Each alias in it must stand for a node before it in the
// same tree. Types that a tag gives are those of the tag.
func Of(root *yaml.Node) *Node {
	out := &Node{}
	(&converter{anchored: make(map[*yaml.Node]*Node)}).convert(root, out)
	return out
}

type converter struct {
	anchored map[*yaml.Node]*Node
}

func (c *converter) convert(from *yaml.Node, to *Node) {
	*to = Node{Value: from.Value, Line: int32(from.Line), Column: int32(from.Column)}
	if from.Kind == yaml.AliasNode {
		to.Alias = c.anchored[from.Alias]
		return
	}
	to.Kind = kindOf(from)
	to.Merge = from.Kind == yaml.ScalarNode && from.Tag == mergeTag
	to.Empty = to.Kind == Null && from.Value == "" && from.Style == 0
	if from.Anchor != "" {
		to.Anchored = true
		c.anchored[from] = to
	}
	if len(from.Content) == 0 {
		return
	}
	to.Children = make([]Node, len(from.Content))
	for i, child := range from.Content {
		c.convert(child, &to.Children[i])
		to.Anchored = to.Anchored || to.Children[i].Anchored
	}
}

// The tags of yaml.v3.
const (
	nullTag      = "!!null"
	boolTag      = "!!bool"
	intTag       = "!!int"
	floatTag     = "!!float"
	timestampTag = "!!timestamp"
	mergeTag     = "!!merge"
)

func kindOf(n *yaml.Node) Kind {
	switch n.Kind {
	case yaml.SequenceNode:
		return List
	case yaml.MappingNode:
		return Mapping
	default:
		return scalarKind(n.Tag)
	}
}

func scalarKind(tag string) Kind {
	switch tag {
	case nullTag:
		return Null
	case boolTag:
		return Bool
	case intTag, floatTag:
		return Number
	case timestampTag:
		return Date
	default:
		return String
	}
}

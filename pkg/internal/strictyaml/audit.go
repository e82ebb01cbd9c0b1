package strictyaml

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// MaxDepth is how deep lists and mappings may be nested, aliases followed.
const MaxDepth = 100

// A document may grow by its aliases to growthFactor times its size and
// growthBonus nodes more. It keeps the work linear in the size of a file.
const (
	growthFactor = 10
	growthBonus  = 10_000
)

// audit walks a document once, without following aliases twice, and reports
// what makes it unfit for further reading. After it every walk over the
// document ends, within bounds.
func audit(src *source, root *yaml.Node) bool {
	a := auditor{src: src}
	total := a.measure(root, 0)
	if a.failed {
		return false
	}
	if total.nodes > growthFactor*a.literal+growthBonus {
		a.fail(a.largest, CodeAlias, fmt.Sprintf("alias *%s multiplies the document beyond bounds", a.largest.Value))
	}
	return !a.failed
}

// extent is the size of a part of a document with its aliases followed.
type extent struct {
	nodes  int
	height int
}

// unfinished is the extent of an anchored node that is still being measured.
var unfinished = extent{nodes: -1}

// maxNodes caps sizes, which aliases of aliases multiply. Twice as much still
// fits into 32 bits.
const maxNodes = 1 << 29

type auditor struct {
	src     *source
	anchors map[*yaml.Node]extent // of the anchors of this document seen so far
	literal int                   // nodes as written

	largest     *yaml.Node // the alias that brings in most nodes
	largestSize int
	failed      bool
}

// measure adds up a node at some depth. It stops at the first failure: one
// broken alias tends to be followed by many.
func (a *auditor) measure(n *yaml.Node, depth int) extent {
	if a.failed {
		return extent{}
	}
	a.literal++
	if n.Kind == yaml.AliasNode {
		return a.measureAlias(n, depth)
	}
	if n.Anchor != "" {
		a.remember(n, unfinished)
	}
	a.checkTag(n)
	out := extent{nodes: 1}
	if n.Kind != yaml.ScalarNode {
		out.height = 1
		if depth >= MaxDepth {
			a.fail(n, CodeTooDeep, fmt.Sprintf("nested more than %d deep", MaxDepth))
		}
	}
	for _, child := range n.Content {
		e := a.measure(child, depth+1)
		out.nodes = min(out.nodes+e.nodes, maxNodes)
		out.height = max(out.height, e.height+1)
	}
	if n.Anchor != "" {
		a.remember(n, out)
	}
	return out
}

func (a *auditor) remember(n *yaml.Node, e extent) {
	if a.anchors == nil {
		a.anchors = make(map[*yaml.Node]extent)
	}
	a.anchors[n] = e
}

func (a *auditor) measureAlias(n *yaml.Node, depth int) extent {
	target, known := a.anchors[n.Alias]
	switch {
	case !known:
		a.fail(n, CodeAlias, fmt.Sprintf("alias *%s refers to another document", n.Value))
	case target == unfinished:
		a.fail(n, CodeAlias, fmt.Sprintf("alias *%s stands inside what it refers to", n.Value))
	case depth+target.height > MaxDepth:
		a.fail(n, CodeTooDeep, fmt.Sprintf("nested more than %d deep by alias *%s", MaxDepth, n.Value))
	case target.nodes > a.largestSize:
		a.largest, a.largestSize = n, target.nodes
	}
	return target
}

func (a *auditor) pos(n *yaml.Node) Pos {
	return Pos{File: a.src.file, Line: a.src.line + n.Line, Column: n.Column}
}

// checkTag refuses explicit types. Only !!str has a use: it makes a string of
// what looks like something else.
func (a *auditor) checkTag(n *yaml.Node) {
	if n.Style&yaml.TaggedStyle == 0 || n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		return
	}
	e := &Error{Pos: a.pos(n), Code: CodeTag,
		Msg: fmt.Sprintf("the tag %s is not supported", quote(n.Tag)), Hint: "remove it"}
	a.src.errs.Add(e)
}

func (a *auditor) fail(n *yaml.Node, code Code, msg string) {
	if a.failed {
		return
	}
	a.failed = true
	a.src.errs.Add(&Error{Pos: a.pos(n), Code: code, Msg: msg})
}

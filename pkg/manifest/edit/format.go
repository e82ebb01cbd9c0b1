package edit

import (
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/manifest"
)

// MaxWidth is the width up to which a list or mapping stays on one line, in
// characters, comments not counted.
const MaxWidth = 120

// Format gives a file its canonical layout: keys in the order of the
// documentation, two blanks for each level, one form of brackets, lists that
// are too long for a line broken up, at most one blank line in a row. Comments
// stay, and so does the order of everything that people list. What it returns
// says the same and is its own canonical layout. A document that is written in
// an unusual way, with anchors or tags or values far from their keys, is left as
// it is.
//
// The error is a manifest.Errors: the file is not YAML. It need not be good as a
// manifest.
func Format(f manifest.File) ([]byte, error) {
	if _, err := parseAll(f); err != nil {
		return nil, err
	}
	var docs [][]string
	var held []string // trivia of parts that hold nothing else
	for _, p := range split(linesOf(f.Data)) {
		if !p.hasContent() && !hasContentMark(p.mark) {
			held = append(held, p.lines...)
			continue
		}
		p.lines = append(held, p.lines...)
		held = nil
		docs = append(docs, formatPart(p))
	}
	out := join(docs, trimAll(held, 0))
	if !sameMeaning(f.Data, out) {
		return f.Data, nil
	}
	return out, nil
}

// parseAll reads all documents of a file, as every command does.
func parseAll(f manifest.File) ([]strictyaml.Value, error) {
	var errs strictyaml.Errors
	roots := strictyaml.Parse(f.Path, f.Data, &errs)
	errs.Sort()
	return roots, errs.Err()
}

// hasContentMark reports a marker that something but a comment stands behind.
func hasContentMark(mark string) bool {
	rest := strings.TrimPrefix(mark, "---")
	return !isTrivia(rest)
}

// formatPart gives the lines of one document in canonical layout, or as they
// are where it has none. The first line is its marker where that says more than
// that it is one.
func formatPart(p part) []string {
	var mark []string
	if p.mark != "" && p.mark != "---" {
		mark = []string{p.mark}
	}
	if !hasContentMark(p.mark) {
		mark = trimAll(mark, 0)
		if lines, ok := p.format(); ok {
			return append(mark, lines...)
		}
	}
	return append(mark, p.lines...)
}

func (p part) format() ([]string, bool) {
	root, err := p.root()
	if err != nil {
		return nil, false
	}
	tree, err := build(p, root)
	if err != nil {
		return nil, false
	}
	pr := printer{kind: kindOf(root)}
	pr.trivia(tree.items[0].lead, 0)
	tree.items[0].lead = nil
	pr.block(tree, 0, nil)
	out := part{lines: withoutLastBlanks(pr.lines)}
	after, err := out.root()
	return out.lines, err == nil && sameNode(root, after)
}

func kindOf(root *yaml.Node) string {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == "kind" {
			return root.Content[i+1].Value
		}
	}
	return ""
}

// join puts documents together, and comments after the last one. A marker that
// says nothing is written between documents alone.
func join(docs [][]string, foot []string) []byte {
	var b strings.Builder
	for i, lines := range docs {
		if i > 0 && (len(lines) == 0 || !isMarker(lines[0], "---")) {
			b.WriteString("---\n")
		}
		for _, line := range lines {
			b.WriteString(line + "\n")
		}
	}
	p := printer{}
	p.trivia(foot, 0)
	for _, line := range withoutLastBlanks(p.lines) {
		b.WriteString(line + "\n")
	}
	return []byte(b.String())
}

func withoutLastBlanks(lines []string) []string {
	for len(lines) > 0 && isBlank(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	return lines
}

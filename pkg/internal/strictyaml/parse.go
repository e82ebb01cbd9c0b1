package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/pkg/internal/yamltree"
)

// MaxBytes is the size of the largest file that is parsed.
const MaxBytes = 50 << 20

// source is the part of a file that a syntax tree comes from.
type source struct {
	file string
	line int // lines of the file before this part
	errs *Errors
}

// nodePos gives the place of a node.
func (s *source) nodePos(n *yamltree.Node) Pos {
	return Pos{File: s.file, Line: s.line + int(n.Line), Column: int(n.Column)}
}

// markPos gives the place of a mark of the parser.
func (s *source) markPos(m mark) Pos {
	return Pos{File: s.file, Line: s.line + m.line + 1, Column: m.column + 1}
}

// Parse reads a stream of YAML documents and returns the root of each one, in
// order. Documents without content are left out, as are those that cannot be
// read: for each of these it adds an error to errs. Later errors of the
// returned values are added to errs as well. The name of the file serves for
// positions alone.
//
// A document that is broken does not keep those after it from being read.
func Parse(file string, data []byte, errs *Errors) []Value {
	var roots []Value
	for _, p := range Split(file, data, errs) {
		p.Parse()
		roots = append(roots, p.Roots(errs)...)
	}
	return roots
}

// checkText gives the text of a file without a byte order mark, or reports why
// it is none.
func checkText(file string, data []byte, errs *Errors) ([]byte, bool) {
	if len(data) > MaxBytes {
		errs.Add(&Error{Pos: Pos{File: file}, Code: CodeTooLarge,
			Msg:  fmt.Sprintf("the file is larger than %d MiB", MaxBytes>>20),
			Hint: "split it into several files"})
		return nil, false
	}
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	if bad := findBadText(data); bad != nil {
		bad.Pos.File = file
		errs.Add(bad)
		return nil, false
	}
	return data, true
}

// directiveError refuses %YAML and %TAG. Without tags neither has a use, and
// the YAML parser compares every %TAG with all those before it.
func directiveError(src *source, line int) *Error {
	return &Error{Pos: src.markPos(mark{line: line - 1}), Code: CodeSyntax,
		Msg: "YAML directives are not supported", Hint: "remove the line"}
}

// parsePart reads one part of a file. It holds one document, after which the
// parser has to meet the end.
func parsePart(src *source, text []byte) []Value {
	if root := yamltree.Simple(text); root != nil { // it has nothing that audit looks for
		return []Value{newValue(src, root, roleDocument, "")}
	}
	var roots []Value
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		root, err := decodeNext(decoder)
		if errors.Is(err, io.EOF) {
			return roots
		}
		if err != nil {
			src.errs.Add(positioned(src, text, failureOf(decoder), err))
			return roots
		}
		if !audit(src, root) {
			continue
		}
		if tree := yamltree.Of(root); !tree.Empty {
			roots = append(roots, newValue(src, tree, roleDocument, ""))
		}
	}
}

// decodeNext returns the root node of the next document. A panic of the
// parser is an error: its input is a stranger's.
func decodeNext(decoder *yaml.Decoder) (root *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errBrokeDown, p)
		}
	}()
	var document yaml.Node
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	return document.Content[0], nil
}

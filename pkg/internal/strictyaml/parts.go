package strictyaml

import "bytes"

// The marks that begin and end a document.
const (
	markBegin = "---"
	markEnd   = "..."
)

// part is a piece of a file that holds one document.
type part struct {
	line      int // lines before it
	text      []byte
	directive int // the line within text, from 1, of a YAML directive; 0: none
}

// parts cuts a file into its documents and leaves out the empty ones. At the
// start of a line a mark ends whatever came before, were it quoted text, so
// no document is torn. The cut keeps a syntax error from hiding the errors of
// the documents after it, and anchors from being seen there.
func parts(data []byte) []part {
	var out []part
	var current part
	start, hasContent := 0, false
	cut := func(at, line int) {
		if hasContent {
			current.text = data[start:at]
			out = append(out, current)
		}
		current, start, hasContent = part{line: line}, at, false
	}
	for pos, line := 0, 0; pos < len(data); line++ {
		end := lineEnd(data, pos)
		text := data[pos:end]
		if isMark(text, markBegin) {
			cut(pos, line)
		}
		hasContent = hasContent || holdsContent(text)
		if current.directive == 0 && isDirective(text) {
			current.directive = line - current.line + 1
		}
		if isMark(text, markEnd) {
			cut(end, line+1)
		}
		pos = end
	}
	cut(len(data), 0)
	return out
}

// lineEnd returns the index after the line break that ends the line at pos.
func lineEnd(data []byte, pos int) int {
	for i := pos; i < len(data); i++ {
		if endsLine(data, i) {
			return i + 1
		}
	}
	return len(data)
}

// isMark reports whether a line begins with a document mark.
func isMark(line []byte, mark string) bool {
	rest, found := bytes.CutPrefix(line, []byte(mark))
	return found && (len(rest) == 0 || isBlank(rest[0]))
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

// isDirective reports whether a line begins with a directive that the YAML
// parser would obey.
func isDirective(line []byte) bool {
	return bytes.HasPrefix(line, []byte("%YAML")) || bytes.HasPrefix(line, []byte("%TAG"))
}

// holdsContent reports whether a line is more than blanks, a comment or a
// bare mark.
func holdsContent(line []byte) bool {
	if isMark(line, markBegin) || isMark(line, markEnd) {
		line = line[len(markBegin):]
	}
	line = bytes.TrimLeft(line, " \t\r\n")
	return len(line) > 0 && line[0] != '#'
}

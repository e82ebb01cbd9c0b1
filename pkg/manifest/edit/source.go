package edit

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"
)

// part is a document of a file, as lines without their ends.
type part struct {
	mark  string // the line that begins it, "---" and what stands behind it; empty: none
	first int    // the number of lines in the file before those of the part
	lines []string
}

// split cuts a text into its documents, where markers stand at the start of a
// line. There is always one part.
func split(lines []string) []part {
	out := []part{{}}
	for i, line := range lines {
		switch {
		case isMarker(line, "---"):
			out = append(out, part{mark: strings.TrimRight(line, " \t"), first: i + 1})
		case isMarker(line, "..."):
			out = append(out, part{first: i + 1})
		default:
			p := &out[len(out)-1]
			p.lines = append(p.lines, line)
		}
	}
	return out
}

func isMarker(line, marker string) bool {
	rest, found := strings.CutPrefix(line, marker)
	return found && (rest == "" || rest[0] == ' ' || rest[0] == '\t')
}

// linesOf cuts a text into lines without their ends, be these LF or CR LF.
func linesOf(data []byte) []string {
	text := strings.TrimPrefix(string(data), "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// isTrivia reports whether a line is blank or a comment.
func isTrivia(line string) bool {
	line = strings.TrimLeft(line, " \t")
	return line == "" || line[0] == '#'
}

func isBlank(line string) bool { return strings.TrimSpace(line) == "" }

// indentOf is the number of blanks before the first character of a line.
func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// root parses a part and gives the root of its document; nil where it has
// none.
func (p part) root() (*yaml.Node, error) {
	var document yaml.Node
	text := strings.Join(p.lines, "\n") + "\n"
	if err := yaml.NewDecoder(bytes.NewReader([]byte(text))).Decode(&document); err != nil {
		return nil, err
	}
	return document.Content[0], nil
}

// hasContent reports whether there is more in a part than trivia.
func (p part) hasContent() bool {
	for _, line := range p.lines {
		if !isTrivia(line) {
			return true
		}
	}
	return false
}

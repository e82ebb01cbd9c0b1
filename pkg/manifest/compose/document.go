package compose

import (
	"bytes"

	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/edit"
)

// document is what there is one of between two markers. A tenant has a hundred
// thousand entries, which are written where they stay.
type document interface {
	// size is about how many bytes it takes, and rather too many.
	size() int
	write(to *bytes.Buffer)
}

// breakUp breaks up what is too wide in the document that begins there.
func breakUp(b *bytes.Buffer, begin int) {
	for line := range bytes.Lines(b.Bytes()[begin:]) {
		if !isWide(line) {
			continue
		}
		if formatted, err := edit.Format(manifest.File{Data: bytes.Clone(b.Bytes()[begin:])}); err == nil {
			b.Truncate(begin)
			b.Write(formatted)
		}
		return
	}
}

// isWide reports a line that may have to be broken up: one with brackets or
// braces, and maybe too wide. Its comment does not count.
func isWide(line []byte) bool {
	if len(line)-1 <= edit.MaxWidth {
		return false
	}
	content, _, _ := bytes.Cut(line[:len(line)-1], []byte(" # "))
	return len(content) > edit.MaxWidth && bytes.ContainsAny(content, "[{")
}

// lines are a document that is not large.
type lines []string

func (l lines) size() int {
	out := 0
	for _, line := range l {
		out += len(line) + 1
	}
	return out
}

func (l lines) write(to *bytes.Buffer) {
	for _, line := range l {
		to.WriteString(line)
		to.WriteByte('\n')
	}
}

package sheet

import (
	"unicode/utf8"

	"github.com/licensectl/licensectl/pkg/internal/charset"
	"github.com/licensectl/licensectl/pkg/manifest"
)

// MaxBytes is the size of the largest table that is read.
const MaxBytes = 50 << 20

// decode gives the text of a file: UTF-8, or UTF-16 with a byte order mark,
// as Excel and PowerShell write it.
func decode(file string, data []byte) (string, *manifest.Error) {
	bad := func(msg, hint string) (string, *manifest.Error) {
		return "", &manifest.Error{Pos: posIn(file, place{}), Code: CodeTable, Msg: msg, Hint: hint}
	}
	if len(data) > MaxBytes {
		return bad("the file is larger than 50 MiB", "split it into several files")
	}
	text, err := charset.Decode(data)
	switch {
	case err != nil:
		return bad(err.Error(), `save it as "CSV UTF-8"`)
	case !utf8.Valid(text):
		return bad("the file is neither UTF-8 nor UTF-16 with a byte order mark", `save it as "CSV UTF-8"`)
	}
	return string(text), nil
}

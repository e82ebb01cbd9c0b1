package sheet

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/licensectl/licensectl/pkg/manifest"
)

// MaxBytes is the size of the largest table that is read.
const MaxBytes = 50 << 20

// decode gives the text of a file: UTF-8, or UTF-16 with a byte order mark,
// as Excel and PowerShell write it.
func decode(file string, data []byte) (string, *manifest.Error) {
	bad := func(msg, hint string) (string, *manifest.Error) {
		return "", &manifest.Error{Pos: place{}.in(file), Code: CodeTable, Msg: msg, Hint: hint}
	}
	switch {
	case len(data) > MaxBytes:
		return bad("the file is larger than 50 MiB", "split it into several files")
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return decode16(data[2:], binary.LittleEndian), nil
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return decode16(data[2:], binary.BigEndian), nil
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return bad("the file is neither UTF-8 nor UTF-16 with a byte order mark", `save it as "CSV UTF-8"`)
	}
	return string(data), nil
}

func decode16(data []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}

// preamble takes off the lines before the header that programs write: the type
// of Export-Csv, and the separator for Excel. It gives the separator if one is
// named, and how many lines were taken off.
func preamble(text string) (rest string, separator rune, lines int) {
	for {
		line, after, found := strings.Cut(text, "\n")
		line = strings.TrimSuffix(line, "\r")
		named, isSeparator := strings.CutPrefix(line, "sep=")
		switch {
		case found && isSeparator && utf8.RuneCountInString(named) == 1:
			separator, _ = utf8.DecodeRuneInString(named)
		case found && (strings.HasPrefix(line, "#TYPE ") || strings.TrimSpace(line) == ""):
		default:
			return text, separator, lines
		}
		text = after
		lines++
	}
}

// guessSeparator takes the separator that the header has most of, outside
// quotes.
func guessSeparator(text string) rune {
	header, _, _ := strings.Cut(text, "\n")
	best, most, quoted := ',', 0, false
	counts := map[rune]int{}
	for _, r := range header {
		if r == '"' {
			quoted = !quoted
		}
		if !quoted {
			counts[r]++
		}
	}
	for _, r := range []rune{',', ';', '\t', '|'} {
		if counts[r] > most {
			best, most = r, counts[r]
		}
	}
	return best
}

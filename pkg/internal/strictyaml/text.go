package strictyaml

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// The byte order marks that editors on Windows write.
const (
	byteOrderMark     = "\ufeff"
	utf16LittleEndian = "\xff\xfe"
	utf16BigEndian    = "\xfe\xff"
)

// findBadText returns an error for the first character that cannot stand in
// a YAML file, without its file name, or nil. Besides what YAML itself
// forbids it refuses the line breaks of Unicode: YAML 1.1 counts lines by them
// and editors do not, so that text could hide behind them.
func findBadText(data []byte) *Error {
	for i := 0; i < len(data); {
		if isPlainASCII(data[i]) {
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return encodingError(data, i)
		}
		if !allowedInText(r) {
			return &Error{Pos: textPos(data, i), Code: CodeEncoding,
				Msg:  fmt.Sprintf("the character %U is not allowed", r),
				Hint: "remove it, or write it as an escape in double quotes"}
		}
		i += size
	}
	return nil
}

func isPlainASCII(b byte) bool {
	return b >= ' ' && b <= '~' || b == '\n' || b == '\t' || b == '\r'
}

func allowedInText(r rune) bool {
	switch r {
	case '\u2028', '\u2029', '\ufffe', '\uffff':
		return false
	default:
		return !unicode.IsControl(r)
	}
}

func encodingError(data []byte, at int) *Error {
	hint := "save the file as UTF-8"
	if bytes.HasPrefix(data, []byte(utf16LittleEndian)) || bytes.HasPrefix(data, []byte(utf16BigEndian)) {
		hint = "the file is UTF-16; save it as UTF-8"
	}
	return &Error{Pos: textPos(data, at), Code: CodeEncoding,
		Msg: fmt.Sprintf("the byte 0x%02x is not valid UTF-8", data[at]), Hint: hint}
}

// textPos gives the line and column of a byte. The text before it is valid.
func textPos(data []byte, at int) Pos {
	line, start := 1, 0
	for i := range at {
		if endsLine(data, i) {
			line, start = line+1, i+1
		}
	}
	return Pos{Line: line, Column: utf8.RuneCount(data[start:at]) + 1}
}

// endsLine reports whether the byte at i is the last one of a line break:
// LF, CR LF or a CR alone.
func endsLine(data []byte, i int) bool {
	return data[i] == '\n' || data[i] == '\r' && (i+1 == len(data) || data[i+1] != '\n')
}

package emulator

import (
	"encoding/json"

	"github.com/licensectl/licensectl/pkg/license"
)

// The functions of this file write JSON without reflection: a page of a
// thousand users is written as fast as it is sent.

func appendNull(dst []byte, _ *directory, _ user) []byte { return append(dst, "null"...) }

func appendOptional(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "null"...)
	}
	return appendString(dst, s)
}

// appendString writes a JSON string. Plain text is copied; the rest is left
// to encoding/json.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			quoted, err := json.Marshal(s)
			if err != nil {
				panic("emulator: " + err.Error())
			}
			return append(dst, quoted...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

const hexDigits = "0123456789abcdef"

func appendGUID(dst []byte, id license.GUID) []byte {
	dst = append(dst, '"')
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[b>>4], hexDigits[b&15])
	}
	return append(dst, '"')
}

func appendGUIDs(dst []byte, ids []license.GUID) []byte {
	dst = append(dst, '[')
	for i, id := range ids {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendGUID(dst, id)
	}
	return append(dst, ']')
}

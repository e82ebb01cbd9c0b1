// Package charset reads the text of files as programs write it: UTF-8, and the
// UTF-16 of Windows PowerShell 5, whose > and Out-File write nothing else.
//
// It is bytes in, bytes out.
package charset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

const byteOrderMark = "\ufeff"

// What a text in another encoding is, in words. Each says what to do.
var (
	errUTF32     = errors.New("it is UTF-32: save it as UTF-8")
	errUnmarked  = errors.New("it seems to be UTF-16 without a byte order mark: save it as UTF-8")
	errHalf      = errors.New("it is UTF-16 and ends in the middle of a character: it is cut off, save it as UTF-8")
	errSurrogate = errors.New("it is UTF-16 and has half a character in it: it is damaged, save it as UTF-8")
)

// Decode gives the text of a file as UTF-8, without a byte order mark. What has
// none is given as it is, be it valid or not. The error says in words why it is
// no text.
func Decode(data []byte) ([]byte, error) {
	decoded, err := DecodeUTF16(data)
	return bytes.TrimPrefix(decoded, []byte(byteOrderMark)), err
}

// DecodeUTF16 gives UTF-16 as UTF-8 without its byte order mark, and everything
// else as it is. The errors are those of Decode.
func DecodeUTF16(data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(data, []byte{0, 0, 0xfe, 0xff}):
		return nil, errUTF32
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return decode(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return decode(data[2:], binary.BigEndian)
	case len(data) >= 2 && (data[0] == 0) != (data[1] == 0):
		// No text in UTF-8 has a zero byte, and ours begin with ASCII.
		return nil, errUnmarked
	}
	return data, nil
}

func decode(data []byte, order binary.ByteOrder) ([]byte, error) {
	if len(data)%2 != 0 {
		return nil, errHalf
	}
	out := make([]byte, 0, len(data)/2)
	for len(data) > 0 {
		r := rune(order.Uint16(data))
		data = data[2:]
		if utf16.IsSurrogate(r) {
			if len(data) == 0 {
				return nil, errHalf
			}
			if r = utf16.DecodeRune(r, rune(order.Uint16(data))); r == utf8.RuneError {
				return nil, errSurrogate
			}
			data = data[2:]
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}

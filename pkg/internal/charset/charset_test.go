package charset_test

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/internal/charset"
)

// encoded gives a text as Windows PowerShell 5 writes it, or the other way round.
func encoded(text string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, unit := range append([]uint16{0xfeff}, utf16.Encode([]rune(text))...) {
		out = order.AppendUint16(out, unit)
	}
	return out
}

func TestEveryTextComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Filter(func(s string) bool { return !strings.HasPrefix(s, "\ufeff") && !strings.Contains(s, "\x00") }).Draw(t, "text")
		for name, data := range map[string][]byte{
			"as it is": []byte(text), "with a mark": []byte("\ufeff" + text),
			"little": encoded(text, binary.LittleEndian), "big": encoded(text, binary.BigEndian),
		} {
			if got, err := charset.Decode(data); err != nil || string(got) != text {
				t.Fatalf("%s: %q, %v", name, got, err)
			}
		}
	})
}

func TestWhatIsNoText(t *testing.T) {
	little := binary.LittleEndian
	for want, data := range map[string][]byte{
		"UTF-32":                     {0xff, 0xfe, 0, 0, 'a', 0, 0, 0},
		"without a byte order mark":  encoded("{}", little)[2:],
		"in the middle of a":         encoded("{}", little)[:5],
		"half a character in it":     little.AppendUint16(little.AppendUint16(encoded("{", little), 0xd83d), 'a'),
		"cut off, save it as UTF-8":  little.AppendUint16(encoded("{", little), 0xd83d),
		"damaged, save it as UTF-8":  little.AppendUint16(little.AppendUint16(encoded("", little), 0xdc00), 0xdc00),
		"UTF-32: save it as UTF-8":   {0, 0, 0xfe, 0xff, 0, 0, 0, 'a'},
		"mark: save it as UTF-8":     {0, '{', 0, '}'},
		"it is cut off, save it as ": {0xfe, 0xff, 0},
	} {
		if got, err := charset.Decode(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q, %v; want %s", got, err, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("{}"))
	f.Add(encoded("{}", binary.LittleEndian))
	f.Fuzz(func(t *testing.T, data []byte) {
		decoded, err := charset.Decode(data)
		if err != nil && decoded != nil {
			t.Error("gives half a text")
		}
	})
}

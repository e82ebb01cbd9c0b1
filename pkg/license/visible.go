package license

import (
	"strings"
	"unicode"
)

// Visible leaves out the characters that nobody sees: a part number of the
// service was found to end in one (U+200B, microsoft-365-docs#8606), and names
// that look the same are the same to those who write them.
func Visible(s string) string {
	if strings.IndexFunc(s, isInvisible) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isInvisible(r) {
			return -1
		}
		return r
	}, s)
}

// isInvisible tells characters that take no room: those that format text,
// controls that are no white space, and what Unicode calls ignorable.
func isInvisible(r rune) bool {
	if r < unicode.MaxASCII {
		return unicode.IsControl(r) && !unicode.IsSpace(r)
	}
	return unicode.In(r, unicode.Cf, unicode.Cc, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) && !unicode.IsSpace(r)
}

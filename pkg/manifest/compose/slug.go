package compose

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxName is the longest name that manifests take. As the name of a file it
// leaves room for the folders around it on every file system.
const maxName = 63

// slug makes a text of a stranger into a word of lower-case ASCII letters,
// digits and single dashes, which is good as part of a name and of a path. It
// is empty where nothing of the text is left.
func slug(text string) string {
	var b strings.Builder
	dash := false
	for _, r := range norm.NFKD.String(text) {
		word := asciiOf(r)
		switch {
		case word != "":
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteString(word)
			dash = false
		case !unicode.Is(unicode.Mn, r): // an accent that has come off its letter
			dash = true
		}
	}
	return b.String()
}

// asciiOf gives a letter or digit in lower case, spelt out where it has no
// accent to lose, and nothing for any other character.
func asciiOf(r rune) string {
	switch r = unicode.ToLower(r); {
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		return string(r)
	}
	switch r {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'đ', 'ð':
		return "d"
	case 'þ':
		return "th"
	}
	return ""
}

// digest is a short mark of a content, for names that would be alike or too
// long.
func digest(content string) string {
	sum := sha256.Sum256([]byte(content))
	const bytes = 4
	return hex.EncodeToString(sum[:bytes])
}

// shortened cuts a name that is too long, and marks it by its content.
func shortened(name, content string) string {
	if len(name) <= maxName {
		return name
	}
	mark := "-" + digest(content)
	return strings.TrimRight(name[:maxName-len(mark)], "-.") + mark
}

// isReserved reports whether Windows takes the name for a device, whatever
// comes after a dot.
func isReserved(name string) bool {
	device := strings.TrimRight(name, "0123456789")
	switch {
	case slices.Contains([]string{"con", "prn", "aux", "nul"}, name):
		return true
	case device == "com" || device == "lpt":
		return len(name) == len(device)+1
	}
	return false
}

// distinct makes the names of several contents differ: those that are alike
// are marked by their contents, each of them, so that the order of the input
// does not show. The contents differ.
func distinct(names, contents []string) []string {
	out, contents := slices.Clone(names), slices.Clone(contents)
	for {
		count := map[string]int{}
		for _, n := range out {
			count[n]++
		}
		if len(count) == len(out) {
			return out
		}
		for i, n := range out {
			if count[n] > 1 {
				mark := "-" + digest(contents[i])
				out[i] = strings.TrimRight(n[:min(len(n), maxName-len(mark))], "-") + mark
				contents[i] += mark // were the marks alike, those of the next round differ
			}
		}
	}
}

// FreeName finds a name that nobody has: this one, or one with a number.
func FreeName(name string, isFree func(string) bool) string {
	for n := 1; ; n++ {
		out := name
		if n > 1 {
			out = shortened(fmt.Sprintf("%s-%d", name, n), name)
		}
		if isFree(out) {
			return out
		}
	}
}

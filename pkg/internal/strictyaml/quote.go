package strictyaml

import (
	"strconv"
	"strings"
)

// maxQuoted is how many characters of a value a message repeats.
const maxQuoted = 60

// quote shows text of a stranger in one line, clipped and with everything
// escaped that does not print.
func quote(s string) string { return strconv.Quote(clip(s)) }

// bare is quote without the quotes where nothing in the text asks for them.
func bare(s string) string {
	quoted := quote(s)
	if plain := quoted[1 : len(quoted)-1]; plain == s {
		return s
	}
	return quoted
}

// clip shortens a text to what a message can bear.
func clip(s string) string {
	count := 0
	for i := range s {
		if count == maxQuoted {
			return s[:i] + "…"
		}
		count++
	}
	return s
}

// enumerate lists words for a sentence.
func enumerate(words []string) string { return strings.Join(words, ", ") }

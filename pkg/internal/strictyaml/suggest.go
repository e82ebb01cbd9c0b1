package strictyaml

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// maxSuggestLength bounds the words that are compared, in bytes: the cost
// grows with the square.
const maxSuggestLength = 100

// Suggest returns the known word that was most likely meant. It ignores case,
// and allows one mistake for three characters or part of them, but not for
// every character. Of equally near words the first wins.
func Suggest(word string, known []string) (string, bool) {
	if len(word) > maxSuggestLength {
		return "", false
	}
	best, bestDistance := "", min((len(word)+2)/3+1, max(1, len(word)))
	folded := strings.ToLower(word)
	for _, k := range known {
		if abs(len(k)-len(word)) >= bestDistance {
			continue
		}
		if d := levenshtein.ComputeDistance(folded, strings.ToLower(k)); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best, best != ""
}

// DidYouMean is a hint made from Suggest: `did you mean "x"?`, or nothing.
func DidYouMean(word string, known []string) string {
	if s, ok := Suggest(word, known); ok {
		return fmt.Sprintf("did you mean %q?", s)
	}
	return ""
}

func abs(n int) int { return max(n, -n) }

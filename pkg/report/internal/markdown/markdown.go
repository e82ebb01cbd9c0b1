package markdown

import (
	"regexp"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/safetext"
)

// Markdown is read by GitHub, GitLab and Azure DevOps, which put meaning into
// text long after CommonMark is done with it: mentions, references to issues
// and commits, labels, emoji, addresses. Neither backslashes nor character
// references help, for these filters work on the text that is left when both
// are resolved. What all of them leave alone is code. So a stranger's text gets
// into markdown in two ways alone, Code and Prose, and both are proven by what
// they let through rather than by what they look for.

// Code writes a stranger's text as a code span. The text is on one line, and
// its back quotes and vertical bars become visible escapes, so that one back
// quote on each side fences it, within a table as elsewhere. No text is no
// span.
func Code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + codeEscapes.Replace(safetext.Name(s)) + "`"
}

var codeEscapes = strings.NewReplacer("`", `\x60`, "|", `\x7c`)

// Prose writes a stranger's sentence for reading: words of letters and short
// numbers as they are, and everything else as code. What stands in quotes is a
// name as a whole; back quotes are there to say so, and go.
func Prose(s string) string {
	var out []string
	for _, piece := range sentencePiece.FindAllString(safetext.Sentence(s), -1) {
		last, coded := len(out)-1, codePiece(piece)
		switch {
		case isPlainWord(piece):
			out = append(out, piece)
		case last >= 0 && strings.HasSuffix(out[last], "`") && strings.HasPrefix(coded, "`"):
			// Odd words that stand together are one.
			out[last] = strings.TrimSuffix(out[last], "`") + " " + strings.TrimPrefix(coded, "`")
		default:
			out = append(out, coded)
		}
	}
	return strings.Join(out, " ")
}

// sentencePiece is what stands in quotes, with a sign of punctuation behind it,
// or a word.
var sentencePiece = regexp.MustCompile("`[^` ][^`]*`[.,;:?]?|\"[^\" ][^\"]*\"[.,;:?]?|[^ ]+")

// codePiece writes a piece of a sentence as code, but for a sign of punctuation
// at its end.
func codePiece(piece string) string {
	inside := strings.TrimRight(piece, ".,;:?")
	if len(inside) < len(piece)-1 || inside == "" {
		inside = piece
	}
	behind := piece[len(inside):]
	before := ""
	switch opened, closed := strings.Count(inside, "("), strings.Count(inside, ")"); {
	case closed > opened && len(inside) > 1 && strings.HasSuffix(inside, ")"):
		inside, behind = inside[:len(inside)-1], ")"+behind // it was opened by a word before
	case opened > closed && len(inside) > 1 && strings.HasPrefix(inside, "("):
		inside, before = inside[1:], "(" // a word behind closes it
	}
	if bare := strings.Trim(inside, "`"); bare != "" && len(bare) == len(inside)-2 {
		inside = bare
	}
	return before + "`" + codeEscapes.Replace(inside) + "`" + behind
}

// plainWord is a word with nothing in it that markdown or one of its readers
// could take for more than a word: letters, with an apostrophe or a hyphen
// between them; a number of at most six digits; or a letter and a digit, as in
// E5, but for T, behind which Phorge has its issues. It may stand in parentheses
// and end in a sign of punctuation.
var plainWord = regexp.MustCompile(`^\(?(?:\p{L}\p{M}*(?:['-]?\p{L}\p{M}*)*|[0-9]{1,3}(?:,[0-9]{3})?|[A-SU-Z][0-9])\)?[.,;:?]?$`)

// linkWord could begin an address, or be the name of a commit, of which seven
// digits are enough.
var linkWord = regexp.MustCompile(`(?i)www|mailto|xmpp|[0-9a-f]{7}`)

func isPlainWord(word string) bool { return plainWord.MatchString(word) && !linkWord.MatchString(word) }

// EachCode writes several names.
func EachCode(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = Code(name)
	}
	return out
}

// Codes writes several names in a row.
func Codes(names []string) string { return strings.Join(EachCode(names), ", ") }

// Row writes the cells of a row. They hold no line break, and no bar
// outside of what Code has made safe.
func Row(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// Head writes the titles of a table. A title that ends in a colon pushes
// its column to the right.
func Head(titles ...string) string {
	rules := make([]string, len(titles))
	for i, title := range titles {
		rules[i] = "---"
		if strings.HasSuffix(title, ":") {
			titles[i], rules[i] = strings.TrimSuffix(title, ":"), "--:"
		}
	}
	return Row(titles...) + "|" + strings.Join(rules, "|") + "|\n"
}

// Folded begins a part that a reader opens; the title is ours.
func Folded(title string) string {
	return "\n<details>\n<summary>" + title + "</summary>\n\n"
}

package layout_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

func TestWrap(t *testing.T) {
	for name, c := range map[string]struct {
		line  string
		width int
		want  string
	}{
		"it fits":      {"  - ada@contoso.com: + Visio Plan 2", 40, "  - ada@contoso.com: + Visio Plan 2"},
		"no terminal":  {strings.Repeat("word ", 40) + "end", 0, strings.Repeat("word ", 40) + "end"},
		"too narrow":   {strings.Repeat("word ", 40) + "end", 39, strings.Repeat("word ", 40) + "end"},
		"it hangs":     {"  - ada@contoso.com: + Visio Plan 2  (manifests/sales.yaml:10)", 40, "  - ada@contoso.com: + Visio Plan 2\n      (manifests/sales.yaml:10)"},
		"a long word":  {"see " + strings.Repeat("x", 50) + " there", 40, "see\n    " + strings.Repeat("x", 50) + "\n    there"},
		"wide letters": {"全社で使う製品全社 で使う製品全社で使う 製品", 40, "全社で使う製品全社 で使う製品全社で使う\n    製品"},
		"a tone": {
			"\x1b[31mMicrosoft 365 E5, keeping no direct license of it\x1b[0m at all", 40,
			"\x1b[31mMicrosoft 365 E5, keeping no direct\x1b[0m\n    \x1b[31mlicense of it\x1b[0m at all",
		},
	} {
		if got := strings.Join(layout.Wrap(c.line, c.width), "\n"); got != c.want {
			t.Errorf("%s: got\n%q, want\n%q", name, got, c.want)
		}
	}
}

var tones = regexp.MustCompile("\x1b\\[[0-9]*m")

// Wrapping loses no word and no tone, and no line is too wide that has more than
// one word.
func TestWrapKeepsEveryWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{
			"a", "users:", "漢字漢字", "manifests/sales.yaml:10", strings.Repeat("x", 70), "\x1b[31mgone\x1b[0m", "\x1b[1mbold", "end\x1b[0m",
		}), 1, 40).Draw(t, "words")
		width := rapid.IntRange(40, 120).Draw(t, "width")
		line := strings.Repeat(" ", rapid.IntRange(0, 8).Draw(t, "indent")) + strings.Join(words, " ")
		lines := layout.Wrap(line, width)
		plain := func(s string) string { return strings.Join(strings.Fields(tones.ReplaceAllString(s, "")), " ") }
		if plain(strings.Join(lines, " ")) != plain(line) {
			t.Fatalf("%q became\n%q", line, lines)
		}
		for i, l := range lines {
			bare := tones.ReplaceAllString(l, "")
			if layout.Columns(bare) > width && len(strings.Fields(bare)) > 1 {
				t.Errorf("line %d is wider than %d: %q", i, width, l)
			}
			if i > 0 && !strings.HasPrefix(bare, "    ") {
				t.Errorf("line %d does not hang: %q", i, l)
			}
			if open := tones.FindAllString(l, -1); i < len(lines)-1 && len(open) > 0 && open[len(open)-1] != "\x1b[0m" {
				t.Errorf("line %d ends in a tone: %q", i, l)
			}
		}
	})
}

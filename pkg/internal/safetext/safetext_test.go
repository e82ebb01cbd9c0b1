package safetext_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/pkg/internal/safetext"
)

// harmful finds in a line what a terminal or a CI system acts on, independently
// of how the package decides.
var harmful = regexp.MustCompile(`(?i)##\w*\[|^\s*::|[\p{Cc}\x{2028}\x{2029}\x{061c}\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}\x{2066}-\x{2069}\x{feff}]`)

func hostile() []string {
	return []string{
		"", "Ada Example", "::error file=x::no", "a ::warning::b", "##vso[task.complete]", "##VSO[x]", "###[error]", "##teamcity[x]",
		"\x1b[2Ja", "a\u009b31mb\u0085c", "a\u202eb\u2066c\u061cd", "a\u200bb\u2060c\ufeffd", "a\u2028b\u2029c", "a\nb\rc\td\x00", `a\b"c`, "bytes\xff",
		"a" + strings.Repeat("\u0301", 9), "\U000e0041", "    a", "٣漢字 👩\u200d💻 ⚠\ufe0f", "a:: b", "::::", "#", "# ## [",
	}
}

// What is stored in JSON and YAML reads back to the letter, and harms nobody
// who looks at the bytes.
func FuzzStored(f *testing.F) {
	for _, text := range hostile() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := strings.ToValidUTF8(text, "\uFFFD")
		var back string
		quoted, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		inJSON := string(safetext.JSON(quoted))
		if err := json.Unmarshal([]byte(inJSON), &back); err != nil || back != want {
			t.Errorf("%q comes back from %s as %q: %v", want, inJSON, back, err)
		}
		inYAML := safetext.YAML(text)
		if err := yaml.Unmarshal([]byte(inYAML), &back); err != nil || back != want {
			t.Errorf("%q comes back from %s as %q: %v", want, inYAML, back, err)
		}
		for _, stored := range []string{inJSON, inYAML} {
			if found := harmful.FindString(stored[1:]); found != "" {
				t.Errorf("%s has %q in it", stored, found)
			}
		}
	})
}

// A comment that harms nobody is left as it is; one that does becomes harmless
// and stays so.
func FuzzComment(f *testing.F) {
	for _, text := range hostile() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = "# " + text
		got := safetext.Comment(text)
		if found := harmful.FindString(strings.ReplaceAll(got, "\t", " ")); found != "" {
			t.Errorf("%q has %q in it", got, found)
		}
		if again := safetext.Comment(got); again != got {
			t.Errorf("%q becomes %q, then %q", text, got, again)
		}
		if !strings.Contains(text, "##") && strings.IndexFunc(text, isNotPlain) < 0 && got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	})
}

func isNotPlain(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }

func TestComment(t *testing.T) {
	for in, want := range map[string]string{
		"# plain":             "# plain",
		"######## Sales ####": "######## Sales ####",
		"# 👩\u200d💻 ⚠\ufe0f می\u200cخواهم": "# 👩\u200d💻 ⚠\ufe0f می\u200cخواهم",
		"# ##vso[task.complete]":           "# ## vso[task.complete]",
		"##[error]x":                       "## [error]x",
		"# a\u202eb\u009bc\u2028d":         `# a\u202eb\u009bc\u2028d`,
		"# ##\u202e[error]":                `# ##\u202e[error]`,
		"#\ta":                             "#\ta",
	} {
		if got := safetext.Comment(in); got != want {
			t.Errorf("Comment(%q) = %q, want %q", in, got, want)
		}
	}
}

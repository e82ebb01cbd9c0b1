package report_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/licensectl/licensectl/pkg/report"
)

func TestSafe(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"plain", "Ada Lovelace <ada@contoso.com>", "Ada Lovelace <ada@contoso.com>"},
		{"letters of other scripts", "Zoë Žižek Ærø 漢字 שלום Ελλάδα", "Zoë Žižek Ærø 漢字 שלום Ελλάδα"},
		{"guest", "ben_fabrikam.com#EXT#@contoso.com", "ben_fabrikam.com#EXT#@contoso.com"},
		{"backslash", `a\b\x1b`, `a\b\x1b`},
		{"colons inside", "a::b: c", "a::b: c"},
		{"line break and tab", "a\nb\r\nc\td", `a\nb\r\nc\td`},
		{"escape sequence", "\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"C0 and DEL", "\x00\x07\x7f", `\x00\x07\x7f`},
		{"C1", "a\u009b31mb\u0085c", `a\u009b31mb\u0085c`},
		{"bidirectional controls", "\u202eabc\u2066d\u200f", `\u202eabc\u2066d\u200f`},
		{"zero width", "a\u200bb\u200dc\ufeffd\u00ade", `a\u200bb\u200dc\ufeffd\u00ade`},
		{"drawn as nothing", "a\u3164b\u115fc\u2800d\ufe0fe", `a\u3164b\u115fc\u2800d\ufe0fe`},
		{"tags", "a\U000e0041", `a\U000e0041`},
		{"other spaces", "a\u00a0b\u2003c\u3000d", `a\u00a0b\u2003c\u3000d`},
		{"separators", "a\u2028b\u2029c", `a\u2028b\u2029c`},
		{"private use", "a\ue000", `a\ue000`},
		{"invalid UTF-8", "a\xffb\xc3(", `a\xffb\xc3(`},
		{"surrogate half", "a\xed\xa0\x80b", `a\xed\xa0\x80b`},
		{"replacement character", "a\ufffdb", "a\ufffdb"},
		{"GitHub command", "::error file=a::b", `\x3a:error file=a::b`},
		{"GitHub command, indented", "  ::error::b", `\x20 :\x3aerror::b`},
		{"GitHub command that a line could begin with", "a ::error::b", `a :\x3aerror::b`},
		{"colon between blanks", "a : b", "a : b"},
		{"Azure command", "x ##vso[task.complete]", `x #\x23vso[task.complete]`},
		{"Azure command, upper case", "##VSO[task.complete]", `#\x23VSO[task.complete]`},
		{"Azure format", "##[error]x", `#\x23[error]x`},
		{"many hashes", "####[error]x", `#\x23#\x23[error]x`},
		{"many spaces", "a    b", `a  \x20 b`},
		{"leading mark", "\u0301a", `\u0301a`},
		{"stacked marks", "a" + strings.Repeat("\u0301", 6), "a" + strings.Repeat("\u0301", 4) + `\u0301` + "\u0301"},
		{"at the bound", strings.Repeat("ä", 256), strings.Repeat("ä", 256)},
		{"over the bound", strings.Repeat("ä", 257), strings.Repeat("ä", 255) + "…"},
		{"escapes are not cut", strings.Repeat("a", 253) + "\x1b\x1b", strings.Repeat("a", 253) + "…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := report.Safe(c.in); got != c.want {
				t.Errorf("Safe(%q)\n got %q\nwant %q", c.in, got, c.want)
			}
		})
	}
}

func TestSafeMessageKeepsLongSentences(t *testing.T) {
	sentence := strings.Repeat("word ", 200)
	if got := report.SafeMessage(sentence); got != sentence {
		t.Errorf("SafeMessage cut 1,000 characters to %d", utf8.RuneCountInString(got))
	}
	if got := report.SafeMessage(sentence + sentence); utf8.RuneCountInString(got) != 1024 {
		t.Errorf("SafeMessage kept %d characters of 2,000, want 1,024", utf8.RuneCountInString(got))
	}
}

func FuzzSafe(f *testing.F) {
	for _, text := range hostileText {
		f.Add(text)
	}
	f.Add(strings.Repeat("#", 600))
	f.Add(strings.Repeat(" \u0300", 300))
	f.Add(strings.Repeat("\xff", 300))
	f.Fuzz(func(t *testing.T, s string) {
		for name, safe := range map[string]func(string) string{"Safe": report.Safe, "SafeMessage": report.SafeMessage} {
			got := safe(s)
			if complaint := unsafe(got); complaint != "" {
				t.Errorf("%s(%q) = %q: %s", name, s, got, complaint)
			}
			if again := safe(got); again != got {
				t.Errorf("%s is not idempotent: %q becomes %q, then %q", name, s, got, again)
			}
		}
		if n := utf8.RuneCountInString(report.Safe(s)); n > 256 {
			t.Errorf("Safe(%q) has %d characters", s, n)
		}
	})
}

// unsafe says what is wrong with a line of text, independently of how the
// package decides: empty for nothing.
func unsafe(line string) string {
	if !utf8.ValidString(line) {
		return "it is not UTF-8"
	}
	for _, r := range line {
		switch {
		case unicode.Is(unicode.C, r):
			return "it holds a control, format, private or unassigned character"
		case r != ' ' && unicode.Is(unicode.Z, r):
			return "it holds a separator"
		case unicode.Is(unicode.Bidi_Control, r), unicode.Is(unicode.Join_Control, r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
			return "it holds an invisible character"
		}
	}
	lower := strings.ToLower(line)
	switch {
	case strings.HasPrefix(strings.TrimSpace(line), "::"):
		return "it begins as a GitHub workflow command"
	case strings.Contains(lower, "##["), strings.Contains(lower, "##vso["):
		return "it holds an Azure pipeline command"
	}
	return ""
}

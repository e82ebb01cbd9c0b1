package doctest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheWalkOfALicense holds the stops in docs/architecture.md to the code:
// every file is there, and declares what the page says a license is called in
// it.
func TestTheWalkOfALicense(t *testing.T) {
	_, walk, found := strings.Cut(readPage(t, "docs/architecture.md").text, "| stop | file | called there |\n")
	walk, _, ends := strings.Cut(walk, "\n\n")
	if !found || !ends {
		t.Fatal("docs/architecture.md has no walk of a license")
	}
	row := regexp.MustCompile("^\\| .* \\| `([a-z0-9/]+\\.go)` \\| (.*) \\|$")
	stops := 0
	for line := range strings.Lines(walk) {
		m := row.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			if !strings.HasPrefix(line, "|---") {
				t.Errorf("a row that is not stop, file, names: %s", line)
			}
			continue
		}
		stops++
		code, err := os.ReadFile(filepath.Join(root, "pkg", filepath.FromSlash(m[1])))
		if err != nil {
			t.Errorf("there is no file %s", m[1])
			continue
		}
		for _, name := range regexp.MustCompile("`([A-Za-z]+)`").FindAllStringSubmatch(m[2], -1) {
			if !regexp.MustCompile(`(?m)^(type|func) ` + name[1] + `\b`).Match(code) {
				t.Errorf("%s declares no %s", m[1], name[1])
			}
		}
	}
	if stops < 15 {
		t.Errorf("only %d stops were found", stops)
	}
}

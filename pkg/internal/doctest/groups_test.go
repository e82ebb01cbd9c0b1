package doctest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/licensectl/licensectl/pkg/cli"
)

// TestTheWayToGroups goes from licenses of users to those of a group and back, as
// the page says: its files are written, and its commands end well and say what they
// are to say.
func TestTheWayToGroups(t *testing.T) {
	p := readPage(t, "docs/groups.md")
	w := &walk{page: p, folder: t.TempDir()}
	t.Chdir(w.folder)
	if err := os.Mkdir("manifests", 0o755); err != nil {
		t.Fatal(err)
	}
	blocks, _ := p.parts()
	for _, b := range blocks {
		if b.language == "yaml" {
			name, _, _ := strings.Cut(strings.TrimPrefix(b.text, "# "), "\n")
			write(t, filepath.FromSlash(name), b.text)
			continue
		}
		// Groups take their time, which is not ours.
		synctest.Test(t, func(t *testing.T) {
			w.t, w.env = t, cli.Env{Environ: []string{"LICENSECTL_EMULATE=tenant.yaml"}, Now: noon, Version: "v1.0.0"}
			w.follow(b)
		})
	}
	if w.ran < 10 {
		t.Errorf("%d commands", w.ran)
	}
}

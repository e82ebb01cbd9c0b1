package cli_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
)

// newSyntheticStation is a station in an empty folder, at a made-up tenant.
func newSyntheticStation(t *testing.T, users int, seed uint64) *station {
	t.Helper()
	return newEmptyStation(t, emulator.Synthetic(emulator.SyntheticOptions{Users: users, Seed: seed}), emulator.Options{})
}

// From a tenant of any size: export, validate, plan is empty, in every layout.
// The lines are fixed, so that one that is wasted shows; what groups give is among them.
func TestExportOfATenant(t *testing.T) {
	for _, test := range []struct {
		users int
		lines map[string]int
	}{
		{10, map[string]int{"department": 76, "licenses": 55, "single": 57}},
		{64, map[string]int{"department": 258, "licenses": 227, "single": 224}},
		{1000, map[string]int{"department": 2061, "licenses": 1710, "single": 1570}},
		{10_000, map[string]int{"department": 14113, "licenses": 10564, "single": 10263}},
	} {
		t.Run(fmt.Sprint(test.users), func(t *testing.T) {
			s := newSyntheticStation(t, test.users, 7)
			for layout, want := range test.lines {
				folder := "by-" + layout
				s.wants(cli.CodeOK, "export", folder, "--layout", layout)
				s.wants(cli.CodeOK, "validate", folder)
				s.wants(cli.CodeOK, "plan", folder, "--detailed-exitcode")
				if got := linesOf(t, folder); got != want {
					t.Errorf("by %s it takes %d lines, want %d", layout, got, want)
				}
			}
		})
	}
}

// linesOf counts the lines of manifests that say something.
func linesOf(t *testing.T, folder string) int {
	t.Helper()
	lines := 0
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yaml" {
			return err
		}
		data, err := os.ReadFile(path)
		for line := range strings.Lines(string(data)) {
			if text := strings.TrimSpace(line); text != "" && !strings.HasPrefix(text, "#") {
				lines++
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

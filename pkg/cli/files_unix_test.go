//go:build unix

package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
)

// What cannot be replaced is written to: a device, a pipe.
func TestAPlanGoesIntoAPipe(t *testing.T) {
	s := newStation(t)
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan string)
	go func() {
		data, err := os.ReadFile("pipe")
		if err != nil {
			data = []byte(err.Error())
		}
		got <- string(data)
	}()
	out := s.wants(cli.CodeOK, "plan", "-o", "json", "--out", "pipe")
	if text := <-got; text != out.stdout {
		t.Errorf("the pipe got %q", text)
	}
}

// Where one file cannot be written, none is: of an update by halves, a user who
// was renamed would stand nowhere. No name fits beside one of that length.
func TestFilesAreRewrittenTogether(t *testing.T) {
	s := newSyntheticStation(t, 30, 3)
	s.wants(cli.CodeOK, "export", "tree", "--layout", "single")
	data, err := os.ReadFile("tree/licenses.yaml")
	if err != nil {
		t.Fatal(err)
	}
	crooked := []byte(strings.ReplaceAll(string(data), "spec:\n", "spec:\n\n\n"))
	long := strings.Repeat("z", 245) + ".yaml"
	if err := os.MkdirAll("zoo", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"tree/licenses.yaml", "zoo/" + long} {
		if err := os.WriteFile(path, crooked, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := s.wants(cli.CodeInput, "fmt", "tree", "zoo")
	if want := "writing zoo/" + long; !strings.Contains(out.stderr, want) {
		t.Errorf("standard error is %q", out.stderr)
	}
	if after, err := os.ReadFile("tree/licenses.yaml"); err != nil || string(after) != string(crooked) {
		t.Errorf("the other file was written all the same: %v", err)
	}
	if left, err := filepath.Glob("*/.*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

//go:build unix

package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/cli"
)

// A device has no end and a pipe need not have a writer: neither is waited for.
func TestFilesThatAreNone(t *testing.T) {
	verbs := [][]string{
		{"apply", "FILE"}, {"show", "FILE"}, {"plan", "--undo", "FILE"}, {"plan", "--restore", "FILE"}, {"plan", "--live", "FILE"},
		{"drift", "--baseline", "FILE"}, {"plan", "FILE"}, {"validate", "--catalog", "FILE"}, {"import", "FILE", "new"}, {"plan", "--emulate", "FILE"},
	}
	for name, c := range map[string]struct {
		make func(path string) error
		want string
		all  bool
	}{
		"an endless device":     {func(path string) error { return os.Symlink("/dev/zero", path) }, "it is a device, not a file", true},
		"a pipe without writer": {func(path string) error { return syscall.Mkfifo(path, 0o600) }, "it is a pipe, and nobody writes to it", false},
		"a folder":              {func(path string) error { return os.Mkdir(path, 0o700) }, "is a directory", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			if err := c.make("x.json"); err != nil {
				t.Fatal(err)
			}
			if !c.all {
				verbs = verbs[:2] // each of them waits for some seconds
			}
			for _, verb := range verbs {
				args := strings.Split(strings.ReplaceAll(strings.Join(verb, "\n"), "FILE", "x.json"), "\n")
				if verb[0] == "plan" && verb[1] == "FILE" && name == "a folder" {
					continue // of manifests
				}
				begun := time.Now()
				out := s.wants(cli.CodeInput, args...)
				if !strings.Contains(out.stderr, c.want) || time.Since(begun) > time.Minute {
					t.Errorf("%v takes %s and says\n%s", args, time.Since(begun), out.stderr)
				}
			}
		})
	}
}

// What a shell makes of <(command) is a pipe with a writer, be that late.
func TestAPlanComesOutOfAPipe(t *testing.T) {
	s := newStation(t)
	plan := s.wants(cli.CodeOK, "plan", "-o", "json").stdout
	if err := syscall.Mkfifo("pipe.json", 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		time.Sleep(200 * time.Millisecond)
		writer, err := os.OpenFile("pipe.json", os.O_WRONLY, 0)
		if err == nil {
			_, _ = writer.WriteString(plan[:100])
			time.Sleep(100 * time.Millisecond)
			_, _ = writer.WriteString(plan[100:])
			_ = writer.Close()
		}
	}()
	s.wants(cli.CodeOK, "apply", "pipe.json")
}

// A pipe that nobody reads from is not waited for either.
func TestAPlanForAPipeWithoutReader(t *testing.T) {
	s := newStation(t)
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	if out := s.wants(cli.CodeInput, "plan", "--out", "pipe"); !strings.Contains(out.stderr, "nobody reads from it") {
		t.Errorf("says\n%s", out.stderr)
	}
}

// The lock is a file. What else lies in its place is named, and nothing waits.
func TestALockThatIsNoFile(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"device": func(path string) error { return os.Symlink("/dev/zero", path) },
		"folder": func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			path := filepath.Join(".licensectl", "lock")
			if err := os.Mkdir(".licensectl", 0o700); err != nil {
				t.Fatal(err)
			}
			if err := make(path); err != nil {
				t.Fatal(err)
			}
			out := s.wants(cli.CodeInput, "apply", "--auto-approve")
			if !strings.Contains(out.stderr, "locking "+path+": it is not a file") || s.sent() > 0 {
				t.Errorf("says\n%s", out.stderr)
			}
		})
	}
}

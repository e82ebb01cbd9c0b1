package check_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// bin is the folder with licensectl and with the commands that stand in for
// those of the platforms. It is set once, before the tests.
var bin string

// TestMain builds licensectl, or is one of the commands that the pipelines
// call, if it goes by that name.
func TestMain(m *testing.M) {
	if stand, ok := standIns()[filepath.Base(os.Args[0])]; ok {
		if err := stand(os.Args[1:]); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// standIns are the commands that are played, by name.
func standIns() map[string]func(args []string) error {
	return map[string]func(args []string) error{"az": az, "gh": gh, "go": goInstall}
}

func runTests(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "examples")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	bin = dir
	build := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(bin, "licensectl"), "./cmd/licensectl")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building licensectl: %w\n%s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	if err := os.Mkdir(standInPath(), 0o755); err != nil {
		return 0, err
	}
	for name := range standIns() {
		if err := os.Symlink(self, filepath.Join(standInPath(), name)); err != nil {
			return 0, err
		}
	}
	return m.Run(), nil
}

func licensectlPath() string { return filepath.Join(bin, "licensectl") }

func standInPath() string { return filepath.Join(bin, "stand-ins") }

package check_test

import (
	"errors"
	"os/exec"
	"testing"
)

// outcome runs a command, and gives what it printed and its exit code.
func outcome(t testing.TB, cmd *exec.Cmd) (string, int) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(out), exit.ExitCode()
	}
	if err != nil {
		t.Fatalf("%s: %v", cmd.Path, err)
	}
	return string(out), 0
}

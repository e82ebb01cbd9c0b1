package cli_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
)

// TestPlanAtTheWidthOfTheTerminal: no line of a plan is wider than the terminal,
// and none is broken where there is no terminal.
func TestPlanAtTheWidthOfTheTerminal(t *testing.T) {
	t.Chdir(t.TempDir())
	run := func(width int, args ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		env := cli.Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Width: width}
		if code := cli.Code(cli.Main(t.Context(), env, args)); code != cli.CodeOK {
			t.Fatalf("%v ends with %d: %s", args, code, &stderr)
		}
		return stdout.String()
	}
	run(0, "demo", "folder")
	t.Chdir("folder")
	narrow, wide := run(80, "plan", "--emulate", "tenant.yaml"), run(0, "plan", "--emulate", "tenant.yaml")
	for line := range strings.Lines(narrow) {
		if line = strings.TrimSuffix(line, "\n"); len(line) > 80 && len(strings.Fields(line)) > 1 {
			t.Errorf("the line is too wide: %q", line)
		}
	}
	longest := 0
	for line := range strings.Lines(wide) {
		longest = max(longest, len(line))
	}
	if longest <= 100 {
		t.Errorf("lines are broken without a terminal:\n%s", wide)
	}
}

package cli_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/cli"
)

// helpOf gives the help of a verb on a terminal of so many columns.
func helpOf(t *testing.T, width int, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := cli.Main(t.Context(), cli.Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Width: width}, append(args, "--help"))
	if code != 0 {
		t.Fatalf("%v ends with %d: %s", args, code, stderr.String())
	}
	return stdout.String()
}

// On a terminal the help is as wide as that, and says the same.
func TestHelpFitsTheTerminal(t *testing.T) {
	for _, verb := range append(helpVerbs(t), "") {
		args := strings.Fields(verb)
		wide := helpOf(t, 0, args...)
		for _, width := range []int{60, 80, 100} {
			page := helpOf(t, width, args...)
			for line := range strings.SplitSeq(page, "\n") {
				// Commands are for copying, and stay whole.
				if utf8.RuneCountInString(line) > width && strings.Contains(strings.TrimSpace(line), " ") && !isExample(page, line) {
					t.Errorf("%s at %d columns: %s", verb, width, line)
				}
			}
			if got, want := strings.Join(strings.Fields(page), " "), strings.Join(strings.Fields(wide), " "); got != want {
				t.Errorf("%s at %d columns says something else:\n%s", verb, width, page)
			}
		}
	}
}

func isExample(page, line string) bool {
	_, examples, _ := strings.Cut(page, "\nExamples:\n")
	examples, _, _ = strings.Cut(examples, "\n\n")
	_, usage, _ := strings.Cut(page, "\nUsage:\n")
	usage, _, _ = strings.Cut(usage, "\n\n")
	return strings.Contains(examples+"\n"+usage, line)
}

// A line that goes on begins below the text, not below the name.
func TestHelpHangs(t *testing.T) {
	page := helpOf(t, 60, "apply")
	if !regexp.MustCompile(`(?m)^    7  partial     \S.*\n {19}\S`).MatchString(page) {
		t.Errorf("exit code 7 does not hang:\n%s", page)
	}
	page = helpOf(t, 100, "apply")
	if !regexp.MustCompile(`(?m)^ +--allow GUARD +let this .*\n {20,}\S`).MatchString(page) {
		t.Errorf("--allow does not hang:\n%s", page)
	}
}

// The help of the program lists every verb once, under what it is for.
func TestEveryVerbHasATask(t *testing.T) {
	listed := map[string]int{}
	for _, verb := range helpVerbs(t) {
		listed[verb]++
	}
	known := append([]string{"help"}, names(cli.Describe())...)
	for _, verb := range known {
		if listed[verb] != 1 {
			t.Errorf("%s is listed %d times", verb, listed[verb])
		}
	}
	if len(listed) != len(known) {
		t.Errorf("listed are %v, known %v", listed, known)
	}
}

// Nobody is told of plans and drift by verbs that have nothing to do with them.
func TestExitCodesAreTheVerbsOwn(t *testing.T) {
	for _, verb := range helpVerbs(t) {
		_, exits, _ := strings.Cut(helpOf(t, 0, verb), "\nExit codes:\n")
		if strings.Contains(exits, "plan with changes but without --detailed-exitcode") {
			t.Errorf("%s: %s", verb, exits)
		}
	}
}

func helpVerbs(t *testing.T) []string {
	t.Helper()
	_, list, _ := strings.Cut(helpOf(t, 0), "\nVerbs:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	var out []string
	for _, m := range regexp.MustCompile(`(?m)^  (\w+) `).FindAllStringSubmatch(list, -1) {
		out = append(out, m[1])
	}
	if len(out) < 10 {
		t.Fatalf("the verbs are %q", out)
	}
	return out
}

func names(root *cobra.Command) []string {
	var out []string
	for _, cmd := range root.Commands() {
		if !cmd.Hidden && cmd.Name() != "help" {
			out = append(out, cmd.Name())
		}
	}
	return out
}

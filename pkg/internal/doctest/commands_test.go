package doctest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/cli"
)

// command is a command line of ours in a block of code.
type command struct {
	line  int // in the block, from 0
	words []string
}

// commands finds the commands of a shell script that begin with the name of
// the program.
func commands(script string) []command {
	var out []command
	for i, line := range strings.Split(script, "\n") {
		for _, words := range simpleCommands(line) {
			for len(words) > 0 && (assignment.MatchString(words[0]) || words[0] == "$") {
				words = words[1:]
			}
			if len(words) > 0 && words[0] == "licensectl" {
				out = append(out, command{i, words})
			}
		}
	}
	return out
}

var assignment = regexp.MustCompile(`^[A-Za-z_]+=`)

// simpleCommands takes a line of a shell apart, as far as our pages go: words
// with quotes, operators between commands, redirections and comments.
func simpleCommands(line string) [][]string {
	out := [][]string{nil}
	redirected := false
	for _, token := range shellToken.FindAllString(line, -1) {
		last := &out[len(out)-1]
		switch {
		case strings.HasPrefix(token, "#"):
			return out
		case strings.Trim(token, "|&;()") == "":
			out, redirected = append(out, nil), false
		case redirection.MatchString(token):
			redirected = true
		case redirected:
			redirected = false
		default:
			*last = append(*last, quotes.Replace(token))
		}
	}
	return out
}

var (
	shellToken  = regexp.MustCompile(`#.*|[0-9]?[<>]+&?|[|&;()]+|(?:"[^"]*"|'[^']*'|[^\s|&;()<>"'])+`)
	redirection = regexp.MustCompile(`^[0-9]?[<>]+&?$`)
	quotes      = strings.NewReplacer(`"`, "", `'`, "")
)

func TestShellLinesAreTakenApart(t *testing.T) {
	got := commands("# licensectl no\nA=1 licensectl plan --out 'a b' > x 2>&1 || licensectl drift # licensectl no\n" +
		"$ licensectl apply --plan-id \"$ID\"\nsource <(licensectl completion bash)\nother licensectl no\n")
	want := [][]string{
		{"licensectl", "plan", "--out", "a b"},
		{"licensectl", "drift"},
		{"licensectl", "apply", "--plan-id", "$ID"},
		{"licensectl", "completion", "bash"},
	}
	var words [][]string
	for _, c := range got {
		words = append(words, c.words)
	}
	if diff := cmp.Diff(want, words); diff != "" {
		t.Error(diff)
	}
}

// Every command in a block of code is one that the program understands: with
// --help it parses its flags, and their values, and does nothing.
func TestCommandsOnPagesAreUnderstood(t *testing.T) {
	understood := 0
	for _, p := range readPages(t) {
		blocks, _ := p.parts()
		for _, b := range blocks {
			for _, c := range commands(b.text) {
				understood++
				if problem := misunderstood(t, c.words[1:]); problem != "" {
					t.Errorf("%s: %s: %s", p.place(b, c.line), strings.Join(c.words, " "), problem)
				}
			}
		}
	}
	if understood == 0 {
		t.Error("no page has a command")
	}
}

func misunderstood(t *testing.T, args []string) string {
	t.Helper()
	out := run(t, cli.Env{}, append(slices.Clone(args), "--help")...)
	switch {
	case out.code != 0:
		return out.stderr
	case len(args) > 0 && !strings.HasPrefix(args[0], "-") && !strings.Contains(out.stdout, "\nUsage:\n  licensectl "+args[0]+" "):
		return fmt.Sprintf("there is no verb %q", args[0])
	}
	return ""
}

func TestMisunderstandingsShow(t *testing.T) {
	for line, wrong := range map[string]bool{
		"plan --out a.json b":                    false,
		"--help":                                 false,
		"plane":                                  true,
		"plan --outt a.json":                     true,
		"plan -o yaml":                           true,
		"apply --tighten maxRemoval=1":           true,
		"apply --write-rate 5 --allow notAGuard": true,
	} {
		if problem := misunderstood(t, strings.Fields(line)); (problem != "") != wrong {
			t.Errorf("%s: %q", line, problem)
		}
	}
}

// In the prose, what looks like a command or a flag has to exist. Values may
// be placeholders there.
func TestFlagsInTheProseExist(t *testing.T) {
	known := map[string][]string{}
	for _, verb := range verbs(t) {
		known[verb] = flags(t, verb)
	}
	for _, p := range readPages(t) {
		_, prose := p.parts()
		for _, s := range spans(prose) {
			for _, problem := range unknownWords(s, known) {
				t.Errorf("%s: `%s`: %s", p.path, s, problem)
			}
		}
	}
}

// unknownWords looks at inline code such as "licensectl plan --at DAY", "plan
// --at DAY" or "--at DAY", given the flags of every verb.
func unknownWords(code string, known map[string][]string) []string {
	words := strings.Fields(code)
	verb := ""
	switch {
	case words[0] == "licensectl" && len(words) > 1:
		verb = words[1]
		if known[verb] == nil && !strings.HasPrefix(verb, "-") && verb != "VERB" {
			return []string{fmt.Sprintf("there is no verb %q", verb)}
		}
	case known[words[0]] != nil:
		verb = words[0]
	case !strings.HasPrefix(words[0], "--"):
		return nil
	}
	var out []string
	for _, word := range words {
		flag, isFlag := strings.CutPrefix(word, "--")
		flag, _, _ = strings.Cut(flag, "=")
		if isFlag && !hasFlag(flag, verb, known) {
			out = append(out, fmt.Sprintf("there is no flag --%s", flag))
		}
	}
	return out
}

func hasFlag(flag, verb string, known map[string][]string) bool {
	if own, is := known[verb]; is {
		return slices.Contains(own, flag)
	}
	for _, all := range known {
		if slices.Contains(all, flag) {
			return true
		}
	}
	return false
}

func TestUnknownWordsShow(t *testing.T) {
	known := map[string][]string{"plan": {"out", "full"}, "apply": {"allow"}}
	for code, wrong := range map[string]int{
		"licensectl plan --out FILE": 0, "plan --full": 0, "--allow GUARD": 0, "licensectl VERB --full": 0, "other --thing": 0, "plan": 0,
		"licensectl plans": 1, "plan --allow": 1, "--canary=N": 1, "apply --allow --full --out": 2,
	} {
		if got := unknownWords(code, known); len(got) != wrong {
			t.Errorf("%s: %q", code, got)
		}
	}
}

package doctest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/auth"
	"github.com/licensectl/licensectl/pkg/cli"
)

const cliPage = "docs/cli.md"

func TestVerbsAreThoseOfTheProgram(t *testing.T) {
	checkGenerated(t, cliPage, "verbs", renderVerbs(t))
}

// The groups of flags that several verbs share.
const (
	connectionGroup = "Connection:"
	messagesGroup   = "General:"
)

// renderVerbs writes the help of every verb as a section. What several verbs
// share comes once, before them.
func renderVerbs(t *testing.T) string {
	shared := map[string]string{}
	for _, s := range sections(help(t, "plan")) {
		shared[s.title] = s.text
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### Flags of every verb\n\n```text\n%s```\n\n", shared[messagesGroup])
	fmt.Fprintf(&b, "### Flags about the tenant\n\n```text\n%s```\n", shared[connectionGroup])
	for _, verb := range slices.Sorted(slices.Values(verbs(t))) {
		fmt.Fprintf(&b, "\n### %s\n\n%s", verb, renderVerb(sections(help(t, verb)), shared))
	}
	return b.String()
}

func renderVerb(help []section, shared map[string]string) string {
	var own, more []string
	exits := ""
	for _, s := range help {
		switch {
		case s.title == "Exit codes:":
			exits = strings.Join(exitsOf(s), ", ")
		case s.title == connectionGroup && s.text == shared[s.title]:
			more = append(more, "those [about the tenant](#flags-about-the-tenant)")
		case s.title == messagesGroup && s.text == shared[s.title]:
			more = append(more, "those [of every verb](#flags-of-every-verb)")
		case s.title == "":
			own = append(own, s.text)
		default:
			own = append(own, s.title+"\n"+s.text)
		}
	}
	return fmt.Sprintf("```text\n%s```\n\nMore flags: %s. [Exit codes](#exit-codes): %s.\n", strings.Join(own, "\n"), strings.Join(more, ", "), exits)
}

func exitsOf(s section) []string {
	var out []string
	for line := range strings.Lines(s.text) {
		out = append(out, strings.Fields(line)[0])
	}
	return out
}

func TestExitCodesAreThoseOfTheProgram(t *testing.T) {
	var b strings.Builder
	b.WriteString("| exit | name | tenant written? | when |\n|---|---|---|---|\n")
	for _, row := range cli.ExitCodes() {
		fmt.Fprintf(&b, "| %d | %s | %s | %s |\n", row.Code, row.Name, row.Written, row.When)
	}
	checkGenerated(t, cliPage, "exit-codes", b.String())
}

// The page promises more of the codes in a sentence of its own.
func TestExitCodesThatPromiseThatNothingWasWritten(t *testing.T) {
	var silent []string
	for _, row := range cli.ExitCodes() {
		if row.Written == "no" && row.Code != cli.CodeChanges {
			silent = append(silent, strconv.Itoa(int(row.Code)))
		}
	}
	last := len(silent) - 1
	for path, sentence := range map[string]string{
		cliPage:     "%s and %s promise that nothing was written",
		"README.md": "%s and %s mean that nothing was written",
	} {
		want := fmt.Sprintf(sentence, strings.Join(silent[:last], ", "), silent[last])
		if !strings.Contains(readPage(t, path).text, want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}
}

// A variable that does not exist makes the program list those that do.
func TestOurVariablesAreThoseOfTheProgram(t *testing.T) {
	out := run(t, cli.Env{Environ: []string{"LICENSECTL_QQQQQQQQQQ=1"}}, "seats")
	known := ourVariable.FindAllString(out.stderr[strings.Index(out.stderr, "hint:"):], -1)
	rows := readPage(t, cliPage).tables(t, "Environment")[0]
	sameNames(t, cliPage, keyed(rows), known)
	every := append(flags(t, "plan"), flags(t, "apply")...)
	for _, row := range rows {
		name, flag := keyed([][]string{row})[0], strings.TrimPrefix(spans(row[1])[0], "--")
		if name == "LICENSECTL_ACCESS_TOKEN" {
			continue
		}
		if !slices.Contains(every, flag) || name != "LICENSECTL_"+strings.ToUpper(strings.ReplaceAll(flag, "-", "_")) {
			t.Errorf("%s: %s is not the same as --%s", cliPage, name, flag)
		}
	}
}

var ourVariable = regexp.MustCompile(`LICENSECTL_[A-Z_]+`)

// Names of variables stand in the sources of the two packages that read the
// environment.
func TestVariablesOfOthersAreOnThePage(t *testing.T) {
	var read []string
	for _, folder := range []string{"pkg/cli", "pkg/auth"} {
		for _, text := range stringLiterals(t, folder) {
			if variable.MatchString(text) && !strings.HasPrefix(text, "LICENSECTL_") {
				read = append(read, text)
			}
		}
	}
	slices.Sort(read)
	read = slices.Compact(read)
	// Go itself reads these: net/http, crypto/x509.
	read = append(read, "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE")
	var onPage []string
	for _, s := range spans(readPage(t, cliPage).text) {
		if variable.MatchString(s) && !strings.HasPrefix(s, "LICENSECTL_") {
			onPage = append(onPage, s)
		}
	}
	slices.Sort(onPage)
	sameNames(t, cliPage, slices.Compact(onPage), read)
}

var variable = regexp.MustCompile(`^(TERM|[A-Z0-9]+(_[A-Z0-9]+)+)$`)

func TestMethodsAreThoseOfTheProgram(t *testing.T) {
	var known []string
	for _, m := range auth.Methods() {
		known = append(known, string(m))
	}
	got := keyed(readPage(t, cliPage).tables(t, "Signing in")[0])
	if diff := cmp.Diff(known, got); diff != "" {
		t.Errorf("%s: the methods differ (-want +got):\n%s", cliPage, diff)
	}
}

func TestCloudsAreThoseOfTheProgram(t *testing.T) {
	var want [][]string
	for _, c := range auth.Clouds() {
		want = append(want, []string{"`" + c.Name + "`", "`" + c.GraphRoot + "`", "`" + c.Authority + "`"})
	}
	if diff := cmp.Diff(want, readPage(t, cliPage).tables(t, "Signing in")[1]); diff != "" {
		t.Errorf("%s: the clouds differ (-want +got):\n%s", cliPage, diff)
	}
}

// Every line of the pipeline is run against the sample, each on its own.
func TestThePipelineRuns(t *testing.T) {
	ends := map[string]int{"validate": 0, "plan": 0, "apply": 0, "drift": int(cli.CodeChanges)}
	ran := map[string]bool{}
	blocks, _ := readPage(t, cliPage).parts()
	for _, b := range blocks {
		if b.heading != "A pipeline in ten lines" {
			continue
		}
		for _, command := range commands(b.text) {
			t.Run(strings.Join(command.words, " "), func(t *testing.T) {
				env := contoso(t)
				document := mustRun(t, env, "plan", "--out", "plan.json", "-o", "json")
				args := strings.Split(strings.ReplaceAll(strings.Join(command.words[1:], "\n"), "$PLAN_ID", planIDs.FindString(document)), "\n")
				ran[args[0]] = true
				if out := run(t, env, args...); out.code != ends[args[0]] {
					t.Errorf("ends with %d, want %d:\n%s", out.code, ends[args[0]], out.stderr)
				}
			})
		}
	}
	if len(ran) != len(ends) {
		t.Errorf("the pipeline runs %v", ran)
	}
}

var planIDs = regexp.MustCompile(`sha256:[0-9a-f]{64}`)

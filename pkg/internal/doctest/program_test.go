package doctest

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/cli"
)

// result is what a command left behind.
type result struct {
	code           int
	stdout, stderr string
}

// run runs a command line in this process.
func run(t *testing.T, env cli.Env, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	env.Stdin, env.Stdout, env.Stderr = strings.NewReader(""), &stdout, &stderr
	code := cli.Main(t.Context(), env, args)
	return result{code, stdout.String(), stderr.String()}
}

// help gives the help of a verb, or of the program for no verb.
func help(t *testing.T, verb ...string) string {
	t.Helper()
	out := run(t, cli.Env{}, append(verb, "--help")...)
	if out.code != 0 || out.stdout == "" {
		t.Fatalf("the help of %q ends with %d: %s", verb, out.code, out.stderr)
	}
	return out.stdout
}

// section is a part of a help text: a line that ends with a colon, and what is
// below it. What comes before the first one has no title.
type section struct {
	title string
	text  string
}

func sections(help string) []section {
	out := []section{{}}
	for line := range strings.Lines(help) {
		last := &out[len(out)-1]
		if sectionTitle.MatchString(line) && strings.HasSuffix(last.text, "\n\n") {
			out = append(out, section{title: strings.TrimSpace(line)})
			continue
		}
		last.text += line
	}
	for i := range out {
		out[i].text = strings.TrimRight(out[i].text, "\n") + "\n"
	}
	return out
}

var sectionTitle = regexp.MustCompile(`^[A-Z][a-z ]*:\n$`)

// verbs lists the verbs that the program knows.
func verbs(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, s := range sections(help(t)) {
		if s.title != "Verbs:" {
			continue
		}
		for line := range strings.Lines(s.text) {
			if strings.HasPrefix(line, "  ") {
				out = append(out, strings.Fields(line)[0])
			}
		}
	}
	if !slices.Contains(out, "plan") {
		t.Fatalf("the verbs are %q", out)
	}
	return out
}

// flags lists the long names of the flags that a verb knows.
func flags(t *testing.T, verb string) []string {
	t.Helper()
	var out []string
	for _, m := range flagLine.FindAllStringSubmatch(help(t, verb), -1) {
		out = append(out, m[1])
	}
	if !slices.Contains(out, "help") {
		t.Fatalf("the flags of %s are %q", verb, out)
	}
	return out
}

var flagLine = regexp.MustCompile(`(?m)^ +(?:-[a-zA-Z], )?--([a-z-]+)`)

// noon is when the commands of these tests run.
func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// contoso changes to a fresh folder with the sample: its manifests and its
// tenant, which every command there is run against.
func contoso(t *testing.T) cli.Env {
	t.Helper()
	tenant := readFile(t, "examples/contoso/tenant.yaml")
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "manifests"), os.DirFS(filepath.Join(root, "manifests"))); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	write(t, "tenant.yaml", string(tenant))
	return emulated()
}

// emulated is an environment with a tenant in the working folder.
func emulated() cli.Env {
	return cli.Env{Environ: []string{"LICENSECTL_EMULATE=tenant.yaml"}, Now: noon, Version: "v1.0.0"}
}

// write puts a file into the working folder.
func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// mustRun runs a command that has to end with 0, and gives its document.
func mustRun(t *testing.T, env cli.Env, args ...string) string {
	t.Helper()
	out := run(t, env, args...)
	if out.code != 0 {
		t.Fatalf("%q ends with %d:\n%s", args, out.code, out.stderr)
	}
	return out.stdout
}

// receiptFile gives the text of the only receipt below the working folder.
func receiptFile(t *testing.T) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(".licensectl", "receipts", "*.jsonl"))
	if err != nil || len(names) != 1 {
		t.Fatalf("the receipts are %q: %v", names, err)
	}
	text, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

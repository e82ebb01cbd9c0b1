package doctest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
)

// ownTenant is the tenant of somebody who follows the pages: not that of the
// demo.
const ownTenant = `apiVersion: licensectl.dev/v1
kind: EmulatedTenant
metadata: {name: example}
spec:
  tenant: {id: 22222222-3333-4444-8555-666666666666, displayName: Example, defaultDomain: example.com, countryLetterCode: DE}
  signedInUser: admin@example.com
  products:
    - {sku: SPE_E3, enabled: 10}
    - {sku: VISIOCLIENT, enabled: 3}
  users:
    - {user: admin@example.com, usageLocation: DE}
    - {user: ada@example.com, usageLocation: DE, department: Sales, licenses: [{sku: SPE_E3}]}
    - {user: ben@example.com, usageLocation: DE, department: Sales, licenses: [{sku: SPE_E3}]}
    - {user: cyd@example.com, usageLocation: DE, department: Finance, licenses: [{sku: SPE_E3}]}
`

// walk follows the blocks of a page in a folder, with a tenant of one's own.
type walk struct {
	t      *testing.T
	page   page
	env    cli.Env
	folder string // where it begins
	ran    int
}

// newWalk begins in an empty folder. The tenant lies elsewhere, as a real one
// does.
func newWalk(t *testing.T, p page) *walk {
	t.Helper()
	tenant := filepath.Join(t.TempDir(), "tenant.yaml")
	w := &walk{t: t, page: p, folder: t.TempDir()}
	t.Chdir(w.folder)
	if err := os.WriteFile(tenant, []byte(ownTenant), 0o600); err != nil {
		t.Fatal(err)
	}
	w.env = cli.Env{Environ: []string{"LICENSECTL_EMULATE=" + tenant}, Now: noon, Version: "v1.0.0"}
	return w
}

// follow does what a block says: commands of ours, folders that are made and
// gone into, and lines of a manifest that take the place of a user's own. What
// other programs do is left out, and none is one that is not known.
func (w *walk) follow(b block) {
	w.t.Helper()
	switch b.language {
	case "yaml":
		w.replaceEntry(b.text)
	case "csv":
		write(w.t, "users.csv", b.text)
	case "sh", "powershell":
		for i, line := range strings.Split(b.text, "\n") {
			for _, words := range simpleCommands(line) {
				w.command(w.page.place(b, i), line, words)
			}
		}
	}
}

func (w *walk) command(place, line string, words []string) {
	w.t.Helper()
	if len(words) == 0 {
		return
	}
	switch words[0] {
	case "licensectl":
		w.ran++
		out := run(w.t, w.env, words[1:]...)
		if want := expected(line); !slices.Contains(want, out.code) {
			w.t.Errorf("%s: %s\nends with %d, want one of %v\n%s%s", place, line, out.code, want, out.stdout, out.stderr)
		}
		if said := quoted.FindStringSubmatch(line); said != nil && !strings.Contains(out.stdout, said[1]) {
			w.t.Errorf("%s: %s\ndoes not say %q:\n%s", place, line, said[1], out.stdout)
		}
	case "mkdir":
		if err := os.Mkdir(words[1], 0o755); err != nil {
			w.t.Fatal(err)
		}
	case "cd":
		w.t.Chdir(words[1])
	default:
		if !slices.Contains(others, words[0]) && !variableSet.MatchString(line) {
			w.t.Errorf("%s: nobody knows what %s does", place, line)
		}
	}
}

// others are the programs of the pages that are not ours.
var others = []string{"az", "git", "make", "go", "curl", "sha256sum", "tar", "sudo", "uname", "tr", "sed", "Invoke-WebRequest", "Get-FileHash", ".Hash", "Expand-Archive"}

var (
	variableSet = regexp.MustCompile(`^(\$?[A-Za-z:]+) ?\+?=`)
	quoted      = regexp.MustCompile(`# "([^"]+)"`)
	exitNamed   = regexp.MustCompile(`exit code 2|; exit 2`)
)

// expected are the codes that a line may end with: 0, and 2 where it says so.
func expected(line string) []int {
	if exitNamed.MatchString(line) {
		return []int{0, int(cli.CodeChanges)}
	}
	return []int{0}
}

// replaceEntry puts an entry in place of the line of the same user, in
// whichever manifest that is. Blocks that show whole documents are no entry.
func (w *walk) replaceEntry(text string) {
	w.t.Helper()
	user := entryUser.FindStringSubmatch(text)
	if user == nil {
		return
	}
	done := 0
	err := filepath.WalkDir("manifests", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		line := "    - " + user[1] + "\n"
		if strings.Contains(string(data), line) {
			done++
			return os.WriteFile(path, []byte(strings.Replace(string(data), line, text, 1)), 0o600)
		}
		return nil
	})
	if err != nil || done != 1 {
		w.t.Fatalf("%d manifests have an entry for %s: %v", done, user[1], err)
	}
}

var entryUser = regexp.MustCompile(`^    - user: (\S+)\n`)

// Whoever does what the README says, from its beginning to its end, in a folder
// of their own and with a tenant of their own, gets what it says.
func TestTheStepsOfTheReadmeWork(t *testing.T) {
	p := readPage(t, "README.md")
	w := newWalk(t, p)
	blocks, _ := p.parts()
	for _, b := range blocks {
		if b.heading == "A plan" {
			continue // of the demo: TestThePlanOfTheReadme
		}
		w.follow(b)
	}
	if w.ran < 12 {
		t.Errorf("the page has %d commands", w.ran)
	}
	if plan := mustRun(t, w.env, "plan"); !strings.Contains(plan, "No changes") {
		t.Errorf("what was applied is not what the manifests say:\n%s", plan)
	}
}

// So does the page for those who begin, each section of it.
func TestTheStepsOfOnboardingWork(t *testing.T) {
	p := readPage(t, "docs/onboarding.md")
	before := map[string][]string{"When the tenant has moved on": {"export"}, "Layout": {"export"}}
	ran := map[string]int{}
	blocks, _ := p.parts()
	for _, heading := range headings(blocks) {
		t.Run(heading, func(t *testing.T) {
			w := newWalk(t, p)
			if first := before[heading]; first != nil {
				mustRun(t, w.env, first...)
			}
			for _, b := range blocks {
				if b.heading == heading {
					w.follow(b)
				}
			}
			ran[heading] = w.ran
		})
	}
	if ran["From the tenant"] == 0 || ran["From a table"] == 0 || ran["When the tenant has moved on"] == 0 || ran["Layout"] == 0 {
		t.Errorf("the sections have run %v commands", ran)
	}
}

func headings(blocks []block) []string {
	var out []string
	for _, b := range blocks {
		if !slices.Contains(out, b.heading) {
			out = append(out, b.heading)
		}
	}
	return out
}

// The plan that the README shows is that of the demo. Some of its parts are
// left out, as the page says.
func TestThePlanOfTheReadme(t *testing.T) {
	p := readPage(t, "README.md")
	blocks, _ := p.parts()
	i := slices.IndexFunc(blocks, func(b block) bool { return b.heading == "A plan" })
	lines := commands(blocks[i].text)
	if len(lines) != 1 {
		t.Fatalf("%d commands show the plan", len(lines))
	}
	var shown []string
	leftOut := []string{"GUARDS", "SEATS", "WARNINGS", "NOTES"}
	for part := range strings.SplitSeq(strings.TrimSpace(mustRun(t, contoso(t), lines[0].words[1:]...)), "\n\n") {
		if !slices.ContainsFunc(leftOut, func(title string) bool { return strings.HasPrefix(part, title) }) {
			shown = append(shown, part)
		}
	}
	checkGenerated(t, "README.md", "plan", "```text\n"+strings.Join(shown, "\n\n")+"\n```\n")
}

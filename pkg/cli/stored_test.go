package cli_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
)

// harmful finds in a file what a terminal or a CI system acts on when the file
// is printed: a workflow command of Azure Pipelines or TeamCity anywhere in a
// line, one of GitHub Actions at its beginning, and characters that act on the
// text around them.
var harmful = regexp.MustCompile(`(?im)##\w*\[|^\s*::|[^\P{Cc}\n]|[\x{2028}\x{2029}\x{061c}\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}\x{2066}-\x{2069}\x{feff}]`)

// venom is what hostile names are made of.
const venom = "##vso[task.complete]##[error]\x1b[2J\u009b1m\u202e\u2028\u200b\x85::error::x"

// hostileTenant has such a name wherever the service lets somebody write one.
// Its service plans and products say it as well: nothing that Microsoft
// publishes does, but it comes over the network.
func hostileTenant() emulator.Tenant {
	sku := func(n byte, name string) license.SKU {
		return license.SKU{ID: license.GUID{n}, PartNumber: name, AppliesTo: license.AppliesToUser, CapabilityStatus: "Enabled", Units: license.Units{Enabled: 25},
			Plans: []license.ServicePlan{{ID: license.GUID{n, 1}, Name: "PLAN" + venom}, {ID: license.GUID{n, 2}, Name: "::error::PLAN_B"}}}
	}
	one, two := sku(1, "::error file=x::ONE"+venom), sku(2, "TWO##vso[x]")
	return emulator.Tenant{
		ID: emulator.DerivedID("tenant", "contoso.com"), DisplayName: "::error::Contoso" + venom, DefaultDomain: "contoso.com", CountryLetterCode: "DE",
		Products: []emulator.Product{{SKU: one}, {SKU: two}},
		Groups:   []emulator.Group{{Name: "::error::everybody" + venom, Licenses: []emulator.License{{SKU: two.ID}}, Members: []string{"ben@contoso.com"}}},
		Users: []emulator.User{
			{UserPrincipalName: "ada##vso[x]@contoso.com", DisplayName: "::error::Ada" + venom, UsageLocation: "DE", Department: "::error::Sales" + venom,
				Licenses: []emulator.License{{SKU: one.ID, DisabledPlans: []license.GUID{one.Plans[0].ID}}}},
			{UserPrincipalName: "ben@contoso.com", DisplayName: venom, UsageLocation: "DE", Department: venom},
			{UserPrincipalName: "::cay@contoso.com", DisplayName: venom, UsageLocation: "DE", Licenses: []emulator.License{{SKU: two.ID}}},
		},
	}
}

// Names and messages of a tenant stand in every file that licensectl writes,
// and none of them harms whoever prints it. What is read back from them is what
// the tenant has.
func TestNoStoredFileDoesHarm(t *testing.T) {
	s := newEmptyStation(t, hostileTenant(), emulator.Options{})
	s.wants(cli.CodeOK, "snapshot", "--out", "snapshot.json")
	for _, layout := range []string{"department", "licenses", "single"} {
		s.wants(cli.CodeOK, "export", "by-"+layout, "--layout", layout)
		s.wants(cli.CodeOK, "plan", "by-"+layout, "--detailed-exitcode")
	}
	s.wants(cli.CodeOK, "export", "one", "--sku", license.GUID{1}.String(), "--layout", "single")
	s.write("asked.yaml", `apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: asked}
spec: # ##vso[task.complete] `+"\u202e"+`
  users:
    - {user: 'ada##vso[x]@contoso.com', licenses: []} # ##[error]`+"\u202e"+`
    - user: ben@contoso.com
      licenses: [{sku: 01000000-0000-0000-0000-000000000000}]
`)
	s.wants(cli.CodeOK, "fmt", "asked.yaml")
	s.wants(cli.CodeOK, "plan", "--out", "plan.json", "asked.yaml")
	for format, name := range map[string]string{"html": "plan.html", "csv": "plan.csv", "markdown": "plan.md", "diff": "plan.diff", "json": "shown.json", "text": "plan.txt"} {
		s.write(name, s.wants(cli.CodeOK, "show", "plan.json", "-o", format).stdout)
	}
	s.wants(cli.CodeOK, "apply", "plan.json", "--receipt", "receipt.jsonl", "--auto-approve")
	s.wants(cli.CodeOK, "plan", "--undo", "receipt.jsonl", "--out", "undo.json", "asked.yaml")
	s.write("state.json", string(must(s.emulator.SaveState())))

	if files := checkFiles(t); files < 16 {
		t.Errorf("only %d files were looked at", files)
	}
	snapshot, err := observe.DecodeSnapshot(strings.NewReader(s.read("snapshot.json")))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := snapshot.Observed.Tenant.DisplayName, strings.ToValidUTF8("::error::Contoso"+venom, "\ufffd"); got != want {
		t.Errorf("the tenant is called %q, read back %q", want, got)
	}
}

// checkFiles looks at every file of the working folder, and counts them.
func checkFiles(t *testing.T) int {
	t.Helper()
	files := 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Base(path) == "manifest.schema.json" {
			return err
		}
		data, err := os.ReadFile(path)
		files++
		for n, line := range bytes.Split(data, []byte("\n")) {
			if found := harmful.Find(line); found != nil {
				t.Errorf("%s:%d has %q in it: %.200q", path, n+1, found, line)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

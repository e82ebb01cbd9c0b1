package cli_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
)

// emulated lets a station's commands find the tenant in its file alone.
func emulated(t *testing.T) *station {
	s := newStation(t)
	s.env.Transport = nil
	s.env.Environ = []string{"LICENSECTL_EMULATE=tenant.yaml"}
	return s
}

func TestWhatIsAppliedStays(t *testing.T) {
	s := emulated(t)
	s.wants(cli.CodeOK, "plan")
	if _, err := os.Stat("tenant.state.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a plan has left a state")
	}
	s.wants(cli.CodeOK, "apply", "--auto-approve")
	s.wants(cli.CodeOK, "plan", "--detailed-exitcode")
	if err := os.Remove("tenant.state.json"); err != nil {
		t.Fatal(err)
	}
	s.wants(cli.CodeChanges, "plan", "--detailed-exitcode")
}

// What is edited in the file counts from then on, the rest stays.
func TestATenantThatIsEdited(t *testing.T) {
	s := emulated(t)
	s.wants(cli.CodeOK, "apply", "--auto-approve")
	s.edit("tenant.yaml", "- {user: dan@contoso.com, usageLocation: DE, licenses: [{sku: SPE_E3}]}", "- {user: dan@contoso.com, usageLocation: DE, licenses: [{sku: SPE_E5}]}")
	out := s.wants(cli.CodeChanges, "plan", "--detailed-exitcode")
	if !strings.Contains(out.stdout, "- dan@contoso.com: - Microsoft 365 E5") || !strings.Contains(out.stdout, "Plan: 1 user changes") {
		t.Errorf("stdout:\n%s", out.stdout)
	}
}

func TestATenantThatCannotBeEmulated(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*station)
		says    string
	}{
		"no file":      {func(s *station) { s.env.Environ = []string{"LICENSECTL_EMULATE=nowhere.yaml"} }, "reading nowhere.yaml: no such file"},
		"a bad file":   {func(s *station) { s.edit("tenant.yaml", "enabled: 10", "enabled: many") }, "tenant.yaml:13:30: "},
		"a bad tenant": {func(s *station) { s.edit("tenant.yaml", "members: [fay", "members: [zoe") }, "zoe@contoso.com"},
		"a bad state":  {func(s *station) { s.write("tenant.state.json", "{") }, "hint: remove the file to start from the tenant as it is described"},
		"a folder":     {func(s *station) { s.env.Environ = []string{"LICENSECTL_EMULATE=manifests"} }, "reading manifests: "},
	} {
		t.Run(name, func(t *testing.T) {
			s := emulated(t)
			c.prepare(s)
			if out := s.wants(cli.CodeInput, "seats"); !strings.Contains(out.stderr, c.says) {
				t.Errorf("stderr:\n%s", out.stderr)
			}
		})
	}
}

// The secrets of a real tenant are of no use to an emulated one, and its
// clients have permissions of their own.
func TestClientsOfAnEmulatedTenant(t *testing.T) {
	s := emulated(t)
	s.edit("tenant.yaml", "  products:", `  applications:
    - {clientId: `+clientID+`, secret: one, roles: [Organization.Read.All, LicenseAssignment.Read.All]}
    - {clientId: 1f0e0d0c-0b0a-4908-8706-050403020100, secret: two}
  products:`)
	s.env.Environ = append(s.env.Environ, "AZURE_CLIENT_SECRET="+canary, "AZURE_CLIENT_ID=2f0e0d0c-0b0a-4908-8706-050403020100")
	s.wants(cli.CodeOK, "seats")
	s.wants(cli.CodeAuth, "plan")
	s.wants(cli.CodeOK, "plan", "--client-id", "1f0e0d0c-0b0a-4908-8706-050403020100")
	s.wants(cli.CodeAuth, "plan", "--client-id", "3f0e0d0c-0b0a-4908-8706-050403020100")
	s.wants(cli.CodeAuth, "seats", "--tenant-id", "99999999-2222-4333-8444-555555555555")
}

// A state that cannot be kept is no success: the next command would not see
// what was applied. Here the state's name leaves no room for that of a file
// beside it, which works for root too.
func TestAStateThatCannotBeKept(t *testing.T) {
	s := emulated(t)
	name := strings.Repeat("n", 240)
	s.write(name+".yaml", s.read("tenant.yaml"))
	out := s.wants(cli.CodePartial, "apply", "--auto-approve", "--emulate", name+".yaml")
	if !strings.Contains(out.stderr, "error: writing nnn") || !strings.Contains(out.stdout, "3 done") {
		t.Errorf("stdout:\n%s\nstderr:\n%s", out.stdout, out.stderr)
	}
}

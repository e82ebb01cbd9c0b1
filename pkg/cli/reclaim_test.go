package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
)

// TestReclaimSample: the sample of what nobody uses shows a license that is taken
// and goes to the next one in line, a notice, a shared mailbox that is held and a
// subscription that ends; and it can be applied.
func TestReclaimSample(t *testing.T) {
	sample, err := filepath.Abs("../../examples/contoso/reclaim")
	if err != nil {
		t.Fatal(err)
	}
	s := newEmptyStation(t, emulator.Tenant{}, emulator.Options{})
	s.env.Now = nil
	if err := os.CopyFS(s.dir, os.DirFS(sample)); err != nil {
		t.Fatal(err)
	}
	s.env.Environ = []string{"LICENSECTL_EMULATE=tenant.yaml"}
	shown := s.wants(cli.CodeOK, "plan", "manifests.yaml", "--out", "plan.json").stdout
	for _, want := range []string{
		"- amal.haddad@contoso.com: - Microsoft Copilot for Microsoft 365", "takes the seat that is given up by amal.haddad@contoso.com",
		"= info@contoso.com: - Microsoft 365 E3, keeping no direct license [mailbox-shared]", "reclaim-soon  ben.okafor@contoso.com",
		"- lea.fischer@contoso.com: - Microsoft 365 E3", "subscription-ends  3 seats of Microsoft 365 E3",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("the plan does not say %q:\n%s", want, shown)
		}
	}
	for _, kept := range []string{"chiara.russo", "dara.nguyen"} {
		if strings.Contains(shown, kept) {
			t.Errorf("%s is on leave, or new, and is in the plan:\n%s", kept, shown)
		}
	}
	s.wants(cli.CodePartial, "apply", "plan.json")
	if again := s.wants(cli.CodeOK, "plan", "manifests.yaml").stdout; strings.Contains(again, "LOSSES") || strings.Contains(again, "ADDITIONS") {
		t.Errorf("there is more to do afterwards:\n%s", again)
	}
}

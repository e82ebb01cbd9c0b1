// Package az_test holds the Azure command line against the emulator, as Debian
// has it (apt-get install azure-cli): it signs in as an application with a secret
// and with a certificate, and works on users, groups and licenses. Every command
// is a process of some seconds. It is told nothing but the proxy that leads the
// names of the services to loopback, and which authority to trust; its settings
// live in a folder of the test.
//
// Signing in asks Azure Resource Manager for subscriptions, which the emulator is
// not: the test stands in, and has none. It stands in as well where the command
// line looks for a newer version of itself.
//
//	cd pkg/emulator/interop
//	go test -count=1 ./az
package az_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/emulator/interop/internal/loopback"
	"github.com/licensectl/licensectl/pkg/emulator/interop/internal/record"
	"github.com/licensectl/licensectl/pkg/license"
)

// book takes down what the command line calls.
var book = record.NewBook("interop-az")

func TestMain(m *testing.M) { os.Exit(book.Main(m)) }

const (
	clientID = "b1a5c3f0-5d3c-4b0e-8a51-0d9c2f6f1e11"
	secret   = "a-secret-of-the-tests"
)

// patience is how long one command may take.
const patience = 2 * time.Minute

// commandLine is az with settings of its own, in front of an emulator.
type commandLine struct {
	*loopback.Service
	t   *testing.T
	env []string
	sku license.GUID
}

// resourceManager stands in for Azure Resource Manager: nobody has a
// subscription.
func resourceManager(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, `{"value":[]}`)
}

func start(t *testing.T) *commandLine {
	t.Helper()
	sku, err := license.Published().ResolveSKU("SPE_E3")
	if err != nil {
		t.Fatal(err)
	}
	sku.Units.Enabled = 10
	roles := append(emulator.DefaultRoles(), "User.ReadWrite.All", "Group.ReadWrite.All", "Application.Read.All", "Directory.Read.All")
	tenant := emulator.Tenant{
		DisplayName: "Contoso", DefaultDomain: "contoso.com", Products: []emulator.Product{{SKU: sku}},
		Applications: []emulator.Application{{ClientID: clientID, Secret: secret, Roles: roles, Federated: certified()}},
		Groups:       []emulator.Group{{Name: "Analysts", Members: []string{"ada@contoso.com"}}},
		Users: []emulator.User{
			{UserPrincipalName: "ada@contoso.com", DisplayName: "Ada Example", UsageLocation: "DE"},
			{UserPrincipalName: "ken@contoso.com", DisplayName: "Ken Example", UsageLocation: "US"},
			{UserPrincipalName: "linus@contoso.com", DisplayName: "Linus Example"},
		},
	}
	s := loopback.ServeBeside(t, tenant, emulator.Options{Observe: book.Of("azure-cli", version(t))},
		map[string]http.Handler{
			"management.azure.com": http.HandlerFunc(resourceManager),
			"azure.microsoft.com":  http.NotFoundHandler(), "raw.githubusercontent.com": http.NotFoundHandler(),
		})
	home := t.TempDir()
	return &commandLine{Service: s, t: t, sku: sku.ID, env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "AZURE_CONFIG_DIR=" + filepath.Join(home, ".azure"), "AZURE_CORE_COLLECT_TELEMETRY=false",
		"AZURE_CORE_ONLY_SHOW_ERRORS=true", "HTTPS_PROXY=" + s.Proxy, "REQUESTS_CA_BUNDLE=" + s.Authority, "PYTHONWARNINGS=ignore",
	}}
}

// version is that of the command line which is installed.
func version(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "dpkg-query", "-W", "-f", "${Version}", "azure-cli").Output()
	if err != nil {
		t.Fatalf("which azure-cli is installed: %v; on Debian: apt-get install azure-cli", err)
	}
	version, _, _ := strings.Cut(string(out), "-")
	return version
}

// try runs a command and returns what it printed.
func (c *commandLine) try(args ...string) (stdout, stderr string, err error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "az", append(args, "--output", "json")...)
	cmd.Env = c.env
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// run runs a command that has to succeed, and gives the JSON that it printed; nil
// for none.
func (c *commandLine) run(args ...string) any {
	c.t.Helper()
	stdout, stderr, err := c.try(args...)
	if err != nil {
		c.t.Fatalf("az %s: %v\n%s%s", strings.Join(args, " "), err, stdout, stderr)
	}
	if strings.TrimSpace(stdout) == "" {
		return nil
	}
	var out any
	if err := json.Unmarshal([]byte(stdout), &out); err != nil {
		c.t.Fatalf("az %s: %v\n%s", strings.Join(args, " "), err, stdout)
	}
	return out
}

// refused runs a command that the service has to refuse with a message.
func (c *commandLine) refused(message string, args ...string) {
	c.t.Helper()
	if _, stderr, err := c.try(args...); err == nil || !strings.Contains(stderr, message) {
		c.t.Errorf("az %s: %v %s, want %q", strings.Join(args, " "), err, stderr, message)
	}
}

func (c *commandLine) signIn(password string) {
	c.t.Helper()
	c.run("login", "--service-principal", "--username", clientID, "--password", password, "--tenant", c.TenantID().String(), "--allow-no-subscriptions")
}

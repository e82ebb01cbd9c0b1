// Package m365_test holds the command line of PnP for Microsoft 365
// (@pnp/cli-microsoft365, the version that testdata/package-lock.json pins)
// against the emulator, as it comes from npm. It is told nothing: a hook in
// the Node.js process leads graph.microsoft.com and login.microsoftonline.com
// to the emulator on loopback, where they answer under their own names, and
// refuses every other host. Its settings and tokens live in a folder of the
// test.
//
// It needs Node.js 20 or later, and the packages:
//
//	cd pkg/emulator/interop
//	npm ci --prefix m365/testdata --ignore-scripts
//	go test -count=1 ./m365
//
// Without them it fails. Every command is a process of a second or two.
package m365_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/emulator/interop/internal/loopback"
	"github.com/licensectl/licensectl/pkg/emulator/interop/internal/record"
	"github.com/licensectl/licensectl/pkg/license"
)

const (
	clientID = "b1a5c3f0-5d3c-4b0e-8a51-0d9c2f6f1e11"
	secret   = "a-secret-of-the-tests"
)

// commandLine is the CLI in a home of its own, in front of an emulator.
type commandLine struct {
	*emulator.Emulator
	t     *testing.T
	env   []string
	entry string // of the CLI
}

// book takes down what the command line calls.
var book = record.NewBook("interop-m365")

func TestMain(m *testing.M) { os.Exit(book.Main(m)) }

func start(t *testing.T, tenant emulator.Tenant, opts emulator.Options) *commandLine {
	t.Helper()
	opts.Observe = book.Of("@pnp/cli-microsoft365", version(t))
	s := loopback.Serve(t, tenant, opts)
	home := t.TempDir()
	write(t, filepath.Join(home, ".config", "configstore", "cli-m365-config.json"),
		`{"disableTelemetry": true, "prompt": false, "output": "json", "showHelpOnFailure": false}`)
	return &commandLine{
		Emulator: s.Emulator, t: t, entry: absolute(t, "testdata/node_modules/@pnp/cli-microsoft365/dist/index.js"),
		env: []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "CI=true", "NO_UPDATE_NOTIFIER=1",
			"EMULATOR_PORT=" + s.Port, "NODE_EXTRA_CA_CERTS=" + s.Authority, "NODE_OPTIONS=--require=" + absolute(t, "testdata/loopback.cjs"),
		},
	}
}

// version is that of the command line which is installed.
func version(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(absolute(t, "testdata/node_modules/@pnp/cli-microsoft365/package.json"))
	if err != nil {
		t.Fatal(err)
	}
	var about struct{ Version string }
	if err := json.Unmarshal(text, &about); err != nil {
		t.Fatal(err)
	}
	return about.Version
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func absolute(t *testing.T, name string) string {
	t.Helper()
	out, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(out); err != nil {
		t.Fatalf("%v; run npm ci --prefix m365/testdata --ignore-scripts", err)
	}
	return out
}

// patience is how long one command may take.
const patience = 2 * time.Minute

// try runs a command and returns what it printed.
func (c *commandLine) try(args ...string) (stdout, stderr string, err error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", append([]string{c.entry}, args...)...)
	cmd.Env = c.env
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// run runs a command that has to succeed, and reads its JSON, if it prints any,
// into the value, if there is one.
func (c *commandLine) run(into any, args ...string) {
	c.t.Helper()
	stdout, stderr, err := c.try(args...)
	if err != nil {
		c.t.Fatalf("m365 %s: %v\n%s%s", strings.Join(args, " "), err, stdout, stderr)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal([]byte(stdout), into); err != nil {
		c.t.Fatalf("m365 %s: %v in\n%s", strings.Join(args, " "), err, stdout)
	}
}

// refused runs a command that the service has to refuse with this message.
func (c *commandLine) refused(message string, args ...string) {
	c.t.Helper()
	stdout, stderr, err := c.try(args...)
	if err == nil {
		c.t.Errorf("m365 %s succeeded\n%s", strings.Join(args, " "), stdout)
	}
	if !strings.Contains(stdout+stderr, message) {
		c.t.Errorf("m365 %s: %v\n%s%s\nwant %q", strings.Join(args, " "), err, stdout, stderr, message)
	}
}

// signInWithSecret signs in as an application.
func (c *commandLine) signInWithSecret() {
	c.t.Helper()
	c.run(nil, "login", "--authType", "secret", "--appId", clientID, "--tenant", c.TenantID().String(), "--secret", secret)
}

// direct are the part numbers of a user's own licenses, sorted.
func (c *commandLine) direct(user string) []string {
	c.t.Helper()
	u, ok := c.User(user)
	if !ok {
		c.t.Fatalf("the tenant has no user %s", user)
	}
	var out []string
	for _, sku := range c.SKUs() {
		if _, held := u.DirectLicense(sku.ID); held {
			out = append(out, sku.PartNumber)
		}
	}
	slices.Sort(out)
	return out
}

// product is a published product with this many seats.
func product(t *testing.T, partNumber string, seats int) emulator.Product {
	t.Helper()
	sku, err := license.Published().ResolveSKU(partNumber)
	if err != nil {
		t.Fatal(err)
	}
	sku.Units.Enabled = seats
	return emulator.Product{SKU: sku}
}

// contoso is a small tenant: ada holds Microsoft 365 E3 and inherits Power BI
// Pro, linus has no usage location, and Visio has no seat. One application is
// registered.
func contoso(t *testing.T) emulator.Tenant {
	t.Helper()
	e3, powerBI, visio := product(t, "SPE_E3", 10), product(t, "POWER_BI_PRO", 10), product(t, "VISIOCLIENT", 0)
	return emulator.Tenant{
		DisplayName: "Contoso", DefaultDomain: "contoso.com", CountryLetterCode: "DE", SignedInUser: "ada@contoso.com",
		Products:     []emulator.Product{e3, powerBI, visio},
		Applications: []emulator.Application{{ClientID: clientID, Secret: secret}},
		Groups: []emulator.Group{{
			Name: "Analysts", Members: []string{"ada@contoso.com"}, Licenses: []emulator.License{{SKU: powerBI.SKU.ID}},
		}},
		Users: []emulator.User{
			{UserPrincipalName: "ada@contoso.com", DisplayName: "Ada Example", UsageLocation: "DE", Department: "Sales",
				Licenses: []emulator.License{{SKU: e3.SKU.ID}}},
			{UserPrincipalName: "linus@contoso.com", DisplayName: "Linus Example", Department: "Engineering"},
			{UserPrincipalName: "ken@contoso.com", DisplayName: "Ken Example", UsageLocation: "US", Department: "Sales"},
		},
	}
}

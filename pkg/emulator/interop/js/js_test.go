// Package js_test holds the libraries of npm for Microsoft Graph against the
// emulator, in the versions that testdata/package-lock.json pins: scripts as
// their users write them, in Node.js processes that a hook keeps on loopback.
// What each of them called is kept in pkg/emulator/testdata/clients, where
// -update writes it.
//
// It needs Node.js 20 or later, and the packages:
//
//	cd pkg/emulator/interop
//	npm ci --prefix js/testdata --ignore-scripts
//	go test -count=1 ./js
package js_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/emulator/interop/internal/loopback"
	"github.com/licensectl/licensectl/pkg/emulator/interop/internal/record"
	"github.com/licensectl/licensectl/pkg/license"
)

// book takes down what the libraries call.
var book = record.NewBook("interop-js")

func TestMain(m *testing.M) { os.Exit(book.Main(m)) }

const (
	clientID = "b1a5c3f0-5d3c-4b0e-8a51-0d9c2f6f1e11"
	secret   = "a-secret-of-the-tests"
)

// patience is how long one script may take.
const patience = 2 * time.Minute

// tenant is a small tenant of three users and a group, with one product.
func tenant(t *testing.T) (emulator.Tenant, license.GUID) {
	t.Helper()
	sku, err := license.Published().ResolveSKU("SPE_E3")
	if err != nil {
		t.Fatal(err)
	}
	sku.Units.Enabled = 10
	roles := append(emulator.DefaultRoles(), "User.ReadWrite.All", "Group.ReadWrite.All")
	return emulator.Tenant{
		DisplayName: "Contoso", DefaultDomain: "contoso.com",
		Products:     []emulator.Product{{SKU: sku}},
		Applications: []emulator.Application{{ClientID: clientID, Secret: secret, Roles: roles}},
		Groups:       []emulator.Group{{Name: "Analysts", Members: []string{"ada@contoso.com"}}},
		Users: []emulator.User{
			{UserPrincipalName: "ada@contoso.com", DisplayName: "Ada Example", UsageLocation: "DE"},
			{UserPrincipalName: "linus@contoso.com", DisplayName: "Linus Example"},
			{UserPrincipalName: "ken@contoso.com", DisplayName: "Ken Example", UsageLocation: "US"},
		},
	}, sku.ID
}

// run runs a script against an emulator of its own, and gives what it called.
func run(t *testing.T, client, script string) []emulator.Request {
	t.Helper()
	contoso, sku := tenant(t)
	s := loopback.Serve(t, contoso, emulator.Options{Observe: book.Of(client, version(t, client))})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", filepath.Join("testdata", script))
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "EMULATOR_PORT=" + s.Port, "NODE_EXTRA_CA_CERTS=" + s.Authority,
		"NODE_OPTIONS=--require=" + absolute(t, "../m365/testdata/loopback.cjs"),
		"TENANT=" + s.TenantID().String(), "CLIENT=" + clientID, "SECRET=" + secret, "SKU=" + sku.String(),
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return s.Requests()
}

func absolute(t *testing.T, name string) string {
	t.Helper()
	out, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// version is that of a package in the lock file.
func version(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Packages map[string]struct{ Version string }
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		t.Fatal(err)
	}
	return lock.Packages["node_modules/"+name].Version
}

// TestClients runs each client; the calls of a script are refused where it
// says so, and nowhere else.
func TestClients(t *testing.T) {
	for _, client := range []struct {
		name, script string
		refused      []int // the statuses that the script asks for
	}{
		{"@microsoft/microsoft-graph-client", "graphclient.mjs", []int{400}},
		{"@microsoft/msgraph-sdk", "msgraph.mjs", nil},
		{"@pnp/graph", "pnp.mjs", nil},
	} {
		for _, r := range run(t, client.name, client.script) {
			if r.Status >= 400 && !slices.Contains(client.refused, r.Status) {
				t.Errorf("%s: %s %s: %d %s %s", client.name, r.Method, r.Path, r.Status, r.Code, r.Missing)
			}
		}
	}
}

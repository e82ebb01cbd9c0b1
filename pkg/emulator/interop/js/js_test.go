// Package js_test holds the libraries of npm for Microsoft Graph against the
// emulator, in the versions that testdata/package-lock.json pins: scripts as
// their users write them, in Node.js processes that a hook keeps on loopback.
// What each of them called is the table of clients in docs/emulator.md, which
// -update writes.
//
// It needs Node.js 20 or later, and the packages:
//
//	cd pkg/emulator/interop
//	npm ci --prefix js/testdata --ignore-scripts
//	go test -count=1 ./js
package js_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

var update = flag.Bool("update", false, "write what the clients called into docs/emulator.md")

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
func run(t *testing.T, script string) []emulator.Request {
	t.Helper()
	contoso, sku := tenant(t)
	e, err := emulator.New(contoso, emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := emulator.NewCertificate([]string{"graph.microsoft.com", "login.microsoftonline.com"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(e)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate.TLS}}
	server.StartTLS()
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	authority := filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(authority, certificate.CAPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", filepath.Join("testdata", script))
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "EMULATOR_PORT=" + port, "NODE_EXTRA_CA_CERTS=" + authority,
		"NODE_OPTIONS=--require=" + absolute(t, "../m365/testdata/loopback.cjs"),
		"TENANT=" + e.TenantID().String(), "CLIENT=" + clientID, "SECRET=" + secret, "SKU=" + sku.String(),
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return e.Requests()
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

// TestClients runs each client, none of whose calls may be refused, and holds
// the table of clients to what they called.
func TestClients(t *testing.T) {
	var rows []string
	for _, client := range []struct{ name, script string }{
		{"@microsoft/microsoft-graph-client", "graphclient.mjs"},
		{"@microsoft/msgraph-sdk", "msgraph.mjs"},
		{"@pnp/graph", "pnp.mjs"},
	} {
		var calls []string
		for _, r := range run(t, client.script) {
			if r.Status >= 400 {
				t.Errorf("%s: %s %s: %d %s %s", client.name, r.Method, r.Path, r.Status, r.Code, r.Missing)
			}
			calls = append(calls, "`"+r.Route+"`")
		}
		slices.Sort(calls)
		calls = slices.Compact(calls)
		rows = append(rows, fmt.Sprintf("| `%s` %s | %s |\n", client.name, version(t, client.name), strings.Join(calls, ", ")))
	}
	page := filepath.Join("..", "..", "..", "..", "docs", "emulator.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	table := regexp.MustCompile(`(?s)(<!-- clients: .*? -->\n\n\| client \| calls \|\n\|---\|---\|\n).*?\n(\n<!-- clients end -->)`)
	want := table.ReplaceAll(text, []byte("${1}"+strings.ReplaceAll(strings.Join(rows, ""), "$", "$$")+"${2}"))
	if *update {
		day := regexp.MustCompile(`(<!-- clients: )\d{4}-\d{2}-\d{2}`)
		want = day.ReplaceAll(want, []byte("${1}"+time.Now().UTC().Format(time.DateOnly)))
		if err := os.WriteFile(page, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(want) != string(text) {
		t.Errorf("docs/emulator.md does not have these rows; -update writes them:\n%s", strings.Join(rows, ""))
	}
}

package reconcile_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/auth"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/internal/blot"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/reconcile"
)

// clientID is the application that signs in to every tenant.
const clientID = "cccccccc-0000-4000-8000-000000000001"

// guid parses an id.
func guid(t *testing.T, text string) license.GUID {
	t.Helper()
	id, err := license.ParseGUID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// tenant is an emulated tenant with the manifests and the session of its own.
type tenant struct {
	id      license.GUID
	domain  string
	dir     string
	secret  string
	service *emulator.Emulator
	session *reconcile.Session
	log     *bytes.Buffer
	target  reconcile.Target
}

// newTenant makes the n-th tenant. Its manifests want Visio for bo, who has
// Exchange, and leave Exchange with ada.
func newTenant(t *testing.T, n int) *tenant {
	t.Helper()
	out := &tenant{
		id:     guid(t, fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012d", n)),
		domain: fmt.Sprintf("tenant%d.example", n), dir: t.TempDir(), secret: fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, n))), log: &bytes.Buffer{},
	}
	world, err := emulator.ParseTenant("tenant.yaml", fmt.Appendf(nil, `apiVersion: licensectl.dev/v1
kind: EmulatedTenant
metadata: {name: tenant}
spec:
  tenant: {id: %[1]s, displayName: Tenant, defaultDomain: %[2]s}
  products:
    - {sku: EXCHANGESTANDARD, enabled: 10}
    - {sku: VISIOCLIENT, enabled: 10}
  users:
    - {user: ada@%[2]s, usageLocation: NL, licenses: [{sku: EXCHANGESTANDARD}]}
    - {user: bo@%[2]s, usageLocation: NL, licenses: [{sku: EXCHANGESTANDARD}]}
`, out.id, out.domain))
	if err != nil {
		t.Fatal(err)
	}
	world.Applications = []emulator.Application{{ClientID: clientID, Secret: out.secret}}
	if out.service, err = emulator.New(world, emulator.Options{}); err != nil {
		t.Fatal(err)
	}
	out.write(t, everybody(out.domain))
	out.session = &reconcile.Session{
		Log: slog.New(slog.NewTextHandler(out.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Secrets: &blot.Secrets{},
		Now: func() time.Time { return time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC) }, Stdin: strings.NewReader(""), StateFolder: filepath.Join(out.dir, ".state"),
		Tool: plan.Tool{Name: "licensectl", Version: "v1.2.3"},
	}
	client := &http.Client{Transport: out.service.Transport()}
	out.target = reconcile.Target{TenantID: out.id, Names: reconcile.TargetNames{TenantID: "the fleet", GraphRoot: "graphUrl"}, SignIn: auth.Options{
		Method: auth.Env, TenantID: out.id.String(), ClientID: clientID, Transport: client,
		Getenv: func(name string) string { return map[string]string{"AZURE_CLIENT_SECRET": out.secret}[name] },
	}}
	out.target.Graph.Transport = client
	return out
}

// everybody is the manifest of a tenant.
func everybody(domain string) string {
	return fmt.Sprintf(`apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: everybody}
spec:
  users:
    - {user: ada@%[1]s, licenses: [{sku: EXCHANGESTANDARD}]}
    - {user: bo@%[1]s, licenses: [{sku: VISIOCLIENT}]}
`, domain)
}

// write puts a text in place of the manifests.
func (n *tenant) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(n.dir, "users.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// request asks for a plan of the manifests.
func (n *tenant) request() (reconcile.PlanRequest, error) {
	set, err := n.session.LoadManifests([]string{n.dir})
	return reconcile.PlanRequest{Set: set}, err
}

// plan makes a plan as a command does.
func (n *tenant) plan(t *testing.T) (*reconcile.Planned, error) {
	req, err := n.request()
	if err != nil {
		return nil, err
	}
	prepared, err := n.session.Prepare(req)
	if err != nil {
		return nil, err
	}
	conn, err := n.session.Connect(n.target)
	if err != nil {
		return nil, err
	}
	return n.session.Plan(t.Context(), conn, prepared)
}

// Sessions of many tenants run in one process at once, and none knows of
// another: not its users, not its secret.
func TestManyTenantsAtOnce(t *testing.T) {
	const many = 12
	tenants, plans := make([]*tenant, many), make([]*plan.Plan, many)
	for i := range tenants {
		tenants[i] = newTenant(t, i+1)
	}
	var wait sync.WaitGroup
	for i, n := range tenants {
		wait.Go(func() {
			made, err := n.plan(t)
			if err != nil {
				t.Errorf("%s: %v", n.domain, err)
				return
			}
			plans[i] = made.Plan
		})
	}
	wait.Wait()
	if t.Failed() {
		return
	}
	for i, n := range tenants {
		p := plans[i]
		if p == nil || p.Tenant.ID != n.id || len(p.Changes) != 1 || p.Changes[0].User.UserPrincipalName != "bo@"+n.domain {
			t.Errorf("the plan of %s is %+v", n.domain, p)
			continue
		}
		for _, other := range tenants {
			if other != n && (strings.Contains(n.log.String(), other.domain) || strings.Contains(n.log.String(), other.id.String())) {
				t.Errorf("the log of %s speaks of %s", n.domain, other.domain)
			}
			if knows := n.session.Secrets.Text(other.secret) != other.secret; knows != (other == n) {
				t.Errorf("the session of %s knows the secret of %s: %t", n.domain, other.domain, knows)
			}
		}
	}
}

// Plans of many tenants are carried out at once: each writes to its own tenant,
// into its own receipt, under its own lock.
func TestManyTenantsAreWrittenToAtOnce(t *testing.T) {
	const many = 8
	tenants := make([]*tenant, many)
	for i := range tenants {
		tenants[i] = newTenant(t, i+1)
	}
	var wait sync.WaitGroup
	for _, n := range tenants {
		wait.Go(func() {
			release, err := n.session.Lock()
			if err != nil {
				t.Errorf("%s: %v", n.domain, err)
				return
			}
			defer release()
			planned, err := n.plan(t)
			if err != nil {
				t.Errorf("%s: %v", n.domain, err)
				return
			}
			done, err := reconcile.NewApplier(n.session).CarryOut(t.Context(), planned, reconcile.RunRequest{How: apply.Options{VerifyTimeout: -1}, Actor: "night"})
			if err != nil || done.Trouble != nil || !done.Outcome.Touched || done.Outcome.Receipt.Counts()[receipt.Done] != 1 {
				t.Errorf("%s: %+v, %v", n.domain, done, err)
				return
			}
			text, err := os.ReadFile(done.Receipt)
			if err != nil || !strings.HasPrefix(done.Receipt, n.session.StateFolder) || !strings.Contains(string(text), n.domain) || strings.Count(string(text), ".example\"") != strings.Count(string(text), n.domain+"\"") {
				t.Errorf("the receipt %s of %s: %v\n%s", done.Receipt, n.domain, err, text)
			}
		})
	}
	wait.Wait()
	for _, n := range tenants {
		again, err := n.plan(t)
		if err != nil || len(again.Plan.Changes) > 0 {
			t.Errorf("%s: a second plan has changes, or %v", n.domain, err)
		}
	}
}

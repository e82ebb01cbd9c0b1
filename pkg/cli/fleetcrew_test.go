package cli_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/fleet"
)

// crew is a fleet in a working folder: tenants that are emulated behind one
// address, each with an application, a secret and manifests of its own, and a
// baseline that all share.
type crew struct {
	t       *testing.T
	dir     string
	service *emulator.Tenants
	env     cli.Env
	names   []string // sorted
}

// tenantName calls the n-th tenant of a fleet.
func tenantName(n int) string { return fmt.Sprintf("tenant-%02d", n) }

// secretOf is the client secret of a tenant. No other tenant may ever see it.
func secretOf(name string) string { return "canary~" + emulator.DerivedID("secret", name).String() }

// crewTenant describes a tenant: ada holds Exchange, bo has it too and should
// not, cy has nothing and should have it.
func crewTenant(name string) string {
	return fmt.Sprintf(`apiVersion: licensectl.dev/v1
kind: EmulatedTenant
metadata: {name: %[1]s}
spec:
  tenant: {id: %[2]s, displayName: %[1]s, defaultDomain: %[1]s.example}
  products: [{sku: EXCHANGESTANDARD, enabled: 10}, {sku: VISIOCLIENT, enabled: 10}]
  users:
    - {user: ada@%[1]s.example, usageLocation: DE, licenses: [{sku: EXCHANGESTANDARD}]}
    - {user: bo@%[1]s.example, usageLocation: DE, licenses: [{sku: EXCHANGESTANDARD}]}
    - {user: cy@%[1]s.example, usageLocation: DE}
  applications: [{clientId: %[3]s, secret: %[4]s}]
`, name, emulator.DerivedID("tenant", name), emulator.DerivedID("application", name), secretOf(name))
}

func crewManifest(name string) string {
	return fmt.Sprintf(`apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: staff}
spec:
  users:
    - {user: ada@%[1]s.example, profiles: [mail]}
    - {user: bo@%[1]s.example, licenses: []}
    - {user: cy@%[1]s.example, profiles: [mail]}
`, name)
}

const crewBaseline = `apiVersion: licensectl.dev/v1
kind: LicenseProfile
metadata: {name: mail}
spec: {licenses: [{sku: EXCHANGESTANDARD}]}
---
apiVersion: licensectl.dev/v1
kind: Policy
metadata: {name: all}
spec: {guards: {maxRemovals: {count: 5}}, prices: {currency: EUR, monthly: {EXCHANGESTANDARD: 3.50}}}
`

// newCrew makes a fleet of so many tenants, and works in its folder.
func newCrew(t *testing.T, tenants int, o emulator.Options) *crew {
	t.Helper()
	c := &crew{t: t, dir: t.TempDir()}
	var served []emulator.Tenant
	var text strings.Builder
	text.WriteString("apiVersion: licensectl.dev/v1\nkind: Fleet\nmetadata: {name: customers}\nspec:\n  defaults: {paths: [baseline]}\n  guards: {maxTenantsChanged: off, maxRemovals: off}\n  tenants:\n")
	environ := []string{"PATH=/usr/bin"}
	for n := range tenants {
		name := tenantName(n)
		c.names = append(c.names, name)
		tenant := must(emulator.ParseTenant(name, []byte(crewTenant(name))))
		served = append(served, tenant)
		variable := strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_SECRET"
		environ = append(environ, variable+"="+secretOf(name))
		tier := []string{"gold", "silver"}[n%2]
		fmt.Fprintf(&text, "    - {name: %s, tenantId: %s, clientId: %s, secretEnv: %s, paths: [tenants/%s.yaml], labels: {tier: %s}}\n",
			name, tenant.ID, tenant.Applications[0].ClientID, variable, name, tier)
		c.write("tenants/"+name+".yaml", crewManifest(name))
		c.write("emulated/"+name+".yaml", crewTenant(name))
	}
	c.write("fleet.yaml", text.String())
	c.write("baseline/all.yaml", crewBaseline)
	c.service = must(emulator.NewTenants(served, o))
	t.Chdir(c.dir)
	c.env = cli.Env{
		Stdin: strings.NewReader(""), Environ: environ, Version: "v1.2.3", Transport: c.service.Transport(),
		Now: func() time.Time { return time.Date(2026, 11, 21, 2, 10, 0, 0, time.UTC) },
	}
	return c
}

func (c *crew) write(name, text string) {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *crew) read(name string) string {
	c.t.Helper()
	return string(must(os.ReadFile(filepath.Join(c.dir, name))))
}

// edit replaces text in a file.
func (c *crew) edit(name, old, replacement string) {
	c.t.Helper()
	text := c.read(name)
	if !strings.Contains(text, old) {
		c.t.Fatalf("%s does not contain %q", name, old)
	}
	c.write(name, strings.Replace(text, old, replacement, 1))
}

// wants runs fleet with these arguments and checks the exit code.
func (c *crew) wants(code cli.Code, args ...string) result {
	c.t.Helper()
	var stdout, stderr bytes.Buffer
	env := c.env
	env.Stdout, env.Stderr = &stdout, &stderr
	out := result{code: cli.Main(c.t.Context(), env, append([]string{"fleet"}, args...))}
	out.stdout, out.stderr = stdout.String(), stderr.String()
	if out.code != int(code) {
		c.t.Fatalf("fleet %v ends with %d, want %d\nstdout:\n%s\nstderr:\n%s", args, out.code, code, out.stdout, out.stderr)
	}
	if strings.Contains(out.stdout+out.stderr, "canary~") {
		c.t.Errorf("fleet %v shows a secret", args)
	}
	return out
}

// report runs fleet with JSON as the format.
func (c *crew) report(code cli.Code, args ...string) fleet.Report {
	c.t.Helper()
	out := c.wants(code, append(args, "-o", "json")...)
	return must(fleet.Decode(strings.NewReader(out.stdout)))
}

// saved reads fleet.json of a folder.
func (c *crew) saved(folder string) fleet.Report {
	c.t.Helper()
	return must(fleet.Decode(strings.NewReader(c.read(filepath.Join(folder, "fleet.json")))))
}

// rows gives "name outcome exit" for each tenant.
func rows(r fleet.Report) string {
	var out []string
	for _, row := range r.Tenants {
		exit := "-"
		if row.ExitCode != nil {
			exit = fmt.Sprint(*row.ExitCode)
		}
		out = append(out, row.Name+" "+string(row.Outcome)+" "+exit)
	}
	return strings.Join(out, "\n")
}

// holders tells who of a tenant holds Exchange.
func (c *crew) holders(name string) string {
	var out []string
	for _, u := range c.service.Tenant(emulator.DerivedID("tenant", name)).Users() {
		if len(u.Assignments) > 0 {
			upn, _, _ := strings.Cut(u.UserPrincipalName, "@")
			out = append(out, upn)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// mutations counts what was changed in all tenants.
func (c *crew) mutations() int {
	n := 0
	for _, e := range c.service.All() {
		n += e.Counters().Mutations
	}
	return n
}

// noCrossing checks that nothing of a tenant got to another: no token, no
// secret, in no file.
func (c *crew) noCrossing(folder string) {
	c.t.Helper()
	for _, e := range c.service.All() {
		for _, r := range e.Requests() {
			if r.TokenOf != "" && r.TokenOf != r.TenantID {
				c.t.Errorf("the token of %s came to %s", r.TokenOf, r.TenantID)
			}
		}
	}
	err := filepath.WalkDir(filepath.Join(c.dir, folder), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text := string(must(os.ReadFile(path)))
		if strings.Contains(text, "canary~") {
			c.t.Errorf("%s holds a secret", path)
		}
		owner := filepath.Base(filepath.Dir(path))
		if !strings.HasPrefix(owner, "tenant-") {
			return nil
		}
		for _, name := range c.names {
			if name != owner && (strings.Contains(text, name+".example") || strings.Contains(text, emulator.DerivedID("tenant", name).String())) {
				c.t.Errorf("%s speaks of %s", path, name)
			}
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

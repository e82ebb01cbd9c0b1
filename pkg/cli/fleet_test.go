package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/licensectl/licensectl/pkg/auth"
	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/fleet"
)

func TestFleetPlansAndApplies(t *testing.T) {
	c := newCrew(t, 4, emulator.Options{})
	plans := c.report(cli.CodeOK, "plan", "--out", "plans")
	if got, want := rows(plans), "tenant-00 changes 0\ntenant-01 changes 0\ntenant-02 changes 0\ntenant-03 changes 0"; got != want {
		t.Fatalf("rows\n%s", got)
	}
	if s := plans.Summary; s.Users.Add != 4 || s.Users.Remove != 4 || s.Removals != 4 || s.Changed != 4 || len(s.Cost) != 1 {
		t.Errorf("the summary is %+v", s)
	}
	if c.mutations() != 0 {
		t.Fatal("planning has written")
	}
	done := c.report(cli.CodeOK, "apply", "plans")
	if got, want := rows(done), "tenant-00 done 0\ntenant-01 done 0\ntenant-02 done 0\ntenant-03 done 0"; got != want {
		t.Errorf("rows\n%s", got)
	}
	for _, name := range c.names {
		if got := c.holders(name); got != "ada cy" {
			t.Errorf("in %s %s hold Exchange", name, got)
		}
	}
	if c.mutations() != 8 || done.Summary.Applied["done"] != 8 {
		t.Errorf("%d writes, %v", c.mutations(), done.Summary.Applied)
	}
	c.noCrossing("plans")
	// Again: nothing twice, and the first receipts stay.
	again := c.report(cli.CodeOK, "apply", "plans")
	if c.mutations() != 8 || again.Summary.Applied["already"] != 8 {
		t.Errorf("%d writes, %v", c.mutations(), again.Summary.Applied)
	}
	for _, name := range []string{"receipt.jsonl", "receipt-2.jsonl", "receipt.html", "plan.html", "plan.md", "plan.log", "apply.log"} {
		if c.read(filepath.Join("plans", "tenant-03", name)) == "" {
			t.Errorf("%s is empty", name)
		}
	}
	c.wants(cli.CodeOK, "drift")
}

// What is wrong with one tenant is nothing to the others.
func TestFleetTenantsAreApart(t *testing.T) {
	c := newCrew(t, 6, emulator.Options{})
	c.env.Environ = slices.DeleteFunc(c.env.Environ, func(pair string) bool { return strings.HasPrefix(pair, "TENANT_01_SECRET") })
	c.env.Environ = append(slices.DeleteFunc(c.env.Environ, func(pair string) bool { return strings.HasPrefix(pair, "TENANT_02_SECRET") }), "TENANT_02_SECRET=canary~wrong")
	c.write("tenants/tenant-03.yaml", "kind: UserLicense\n")
	c.edit("tenants/tenant-04.yaml", "cy@tenant-04.example, profiles: [mail]", "nobody@tenant-04.example, profiles: [mail]")
	plans := c.report(cli.CodeAuth, "plan", "--out", "plans", "--at-once", "3")
	want := "tenant-00 changes 0\ntenant-01 failed 4\ntenant-02 failed 4\ntenant-03 failed 3\ntenant-04 findings 3\ntenant-05 changes 0"
	if got := rows(plans); got != want {
		t.Fatalf("rows\n%s", got)
	}
	for name, part := range map[string]string{"tenant-01": "TENANT_01_SECRET is not set", "tenant-02": "AADSTS7000215", "tenant-03": "tenants/tenant-03.yaml:1:"} {
		i := slices.IndexFunc(plans.Tenants, func(r fleet.Row) bool { return r.Name == name })
		if got := plans.Tenants[i].Message; !strings.Contains(got, part) {
			t.Errorf("%s: %q does not say %q", name, got, part)
		}
	}
	done := c.report(cli.CodePartial, "apply", "plans")
	if got, want := rows(done), "tenant-00 done 0\ntenant-01 failed 4\ntenant-02 failed 4\ntenant-03 failed 3\ntenant-04 partial 7\ntenant-05 done 0"; got != want {
		t.Errorf("rows\n%s", got)
	}
	if c.holders("tenant-05") != "ada cy" || c.holders("tenant-01") != "ada bo" {
		t.Error("the wrong tenants were changed")
	}
	c.noCrossing("plans")
}

// Shards leave together what one run leaves, to the byte.
func TestFleetShardsJoin(t *testing.T) {
	c := newCrew(t, 9, emulator.Options{})
	c.write("tenants/tenant-03.yaml", "kind: UserLicense\n")
	c.wants(cli.CodeInput, "plan", "--out", "whole")
	for _, shard := range []string{"0/3", "1/3", "2/3"} {
		var stdout, stderr bytes.Buffer
		env := c.env
		env.Stdout, env.Stderr = &stdout, &stderr
		cli.Main(t.Context(), env, []string{"fleet", "plan", "--shard", shard, "--out", "part-" + shard[:1]})
	}
	for _, format := range []string{"json", "text", "markdown", "csv", "html", "prometheus"} {
		whole := c.wants(cli.CodeOK, "show", "whole", "-o", format)
		parts := c.wants(cli.CodeOK, "show", "part-0", "part-2", "part-1", "-o", format)
		if whole.stdout != parts.stdout || whole.stdout == "" {
			t.Errorf("as %s they differ:\n%s\n%s", format, whole.stdout, parts.stdout)
		}
	}
	c.wants(cli.CodeInput, "show", "part-0", "part-1", "part-2", "--detailed-exitcode", "--out", "joined")
	for _, name := range []string{"fleet.json", "fleet.html", "tenant-00/plan.json", "tenant-08/plan.html"} {
		if c.read("joined/"+name) != c.read("whole/"+name) {
			t.Errorf("%s differs", name)
		}
	}
	if out := c.wants(cli.CodeOK, "show", "part-0", "part-2"); !strings.Contains(out.stderr, "missing: 1/3") {
		t.Errorf("it does not say what is missing:\n%s", out.stderr)
	}
	c.wants(cli.CodeInput, "show", "part-0", "part-0")
	done := c.report(cli.CodePartial, "apply", "joined")
	if c.mutations() != 16 || done.Summary.Applied["done"] != 16 {
		t.Errorf("%d writes, %v", c.mutations(), done.Summary.Applied)
	}
}

// Limits over all tenants, and how reviewed plans pass one.
func TestFleetGuards(t *testing.T) {
	c := newCrew(t, 4, emulator.Options{})
	c.edit("fleet.yaml", "guards: {maxTenantsChanged: off, maxRemovals: off}", "guards: {maxTenantsChanged: {count: 3}, maxRemovals: {count: 3, percent: 10}}")
	plans := c.report(cli.CodeRefused, "plan", "--out", "plans")
	if plans.Applyable || !plans.Guards[0].Tripped || !plans.Guards[1].Tripped || *plans.Guards[0].Limit != 3 {
		t.Errorf("the guards are %+v", plans.Guards)
	}
	c.wants(cli.CodeRefused, "apply", "plans")
	c.wants(cli.CodeRefused, "apply", "plans", "--allow", "maxRemovals")
	c.wants(cli.CodeRefused, "apply", "--auto-approve")
	c.wants(cli.CodeStale, "apply", "plans", "--plan-id", "sha256:0")
	if c.mutations() != 0 {
		t.Fatal("something was written")
	}
	c.wants(cli.CodeOK, "apply", "plans", "--allow", "maxRemovals", "--allow", "maxTenantsChanged", "--plan-id", plans.PlanID)
	if c.mutations() != 8 {
		t.Errorf("%d writes", c.mutations())
	}
}

// A shard alone has its part of the limits, so that all together stay within.
func TestFleetGuardsOfAShard(t *testing.T) {
	c := newCrew(t, 8, emulator.Options{})
	c.edit("fleet.yaml", "maxTenantsChanged: off", "maxTenantsChanged: {count: 4}")
	sum := 0
	for _, shard := range []string{"0/2", "1/2"} {
		out := "part-" + shard[:1]
		var stdout, stderr bytes.Buffer
		env := c.env
		env.Stdout, env.Stderr = &stdout, &stderr
		cli.Main(t.Context(), env, []string{"fleet", "plan", "--shard", shard, "--out", out})
		if r := c.saved(out); *r.Guards[0].Limit != 2 || r.Guards[0].Tripped != (r.Summary.Changed > 2) {
			t.Errorf("%s: %+v", shard, r.Guards[0])
		}
		sum += c.saved(out).Summary.Tenants
	}
	if sum != 8 {
		t.Errorf("the shards have %d tenants", sum)
	}
}

func TestFleetPicks(t *testing.T) {
	c := newCrew(t, 4, emulator.Options{})
	if got := rows(c.report(cli.CodeOK, "plan", "--label", "tier=gold")); got != "tenant-00 changes 0\ntenant-02 changes 0" {
		t.Errorf("by label:\n%s", got)
	}
	if got := rows(c.report(cli.CodeChanges, "drift", "--tenant", "tenant-03", "--tenant", "tenant-01")); got != "tenant-01 changes 2\ntenant-03 changes 2" {
		t.Errorf("by name:\n%s", got)
	}
	out := c.wants(cli.CodeInput, "plan", "--tenant", "tenant-9")
	if !strings.Contains(out.stderr, `no tenant "tenant-9"`) || !strings.Contains(out.stderr, "tenant-00") {
		t.Errorf("it says\n%s", out.stderr)
	}
	c.wants(cli.CodeInput, "plan", "--label", "tier=bronze")
	c.wants(cli.CodeInput, "plan", "--shard", "3/3")
	c.wants(cli.CodeInput, "plan", "--shard", "1")
	c.wants(cli.CodeInput, "plan", "plans")
	c.wants(cli.CodeInput, "plan", "--canary", "3")
	c.wants(cli.CodeInput, "plans")
	c.wants(cli.CodeInput)
	c.wants(cli.CodeInput, "show")
	c.wants(cli.CodeInput, "plan", "--fleet", "nowhere.yaml")
	c.wants(cli.CodeInput, "apply", "nowhere")
	c.wants(cli.CodeRefused, "apply")
}

// The breaker: after so many failures nobody else is begun.
func TestFleetStopsAfterTenants(t *testing.T) {
	c := newCrew(t, 6, emulator.Options{})
	for _, name := range c.names[1:3] {
		c.write("tenants/"+name+".yaml", "kind: UserLicense\n")
	}
	r := c.report(cli.CodeInput, "plan", "--at-once", "1", "--stop-after-tenants", "2")
	want := "tenant-00 changes 0\ntenant-01 failed 3\ntenant-02 failed 3\ntenant-03 not_attempted -\ntenant-04 not_attempted -\ntenant-05 not_attempted -"
	if got := rows(r); got != want {
		t.Errorf("rows\n%s", got)
	}
}

// validate says each mistake once, with the tenants that it concerns.
func TestFleetValidates(t *testing.T) {
	c := newCrew(t, 3, emulator.Options{})
	c.wants(cli.CodeOK, "validate")
	c.edit("baseline/all.yaml", "metadata: {name: mail}", "metadata: {name: mail, colour: red}")
	c.edit("tenants/tenant-01.yaml", "licenses: []", "license: []")
	r := c.report(cli.CodeInput, "validate")
	if len(r.Problems) != 2 {
		t.Fatalf("the problems are %+v", r.Problems)
	}
	if p := r.Problems[0]; p.File != "baseline/all.yaml" || p.Line != 3 || len(p.Tenants) != 3 {
		t.Errorf("the shared one is %+v", p)
	}
	if p := r.Problems[1]; p.File != "tenants/tenant-01.yaml" || p.Line != 7 || !slices.Equal(p.Tenants, []string{"tenant-01"}) {
		t.Errorf("its own is %+v", p)
	}
	if out := c.wants(cli.CodeInput, "validate", "-o", "github"); strings.Count(out.stdout, "::error file=") != 2 {
		t.Errorf("the annotations are\n%s", out.stdout)
	}
	c.write("baseline/all.yaml", strings.Replace(crewBaseline, "spec: {guards", "spec: {tenantId: 99999999-9999-4999-8999-999999999999, guards", 1))
	c.write("tenants/tenant-01.yaml", crewManifest("tenant-01"))
	if r := c.report(cli.CodeInput, "validate"); len(r.Problems) != 3 || r.Problems[0].Code != "foreign-policy" || r.Problems[0].Line == 0 {
		t.Errorf("a policy of another tenant: %+v", r.Problems)
	}
	if len(c.service.All()[0].Requests()) > 0 {
		t.Error("validating has touched a tenant")
	}
}

// Every other verb, for all tenants.
func TestFleetVerbs(t *testing.T) {
	c := newCrew(t, 2, emulator.Options{})
	for verb, file := range map[string]string{"seats": "seats.json", "snapshot": "snapshot.json", "doctor": "doctor.json"} {
		r := c.report(cli.CodeOK, verb, "--out", verb)
		if got := rows(r); got != "tenant-00 clean 0\ntenant-01 clean 0" {
			t.Errorf("%s: rows\n%s", verb, got)
		}
		if !json.Valid([]byte(c.read(filepath.Join(verb, "tenant-01", file)))) {
			t.Errorf("%s is no JSON", file)
		}
		c.noCrossing(verb)
	}
	if r := c.saved("seats"); r.Tenants[0].Products == nil || r.Tenants[0].Products.Consumed != 2 {
		t.Errorf("the products are %+v", r.Tenants[0].Products)
	}
	if c.mutations() != 0 {
		t.Error("something was written")
	}
}

// A folder of tenant files stands for the tenants.
func TestFleetEmulates(t *testing.T) {
	c := newCrew(t, 2, emulator.Options{})
	c.env.Transport = nil
	c.wants(cli.CodeOK, "apply", "--emulate", "emulated", "--auto-approve")
	if got := rows(c.report(cli.CodeOK, "drift", "--emulate", "emulated")); got != "tenant-00 clean 0\ntenant-01 clean 0" {
		t.Errorf("rows\n%s", got)
	}
	c.read("emulated/tenant-01.state.json")
}

// Who is applied by name leaves the plans of the others where they are.
func TestFleetAppliesSome(t *testing.T) {
	c := newCrew(t, 4, emulator.Options{})
	c.wants(cli.CodeOK, "plan", "--out", "plans")
	if got := rows(c.report(cli.CodeOK, "apply", "plans", "--tenant", "tenant-02")); got != "tenant-02 done 0" {
		t.Errorf("rows\n%s", got)
	}
	if got, want := rows(c.saved("plans")), "tenant-00 changes 0\ntenant-01 changes 0\ntenant-02 done 0\ntenant-03 changes 0"; got != want {
		t.Errorf("kept\n%s", got)
	}
	c.report(cli.CodeOK, "apply", "plans")
	if c.mutations() != 8 {
		t.Errorf("%d writes", c.mutations())
	}
}

// A part is applied by itself, and a fleet that no longer fits its plans is not.
func TestFleetAppliesAPart(t *testing.T) {
	c := newCrew(t, 6, emulator.Options{})
	c.wants(cli.CodeOK, "plan", "--shard", "0/2", "--out", "part-0")
	planned := c.saved("part-0")
	done := c.report(cli.CodeOK, "apply", "part-0")
	if len(done.Tenants) != len(planned.Tenants) || done.Shard != "0/2" || c.mutations() != 2*len(planned.Tenants) {
		t.Errorf("%d writes\n%s", c.mutations(), rows(done))
	}
	c.edit("fleet.yaml", planned.Tenants[0].TenantID.String(), "99999999-9999-4999-8999-999999999999")
	if out := c.wants(cli.CodeInput, "apply", "part-0"); !strings.Contains(out.stderr, "is 99999999-9999-4999-8999-999999999999 now") {
		t.Errorf("it says\n%s", out.stderr)
	}
	c.edit("fleet.yaml", "name: "+planned.Tenants[0].Name+",", "name: renamed,")
	if out := c.wants(cli.CodeInput, "apply", "part-0"); !strings.Contains(out.stderr, "not in the fleet any more") {
		t.Errorf("it says\n%s", out.stderr)
	}
}

// A plan that was changed after its review is not carried out.
func TestFleetPlansAreAsReviewed(t *testing.T) {
	c := newCrew(t, 2, emulator.Options{})
	c.wants(cli.CodeOK, "plan", "--out", "plans")
	c.edit("tenants/tenant-01.yaml", "licenses: []", "profiles: [mail]")
	c.wants(cli.CodeOK, "plan", "--tenant", "tenant-01", "--out", "other")
	c.write("plans/tenant-01/plan.json", c.read("other/tenant-01/plan.json"))
	r := c.report(cli.CodePartial, "apply", "plans")
	if got := rows(r); got != "tenant-00 done 0\ntenant-01 refused 6" {
		t.Errorf("rows\n%s", got)
	}
}

// The service throttles an application over all of its tenants: all of it is
// done all the same, in time.
func TestFleetWithinTheQuotaOfAnApplication(t *testing.T) {
	c := newCrew(t, 4, emulator.Options{Limits: emulator.Limits{ApplicationWrites: 4, ApplicationWindow: time.Second}})
	text := c.read("fleet.yaml")
	for _, name := range c.names {
		text = strings.ReplaceAll(text, emulator.DerivedID("application", name).String(), emulator.DerivedID("application", "shared").String())
		file := c.read("emulated/" + name + ".yaml")
		c.write("emulated/"+name+".yaml", strings.ReplaceAll(file, emulator.DerivedID("application", name).String(), emulator.DerivedID("application", "shared").String()))
	}
	c.write("fleet.yaml", text)
	var served []emulator.Tenant
	for _, name := range c.names {
		served = append(served, must(emulator.ParseTenant(name, []byte(c.read("emulated/"+name+".yaml")))))
	}
	c.service = must(emulator.NewTenants(served, emulator.Options{Limits: emulator.Limits{ApplicationWrites: 4, ApplicationWindow: time.Second}}))
	c.env.Transport, c.env.Now = c.service.Transport(), time.Now
	r := c.report(cli.CodeOK, "apply", "--auto-approve")
	if r.Summary.Applied["done"] != 8 || c.mutations() != 8 {
		t.Errorf("%d writes, %v", c.mutations(), r.Summary.Applied)
	}
	throttled := 0
	for _, e := range c.service.All() {
		throttled += e.Counters().ByStatus[429]
	}
	if throttled == 0 {
		t.Error("nobody was turned away: the test shows nothing")
	}
}

// The fleet's own quota keeps the service from turning anybody away.
func TestFleetKeepsTheQuota(t *testing.T) {
	c := newCrew(t, 3, emulator.Options{})
	c.edit("fleet.yaml", "  tenants:", "  applicationWrites: {count: 240, minutes: 1}\n  tenants:")
	c.env.Now = time.Now
	shared := emulator.DerivedID("application", "shared").String()
	text := c.read("fleet.yaml")
	var served []emulator.Tenant
	for _, name := range c.names {
		own := emulator.DerivedID("application", name).String()
		text = strings.ReplaceAll(text, own, shared)
		served = append(served, must(emulator.ParseTenant(name, []byte(strings.ReplaceAll(c.read("emulated/"+name+".yaml"), own, shared)))))
	}
	c.write("fleet.yaml", text)
	c.service = must(emulator.NewTenants(served, emulator.Options{}))
	c.env.Transport = c.service.Transport()
	begun := time.Now()
	c.report(cli.CodeOK, "apply", "--auto-approve", "--verify-timeout", "0")
	if took := time.Since(begun); took < time.Second {
		t.Errorf("six writes at four a second took %s", took)
	}
}

// troubled stands between a fleet and its tenants: one of them never answers, and
// one asks everybody to come again in an hour.
type troubled struct {
	http.RoundTripper
	hangs, throttles string // the ids of tenants
}

func (tr troubled) RoundTrip(r *http.Request) (*http.Response, error) {
	claims, err := auth.ParseClaims(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	switch {
	case err == nil && claims.TenantID == tr.hangs:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case err == nil && claims.TenantID == tr.throttles:
		return &http.Response{
			StatusCode: http.StatusTooManyRequests, Request: r, Body: io.NopCloser(strings.NewReader("{}")),
			Header: http.Header{"Retry-After": {"3600"}, "X-Ms-Throttle-Scope": {"Tenant_Application/ReadWrite/a/b"}},
		}, nil
	}
	return tr.RoundTripper.RoundTrip(r)
}

// A tenant that hangs and one that is throttled for an hour are given up in time,
// and are nothing to the others.
func TestFleetTenantsInTrouble(t *testing.T) {
	c := newCrew(t, 8, emulator.Options{})
	c.env.Now = time.Now
	c.env.Transport = troubled{c.env.Transport, emulator.DerivedID("tenant", "tenant-01").String(), emulator.DerivedID("tenant", "tenant-02").String()}
	r := c.report(cli.CodeLive, "plan", "--at-once", "3", "--timeout", "1s", "--out", "plans")
	want := "tenant-00 changes 0\ntenant-01 failed 8\ntenant-02 failed 8\ntenant-03 changes 0\ntenant-04 changes 0\ntenant-05 changes 0\ntenant-06 changes 0\ntenant-07 changes 0"
	if got := rows(r); got != want {
		t.Errorf("rows\n%s", got)
	}
}

// Two applies of one tenant are kept apart, by whatever name; other tenants are
// nobody's to wait for.
func TestFleetLocksEachTenant(t *testing.T) {
	c := newCrew(t, 2, emulator.Options{})
	c.wants(cli.CodeOK, "plan", "--out", "plans")
	held := flock.New(filepath.Join(c.dir, ".licensectl", "tenants", emulator.DerivedID("tenant", "tenant-01").String(), "lock"))
	if err := os.MkdirAll(filepath.Dir(held.Path()), 0o700); err != nil {
		t.Fatal(err)
	}
	if ours, err := held.TryLock(); !ours || err != nil {
		t.Fatal(ours, err)
	}
	defer func() { _ = held.Unlock() }()
	if got := rows(c.report(cli.CodePartial, "apply", "plans")); got != "tenant-00 done 0\ntenant-01 failed 9" {
		t.Errorf("rows\n%s", got)
	}
}

// What is kept is the owner's alone, also where it was gathered; what is not kept
// is not spoken of.
func TestFleetKeepsFilesForTheOwner(t *testing.T) {
	c := newCrew(t, 2, emulator.Options{})
	c.wants(cli.CodeOK, "plan", "--out", "plans")
	c.wants(cli.CodeOK, "show", "plans", "--out", "gathered")
	c.wants(cli.CodeInput, "show", "plans", "--out", "gathered") // it holds these files
	for _, folder := range []string{"plans", "gathered"} {
		n := 0
		err := filepath.WalkDir(filepath.Join(c.dir, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			n++
			if info := must(d.Info()); info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
				t.Errorf("%s is for others to read: %s", path, info.Mode())
			}
			return nil
		})
		if err != nil || n < 10 {
			t.Errorf("%s has %d files, %v", folder, n, err)
		}
	}
	if r := c.report(cli.CodeOK, "plan"); len(r.Tenants[0].Files) > 0 {
		t.Errorf("files that are gone: %v", r.Tenants[0].Files)
	}
}

// The sample is tried as its first lines say.
func TestFleetSample(t *testing.T) {
	sample := must(filepath.Abs("../../examples/fleet/sample"))
	c := newCrew(t, 1, emulator.Options{})
	if err := os.CopyFS(filepath.Join(c.dir, "sample"), os.DirFS(sample)); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join(c.dir, "sample"))
	c.env = cli.Env{Stdin: strings.NewReader(""), Now: c.env.Now}
	c.wants(cli.CodeOK, "validate")
	c.wants(cli.CodeOK, "plan", "--emulate", "emulated", "--out", "plans")
	c.wants(cli.CodeOK, "apply", "plans", "--emulate", "emulated")
	c.wants(cli.CodeOK, "drift", "--emulate", "emulated")
}

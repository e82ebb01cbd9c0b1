package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
)

// What was let pass and carried out is no refusal when it is carried out again.
func TestFleetAppliesAgainWhatWasAllowed(t *testing.T) {
	c := newCrew(t, 4, emulator.Options{})
	c.edit("fleet.yaml", "maxTenantsChanged: off", "maxTenantsChanged: {count: 3}")
	c.wants(cli.CodeRefused, "plan", "--out", "plans")
	for _, outcome := range []string{"done", "already"} {
		r := c.report(cli.CodeOK, "apply", "plans", "--allow", "maxTenantsChanged")
		if r.Summary.Applied[outcome] != 8 || !r.Applyable || r.Guards[0].ApprovedBy != "--allow" {
			t.Errorf("%s: %v, applyable %t, %+v", outcome, r.Summary.Applied, r.Applyable, r.Guards[0])
		}
	}
	c.wants(cli.CodeRefused, "apply", "plans")
}

// A shard of plans that are within the limits together is within them.
func TestFleetAppliesAShardOfJoinedPlans(t *testing.T) {
	c := newCrew(t, 4, emulator.Options{})
	c.edit("fleet.yaml", "maxTenantsChanged: off", "maxTenantsChanged: {count: 4}")
	c.wants(cli.CodeOK, "plan", "--out", "plans")
	for range 2 {
		for _, shard := range []string{"0/3", "1/3", "2/3"} {
			if r := c.report(cli.CodeOK, "apply", "plans", "--shard", shard); !r.Applyable {
				t.Errorf("shard %s: %+v", shard, r.Guards)
			}
		}
	}
}

// A tenant that was not planned is not carried out, and the exit code says so.
func TestFleetAppliesNobodyWithoutAPlan(t *testing.T) {
	c := newCrew(t, 4, emulator.Options{})
	c.write("tenants/tenant-00.yaml", "kind: UserLicense\n")
	c.wants(cli.CodeInput, "plan", "--out", "plans", "--at-once", "1", "--stop-after-tenants", "1")
	r := c.report(cli.CodeInput, "apply", "plans", "--tenant", "tenant-02")
	if got := rows(r); got != "tenant-02 failed 3" || strings.HasSuffix(r.Tenants[0].Message, ": ") {
		t.Errorf("%s: %q", got, r.Tenants[0].Message)
	}
}

// A report that leaves out what it may is taken as it is.
func TestFleetAppliesWithoutFiles(t *testing.T) {
	c := newCrew(t, 1, emulator.Options{})
	c.wants(cli.CodeOK, "plan", "--out", "plans")
	text := c.read("plans/fleet.json")
	before, rest, found := strings.Cut(text, `"files": {`)
	_, after, closed := strings.Cut(rest, "}")
	if !found || !closed {
		t.Fatal(text)
	}
	c.write("plans/fleet.json", before+`"files": null`+after)
	if got := rows(c.report(cli.CodeOK, "apply", "plans")); got != "tenant-00 done 0" {
		t.Errorf("rows\n%s", got)
	}
}

// Every file that a report names is beside it.
func TestFleetNamesFilesThatAreThere(t *testing.T) {
	c := newCrew(t, 2, emulator.Options{})
	c.wants(cli.CodeOK, "plan", "--out", "plans")
	c.wants(cli.CodeOK, "apply", "plans", "--out", "done")
	r := c.saved("done")
	if len(r.Tenants) != 2 {
		t.Fatal(rows(r))
	}
	for _, row := range r.Tenants {
		if row.Files["receipt"] == "" {
			t.Errorf("%s has no receipt: %v", row.Name, row.Files)
		}
		for _, name := range row.Files {
			if _, err := os.Stat(filepath.Join(c.dir, "done", name)); err != nil {
				t.Errorf("%s: %v", row.Name, err)
			}
		}
	}
}

// what was written.
func TestFleetCountsBugs(t *testing.T) {
	c := newCrew(t, 1, emulator.Options{})
	for verb, code := range map[string]cli.Code{"plan": cli.CodeInternal, "apply": cli.CodePartial} {
		c.write(verb+"/fleet.json", `{"formatVersion": "1", "fleet": "customers", "verb": "`+verb+`", "tenants": [{"name": "tenant-00", "outcome": "failed", "exitCode": null}]}`)
		c.wants(code, "show", verb, "--detailed-exitcode")
	}
}

// Flags that narrow plans hold where fleet apply makes them.
func TestFleetAppliesNarrowedPlans(t *testing.T) {
	c := newCrew(t, 1, emulator.Options{})
	if got := rows(c.report(cli.CodeRefused, "apply", "--auto-approve", "--tighten", "maxRemovals=0")); got != "tenant-00 refused 5" {
		t.Errorf("rows\n%s", got)
	}
	if r := c.report(cli.CodePartial, "apply", "--auto-approve", "--additions-only"); r.Summary.Applied["done"] != 1 || c.holders("tenant-00") != "ada bo cy" {
		t.Errorf("%v, %s hold Exchange", r.Summary.Applied, c.holders("tenant-00"))
	}
}

// A switch that is turned off is off.
func TestFleetTakesASwitchAsGiven(t *testing.T) {
	c := newCrew(t, 1, emulator.Options{})
	c.edit("baseline/all.yaml", "EXCHANGESTANDARD}]", "NOSUCHPRODUCTX}]")
	c.wants(cli.CodeInput, "validate", "--strict")
	c.wants(cli.CodeOK, "validate", "--strict=false")
	c.wants(cli.CodeOK, "validate", "--strict", "--strict=0")
}

// A report is not covered by the ids of its plans: whoever edits it hides nothing from
// the limits over all tenants.
func TestFleetGuardsHoldThePlansThemselves(t *testing.T) {
	c := newCrew(t, 4, emulator.Options{})
	c.edit("fleet.yaml", "maxTenantsChanged: off, maxRemovals: off", "maxTenantsChanged: off, maxRemovals: {count: 3}")
	c.wants(cli.CodeRefused, "plan", "--out", "plans")
	c.edit("plans/fleet.json", `"removals": 1`, `"removals": 0`)
	c.wants(cli.CodeRefused, "apply", "plans")
	if c.mutations() != 0 {
		t.Errorf("%d writes", c.mutations())
	}
}

// Where the breaker opens while plans are made, none of them is carried out.
func TestFleetBreakerOfPlansIsThatOfTheApply(t *testing.T) {
	c := newCrew(t, 3, emulator.Options{})
	c.write("tenants/tenant-01.yaml", "kind: UserLicense\n")
	r := c.report(cli.CodeInput, "apply", "--auto-approve", "--at-once", "1", "--stop-after-tenants", "1")
	if got, want := rows(r), "tenant-00 not_attempted -\ntenant-01 failed 3\ntenant-02 not_attempted -"; got != want || c.mutations() != 0 {
		t.Errorf("%d writes, rows\n%s", c.mutations(), got)
	}
	c.report(cli.CodePartial, "apply", "--auto-approve", "--at-once", "1", "--stop-after-tenants", "2")
	if c.mutations() != 4 {
		t.Errorf("%d writes", c.mutations())
	}
}

// What a bug says is shown like everything else: it repeats no secret and does not
// reach the terminal raw, and the other tenants go on.
func TestFleetTellsOfABug(t *testing.T) {
	c := newCrew(t, 2, emulator.Options{})
	// Cleaned, this is standard input, which nothing else reads.
	c.edit("fleet.yaml", "paths: [tenants/tenant-00.yaml]", `paths: ["./-"]`)
	c.env.Stdin = readerFunc(func([]byte) (int, error) { panic("out of order: " + secretOf("tenant-00") + "\x1b[31m\n::error::") })
	out := c.wants(cli.CodeInternal, "validate", "--out", "left")
	r := c.saved("left")
	if got := rows(r); got != "tenant-00 failed 1\ntenant-01 clean 0" || !strings.Contains(r.Tenants[0].Message, "out of order: [secret]") || r.Tenants[0].Hint != "please report it, with what -v prints" {
		t.Errorf("%s: %+v", got, r.Tenants[0])
	}
	for name, text := range map[string]string{"fleet.json": c.read("left/fleet.json"), "stdout": out.stdout, "stderr": out.stderr} {
		if strings.Contains(text, "canary~") || strings.Contains(text, "goroutine") || strings.Contains(text, "\x1b") || strings.Contains(text, "\n::error::") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}

// A bug that the answers of one tenant bring to light, in whatever goroutine, is
// nothing to the others.
func TestFleetGoesOnAfterABug(t *testing.T) {
	c := newCrew(t, 3, emulator.Options{})
	c.env.Transport = &bugOf{next: c.env.Transport, tenant: emulator.DerivedID("tenant", "tenant-01").String()}
	c.wants(cli.CodeInternal, "plan", "--out", "plans")
	r := c.saved("plans")
	if got := rows(r); got != "tenant-00 changes 0\ntenant-01 failed 1\ntenant-02 changes 0" || r.Tenants[1].Message != "this is a bug in licensectl: out of order" {
		t.Errorf("%s: %+v", got, r.Tenants[1])
	}
}

// bugOf is a way to the service that panics when a tenant's users are read.
type bugOf struct {
	next   http.RoundTripper
	tenant string
	tokens sync.Map // that the tenant was given
}

func (b *bugOf) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.Contains(req.URL.Path, b.tenant) && strings.HasSuffix(req.URL.Path, "/token") {
		resp, err := b.next.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body = io.NopCloser(bytes.NewReader(body))
		var answer struct {
			Token string `json:"access_token"`
		}
		if json.Unmarshal(body, &answer) == nil {
			b.tokens.Store("Bearer "+answer.Token, true)
		}
		return resp, err
	}
	if _, his := b.tokens.Load(req.Header.Get("Authorization")); his && strings.HasSuffix(req.URL.Path, "/$batch") {
		panic("out of order")
	}
	return b.next.RoundTrip(req)
}

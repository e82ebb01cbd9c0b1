package cli_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/fleet"
)

// slow is a way to the service that takes a time for every request.
type slow struct {
	http.RoundTripper
	latency time.Duration
}

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(s.latency)
	return s.RoundTripper.RoundTrip(r)
}

// BenchmarkFleetPlan plans three hundred tenants of two hundred users, five at
// once, each request taking 50 ms. The figure to look at is parts/ratio: how long
// all of it took, of what the tenants took together divided by five. 1.2 is the
// most that is wanted.
func BenchmarkFleetPlan(b *testing.B) {
	const tenants, users, atOnce = 300, 200, 5
	var served []emulator.Tenant
	text := "apiVersion: licensectl.dev/v1\nkind: Fleet\nmetadata: {name: customers}\nspec:\n  defaults: {paths: [staff.yaml]}\n  tenants:\n"
	for n := range tenants {
		t := emulator.Synthetic(emulator.SyntheticOptions{Users: users, Seed: 1, Domain: fmt.Sprintf("tenant-%03d.example", n)})
		served = append(served, t)
		text += fmt.Sprintf("    - {name: tenant-%03d, tenantId: %s}\n", n, t.ID)
	}
	service := must(emulator.NewTenants(served, emulator.Options{LogSize: 1}))
	b.Chdir(b.TempDir())
	staff := "apiVersion: licensectl.dev/v1\nkind: Policy\nmetadata: {name: a}\nspec: {unlistedUsers: report}\n---\napiVersion: licensectl.dev/v1\nkind: UserLicenses\nmetadata: {name: a}\nspec: {users: []}\n"
	for name, data := range map[string]string{"fleet.yaml": text, "staff.yaml": staff} {
		if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	env := cli.Env{
		Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, Now: time.Now, Transport: slow{service.Transport(), 50 * time.Millisecond},
		Environ: []string{"AZURE_CLIENT_ID=" + clientID, "AZURE_CLIENT_SECRET=" + canary},
	}
	for b.Loop() {
		begun := time.Now()
		if code := cli.Main(b.Context(), env, []string{"fleet", "plan", "--at-once", fmt.Sprint(atOnce), "--out", "plans"}); code != 0 {
			b.Fatalf("exit code %d", code)
		}
		took := time.Since(begun).Seconds()
		r := must(fleet.Decode(strings.NewReader(string(must(os.ReadFile("plans/fleet.json"))))))
		sum := 0.0
		for _, row := range r.Tenants {
			sum += row.Seconds
		}
		b.ReportMetric(took/(sum/atOnce), "parts/ratio")
		b.ReportMetric(tenants/took, "tenants/s")
	}
}

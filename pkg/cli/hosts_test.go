package cli_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/licensectl/licensectl/pkg/auth"
)

// doorman lets requests through to the hosts of its list alone, and keeps the
// names of those that were asked.
type doorman struct {
	t       *testing.T
	allowed []string
	next    http.RoundTripper

	mu   sync.Mutex
	seen map[string]bool
}

func (d *doorman) RoundTrip(r *http.Request) (*http.Response, error) {
	d.mu.Lock()
	d.seen[r.URL.Host] = true
	d.mu.Unlock()
	if r.URL.Scheme != "https" || !slices.Contains(d.allowed, r.URL.Host) {
		d.t.Errorf("%s %s is sent", r.Method, r.URL)
	}
	return d.next.RoundTrip(r)
}

// Whatever a verb does, it talks to Microsoft Graph and to the token service of
// the cloud, and to nobody else.
func TestNothingIsSentToAnybodyElse(t *testing.T) {
	for _, cloud := range auth.Clouds() {
		for _, args := range [][]string{
			{"validate"}, {"plan", "--out", "p.json"}, {"apply", "--auto-approve"}, {"drift", "--baseline", "snapshot.json"},
			{"explain", "ada@contoso.com"}, {"seats"}, {"snapshot"}, {"export", "exported"}, {"export", "--update"}, {"doctor"},
			{"show", "before.json", "-o", "html"}, {"fmt"}, {"schema", "plan"},
			{"import", "users.csv", "imported"}, {"fleet", "plan", "--out", "plans"}, {"fleet", "apply", "--auto-approve"}, {"fleet", "doctor"}, {"version"}, {"demo"}, {"completion", "bash"}, {"help"},
		} {
			t.Run(cloud.Name+" "+strings.Join(args, " "), func(t *testing.T) {
				s := newStation(t)
				s.wants(0, "plan", "--out", "before.json")
				s.wants(0, "snapshot", "--out", "snapshot.json")
				s.write("users.csv", "user,licenses\nada@contoso.com,SPE_E3\n")
				s.write("fleet.yaml", "apiVersion: licensectl.dev/v1\nkind: Fleet\nmetadata: {name: customers}\nspec:\n  defaults: {cloud: "+cloud.Name+", auth: env}\n"+
					"  tenants: [{name: contoso, tenantId: 11111111-2222-4333-8444-555555555555, paths: [manifests]}]\n")
				door := &doorman{t: t, allowed: []string{hostOf(cloud.GraphRoot), hostOf(cloud.Authority)}, next: s.emulator.Transport(), seen: map[string]bool{}}
				s.env.Transport = door
				s.env.Environ = append(s.env.Environ, "LICENSECTL_CLOUD="+cloud.Name)
				s.run(args...)
				if asks := slices.Contains([]string{"plan", "apply", "seats", "doctor", "fleet"}, args[0]); asks && !door.seen[hostOf(cloud.GraphRoot)] {
					t.Errorf("Microsoft Graph was not asked, but %v", door.seen)
				}
			})
		}
	}
}

func hostOf(address string) string {
	return strings.TrimSuffix(strings.TrimPrefix(address, "https://"), "/")
}

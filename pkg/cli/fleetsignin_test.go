package cli_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
)

// signIns writes down what is sent to the token service, by tenant.
type signIns struct {
	http.RoundTripper
	mu   sync.Mutex
	sent map[string]string // "application secret assertion" by the tenant's id
}

func (s *signIns) RoundTrip(r *http.Request) (*http.Response, error) {
	tenant, isToken := strings.CutSuffix(r.URL.Path, "/oauth2/v2.0/token")
	if isToken {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		s.sent[strings.Trim(tenant, "/")] = fmt.Sprintf("%s %s %s", form.Get("client_id"), form.Get("client_secret"), form.Get("client_assertion"))
		s.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return s.RoundTripper.RoundTrip(r)
}

// Each tenant is sent its own application with its own secret, and nobody else's:
// neither that of another tenant nor, where its application is its own, that of
// the environment.
func TestFleetSecretsGoToTheirTenant(t *testing.T) {
	const (
		shared      = "22222222-2222-4222-8222-222222222222"
		own         = "33333333-3333-4333-8333-333333333333"
		environment = "canary~of-the-environment"
		assertion   = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.canary"
	)
	c := newCrew(t, 6, emulator.Options{})
	id := func(n int) string { return emulator.DerivedID("tenant", tenantName(n)).String() }
	fleet := "apiVersion: licensectl.dev/v1\nkind: Fleet\nmetadata: {name: customers}\nspec:\n  defaults: {clientId: " + shared + ", paths: [baseline, tenants/tenant-00.yaml]}\n  tenants:\n"
	for n, how := range []string{
		"secretEnv: TENANT_00_SECRET", "auth: env", "clientId: " + own, "federated: tokens/three", "clientId: " + own + ", secretEnv: TENANT_04_SECRET", "clientId: " + own + ", auth: workload",
	} {
		fleet += fmt.Sprintf("    - {name: %s, tenantId: %s, %s}\n", tenantName(n), id(n), how)
	}
	c.write("fleet.yaml", fleet)
	c.write("tokens/three", assertion+".three")
	c.write("tokens/environment", assertion+".environment")
	c.env.Environ = append(c.env.Environ, "AZURE_CLIENT_ID=99999999-9999-4999-8999-999999999999", "AZURE_CLIENT_SECRET="+environment, "AZURE_FEDERATED_TOKEN_FILE=tokens/environment",
		"LICENSECTL_ACCESS_TOKEN=canary~token", "AZURE_TENANT_ID="+id(1))
	watched := &signIns{RoundTripper: c.env.Transport, sent: map[string]string{}}
	c.env.Transport = watched
	c.report(cli.CodeAuth, "seats") // the emulated tenants know other applications
	want := map[string]string{
		id(0): shared + " " + secretOf("tenant-00") + " ",
		id(1): shared + " " + environment + " ",
		id(2): own + "  " + assertion + ".environment", // a token of the pipeline says who it is by itself
		id(3): shared + "  " + assertion + ".three",
		id(4): own + " " + secretOf("tenant-04") + " ",
		id(5): own + "  " + assertion + ".environment",
	}
	if diff := cmp.Diff(want, watched.sent); diff != "" {
		t.Errorf("(-want +sent):\n%s", diff)
	}
}

// A secret that nobody has set fails its tenant, by the name of the variable.
func TestFleetSecretsThatAreMissing(t *testing.T) {
	c := newCrew(t, 2, emulator.Options{})
	c.env.Environ = append(c.env.Environ, "TENANT_01_SECRET=")
	r := c.report(cli.CodeAuth, "seats")
	if got := rows(r); got != "tenant-00 clean 0\ntenant-01 failed 4" || !strings.Contains(r.Tenants[1].Message, "TENANT_01_SECRET") {
		t.Errorf("%s\n%s", got, r.Tenants[1].Message)
	}
}

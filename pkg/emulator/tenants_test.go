package emulator_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// service starts several small tenants at one address.
func service(t *testing.T, n int, o emulator.Options) *emulator.Tenants {
	t.Helper()
	var tenants []emulator.Tenant
	for i := range n {
		tenants = append(tenants, emulator.Synthetic(emulator.SyntheticOptions{Users: 20, Seed: 1, Domain: fmt.Sprintf("tenant-%d.example", i)}))
	}
	out, err := emulator.NewTenants(tenants, o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// fetchFrom sends a request with a token and gives status and body.
func fetchFrom(t *testing.T, s *emulator.Tenants, r *http.Request) (int, string, http.Header) {
	t.Helper()
	res, err := s.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body), res.Header
}

func request(t *testing.T, method, address, token, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	return r
}

func TestTenantsAnswerByToken(t *testing.T) {
	s := service(t, 3, emulator.Options{})
	for _, e := range s.All() {
		status, body, _ := fetchFrom(t, s, request(t, "GET", "https://graph.microsoft.com/v1.0/organization", e.AppToken(), ""))
		if status != 200 || !strings.Contains(body, e.TenantID().String()) {
			t.Errorf("tenant %s: %d %s", e.TenantID(), status, body)
		}
	}
	if s.Tenant(s.All()[1].TenantID()) != s.All()[1] || s.Tenant(derived("tenant", "nobody")) != nil {
		t.Error("tenants are not found by their ids")
	}
}

// A token for a tenant comes from its own token service.
func TestTenantsSignInByPath(t *testing.T) {
	s := service(t, 2, emulator.Options{})
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {derived("app", "a").String()}, "client_secret": {"any"}, "scope": {"https://graph.microsoft.com/.default"}}
	for i, name := range []string{s.All()[0].TenantID().String(), "Tenant-1.example"} {
		r := request(t, "POST", "https://login.microsoftonline.com/"+name+"/oauth2/v2.0/token", "", form.Encode())
		if status, body, _ := fetchFrom(t, s, r); status != 200 {
			t.Errorf("%s: %d %s", name, status, body)
		}
		if got := s.All()[i].Counters().ByRoute["token"]; got != 1 {
			t.Errorf("tenant %d has signed in %d", i, got)
		}
	}
	r := request(t, "POST", "https://login.microsoftonline.com/"+derived("tenant", "nobody").String()+"/oauth2/v2.0/token", "", form.Encode())
	if status, body, _ := fetchFrom(t, s, r); status != 400 || !strings.Contains(body, "AADSTS90002") {
		t.Errorf("a tenant that is not there: %d %s", status, body)
	}
}

// The token of one tenant is no good in another, and the log tells of the try.
func TestTokensOfAnotherTenant(t *testing.T) {
	s := service(t, 2, emulator.Options{})
	mine, other := s.All()[0], s.All()[1]
	r := request(t, "GET", "https://graph.microsoft.com/v1.0/"+other.TenantID().String()+"/organization", mine.AppToken(), "")
	if status, body, _ := fetchFrom(t, s, r); status != 401 || !strings.Contains(body, "InvalidAuthenticationToken") {
		t.Errorf("%d %s", status, body)
	}
	logged := other.Requests()
	if len(logged) != 1 || logged[0].TokenOf != mine.TenantID().String() || logged[0].TenantID != other.TenantID().String() {
		t.Errorf("the log has %+v", logged)
	}
}

// One application has a quota over all tenants, beside those in each.
func TestApplicationWriteLimit(t *testing.T) {
	clock := emulator.NewClock(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC))
	s := service(t, 3, emulator.Options{Now: clock.Now, Limits: emulator.Limits{ApplicationWrites: 4, ApplicationWindow: 10 * time.Second}})
	write := func(e *emulator.Emulator) (int, http.Header) {
		user := e.Users()[0].ID.String()
		status, _, header := fetchFrom(t, s, request(t, "PATCH", "https://graph.microsoft.com/v1.0/users/"+user, e.AppToken(), `{"usageLocation":"DE"}`))
		return status, header
	}
	for i := range 4 {
		if status, _ := write(s.All()[i%3]); status != 204 {
			t.Fatalf("write %d: %d", i, status)
		}
	}
	status, header := write(s.All()[2])
	if status != 429 || header.Get("Retry-After") != "10" || !strings.HasPrefix(header.Get("x-ms-throttle-scope"), "Application/Write/") {
		t.Errorf("the fifth write: %d %v", status, header)
	}
	clock.Advance(11 * time.Second)
	if status, _ := write(s.All()[1]); status != 204 {
		t.Errorf("after the window: %d", status)
	}
}

func TestTenantsThatCannotBe(t *testing.T) {
	tenant := emulator.Synthetic(emulator.SyntheticOptions{Users: 1})
	for name, list := range map[string][]emulator.Tenant{"none": nil, "one twice": {tenant, tenant}} {
		if _, err := emulator.NewTenants(list, emulator.Options{}); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
}

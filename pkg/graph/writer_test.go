package graph_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

func ids(ns ...int) []license.GUID {
	var out []license.GUID
	for _, n := range ns {
		out = append(out, id(n))
	}
	return out
}

const defaultUserJSON = `{"@odata.context":"x","businessPhones":[],"displayName":"Ada","userPrincipalName":"ada@contoso.com","id":"00000000-0000-4000-8000-000000000001"}`

func TestAssignLicenseOnTheWire(t *testing.T) {
	for _, tc := range []struct {
		change graph.LicenseChange
		want   string
	}{
		{graph.LicenseChange{Add: []graph.AssignedLicense{{SKUID: id(2)}}},
			`{"addLicenses":[{"skuId":"00000000-0000-4000-8000-000000000002","disabledPlans":[]}],"removeLicenses":[]}`},
		{graph.LicenseChange{Remove: ids(3)},
			`{"addLicenses":[],"removeLicenses":["00000000-0000-4000-8000-000000000003"]}`},
		{graph.LicenseChange{Add: []graph.AssignedLicense{{SKUID: id(2), DisabledPlans: ids(5, 4)}}, Remove: ids(3)},
			`{"addLicenses":[{"skuId":"00000000-0000-4000-8000-000000000002","disabledPlans":["00000000-0000-4000-8000-000000000005","00000000-0000-4000-8000-000000000004"]}],"removeLicenses":["00000000-0000-4000-8000-000000000003"]}`},
	} {
		w := newWire(t, always(200, defaultUserJSON, "x-ms-throttle-limit-percentage: 0.9"))
		got, err := newWriter(t, w).AssignLicense(context.Background(), id(1), tc.change)
		if err != nil {
			t.Fatal(err)
		}
		req := w.requests[0]
		if req.Method != "POST" || req.URL.String() != testRoot+"/v1.0/users/00000000-0000-4000-8000-000000000001/assignLicense" || w.bodies[0] != tc.want {
			t.Errorf("%s %s\n%s\nwant\n%s", req.Method, req.URL, w.bodies[0], tc.want)
		}
		want := graph.Reply{RequestID: "9f0c1c4e-0000-4000-8000-000000000001", ClientRequestID: req.Header.Get("client-request-id"), ThrottlePercentage: 0.9}
		if got != want {
			t.Errorf("reply %v, want %v", got, want)
		}
	}
}

func TestSetUsageLocationOnTheWire(t *testing.T) {
	for _, answer := range []func(*http.Request) (*http.Response, error){always(204, ""), always(200, defaultUserJSON)} {
		w := newWire(t, answer)
		got, err := newWriter(t, w).SetUsageLocation(context.Background(), id(1), "DE")
		if err != nil || got.ThrottlePercentage != 0 {
			t.Fatal(got, err)
		}
		req := w.requests[0]
		if req.Method != "PATCH" || req.URL.String() != testRoot+"/v1.0/users/00000000-0000-4000-8000-000000000001" || w.bodies[0] != `{"usageLocation":"DE"}` {
			t.Errorf("%s %s %s", req.Method, req.URL, w.bodies[0])
		}
	}
}

// Changes that can only be mistakes are not sent.
func TestSenselessWritesAreRefused(t *testing.T) {
	ctx := context.Background()
	w := newWire(t, always(200, defaultUserJSON))
	writer := newWriter(t, w)
	for name, change := range map[string]graph.LicenseChange{
		"nothing":       {},
		"twice added":   {Add: []graph.AssignedLicense{{SKUID: id(1)}, {SKUID: id(1)}}},
		"twice removed": {Remove: ids(1, 1)},
		"in both lists": {Add: []graph.AssignedLicense{{SKUID: id(1)}}, Remove: ids(1)},
		"no SKU":        {Remove: []license.GUID{{}}},
	} {
		if _, err := writer.AssignLicense(ctx, id(1), change); err == nil {
			t.Errorf("%s: sent", name)
		}
	}
	if _, err := writer.AssignLicense(ctx, license.GUID{}, graph.LicenseChange{Remove: ids(1)}); err == nil {
		t.Error("no user: sent")
	}
	for _, country := range []string{"", "de", "DEU", "D", "D1", "Ä"} {
		if _, err := writer.SetUsageLocation(ctx, id(1), country); err == nil {
			t.Errorf("%q: sent", country)
		}
	}
	if w.count() != 0 {
		t.Errorf("%d requests", w.count())
	}
}

func TestThrottlePercentage(t *testing.T) {
	for value, want := range map[string]float64{"1.8": 1.8, "": 0, "x": 0, "NaN": 0, "-1": 0, "1e300": 0} {
		w := newWire(t, always(204, "", "x-ms-throttle-limit-percentage: "+value))
		got, err := newWriter(t, w).SetUsageLocation(context.Background(), id(1), "DE")
		if err != nil || got.ThrottlePercentage != want {
			t.Errorf("%q: %v, error %v", value, got.ThrottlePercentage, err)
		}
	}
}

// write sends one write and gives its error and the number of attempts.
func write(t *testing.T, answer func(*http.Request) (*http.Response, error)) (*graph.Error, int) {
	t.Helper()
	w := newWire(t, answer)
	_, err := newWriter(t, w).AssignLicense(context.Background(), id(1), graph.LicenseChange{Remove: ids(2)})
	return asError(t, err), w.count()
}

// Whether a write may have happened is told from how it failed, and no write
// is sent twice.
func TestDoubt(t *testing.T) {
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	fail := func(err error) func(*http.Request) (*http.Response, error) {
		return func(*http.Request) (*http.Response, error) { return nil, err }
	}
	for _, tc := range []struct {
		name     string
		answer   func(*http.Request) (*http.Response, error)
		doubtful bool
		status   int
	}{
		{"reset", reset, true, 0},
		{"half a reply", broken(200, `{"id":`), true, 200},
		{"half an error", broken(400, `{"error":`), false, 400},
		{"half an internal error", broken(500, `{"error":`), true, 500},
		{"not connected", fail(dial), false, 0},
		{"no such host", fail(&net.DNSError{Err: "no such host", Name: "graph.example.com"}), false, 0},
		{"no way to the proxy", fail(&net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New("connection refused")}), false, 0},
		{"certificate", fail(x509.UnknownAuthorityError{}), false, 0},
		{"broken on reading", fail(&net.OpError{Op: "read", Net: "tcp", Err: errors.New("reset")}), true, 0},
	} {
		e, attempts := write(t, tc.answer)
		if e.Doubtful() != tc.doubtful || e.Status != tc.status || attempts != 1 {
			t.Errorf("%s: doubtful %v, status %d, %d attempts: %v", tc.name, e.Doubtful(), e.Status, attempts, e)
		}
	}
}

func TestCancelledBeforeSending(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w := newWire(t, always(204, ""))
	_, err := newWriter(t, w).SetUsageLocation(ctx, id(1), "DE")
	if e := asError(t, err); e.Doubtful() || !errors.Is(err, context.Canceled) || w.count() != 0 {
		t.Errorf("doubtful %v, %d requests: %v", e.Doubtful(), w.count(), err)
	}
}

// answering is a network that does not look at what is sent.
type answering func(*http.Request) (*http.Response, error)

func (a answering) Do(req *http.Request) (*http.Response, error) { return a(req) }

// A write that was sent once, and could not be sent again with another token,
// may have happened: who refused the first cannot be known.
func TestSentBefore(t *testing.T) {
	sent := 0
	cfg := graph.Config{Root: testRoot, Credential: &caching{tokens: []string{"first", "second"}}}
	cfg.Transport = answering(func(*http.Request) (*http.Response, error) {
		if sent++; sent == 1 {
			return reply(http.StatusUnauthorized, ""), nil
		}
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	})
	writer, err := graph.NewWriter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = writer.SetUsageLocation(context.Background(), id(1), "DE")
	if e := asError(t, err); e.NotSent || !e.Doubtful() || sent != 2 {
		t.Errorf("not sent %v, doubtful %v, %d requests: %v", e.NotSent, e.Doubtful(), sent, err)
	}
}

// noToken is a credential that fails.
type noToken struct{ err error }

func (c noToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, c.err
}

func TestCredentialFailure(t *testing.T) {
	w := newWire(t, always(204, ""))
	cfg := config(w)
	cause := errors.New("AADSTS7000215:\n invalid client secret")
	cfg.Credential = noToken{cause}
	writer, err := graph.NewWriter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = writer.SetUsageLocation(context.Background(), id(1), "DE")
	var auth *graph.AuthError
	if !errors.As(err, &auth) || !errors.Is(err, cause) {
		t.Fatalf("error %v", err)
	}
	e := asError(t, err)
	want := behaviour{Unauthorized: true}
	if behaviourOf(e) != want || w.count() != 0 || e.Hint() != "sign in, or check the credential" {
		t.Errorf("%+v, %d requests, hint %q", behaviourOf(e), w.count(), e.Hint())
	}
	if !strings.Contains(e.Error(), "signing in: AADSTS7000215: invalid client secret") {
		t.Errorf("error %q", e)
	}
}

// The HTTP client puts the whole address into its errors; we do not.
func TestTransportErrorHidesTheQuery(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer server.Close()
	writer, err := graph.NewWriter(graph.Config{Root: server.URL, Credential: staticToken{}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = writer.SetUsageLocation(context.Background(), id(1), "DE")
	e := asError(t, err)
	if strings.Contains(err.Error(), server.URL) || !e.Doubtful() {
		t.Errorf("error %v", err)
	}
}

// A success that does not name the user leaves a write in doubt, and a page of
// somebody else is called what it is, whatever its status.
func TestSuccessesThatMakeNoSenseLeaveAWriteInDoubt(t *testing.T) {
	for name, tc := range map[string]struct {
		answer  func(*http.Request) (*http.Response, error)
		foreign bool
	}{
		"null":          {always(200, `null`), false},
		"empty object":  {always(200, `{}`), false},
		"list":          {always(200, `[]`), false},
		"empty":         {always(200, ``), false},
		"web page":      {always(200, `<html><body>Sign in</body></html>`), true},
		"called a page": {always(200, defaultUserJSON, "Content-Type: text/html"), true},
		"gateway":       {always(502, `<html><body>Bad Gateway</body></html>`), true},
	} {
		_, err := newWriter(t, newWire(t, tc.answer)).AssignLicense(t.Context(), id(1), graph.LicenseChange{Remove: ids(2)})
		if e := asError(t, err); !e.Doubtful() || e.ForeignPage() != tc.foreign || tc.foreign != strings.Contains(err.Error(), "a web page came") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

package graph_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
)

func TestRootAccepted(t *testing.T) {
	for _, root := range []string{
		"https://graph.microsoft.com",
		"https://graph.microsoft.com/",
		"HTTPS://Graph.Microsoft.Com",
		"https://graph.example.com:8443",
		"http://127.0.0.1:8080",
		"http://127.9.9.9",
		"http://[::1]:8080/",
		"http://localhost:8080",
	} {
		if _, err := graph.NewReader(graph.Config{Root: root, Credential: staticToken{}}); err != nil {
			t.Errorf("%s: %v", root, err)
		}
	}
}

func TestRootRefused(t *testing.T) {
	for _, tc := range []struct{ root, want string }{
		{"", "no Graph root"},
		{"graph.microsoft.com", "scheme and a host"},
		{"//graph.microsoft.com", "not https"},
		{"https://", "scheme and a host"},
		{"https://graph.microsoft.com/v1.0", "leave /v1.0 out"},
		{"https://graph.microsoft.com/beta/", "leave /beta out"},
		{"https://graph.microsoft.com/tenant", "must not hold a path"},
		{"https://graph.microsoft.com?x=1", "query"},
		{"https://graph.microsoft.com?", "query"},
		{"https://graph.microsoft.com#x", "fragment"},
		{"https://user:hunter2@graph.microsoft.com", "user name"},
		{"https://user:hunter2@graph.microsoft.com:x", "not a valid address"},
		{"http://graph.microsoft.com", "use https"},
		{"http://127.0.0.1.example.com", "use https"},
		{"http://localhost.example.com", "use https"},
		{"ftp://graph.microsoft.com", "not https"},
	} {
		_, err := graph.NewReader(graph.Config{Root: tc.root, Credential: staticToken{}})
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: error %v, want one with %q", tc.root, err, tc.want)
		}
		if _, err := graph.NewWriter(graph.Config{Root: tc.root, Credential: staticToken{}}); err == nil {
			t.Errorf("%q: the writer accepts it", tc.root)
		}
	}
}

func TestCredentialNeeded(t *testing.T) {
	if _, err := graph.NewReader(graph.Config{Root: testRoot}); err == nil {
		t.Error("a reader without a credential")
	}
}

const organizationJSON = `{"value":[{"id":"11111111-2222-4333-8444-555555555555","displayName":"Contoso"}]}`

// Plain HTTP to loopback carries the token, as an emulator needs it.
func TestLoopbackHTTP(t *testing.T) {
	var auth string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth = r.Header.Get("Authorization")
		_, _ = w.Write([]byte(organizationJSON))
	}))
	defer server.Close()
	r, err := graph.NewReader(graph.Config{Root: server.URL, Credential: staticToken{}})
	if err != nil {
		t.Fatal(err)
	}
	org, err := r.Organization(context.Background())
	if err != nil || org.DisplayName != "Contoso" || auth != "Bearer "+canary {
		t.Errorf("organization %v, error %v, Authorization %q", org, err, auth)
	}
}

// Where a redirect does not say where it leads, the error says no more than that it is one.
func TestRedirectToNowhere(t *testing.T) {
	for _, headers := range [][]string{nil, {"Location: "}, {"Location: /v1.0/elsewhere"}, {"Location: https://[broken"}} {
		_, err := newReader(t, newWire(t, always(http.StatusFound, "", headers...))).Organization(t.Context())
		if e := asError(t, err); !strings.Contains(e.Error(), "redirects are not followed (") {
			t.Errorf("%q: %v", headers, err)
		}
	}
}

// A redirect is an error, and its target never hears of the token: with the
// own transport, and with a client that would follow.
func TestRedirectIsNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the redirect was followed")
	}))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(elsewhere.URL+"/v1.0/organization?secret=1", status))
		follower := &http.Client{}
		for _, cfg := range []graph.Config{
			{Root: server.URL, Credential: staticToken{}},
			{Root: server.URL, Credential: staticToken{}, Transport: follower},
		} {
			r, err := graph.NewReader(cfg)
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Organization(context.Background())
			if e := asError(t, err); e.Status != status || !strings.Contains(e.Error(), fmt.Sprintf("redirects are not followed: this one leads to %q (", elsewhere.Listener.Addr())) || strings.Contains(e.Error(), "secret") {
				t.Errorf("%d: %v", status, err)
			}
		}
		if follower.CheckRedirect != nil {
			t.Error("the caller's client was changed")
		}
		server.Close()
	}
}

// The transport keeps a connection for each of the writers that run at once, reads
// a page in few pieces, and looks after connections that have gone silent. It does
// so as well where Go's own was replaced, as tools that trace requests do.
func TestTransport(t *testing.T) {
	check := func(what string) {
		got := graph.NewTransport()
		if got.MaxIdleConnsPerHost != 64 || got.ReadBufferSize != 64<<10 || got.Proxy == nil {
			t.Errorf("%s: %d connections stay, %d bytes are read at once, proxy %v", what, got.MaxIdleConnsPerHost, got.ReadBufferSize, got.Proxy != nil)
		}
		if got.HTTP2 == nil || got.HTTP2.SendPingTimeout != 10*time.Second || got.HTTP2.PingTimeout != 5*time.Second {
			t.Errorf("%s: %+v", what, got.HTTP2)
		}
	}
	check("Go's own")
	if got := graph.NewTransport(); got.TLSHandshakeTimeout == 0 || got == http.DefaultTransport {
		t.Error("it is no copy of Go's own")
	}
	own := http.DefaultTransport
	defer func() { http.DefaultTransport = own }()
	http.DefaultTransport = http.NewFileTransport(http.Dir("."))
	check("another one")
}

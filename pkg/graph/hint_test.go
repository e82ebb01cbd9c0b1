package graph_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/graph"
)

func TestHintsFitTheCause(t *testing.T) {
	const claims = `WWW-Authenticate: Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxIn19fQ=="`
	for name, tc := range map[string]struct {
		answer func(*http.Request) (*http.Response, error)
		want   string
	}{
		"other claims are asked for": {always(401, `{"error":{"code":"InvalidAuthenticationToken","message":"Continuous access evaluation resulted in challenge"}}`, claims), "network location"},
		"a token that is refused":    {always(401, `{"error":{"code":"InvalidAuthenticationToken","message":"no"}}`), "this cloud and tenant"},
		"nobody of this tenant":      {always(401, `{"error":{"code":"Authorization_IdentityNotFound","message":"no"}}`), "does not know whose it is"},
		"a permission":               {always(403, `{"error":{"code":"Authorization_RequestDenied","message":"no"}}`), "24 hours"},
		"a proxy":                    {always(407, ``), "USER:PASSWORD"},
		"a proxy that is not there":  {fails(&net.OpError{Op: "proxyconnect", Err: errors.New("refused")}), "the proxy itself"},
		"a proxy before a tunnel":    {fails(errors.New("Proxy Authentication Required")), "USER:PASSWORD"},
		"no such name":               {fails(&net.DNSError{Err: "no such host"}), "name server"},
		"nobody there":               {fails(&net.OpError{Op: "dial", Err: errors.New("refused")}), "check the network"},
		"a long wait":                {always(429, ``, "Retry-After: 600"), "wait for 10m0s"},
		"a wait":                     {always(429, ``, "Retry-After: 300"), ""},
		"a bad request":              {always(400, `{"error":{"code":"E","message":"no"}}`), ""},
	} {
		w := newWire(t, tc.answer)
		_, err := newWriter(t, w).SetUsageLocation(context.Background(), id(1), "DE")
		e, ok := errors.AsType[*graph.Error](err)
		if !ok || (tc.want == "") != (e.Hint() == "") || !strings.Contains(e.Hint(), tc.want) {
			t.Errorf("%s: %v, hint %q", name, err, e.Hint())
		}
	}
}

// A proxy that refuses a tunnel has not passed a write on, and asking it again
// helps nobody.
func TestATunnelThatIsRefusedIsNoDoubt(t *testing.T) {
	w := newWire(t, fails(errors.New("Proxy Authentication Required")))
	_, err := newReader(t, w).Organization(context.Background())
	if e, ok := errors.AsType[*graph.Error](err); !ok || !e.NotSent || e.Doubtful() || e.Transient() || w.count() != 1 {
		t.Errorf("%v after %d requests", err, w.count())
	}
}

// fails answers every request with an error of the connection.
func fails(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

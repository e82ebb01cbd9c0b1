package graph_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

// caching is a credential that keeps its token, as azidentity's do, until it
// is asked for with claims.
type caching struct {
	mu     sync.Mutex
	tokens []string // in the order in which they are issued
	asked  int
}

func (c *caching) GetToken(_ context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if opts.Claims != "" && len(c.tokens) > 1 {
		c.tokens = c.tokens[1:]
		c.asked++
	}
	return azcore.AccessToken{Token: c.tokens[0], ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// service accepts one token and refuses all others.
type service struct {
	mu       sync.Mutex
	accepted string
	bodies   []string
}

func (s *service) Do(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := new(strings.Builder)
	if req.Body != nil {
		buf := make([]byte, 1<<10)
		n, _ := req.Body.Read(buf)
		body.Write(buf[:n])
	}
	s.bodies = append(s.bodies, body.String())
	if req.Header.Get("Authorization") != "Bearer "+s.accepted {
		return reply(http.StatusUnauthorized, `{"error":{"code":"InvalidAuthenticationToken","message":"Lifetime validation failed, the token is expired."}}`), nil
	}
	return reply(http.StatusOK, `{}`), nil
}

func writerFor(t *testing.T, s *service, c azcore.TokenCredential) *graph.Writer {
	t.Helper()
	cfg := config(s)
	cfg.Credential = c
	w, err := graph.NewWriter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	s := &service{accepted: "first"}
	credential := &caching{tokens: []string{"first", "second"}}
	w := writerFor(t, s, credential)
	change := graph.LicenseChange{Remove: []license.GUID{id(7)}}
	if _, err := w.AssignLicense(t.Context(), id(1), change); err != nil {
		t.Fatal(err)
	}

	s.accepted = "second"
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			if _, err := w.AssignLicense(t.Context(), id(n+2), change); err != nil {
				t.Errorf("after the token was revoked: %v", err)
			}
		})
	}
	wg.Wait()
	if credential.asked != 1 {
		t.Errorf("a new token was asked for %d times by eight requests, want once", credential.asked)
	}
	for _, body := range s.bodies {
		if !strings.Contains(body, id(7).String()) {
			t.Errorf("a request was repeated without its body: %q", body)
		}
	}
}

func TestRefusedTokenThatCannotBeRenewed(t *testing.T) {
	s := &service{accepted: "another"}
	w := writerFor(t, s, &caching{tokens: []string{"first"}})
	_, err := w.SetUsageLocation(t.Context(), id(1), "DE")
	if e, ok := errors.AsType[*graph.Error](err); !ok || !e.Unauthorized() {
		t.Errorf("error %v", err)
	}
	if len(s.bodies) != 1 {
		t.Errorf("%d requests with one refused token, want 1", len(s.bodies))
	}
}

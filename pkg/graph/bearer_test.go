package graph_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
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
	return reply(http.StatusOK, defaultUserJSON), nil
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

// stubborn is a credential that cannot meet a challenge, and takes its time to
// say so.
type stubborn struct{ renewals, tokens atomic.Int32 }

func (c *stubborn) GetToken(_ context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	time.Sleep(2 * time.Second)
	if opts.Claims != "" {
		c.renewals.Add(1)
		return azcore.AccessToken{}, errors.New("AADSTS50076: somebody has to sign in")
	}
	c.tokens.Add(1)
	return azcore.AccessToken{Token: "first", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// challenging refuses every token, and asks for claims that differ a little.
type challenging struct {
	mu    sync.Mutex
	asked int
}

func (c *challenging) Do(*http.Request) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	claims := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, 1744358400+c.asked))
	return reply(http.StatusUnauthorized, `{"error":{"code":"InvalidAuthenticationToken","message":"Continuous access evaluation resulted in challenge"}}`,
		`WWW-Authenticate: Bearer realm="", error="insufficient_claims", claims="`+claims+`"`), nil
}

// Nine requests are under way when the service asks for claims that nobody can
// meet. One renewal is tried, and its failure is that of all, also of those that
// come a moment later.
func TestAFailedRenewalHoldsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service, credential := &challenging{}, &stubborn{}
		cfg := config(service)
		cfg.Credential = credential
		w, err := graph.NewWriter(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for n := range 9 {
			wg.Go(func() {
				time.Sleep(time.Duration(n) * 700 * time.Millisecond)
				_, err := w.SetUsageLocation(t.Context(), id(n+1), "DE")
				e, ok := errors.AsType[*graph.Error](err)
				if !ok || !e.Unauthorized() || !e.Challenged || !strings.Contains(err.Error(), "AADSTS50076") {
					t.Errorf("error %v", err)
				}
			})
		}
		wg.Wait()
		if credential.renewals.Load() != 1 || credential.tokens.Load() != 1 || service.asked != 9 {
			t.Errorf("%d renewals, %d tokens, %d requests", credential.renewals.Load(), credential.tokens.Load(), service.asked)
		}
		time.Sleep(2 * time.Minute)
		if _, err := w.SetUsageLocation(t.Context(), id(1), "DE"); err == nil || credential.renewals.Load() != 2 {
			t.Errorf("after a while it is not tried again: %v", err)
		}
	})
}

// Who waits for a sign-in that fails does not sign in anew.
func TestAFailedSignInHoldsForAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		credential := &refusing{}
		w := writerFor(t, &service{}, slow{credential})
		var wg sync.WaitGroup
		for n := range 9 {
			wg.Go(func() {
				_, err := w.SetUsageLocation(t.Context(), id(n+1), "DE")
				if e, ok := errors.AsType[*graph.Error](err); !ok || !e.Unauthorized() || !e.NotSent {
					t.Errorf("error %v", err)
				}
			})
		}
		wg.Wait()
		if credential.asked != 1 {
			t.Errorf("asked %d times", credential.asked)
		}
	})
}

// refusing is a credential that signs nobody in.
type refusing struct{ asked int }

func (c *refusing) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.asked++
	return azcore.AccessToken{}, errors.New("AADSTS7000222: expired")
}

// The one who asks may go away, and the others still get their token.
func TestWhoAsksMayGoAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{accepted: "first"}
		w := writerFor(t, s, slow{&caching{tokens: []string{"first"}}})
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := w.SetUsageLocation(impatient, id(1), "DE"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if _, err := w.SetUsageLocation(t.Context(), id(2), "DE"); err != nil {
				t.Errorf("who waited got %v", err)
			}
		})
		wg.Wait()
	})
}

// slow is a credential that takes three seconds.
type slow struct{ azcore.TokenCredential }

func (c slow) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	select {
	case <-time.After(3 * time.Second):
		return c.TokenCredential.GetToken(ctx, opts)
	case <-ctx.Done():
		return azcore.AccessToken{}, ctx.Err()
	}
}

// A token is renewed before it ends, and does until then where there is no
// other yet.
func TestTokensAreRenewedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{accepted: "token"}
		credential := &dying{}
		w := writerFor(t, s, credential)
		write := func() error {
			_, err := w.SetUsageLocation(t.Context(), id(1), "DE")
			return err
		}
		for _, step := range []struct {
			after time.Duration
			fails bool
			asked int
		}{
			{0, false, 1}, {50 * time.Minute, false, 1}, {6 * time.Minute, true, 2}, {10 * time.Second, true, 2}, {time.Minute, true, 3}, {time.Minute, false, 4}, {30 * time.Minute, false, 4},
		} {
			time.Sleep(step.after)
			credential.fails = step.fails
			if err := write(); err != nil || credential.asked != step.asked {
				t.Errorf("after %v: asked %d times, want %d, error %v", step.after, credential.asked, step.asked, err)
			}
		}
		time.Sleep(2 * time.Hour)
		credential.fails = true
		if err := write(); err == nil {
			t.Error("an expired token was used")
		}
	})
}

// dying is a credential whose tokens last an hour.
type dying struct {
	fails bool
	asked int
}

func (c *dying) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.asked++
	if c.fails {
		return azcore.AccessToken{}, errors.New("not now")
	}
	return azcore.AccessToken{Token: "token", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

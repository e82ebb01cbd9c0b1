package graph_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
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

// noting is a credential that notes which claims it is asked for, and has a token for
// each.
type noting struct{ claims []string }

func (c *noting) GetToken(_ context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.claims = append(c.claims, opts.Claims)
	return azcore.AccessToken{Token: fmt.Sprint("token ", len(c.claims)), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// What the service asks for in a challenge is asked for in the new token; where it
// asks for nothing, or for nothing that can be read, any new token will do.
func TestChallenges(t *testing.T) {
	const claims = `{"access_token":{"x":{"value":"~~~???"}}}`
	const anyNew = `{"access_token":{"nbf":{"essential":true,"value":"946684800"}}}` // when a bubble begins
	plain, address := base64.StdEncoding.EncodeToString([]byte(claims)), base64.URLEncoding.EncodeToString([]byte(claims))
	if !strings.ContainsAny(plain, "+/") || !strings.Contains(plain, "=") {
		t.Fatalf("%s does not tell the alphabets apart", plain)
	}
	for _, tt := range []struct {
		challenges []string
		want       string
	}{
		{nil, anyNew},
		{[]string{`Bearer realm=""`}, anyNew},
		{[]string{`Bearer error="invalid_token", claims="` + plain + `"`}, anyNew},
		{[]string{`Bearer error="insufficient_claims"`}, anyNew},
		{[]string{`Bearer error="insufficient_claims", claims=""`}, anyNew},
		{[]string{`Bearer error="insufficient_claims", claims="%"`}, anyNew},
		{[]string{`Bearer error="insufficient_claims", claims="` + plain + `"`}, claims},
		{[]string{`Bearer claims="` + address + `", error="insufficient_claims"`}, claims},
		{[]string{`Bearer error="insufficient_claims", claims="` + strings.TrimRight(plain, "=") + `"`}, claims},
		{[]string{`Negotiate`, `Bearer error="insufficient_claims", claims="%"`, `Bearer error="insufficient_claims", claims="` + plain + `"`}, claims},
	} {
		synctest.Test(t, func(t *testing.T) {
			credential := &noting{}
			cfg := config(transport(func(req *http.Request) (*http.Response, error) {
				if req.Header.Get("Authorization") == "Bearer token 2" {
					return reply(http.StatusNoContent, ""), nil
				}
				resp := reply(http.StatusUnauthorized, "")
				resp.Header["Www-Authenticate"] = tt.challenges
				return resp, nil
			}))
			cfg.Credential = credential
			w, err := graph.NewWriter(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.SetUsageLocation(t.Context(), id(1), "DE"); err != nil || !slices.Equal(credential.claims, []string{"", tt.want}) {
				t.Errorf("%q: asked for %q, error %v", tt.challenges, credential.claims, err)
			}
		})
	}
}

// A request is sent with three other tokens, and then given up.
func TestRenewalsAreBounded(t *testing.T) {
	sent, credential := 0, &noting{}
	cfg := config(transport(func(*http.Request) (*http.Response, error) {
		sent++
		return reply(http.StatusUnauthorized, ""), nil
	}))
	cfg.Credential = credential
	w, err := graph.NewWriter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.SetUsageLocation(t.Context(), id(1), "DE")
	if e := asError(t, err); !e.Unauthorized() || sent != 4 || len(credential.claims) != 4 {
		t.Errorf("%d requests with %d tokens: %v", sent, len(credential.claims), err)
	}
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

// How long a failed renewal holds: a minute for who had the refused token, and no
// longer.
func TestHowLongAFailedRenewalHolds(t *testing.T) {
	for after, renewals := range map[time.Duration]int32{0: 1, time.Minute - 1: 1, time.Minute: 2} {
		synctest.Test(t, func(t *testing.T) {
			credential := &stubborn{}
			w := writerFor(t, &service{accepted: "another"}, credential)
			for range 2 {
				if _, err := w.SetUsageLocation(t.Context(), id(1), "DE"); err == nil {
					t.Error("a refused token was accepted")
				}
				if credential.renewals.Load() == 1 {
					time.Sleep(after)
				}
			}
			if got := credential.renewals.Load(); got != renewals {
				t.Errorf("after %v: %d renewals, want %d", after, got, renewals)
			}
		})
	}
}

// ageing is a credential whose tokens are to be renewed from a time on, and which can
// fail.
type ageing struct {
	refresh, expires time.Duration
	fails            bool
	asked            int
}

func (c *ageing) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.asked++
	if c.fails {
		return azcore.AccessToken{}, errors.New("not now")
	}
	token := azcore.AccessToken{Token: "token", ExpiresOn: time.Now().Add(c.expires)}
	if c.refresh > 0 {
		token.RefreshOn = time.Now().Add(c.refresh)
	}
	return token, nil
}

// When a token is renewed, to the instant: five minutes before its end, or when the
// credential says, and where that fails every 30 seconds from there.
func TestWhenTokensAreRenewed(t *testing.T) {
	for name, tt := range map[string]struct {
		refresh time.Duration
		fails   bool
		at      []time.Duration // when something is sent
		asked   int
		err     bool // at last
	}{
		"five minutes before":         {0, false, []time.Duration{55 * time.Minute}, 1, false},
		"a little later":              {0, false, []time.Duration{55*time.Minute + 1}, 2, false},
		"before it is to be":          {20 * time.Minute, false, []time.Duration{20 * time.Minute}, 1, false},
		"when it is to be":            {20 * time.Minute, false, []time.Duration{20*time.Minute + 1}, 2, false},
		"late, when it is to be":      {58 * time.Minute, false, []time.Duration{56 * time.Minute}, 1, false},
		"not renewed":                 {0, true, []time.Duration{56 * time.Minute}, 2, false},
		"not asked again at once":     {0, true, []time.Duration{56 * time.Minute, 56*time.Minute + 30*time.Second - 1}, 2, false},
		"asked again after a while":   {0, true, []time.Duration{56 * time.Minute, 56*time.Minute + 30*time.Second}, 3, false},
		"the last instant":            {0, true, []time.Duration{time.Hour - 1}, 2, false},
		"the end":                     {0, true, []time.Duration{time.Hour}, 2, true},
		"the end, and another is had": {0, false, []time.Duration{time.Hour}, 2, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			credential := &ageing{refresh: tt.refresh, expires: time.Hour}
			w := writerFor(t, &service{accepted: "token"}, credential)
			begun := time.Now()
			_, err := w.SetUsageLocation(t.Context(), id(1), "DE")
			credential.fails = tt.fails
			for _, at := range tt.at {
				time.Sleep(at - time.Since(begun))
				_, err = w.SetUsageLocation(t.Context(), id(1), "DE")
			}
			if credential.asked != tt.asked || (err != nil) != tt.err {
				t.Errorf("%s: asked %d times, error %v", name, credential.asked, err)
			}
		})
	}
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

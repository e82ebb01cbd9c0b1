package graph

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// renewable is a credential that can be made to give up a token before its
// time. Credentials keep a token until it expires by the clock, but the
// service may refuse it earlier: it was revoked, or the clocks differ.
type renewable struct {
	azcore.TokenCredential

	mu    sync.Mutex
	fresh azcore.AccessToken // what takes the place of the refused token; zero: none was
}

// GetToken gives the token that was renewed, as long as it lasts.
func (r *renewable) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	r.mu.Lock()
	fresh := r.fresh
	r.mu.Unlock()
	if opts.Claims == "" && time.Until(fresh.ExpiresOn) > time.Minute {
		return fresh, nil
	}
	return r.TokenCredential.GetToken(ctx, opts)
}

// renew gets another token in place of a refused one. It reports false where
// there is none: the credential has no way to get one, or fails.
func (r *renewable) renew(ctx context.Context, opts policy.TokenRequestOptions, refused string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fresh.Token != "" && r.fresh.Token != refused {
		return true // another request was quicker
	}
	opts.Claims = notBefore(time.Now())
	token, err := r.TokenCredential.GetToken(ctx, opts)
	if err != nil || token.Token == refused {
		return false
	}
	r.fresh = token
	return true
}

// notBefore asks for a token that is issued from now on. It is the form of a
// claims challenge (Entra docs, claims challenges); what matters here is that
// a credential never answers one from its cache.
func notBefore(now time.Time) string {
	return fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, now.Unix())
}

// renewal sends a request once more with another token where the service has
// refused the first. A refused request was not carried out, so this is safe
// for writes too.
type renewal struct {
	credential *renewable
	scope      string
}

func (p renewal) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	refused := strings.TrimPrefix(req.Raw().Header.Get("Authorization"), "Bearer ")
	opts := policy.TokenRequestOptions{Scopes: []string{p.scope}}
	if refused == "" || !p.credential.renew(req.Raw().Context(), opts, refused) {
		return resp, nil
	}
	if err := req.RewindBody(); err != nil {
		return resp, nil
	}
	return req.Next()
}

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

// renewal sends a request again with another token where the service has
// refused the one before. A refused request was not carried out, so this is safe
// for writes too.
type renewal struct {
	credential *renewable
	scope      string
}

// maxRenewals bounds how often one request is sent with yet another token.
const maxRenewals = 3

func (p renewal) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	for range maxRenewals {
		if err != nil || resp.StatusCode != http.StatusUnauthorized || !p.renew(req) {
			break
		}
		resp, err = req.Next()
	}
	return resp, err
}

// renew makes the request ready to be sent with another token. It reports
// false where there is none.
func (p renewal) renew(req *policy.Request) bool {
	refused := strings.TrimPrefix(req.Raw().Header.Get("Authorization"), "Bearer ")
	opts := policy.TokenRequestOptions{Scopes: []string{p.scope}}
	return refused != "" && p.credential.renew(req.Raw().Context(), opts, refused) && req.RewindBody() == nil
}

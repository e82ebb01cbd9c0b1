package graph

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// bearer sends requests with a token, and again with another one where the
// service has refused the first. A refused request was not carried out, so this
// is safe for writes too.
//
// It stands in for azcore's policy, with which every request under way asks
// for a token of its own once one is refused.
type bearer struct{ tokens *tokens }

var _ policy.Policy = bearer{}

// maxRenewals bounds how often one request is sent with yet another token.
const maxRenewals = 3

func (b bearer) Do(req *policy.Request) (*http.Response, error) {
	ctx := req.Raw().Context()
	token, err := b.tokens.get(ctx)
	if err != nil {
		return nil, err
	}
	for range maxRenewals {
		resp, err := send(req, token)
		if err != nil || resp.StatusCode != http.StatusUnauthorized {
			return resp, err
		}
		claims := challengeOf(resp.Header)
		other, err := b.tokens.instead(ctx, token, claims)
		switch {
		case err != nil && claims != "":
			return nil, err // it says what stands against it, and the reply does not
		case err != nil:
			return resp, nil
		}
		if err := req.RewindBody(); err != nil {
			return nil, err
		}
		token = other
	}
	return send(req, token)
}

func send(req *policy.Request, token azcore.AccessToken) (*http.Response, error) {
	req.Raw().Header.Set("Authorization", "Bearer "+token.Token)
	return req.Next()
}

// challenge is how the service asks for claims, in base64 (Entra docs, claims
// challenges).
var challenge = regexp.MustCompile(`\bclaims="([^"]+)"`)

// challengeOf gives the claims that a reply asks for; empty: none.
func challengeOf(h http.Header) string {
	for _, value := range h.Values("WWW-Authenticate") {
		m := challenge.FindStringSubmatch(value)
		if m == nil || !strings.Contains(value, insufficientClaims) {
			continue
		}
		encoded := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(m[1], "="))
		if claims, err := base64.RawStdEncoding.DecodeString(encoded); err == nil {
			return string(claims)
		}
	}
	return ""
}

// insufficientClaims is the error of such a reply.
const insufficientClaims = "insufficient_claims"

// notBefore asks for a token that is issued from now on. It is the form of a
// claims challenge; what matters here is that a credential never answers one
// from its cache.
func notBefore(now time.Time) string {
	return fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, now.Unix())
}

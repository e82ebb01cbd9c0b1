package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// staticToken is a token that somebody else got. It is never renewed.
type staticToken struct {
	token   string
	expires time.Time // zero: not known
}

// opaqueLifetime is how long a token that does not tell its expiry is taken
// for good; the service knows better.
const opaqueLifetime = time.Hour

func newStaticToken(text string) (azcore.TokenCredential, error) {
	token := strings.TrimSpace(text)
	switch {
	case token == "":
		return nil, missingSettings([]string{EnvAccessToken})
	case strings.ContainsFunc(token, notInToken):
		return nil, errors.New(EnvAccessToken + " must hold the token alone, without blanks or a scheme")
	}
	claims, err := ParseClaims(token)
	if err != nil {
		return staticToken{token: token}, nil
	}
	return staticToken{token: token, expires: claims.Expires}, nil
}

func notInToken(r rune) bool { return r <= ' ' || r > '~' }

func (t staticToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	now := time.Now()
	if t.expires.IsZero() {
		return azcore.AccessToken{Token: t.token, ExpiresOn: now.Add(opaqueLifetime)}, nil
	}
	if !now.Before(t.expires) {
		return azcore.AccessToken{}, fmt.Errorf("the token of %s expired at %s", EnvAccessToken, t.expires.UTC().Format(time.RFC3339))
	}
	return azcore.AccessToken{Token: t.token, ExpiresOn: t.expires}, nil
}

package auth

import (
	"context"
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
	case faultOf(token) != "":
		return nil, &malformedError{"the token of " + EnvAccessToken + " " + faultOf(token)}
	}
	claims, err := ParseClaims(token)
	if err != nil {
		return staticToken{token: token}, nil
	}
	return staticToken{token: token, expires: claims.Expires}, nil
}

// malformedError is a token that no service takes. It is not sent anywhere.
type malformedError struct{ text string }

func (e *malformedError) Error() string { return e.text }

// faultOf says what is wrong with a token that no service can take: it would
// not get past the HTTP client, or would say something else to a server. Empty:
// nothing. The characters are those of RFC 6750, section 2.1.
func faultOf(token string) string {
	const others = "-._~+/="
	odd := func(r rune) bool {
		return !strings.ContainsRune(others, r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	i := strings.IndexFunc(token, odd)
	switch {
	case token == "":
		return "is empty"
	case len(token) > longestToken:
		return fmt.Sprintf("is longer than %d KB", longestToken>>10)
	case i < 0:
		return ""
	case strings.ContainsRune("\r\n", rune(token[i])):
		return "has a line break in it"
	case token[i] == ' ' || token[i] == '\t':
		return "has blanks in it: it must be the token alone, without blanks or a scheme"
	case token[i] == '"' || token[i] == '\'':
		return "has quotes around it or in it: it must be the token alone, without blanks or a scheme"
	}
	return "has characters in it that no token has: it must be the token alone, without blanks or a scheme"
}

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

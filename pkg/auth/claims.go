package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/golang-jwt/jwt/v5"
)

// Claims are what an access token says of its bearer, for showing and for
// advice. Nobody has verified them: the service alone judges a token.
type Claims struct {
	TenantID string
	AppID    string
	ObjectID string // of the user or the service principal
	UserName string // of the signed-in user; empty for an app of its own
	Audience []string
	Roles    []string // application permissions
	Scopes   []string // delegated permissions
	Expires  time.Time

	// DirectoryRoles are the template ids of the roles that the bearer has in
	// the whole tenant. A token need not list them.
	DirectoryRoles []string
}

// Delegated reports whether the token is for an app on behalf of a signed-in
// user, and not for the app itself.
func (c Claims) Delegated() bool { return len(c.Scopes) > 0 || c.UserName != "" }

// Actor names who acts: the user, or else the app.
func (c Claims) Actor() string {
	switch {
	case c.UserName != "":
		return c.UserName
	case c.AppID != "":
		return "app " + c.AppID
	}
	return c.ObjectID
}

// ErrOpaque says that a token has no claims that can be read. The service may
// accept it all the same.
var ErrOpaque = errors.New("the token cannot be looked into")

// longestToken bounds what is decoded, in bytes.
const longestToken = 64 << 10

// wireClaims are the claims of Entra's access tokens, of both versions
// (Microsoft identity platform docs, access token claims reference).
type wireClaims struct {
	jwt.RegisteredClaims
	TenantID          string   `json:"tid"`
	AppID             string   `json:"appid"` // version 1
	AuthorizedParty   string   `json:"azp"`   // version 2
	ObjectID          string   `json:"oid"`
	UPN               string   `json:"upn"`
	UniqueName        string   `json:"unique_name"`
	PreferredUsername string   `json:"preferred_username"`
	Roles             []string `json:"roles"`
	Scopes            string   `json:"scp"`
	DirectoryRoles    []string `json:"wids"`
}

// ParseClaims reads the claims of a token. A token that is no JWT has none
// that can be read, which is an error that does not repeat the token.
func ParseClaims(token string) (Claims, error) {
	if len(token) > longestToken {
		return Claims{}, fmt.Errorf("%w: it is too long", ErrOpaque)
	}
	var wire wireClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &wire); err != nil {
		return Claims{}, fmt.Errorf("%w: it is not a JWT", ErrOpaque)
	}
	claims := Claims{
		TenantID: wire.TenantID,
		AppID:    firstOf(wire.AppID, wire.AuthorizedParty),
		ObjectID: wire.ObjectID,
		UserName: firstOf(wire.UPN, wire.PreferredUsername, wire.UniqueName),
		Audience: wire.Audience,
		Roles:    wire.Roles,
		Scopes:   strings.Fields(wire.Scopes),

		DirectoryRoles: wire.DirectoryRoles,
	}
	if wire.ExpiresAt != nil {
		claims.Expires = wire.ExpiresAt.Time
	}
	return claims, nil
}

// Identify gets a token for the scope and reads its claims. Credentials cache
// their tokens, so that it costs nothing beside a call that needs one anyway.
func Identify(ctx context.Context, credential azcore.TokenCredential, scope string) (Claims, error) {
	// EnableCAE is what the Graph client asks for; a token without it would be
	// another one.
	token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}, EnableCAE: true})
	if err != nil {
		return Claims{}, err
	}
	return ParseClaims(token.Token)
}

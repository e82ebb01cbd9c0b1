package emulator

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// exchangeAudience is the audience that a federated assertion has unless its
// credential says otherwise.
const exchangeAudience = "api://AzureADTokenExchange"

// checkAssertion checks a client assertion: a token of another issuer that the
// application trusts. Its signature is not verified, its claims are.
func (e *Emulator) checkAssertion(c *call, app Application, kind, assertion string) *oauthError {
	if kind != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return &oauthError{"invalid_request", 900144, "The request body must contain the following parameter: 'client_assertion_type'."}
	}
	var found jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(assertion, &found); err != nil {
		return &oauthError{"invalid_client", 50027, "JWT token is invalid or malformed."}
	}
	now := e.now()
	if found.ExpiresAt == nil || !now.Before(found.ExpiresAt.Time) || found.NotBefore != nil && now.Add(clockSkew).Before(found.NotBefore.Time) {
		return &oauthError{"invalid_client", 700024, fmt.Sprintf("Client assertion is not within its valid time range. Current time: %s.", now.UTC().Format(time.RFC3339))}
	}
	if len(e.apps) == 0 {
		return checkAnyAssertion(c, found)
	}
	trusted := func(f FederatedCredential) bool {
		return f.Issuer == found.Issuer && f.Subject == found.Subject && slices.Contains(found.Audience, cmp.Or(f.Audience, exchangeAudience))
	}
	if !slices.ContainsFunc(app.Federated, trusted) {
		return &oauthError{"invalid_client", 700213, fmt.Sprintf(
			"No matching federated identity record found for presented assertion subject '%s'.", clip(found.Subject))}
	}
	return nil
}

// clockSkew is how far another issuer's clock may be ahead.
const clockSkew = 5 * time.Minute

// checkAnyAssertion checks an assertion of a client that is not registered: it
// has to be meant for a token service.
func checkAnyAssertion(c *call, found jwt.RegisteredClaims) *oauthError {
	meant := func(audience string) bool {
		root := c.base + "/" + c.params[0]
		return audience == exchangeAudience || slices.Contains([]string{root + "/oauth2/v2.0/token", root + "/oauth2/token", root + "/v2.0"}, audience)
	}
	if !slices.ContainsFunc(found.Audience, meant) {
		return &oauthError{"invalid_client", 700212, "No matching federated identity record found for presented assertion audience."}
	}
	return nil
}

package emulator

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// authorityRoutes are the operations of the token service.
func authorityRoutes() []route {
	return []route{
		get("discovery", "common/discovery/instance", (*Emulator).instanceDiscovery).free(),
		get("openid", "{}/v2.0/.well-known/openid-configuration", (*Emulator).openIDConfiguration).free(),
		get("keys", "{}/discovery/v2.0/keys", (*Emulator).signingKeys).free(),
		post("token", "{}/oauth2/v2.0/token", (*Emulator).token).free(),
		post("token", "{}/oauth2/token", (*Emulator).olderToken).free(),
		post("deviceCode", "{}/oauth2/v2.0/devicecode", (*Emulator).deviceCode).free(),
		get("reportDownload", "data/download/{}", (*Emulator).reportDownload).free(),
		get("deviceLogin", "devicelogin", (*Emulator).deviceLogin).free(),
	}
}

// instanceDiscovery tells a client that it may trust this authority.
func (e *Emulator) instanceDiscovery(c *call) reply {
	host := strings.TrimPrefix(strings.TrimPrefix(c.base, "https://"), "http://")
	return jsonReply(http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": c.base + "/" + e.dir.tenant.id.String() + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []any{map[string]any{
			"preferred_network": host, "preferred_cache": host, "aliases": []string{host},
		}},
	})
}

func (e *Emulator) openIDConfiguration(c *call) reply {
	if err := e.checkTenant(c.params[0]); err != nil {
		return e.oauthFailure(c, *err)
	}
	root := c.base + "/" + c.params[0]
	return jsonReply(http.StatusOK, map[string]any{
		"issuer":                                c.base + "/" + e.dir.tenant.id.String() + "/v2.0",
		"authorization_endpoint":                root + "/oauth2/v2.0/authorize",
		"token_endpoint":                        root + "/oauth2/v2.0/token",
		"device_authorization_endpoint":         root + "/oauth2/v2.0/devicecode",
		"jwks_uri":                              root + "/discovery/v2.0/keys",
		"response_types_supported":              []string{"code", "id_token"},
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"},
		"tenant_region_scope":                   "EU",
		"cloud_instance_name":                   "microsoftonline.com",
		"msgraph_host":                          "graph.microsoft.com",
	})
}

// signingKeys is empty: the emulator's tokens are for itself alone, and only
// it can check them.
func (e *Emulator) signingKeys(*call) reply {
	return jsonReply(http.StatusOK, map[string]any{"keys": []any{}})
}

// checkTenant checks the tenant segment of an authority's path.
func (e *Emulator) checkTenant(segment string) *oauthError {
	switch strings.ToLower(segment) {
	case e.dir.tenant.id.String(), strings.ToLower(e.dir.tenant.defaultDomain), "common", "organizations":
		return nil
	}
	return &oauthError{"invalid_request", 90002,
		fmt.Sprintf("Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.", clip(segment))}
}

// token answers a request for an access token.
func (e *Emulator) token(c *call) reply {
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return e.oauthFailure(c, oauthError{"invalid_request", 900144, "The request body cannot be read as a form."})
	}
	if no := e.checkTenant(c.params[0]); no != nil {
		return e.oauthFailure(c, *no)
	}
	out, no := e.redeem(c, form)
	if no != nil {
		return e.oauthFailure(c, *no)
	}
	return jsonReply(http.StatusOK, out)
}

// olderToken answers a request for an access token as version 1.0 of the token
// service does: for a resource in place of scopes, with numbers as text. Of its
// grants there is that of applications.
func (e *Emulator) olderToken(c *call) reply {
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return e.oauthFailure(c, oauthError{"invalid_request", 900144, "The request body cannot be read as a form."})
	}
	if no := e.checkTenant(c.params[0]); no != nil {
		return e.oauthFailure(c, *no)
	}
	if kind := form.Get("grant_type"); kind != "client_credentials" {
		return e.failure(c, notEmulated("the grant '"+clip(kind)+"' at /oauth2/token"))
	}
	resource := form.Get("resource")
	form.Set("scope", strings.TrimSuffix(resource, "/")+"/.default")
	out, no := e.clientCredentials(c, form)
	if no != nil {
		return e.oauthFailure(c, *no)
	}
	now := e.now().Unix()
	return jsonReply(http.StatusOK, map[string]string{
		"token_type": "Bearer", "expires_in": strconv.Itoa(out.ExpiresIn), "ext_expires_in": strconv.Itoa(out.ExtExpiresIn),
		"expires_on": strconv.FormatInt(now+int64(out.ExpiresIn), 10), "not_before": strconv.FormatInt(now, 10),
		"resource": resource, "access_token": out.AccessToken,
	})
}

// redeem gives a token for a grant of whatever type.
func (e *Emulator) redeem(c *call, form url.Values) (tokenReply, *oauthError) {
	switch kind := form.Get("grant_type"); kind {
	case "client_credentials":
		return e.clientCredentials(c, form)
	case "urn:ietf:params:oauth:grant-type:device_code", "device_code":
		return e.redeemDeviceCode(form)
	case "refresh_token":
		return e.refresh(form)
	case "":
		return tokenReply{}, &oauthError{"invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'."}
	default:
		return tokenReply{}, &oauthError{"unsupported_grant_type", 70003, fmt.Sprintf("The app requested an unsupported grant type '%s'.", clip(kind))}
	}
}

// tokenReply is the answer with a token.
type tokenReply struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    int    `json:"expires_in"`
	ExtExpiresIn int    `json:"ext_expires_in"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	ClientInfo   string `json:"client_info,omitempty"`
}

// reply makes the answer with a token for the grant.
func (s *tokenService) reply(g grant) tokenReply {
	seconds := int(s.lifetime.Seconds())
	return tokenReply{TokenType: "Bearer", ExpiresIn: seconds, ExtExpiresIn: seconds, AccessToken: s.sign(g)}
}

// clientCredentials signs an application in.
func (e *Emulator) clientCredentials(c *call, form url.Values) (tokenReply, *oauthError) {
	app, no := e.application(form.Get("client_id"))
	if no != nil {
		return tokenReply{}, no
	}
	if no := e.checkCredential(c, app, form); no != nil {
		return tokenReply{}, no
	}
	scope := form.Get("scope")
	resource, names := resourceOf(strings.Fields(scope))
	if len(names) != 1 || names[0] != ".default" {
		return tokenReply{}, &oauthError{"invalid_scope", 1002012, fmt.Sprintf(
			"The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", clip(scope))}
	}
	return e.tokens.reply(grant{
		principal: principal{appID: app.ClientID, roles: app.roles()},
		tenant:    e.dir.tenant.id, audience: resource, issuer: e.issuer(),
	}), nil
}

func (a Application) roles() []string {
	if a.Roles == nil {
		return DefaultRoles()
	}
	return a.Roles
}

// application returns the client with that id.
func (e *Emulator) application(clientID string) (Application, *oauthError) {
	if clientID == "" {
		return Application{}, &oauthError{"invalid_request", 900144, "The request body must contain the following parameter: 'client_id'."}
	}
	if len(e.apps) == 0 {
		return Application{ClientID: clientID}, nil
	}
	for _, app := range e.apps {
		if strings.EqualFold(app.ClientID, clientID) {
			return app, nil
		}
	}
	return Application{}, &oauthError{"unauthorized_client", 700016,
		fmt.Sprintf("Application with identifier '%s' was not found in the directory '%s'.", clip(clientID), e.dir.tenant.displayName)}
}

// checkCredential checks the secret or the assertion of a confidential client.
func (e *Emulator) checkCredential(c *call, app Application, form url.Values) *oauthError {
	if assertion := form.Get("client_assertion"); assertion != "" {
		return e.checkAssertion(c, app, form.Get("client_assertion_type"), assertion)
	}
	secret := form.Get("client_secret")
	if secret == "" {
		return &oauthError{"invalid_client", 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."}
	}
	if len(e.apps) > 0 && (app.Secret == "" || secret != app.Secret) {
		return &oauthError{"invalid_client", 7000215, fmt.Sprintf(
			"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '%s'.", app.ClientID)}
	}
	return nil
}

// oauthError is an error answer of the token service.
type oauthError struct {
	kind        string // "invalid_client"
	code        int    // of AADSTS
	description string
}

func (e *Emulator) oauthFailure(c *call, err oauthError) reply {
	status := http.StatusBadRequest
	if err.kind == "invalid_client" {
		status = http.StatusUnauthorized
	}
	stamp := e.now().UTC().Format("2006-01-02 15:04:05Z")
	return jsonReply(status, map[string]any{
		"error": err.kind,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
			err.code, err.description, c.id, c.clientID, stamp),
		"error_codes": []int{err.code}, "timestamp": stamp, "trace_id": c.id, "correlation_id": c.clientID,
		"error_uri": fmt.Sprintf("%s/error?code=%d", c.base, err.code),
	})
}

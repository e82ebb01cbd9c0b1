package emulator_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"

	"github.com/licensectl/licensectl/pkg/emulator"
)

const (
	clientID     = "11111111-2222-4333-8444-555555555555"
	clientSecret = "an example secret"
)

// withApplication is the test tenant with one registered client.
func withApplication(app emulator.Application) emulator.Tenant {
	tenant := testTenant()
	app.ClientID = clientID
	tenant.Applications = []emulator.Application{app}
	return tenant
}

// clientOptions sends azidentity's requests to the emulator.
func clientOptions(e *emulator.Emulator) azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: "https://login.contoso.test/"},
		Transport: httpClient(e),
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}
}

// signIn gets a token from a credential and calls Graph with it.
func (w *world) signIn(cred azcore.TokenCredential, target string) {
	w.t.Helper()
	token, err := cred.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.token = token.Token
	w.get(target)
}

func TestSignInWithSecret(t *testing.T) {
	w := startTenant(t, withApplication(emulator.Application{Secret: clientSecret}), emulator.Options{})
	cred, err := azidentity.NewClientSecretCredential(w.TenantID().String(), clientID, clientSecret,
		&azidentity.ClientSecretCredentialOptions{ClientOptions: clientOptions(w.Emulator), DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	w.signIn(cred, "/users")
}

func TestSignInWithAssertion(t *testing.T) {
	trusted := emulator.FederatedCredential{Issuer: "https://token.ci.example.com", Subject: "repo:contoso/licenses:ref:main"}
	w := startTenant(t, withApplication(emulator.Application{Federated: []emulator.FederatedCredential{trusted}}), emulator.Options{})
	signInAs := func(c jwt.RegisteredClaims) error {
		cred, err := azidentity.NewClientAssertionCredential(w.TenantID().String(), clientID,
			func(context.Context) (string, error) { return assertion(t, c), nil },
			&azidentity.ClientAssertionCredentialOptions{ClientOptions: clientOptions(w.Emulator), DisableInstanceDiscovery: true})
		if err != nil {
			t.Fatal(err)
		}
		_, err = cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}})
		return err
	}
	good := jwt.RegisteredClaims{
		Issuer: trusted.Issuer, Subject: trusted.Subject, Audience: jwt.ClaimStrings{"api://AzureADTokenExchange"},
		ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour)),
	}
	if err := signInAs(good); err != nil {
		t.Errorf("a trusted assertion: %v", err)
	}
	for name, change := range map[string]func(*jwt.RegisteredClaims){
		"another subject":  func(c *jwt.RegisteredClaims) { c.Subject = "repo:contoso/licenses:pull_request" },
		"another issuer":   func(c *jwt.RegisteredClaims) { c.Issuer = "https://elsewhere.example.com" },
		"another audience": func(c *jwt.RegisteredClaims) { c.Audience = jwt.ClaimStrings{"elsewhere"} },
		"expired":          func(c *jwt.RegisteredClaims) { c.ExpiresAt = jwt.NewNumericDate(time.Now().Add(-time.Hour)) },
		"no expiry":        func(c *jwt.RegisteredClaims) { c.ExpiresAt = nil },
	} {
		bad := good
		change(&bad)
		if err := signInAs(bad); err == nil || !strings.Contains(err.Error(), "AADSTS") {
			t.Errorf("an assertion with %s: %v", name, err)
		}
	}
}

func TestAnyClientMaySignIn(t *testing.T) {
	w := start(t, emulator.Options{})
	signInWith := func(field, value string) int {
		return w.oauth("/contoso.com/oauth2/v2.0/token", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {clientID}, "scope": {"https://graph.microsoft.com/.default"}, field: {value},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}).status
	}
	claims := jwt.RegisteredClaims{Audience: jwt.ClaimStrings{"api://AzureADTokenExchange"}, ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour))}
	elsewhere := claims
	elsewhere.Audience = jwt.ClaimStrings{"elsewhere"}
	for _, tt := range []struct {
		field, value string
		status       int
	}{
		{"client_secret", "any", 200}, {"client_secret", "", 401}, {"client_assertion", assertion(t, claims), 200},
		{"client_assertion", assertion(t, elsewhere), 401}, {"client_assertion", "x", 401},
	} {
		if got := signInWith(tt.field, tt.value); got != tt.status {
			t.Errorf("%s %q: %d, want %d", tt.field, tt.value, got, tt.status)
		}
	}
}

// assertion is a token of another issuer.
func assertion(t *testing.T, c jwt.RegisteredClaims) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte("another issuer's key"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSignInWithDeviceCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, emulator.Options{})
		var message string
		cred, err := azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
			ClientOptions: clientOptions(w.Emulator), DisableInstanceDiscovery: true, TenantID: w.TenantID().String(), ClientID: clientID,
			UserPrompt: func(_ context.Context, m azidentity.DeviceCodeMessage) error { message = m.Message; return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		w.signIn(cred, "/me")
		if !strings.Contains(message, "/devicelogin") {
			t.Errorf("message %q", message)
		}
		if a := w.get("/me"); a.json["userPrincipalName"] != ada {
			t.Errorf("signed in as %v, want the tenant's signed-in user", a.json["userPrincipalName"])
		}
	})
}

func TestDeviceCodeByHand(t *testing.T) {
	w := start(t, emulator.Options{ManualDeviceSignIn: true})
	poll := func(code string) answer {
		return w.oauth("/contoso.com/oauth2/v2.0/token", url.Values{
			"client_id": {clientID}, "grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {code}})
	}
	begin := func() (code, userCode string) {
		a := w.oauth("/contoso.com/oauth2/v2.0/devicecode", url.Values{"client_id": {clientID}, "scope": {"User.Read offline_access"}})
		return a.json["device_code"].(string), a.json["user_code"].(string)
	}
	code, userCode := begin()
	for range 3 {
		if a := poll(code); a.status != 400 || a.json["error"] != "authorization_pending" {
			t.Fatalf("before approval: %d %s", a.status, a.raw)
		}
	}
	if err := w.ApproveDevice(userCode, grace); err != nil {
		t.Fatal(err)
	}
	a := poll(code)
	w.token, _ = a.json["access_token"].(string)
	if got := w.get("/me").json["userPrincipalName"]; got != grace {
		t.Errorf("signed in as %v, want %s", got, grace)
	}
	if again := poll(code); again.json["error"] != "bad_verification_code" {
		t.Errorf("a code used twice: %s", again.raw)
	}
	refreshed := w.oauth("/contoso.com/oauth2/v2.0/token", url.Values{
		"client_id": {clientID}, "grant_type": {"refresh_token"}, "refresh_token": {a.json["refresh_token"].(string)}})
	if refreshed.status != 200 || refreshed.json["access_token"] == nil {
		t.Errorf("refreshing: %d %s", refreshed.status, refreshed.raw)
	}
	code, userCode = begin()
	if err := w.DenyDevice(userCode); err != nil {
		t.Fatal(err)
	}
	if a := poll(code); a.json["error"] != "authorization_declined" {
		t.Errorf("after denial: %s", a.raw)
	}
}

func TestDeviceCodeExpires(t *testing.T) {
	clock := emulator.NewClock(time.Now())
	w := start(t, emulator.Options{Now: clock.Now})
	a := w.oauth("/common/oauth2/v2.0/devicecode", url.Values{"client_id": {clientID}, "scope": {"User.Read"}})
	clock.Advance(time.Hour)
	got := w.oauth("/common/oauth2/v2.0/token", url.Values{
		"client_id": {clientID}, "grant_type": {"device_code"}, "device_code": {a.json["device_code"].(string)}})
	if got.json["error"] != "expired_token" {
		t.Errorf("answer %d %s", got.status, got.raw)
	}
}

// oauth posts a form to the token service.
func (w *world) oauth(path string, form url.Values) answer {
	w.t.Helper()
	a, err := read(w.client.PostForm("https://login.microsoftonline.com"+path, form))
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func TestTokenServiceRefuses(t *testing.T) {
	w := startTenant(t, withApplication(emulator.Application{Secret: clientSecret}), emulator.Options{})
	good := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret}, "scope": {"https://graph.microsoft.com/.default"}}
	if a := w.oauth("/contoso.com/oauth2/v2.0/token", good); a.status != 200 || a.json["token_type"] != "Bearer" || a.json["expires_in"] != 3600.0 {
		t.Fatalf("the good request: %d %s", a.status, a.raw)
	}
	for _, tt := range []struct {
		name, path, field, value string
		status                   int
		kind                     string
		code                     float64
	}{
		{"wrong secret", "/contoso.com", "client_secret", "another", 401, "invalid_client", 7000215},
		{"no secret", "/contoso.com", "client_secret", "", 401, "invalid_client", 7000218},
		{"unknown client", "/contoso.com", "client_id", "99999999-2222-4333-8444-555555555555", 400, "unauthorized_client", 700016},
		{"no client", "/contoso.com", "client_id", "", 400, "invalid_request", 900144},
		{"another tenant", "/fabrikam.com", "client_id", clientID, 400, "invalid_request", 90002},
		{"scope without .default", "/contoso.com", "scope", "https://graph.microsoft.com/User.Read.All", 400, "invalid_scope", 1002012},
		{"no scope", "/contoso.com", "scope", "", 400, "invalid_scope", 1002012},
		{"another grant", "/contoso.com", "grant_type", "password", 400, "unsupported_grant_type", 70003},
		{"no grant", "/contoso.com", "grant_type", "", 400, "invalid_request", 900144},
	} {
		form := url.Values{}
		for name := range good {
			form.Set(name, good.Get(name))
		}
		form.Set(tt.field, tt.value)
		a := w.oauth(tt.path+"/oauth2/v2.0/token", form)
		codes, _ := a.json["error_codes"].([]any)
		if a.status != tt.status || a.json["error"] != tt.kind || !slices.Contains(codes, any(tt.code)) {
			t.Errorf("%s: %d %s, want %d %s %v", tt.name, a.status, a.raw, tt.status, tt.kind, tt.code)
		}
		if strings.Contains(string(a.raw), clientSecret) {
			t.Errorf("%s: the secret is in the answer", tt.name)
		}
	}
}

func TestOpenIDConfiguration(t *testing.T) {
	w := start(t, emulator.Options{})
	for path, want := range map[string]string{
		"/contoso.com/v2.0/.well-known/openid-configuration":                   "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token",
		"/" + w.TenantID().String() + "/v2.0/.well-known/openid-configuration": "https://login.microsoftonline.com/" + w.TenantID().String() + "/oauth2/v2.0/token",
	} {
		a, err := w.try("GET", "https://login.microsoftonline.com"+path, "")
		if err != nil || a.json["token_endpoint"] != want {
			t.Errorf("%s: %d %s %v", path, a.status, a.raw, err)
		}
	}
	if a, _ := w.try("GET", "https://login.microsoftonline.com/fabrikam.com/v2.0/.well-known/openid-configuration", ""); a.status != 400 {
		t.Errorf("another tenant: %d", a.status)
	}
	a, _ := w.try("GET", "https://login.microsoftonline.com/common/discovery/instance?api-version=1.1&authorization_endpoint=https://login.microsoftonline.com/contoso.com/oauth2/v2.0/authorize", "")
	if endpoint, _ := a.json["tenant_discovery_endpoint"].(string); !strings.HasSuffix(endpoint, "/v2.0/.well-known/openid-configuration") {
		t.Errorf("instance discovery: %d %s", a.status, a.raw)
	}
}

// A client that looks for the identity of its machine is told that it has none.
func TestNoManagedIdentity(t *testing.T) {
	w := start(t, emulator.Options{})
	a, err := w.try("GET", "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://graph.microsoft.com", "", "Metadata", "true")
	if err != nil || a.status != 400 || a.json["error"] != "invalid_request" {
		t.Errorf("%d %s %v", a.status, a.raw, err)
	}
}

func TestTokenClaims(t *testing.T) {
	w := startTenant(t, withApplication(emulator.Application{Secret: clientSecret, Roles: []string{"User.Read.All"}}), emulator.Options{TokenLifetime: 10 * time.Minute})
	a := w.oauth("/contoso.com/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret}, "scope": {"https://graph.microsoft.us/.default"}})
	var claims jwt.MapClaims
	if _, _, err := jwt.NewParser().ParseUnverified(a.json["access_token"].(string), &claims); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"tid": w.TenantID().String(), "appid": clientID, "idtyp": "app"} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	if roles, err := json.Marshal(claims["roles"]); err != nil || string(roles) != `["User.Read.All"]` {
		t.Errorf("roles %s %v", roles, err)
	}
	if claims["aud"] != "https://graph.microsoft.us" {
		t.Errorf("the audience is %#v, and clients read it as text", claims["aud"])
	}
	exp, err := claims.GetExpirationTime()
	if left := time.Until(exp.Time); err != nil || left < 9*time.Minute || left > 10*time.Minute {
		t.Errorf("good for %v, want 10 minutes", left)
	}
}

func TestUnauthorized(t *testing.T) {
	clock := emulator.NewClock(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC))
	w := start(t, emulator.Options{Now: clock.Now})
	other := start(t, emulator.Options{Now: clock.Now})
	good := w.token
	for name, tt := range map[string]struct{ header, message string }{
		"no token":          {"", "Access token is empty."},
		"another scheme":    {"Basic " + good, "Access token is empty."},
		"not a token":       {"Bearer x", "IDX14100: JWT is not well formed, there are no dots (.)."},
		"of another tenant": {"Bearer " + other.token, "Access token validation failure. Invalid signature."},
		"unsigned":          {"Bearer " + unsigned(t), "Access token validation failure. Invalid signature."},
	} {
		a := w.call("GET", "/users", "", "Authorization", tt.header)
		if a.status != 401 || a.code() != "InvalidAuthenticationToken" {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
		if a.message() != tt.message {
			t.Errorf("%s: message %q, want %q", name, a.message(), tt.message)
		}
		if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") {
			t.Errorf("%s: no WWW-Authenticate header", name)
		}
	}
	clock.Advance(59 * time.Minute)
	w.get("/users")
	clock.Advance(2 * time.Minute)
	wantError(t, w.call("GET", "/users", ""), 401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
	w.token = w.AppToken()
	w.get("/users")
	w.RevokeTokens()
	wantError(t, w.call("GET", "/users", ""), 401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
}

func unsigned(t *testing.T) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"idtyp": "app"}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestTokensOfAnotherCloud(t *testing.T) {
	w := start(t, emulator.Options{}) // its token is for the global cloud
	for root, status := range map[string]int{
		"https://graph.microsoft.com": 200, "https://graph.microsoft.us": 401, "https://dod-graph.microsoft.us": 401,
		"https://microsoftgraph.chinacloudapi.cn": 401, "https://localhost:8443": 200,
	} {
		if a, err := w.try("GET", root+"/v1.0/users", ""); err != nil || a.status != status {
			t.Errorf("%s: %d %s %v, want %d", root, a.status, a.raw, err, status)
		}
	}
}

// TestTokensOnLoopback uses a token for one port at another, as where the token
// service and Graph listen on two.
func TestTokensOnLoopback(t *testing.T) {
	w := start(t, emulator.Options{})
	a := w.oauth("/contoso.com/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {"any"}, "scope": {"https://127.0.0.1:8443/.default"}})
	w.token, _ = a.json["access_token"].(string)
	for root, status := range map[string]int{
		"https://127.0.0.1:8443": 200, "https://localhost:9443": 200, "https://[::1]:9443": 200, "https://graph.example.com": 401, "https://graph.microsoft.com": 401,
	} {
		if a, err := w.try("GET", root+"/v1.0/users", ""); err != nil || a.status != status {
			t.Errorf("%s: %d %s %v, want %d", root, a.status, a.raw, err, status)
		}
	}
}

func TestPermissions(t *testing.T) {
	w := start(t, emulator.Options{})
	group := derived("group", "Licensing").String()
	calls := map[string]struct{ method, target, body string }{
		"read users":     {"GET", "/users", ""},
		"read a user":    {"GET", "/users/ada@contoso.com", ""},
		"read details":   {"GET", "/users/ada@contoso.com/licenseDetails", ""},
		"set location":   {"PATCH", "/users/ada@contoso.com", `{"usageLocation":"DE"}`},
		"assign":         {"POST", "/users/ada@contoso.com/assignLicense", assignBody(lic(suite))},
		"reprocess":      {"POST", "/users/ada@contoso.com/reprocessLicenseAssignment", ""},
		"read SKUs":      {"GET", "/subscribedSkus", ""},
		"read tenant":    {"GET", "/organization", ""},
		"read groups":    {"GET", "/groups", ""},
		"assign a group": {"POST", "/groups/" + group + "/assignLicense", assignBody(nil)},
	}
	for role, allowed := range map[string][]string{
		"LicenseAssignment.ReadWrite.All": {"assign", "assign a group"},
		"LicenseAssignment.Read.All":      {"read SKUs", "read details"},
		"User.Read.All":                   {"read users", "read a user", "read details"},
		"User.ReadUpdate.All":             {"set location"},
		"User.ReadWrite.All":              {"read users", "read a user", "read details", "set location", "assign", "reprocess"},
		"Organization.Read.All":           {"read SKUs", "read tenant"},
		"Group.Read.All":                  {"read groups"},
		"Group.ReadWrite.All":             {"read groups", "assign a group"},
		"Directory.Read.All":              {"read users", "read a user", "read details", "read SKUs", "read tenant", "read groups"},
		"Directory.ReadWrite.All": {"read users", "read a user", "read details", "set location", "assign", "reprocess", "read SKUs", "read tenant",
			"read groups", "assign a group"},
		"Mail.Read": {},
	} {
		w.token = w.AppToken(role)
		for name, c := range calls {
			a := w.call(c.method, c.target, c.body)
			switch {
			case slices.Contains(allowed, name) && a.status >= 300:
				t.Errorf("%s may not %s: %d %s", role, name, a.status, a.raw)
			case !slices.Contains(allowed, name):
				wantError(t, a, 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
			}
		}
	}
}

// TestOrganizationByUserRead holds that a sign-in alone shows what the tenant
// is called, and no more.
func TestOrganizationByUserRead(t *testing.T) {
	w := start(t, emulator.Options{})
	for scope, whole := range map[string]bool{"User.Read": false, "Organization.Read.All": true} {
		w.token = w.userToken(grace, scope)
		organization := w.get("/organization").json["value"].([]any)[0].(map[string]any)
		if organization["displayName"] == nil || organization["verifiedDomains"] == nil {
			t.Errorf("%s: the tenant has no name: %v", scope, organization)
		}
		for _, key := range []string{"countryLetterCode", "tenantType"} {
			value, shown := organization[key]
			if !shown || (value != nil) != whole {
				t.Errorf("%s: %s is %v", scope, key, value)
			}
		}
	}
}

func TestDelegatedPermissions(t *testing.T) {
	tenant := testTenant()
	w := startTenant(t, tenant, emulator.Options{})
	for _, tt := range []struct {
		user, scope, method, target string
		status                      int
	}{
		{ada, "LicenseAssignment.ReadWrite.All", "POST", "/users/ken@contoso.com/assignLicense", 200},
		{ada, "User.Read.All", "POST", "/users/ken@contoso.com/assignLicense", 403},
		{grace, "LicenseAssignment.ReadWrite.All", "POST", "/users/ken@contoso.com/assignLicense", 403}, // no administrator
		{grace, "User.Read.All", "GET", "/users", 200},
		{grace, "User.Read", "GET", "/me", 200},
		{grace, "User.Read", "GET", "/organization", 200},
		{grace, "User.Read", "GET", "/subscribedSkus", 403},
		{grace, "User.Read", "GET", "/users", 403},
		{zoe, "User.Read.All", "GET", "/users", 403}, // a guest
		{zoe, "User.Read", "GET", "/me", 200},
	} {
		w.token = w.userToken(tt.user, tt.scope)
		body := ""
		if tt.method == "POST" {
			body = assignBody(lic(suite))
		}
		if a := w.call(tt.method, tt.target, body); a.status != tt.status {
			t.Errorf("%s with %s: %s %s: %d %s, want %d", tt.user, tt.scope, tt.method, tt.target, a.status, a.raw, tt.status)
		}
	}
	if _, err := w.UserToken("nobody@contoso.com"); err == nil {
		t.Error("a user who is not there was signed in")
	}
}

func TestTLS(t *testing.T) {
	e, err := emulator.New(testTenant(), emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cert, err := emulator.NewCertificate([]string{"localhost", "127.0.0.1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(e)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert.TLS}, Rand: rand.Reader}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it reports the client that does not trust it
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(cert.CAPEM) {
		t.Fatal("the authority's certificate cannot be read")
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	a, err := read(client.PostForm(server.URL+"/contoso.com/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret}, "scope": {server.URL + "/.default"}}))
	if err != nil || a.status != 200 {
		t.Fatalf("signing in: %d %s %v", a.status, a.raw, err)
	}
	r, err := http.NewRequest("GET", server.URL+"/v1.0/users?$top=2", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+a.json["access_token"].(string))
	users, err := read(client.Do(r))
	if err != nil || users.status != 200 {
		t.Fatalf("listing: %d %s %v", users.status, users.raw, err)
	}
	if next, _ := users.json["@odata.nextLink"].(string); !strings.HasPrefix(next, server.URL+"/v1.0/users?") {
		t.Errorf("next link %q does not lead to the server", next)
	}
	var untrusted *tls.CertificateVerificationError
	if _, err := http.Get(server.URL); !errors.As(err, &untrusted) {
		t.Errorf("a client that does not trust the authority: %v", err)
	}
}

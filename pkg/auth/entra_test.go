package auth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/auth"
)

const (
	tenantID = "11111111-2222-4333-8444-555555555555"
	clientID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	secret   = "canary~secret.value"
	scope    = "https://graph.microsoft.com/.default"
)

// entra is a token service, and a Graph with an organization, over TLS.
type entra struct {
	*httptest.Server
	t       *testing.T
	refusal string // an error reply of the token endpoint, if any

	mu    sync.Mutex
	forms []url.Values // what the token endpoint was sent
}

func newEntra(t *testing.T) *entra {
	t.Helper()
	e := &entra{t: t}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /"+tenantID+"/v2.0/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		e.send(w, 200, map[string]string{
			"issuer":                 e.URL + "/" + tenantID + "/v2.0",
			"authorization_endpoint": e.URL + "/" + tenantID + "/oauth2/v2.0/authorize",
			"token_endpoint":         e.URL + "/" + tenantID + "/oauth2/v2.0/token",
		})
	})
	mux.HandleFunc("POST /"+tenantID+"/oauth2/v2.0/token", e.token)
	mux.HandleFunc("POST /"+tenantID+"/oauth2/v2.0/devicecode", func(w http.ResponseWriter, _ *http.Request) {
		e.send(w, 200, map[string]any{
			"user_code": "ABCD", "device_code": "d", "verification_uri": "https://microsoft.com/devicelogin", "expires_in": 900, "interval": 0,
			"message": "Open https://microsoft.com/devicelogin\nand enter\x1b[31m ABCD",
		})
	})
	mux.HandleFunc("GET /v1.0/organization", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+accessToken(nil) {
			t.Errorf("Authorization = %q", r.Header.Get("Authorization"))
		}
		e.send(w, 200, map[string]any{"value": []any{map[string]string{"id": tenantID, "displayName": "Contoso"}}})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("unexpected request %s %s", r.Method, r.URL)
		w.WriteHeader(http.StatusNotFound)
	})
	e.Server = httptest.NewTLSServer(mux)
	t.Cleanup(e.Close)
	return e
}

func (e *entra) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		e.t.Error(err)
	}
	e.mu.Lock()
	e.forms = append(e.forms, r.PostForm)
	e.mu.Unlock()
	if e.refusal != "" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(e.refusal))
		return
	}
	reply := map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": accessToken(nil), "scope": scope}
	if r.PostForm.Get("grant_type") == "device_code" || strings.Contains(r.PostForm.Get("grant_type"), "device_code") {
		info := base64.RawURLEncoding.EncodeToString([]byte(`{"uid":"u","utid":"t"}`))
		reply["client_info"], reply["id_token"], reply["refresh_token"] = info, accessToken(nil), "r"
	}
	e.send(w, 200, reply)
}

func (e *entra) send(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		e.t.Error(err)
	}
}

// accessToken is a JWT that nobody has signed; nil stands for some claims.
func accessToken(claims map[string]any) string {
	if claims == nil {
		claims = map[string]any{"tid": tenantID, "appid": clientID, "roles": []string{"User.Read.All"}, "aud": "https://graph.microsoft.com"}
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"typ":"JWT","alg":"RS256"}`)) + "." + encode(payload) + "." + encode([]byte("signature"))
}

// environment makes a Getenv of a map.
func environment(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func appEnvironment(more ...string) func(string) string {
	vars := map[string]string{"AZURE_TENANT_ID": tenantID, "AZURE_CLIENT_ID": clientID}
	for _, line := range more {
		name, value, _ := strings.Cut(line, "=")
		vars[name] = value
	}
	return environment(vars)
}

// options sign in against the token service.
func (e *entra) options(method auth.Method, getenv func(string) string) auth.Options {
	return auth.Options{Method: method, AuthorityURL: e.URL, Getenv: getenv, Transport: e.Client()}
}

// getToken makes the credential and gets a token.
func getToken(t *testing.T, o auth.Options) (azcore.AccessToken, error) {
	t.Helper()
	credential, err := auth.New(o)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}, EnableCAE: true})
}

// wantForm checks the last form that the token endpoint got.
func (e *entra) wantForm(want map[string]string) {
	e.t.Helper()
	if len(e.forms) == 0 {
		e.t.Fatal("the token endpoint was not asked")
	}
	form := e.forms[len(e.forms)-1]
	for name, value := range want {
		if got := form.Get(name); got != value && !(value == "*" && got != "") {
			e.t.Errorf("%s = %q, want %q", name, got, value)
		}
	}
}

func refusalJSON(code int, sentence string) string {
	return fmt.Sprintf(`{"error":"invalid_client","error_description":"AADSTS%d: %s Trace ID: 1 Correlation ID: 2\r\nTimestamp: 3","error_codes":[%d],"trace_id":"1"}`, code, sentence, code)
}

// freshID is a client id that no other test has: MSAL keeps the tokens of
// managed identities for the whole process.
func freshID() string { return uuid.NewString() }

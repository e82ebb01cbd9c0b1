package auth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/auth"
)

// stranger answers at the address of the metadata service, for somebody else.
type stranger struct {
	status int // 0: never
	body   string
}

func (s stranger) Do(req *http.Request) (*http.Response, error) {
	if req.URL.Host != "169.254.169.254" {
		return nil, errors.New("no route")
	}
	if s.status == 0 && req.Header.Get("Metadata") != "" {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	status := max(s.status, 200)
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(s.body)), Request: req}, nil
}

func strangers() map[string]stranger {
	return map[string]stranger{
		"401": {401, "who are you?"}, "403": {403, ""}, "404": {404, "<html>not here</html>"}, "407": {407, ""}, "302": {302, ""}, "500": {500, "{}"},
		"400": {400, `{"error":"invalid_request"}`}, "a page": {200, "<html>"}, "JSON of others": {200, "{}"}, "nobody": {},
	}
}

// What answers at the address of the metadata service for somebody else does
// not keep the signed-in Azure CLI from its turn.
func TestStrangersDoNotHideTheAzureCLI(t *testing.T) {
	az(t, `echo '{"accessToken":"cli-token","expires_on":4102444800}'`)
	for name, s := range strangers() {
		begun := time.Now()
		token, err := getToken(t, auth.Options{ClientID: freshID(), Transport: s, Getenv: environment(nil)})
		if took := time.Since(begun); err != nil || token.Token != "cli-token" || took > 9*time.Second {
			t.Errorf("%s: token %q after %v, error %v", name, token.Token, took, err)
		}
	}
}

// Where nobody has a token, each that was asked is named.
func TestEverySourceIsNamed(t *testing.T) {
	az(t, `echo "Please run 'az login' to setup account." >&2; exit 1`)
	_, err := getToken(t, auth.Options{ClientID: freshID(), Transport: stranger{404, "x"}, Getenv: environment(nil)})
	e := asError(t, err)
	for _, want := range []string{"169.254.169.254 answers 404", "Azure CLI: ", "az login", "Azure Developer CLI", "Azure PowerShell"} {
		if !strings.Contains(e.Message, want) {
			t.Errorf("%q does not name %s", e.Message, want)
		}
	}
	if e.Unreached {
		t.Error("nobody is signed in, and the network is blamed")
	}
}

// The identity of a machine is waited for half a minute, and what was said last is
// named.
func TestTheIdentityOfAMachineIsBounded(t *testing.T) {
	for name, s := range strangers() {
		synctest.Test(t, func(t *testing.T) {
			o := auth.Options{Method: auth.Managed, ClientID: freshID(), Transport: s}
			if len(name)%2 == 0 {
				o.Method, o.Getenv = auth.Default, environment(map[string]string{"AZURE_TOKEN_CREDENTIALS": "prod"})
			}
			credential, err := auth.New(o)
			if err != nil {
				t.Fatal(err)
			}
			begun := time.Now()
			_, err = auth.Identify(context.Background(), credential, scope)
			took := time.Since(begun)
			if e := asError(t, err); took > 31*time.Second || !strings.Contains(e.Message, "169.254.169.254") || s.status >= 400 && !strings.Contains(e.Message, name) {
				t.Errorf("%s: %q after %v", name, e.Message, took)
			}
			if name == "nobody" && (!strings.Contains(err.Error(), "30s") || took < 29*time.Second) {
				t.Errorf("%s: %v after %v", name, err, took)
			}
		})
	}
}

// The identity of the machine is the credential of an application of another
// tenant: its token is for the exchange alone, and goes to the token service as
// the assertion.
func TestManagedApp(t *testing.T) {
	for cloud, audience := range map[string]string{
		"": "api://AzureADTokenExchange", "usgov": "api://AzureADTokenExchangeUSGov", "usgov-dod": "api://AzureADTokenExchangeUSGov", "china": "api://AzureADTokenExchangeChina",
	} {
		machine, identity := &exchange{}, freshID()
		token, err := getToken(t, auth.Options{
			Method: auth.ManagedApp, Cloud: cloud, TenantID: "11111111-2222-4333-8444-555555555555", ClientID: freshID(),
			ManagedIdentity: identity, Transport: machine, Getenv: environment(nil), AuthorityURL: "https://login.contoso.example",
		})
		if err != nil || token.Token != "app-token" {
			t.Fatalf("cloud %q: token %q, %v", cloud, token.Token, err)
		}
		if machine.resource != audience || machine.client != identity {
			t.Errorf("cloud %q: the machine is asked for %q as %q", cloud, machine.resource, machine.client)
		}
		if machine.assertion != "machine-token" || !strings.Contains(machine.tokenPath, "11111111-2222-4333-8444-555555555555") {
			t.Errorf("cloud %q: %q gets %q", cloud, machine.tokenPath, machine.assertion)
		}
	}
	_, err := auth.New(auth.Options{Method: auth.ManagedApp, Transport: &exchange{}, Getenv: environment(nil)})
	if e := asError(t, err); !strings.Contains(e.Message, "AZURE_TENANT_ID") || !strings.Contains(e.Message, "AZURE_CLIENT_ID") {
		t.Errorf("what is missing is told as %q", e.Message)
	}
}

// exchange is the metadata service of a machine, and a token service that takes
// its token.
type exchange struct{ resource, client, assertion, tokenPath string }

func (e *exchange) Do(req *http.Request) (*http.Response, error) {
	answer := func(body string) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
	}
	if req.URL.Host == "169.254.169.254" {
		e.resource, e.client = req.URL.Query().Get("resource"), req.URL.Query().Get("client_id")
		return answer(`{"access_token":"machine-token","expires_on":"4102444800","resource":"x","token_type":"Bearer"}`)
	}
	if req.Method == http.MethodPost {
		if err := req.ParseForm(); err != nil {
			return nil, err
		}
		e.assertion, e.tokenPath = req.PostForm.Get("client_assertion"), req.URL.Path
		return answer(`{"access_token":"app-token","token_type":"Bearer","expires_in":3600}`)
	}
	return answer(`{"token_endpoint":"https://login.contoso.example/11111111-2222-4333-8444-555555555555/oauth2/v2.0/token",` +
		`"authorization_endpoint":"https://login.contoso.example/11111111-2222-4333-8444-555555555555/oauth2/v2.0/authorize",` +
		`"issuer":"https://login.contoso.example/11111111-2222-4333-8444-555555555555/v2.0"}`)
}

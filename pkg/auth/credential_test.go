package auth_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/licensectl/licensectl/pkg/auth"
	"github.com/licensectl/licensectl/pkg/graph"
)

// asError gets the *auth.Error and checks what holds for every one.
func asError(t *testing.T, err error) *auth.Error {
	t.Helper()
	var e *auth.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v of type %T is no *auth.Error", err, err)
	}
	if strings.Contains(err.Error(), secret) || strings.ContainsAny(err.Error(), "\r\n\x1b") || e.Hint() == "" {
		t.Errorf("error %q, hint %q", err, e.Hint())
	}
	return e
}

// A client secret signs in, and what it gets is good for reading Graph.
func TestClientSecret(t *testing.T) {
	e := newEntra(t)
	for _, method := range []auth.Method{auth.Env, auth.Default, ""} {
		credential, err := auth.New(e.options(method, appEnvironment("AZURE_CLIENT_SECRET="+secret)))
		if err != nil {
			t.Fatal(err)
		}
		r, err := graph.NewReader(graph.Config{Root: e.URL, Scope: scope, Credential: credential, Transport: e.Client()})
		if err != nil {
			t.Fatal(err)
		}
		org, err := r.Organization(context.Background())
		if err != nil || org.DisplayName != "Contoso" {
			t.Errorf("%s: organization %v, error %v", method, org, err)
		}
		e.wantForm(map[string]string{"grant_type": "client_credentials", "client_id": clientID, "client_secret": secret, "scope": "*"})
		claims, err := auth.Identify(context.Background(), credential, scope)
		if err != nil || claims.AppID != clientID || claims.TenantID != tenantID {
			t.Errorf("%s: claims %v, error %v", method, claims, err)
		}
	}
	if len(e.forms) != 3 {
		t.Errorf("%d tokens for 3 credentials", len(e.forms))
	}
}

// Flags win over the environment.
func TestTenantAndClientOptions(t *testing.T) {
	e := newEntra(t)
	o := e.options(auth.Env, environment(map[string]string{
		"AZURE_TENANT_ID": "99999999-2222-4333-8444-555555555555", "AZURE_CLIENT_ID": "other", "AZURE_CLIENT_SECRET": secret,
		"AZURE_AUTHORITY_HOST": "https://login.example.com",
	}))
	o.TenantID, o.ClientID = tenantID, clientID
	if _, err := getToken(t, o); err != nil {
		t.Fatal(err)
	}
	e.wantForm(map[string]string{"client_id": clientID})
}

func TestAuthorityFromTheEnvironment(t *testing.T) {
	e := newEntra(t)
	o := e.options(auth.Env, appEnvironment("AZURE_CLIENT_SECRET="+secret, "AZURE_AUTHORITY_HOST="+e.URL+"/"))
	o.AuthorityURL = ""
	if _, err := getToken(t, o); err != nil {
		t.Error(err)
	}
}

// A refusal of Entra comes through Graph's error as one line with its code,
// with what to do, and with azidentity's error in the chain.
func TestRefusedSecret(t *testing.T) {
	e := newEntra(t)
	e.refusal = refusalJSON(7000215, "Invalid client secret provided, not "+secret+".")
	credential, err := auth.New(e.options(auth.Env, appEnvironment("AZURE_CLIENT_SECRET="+secret)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := graph.NewReader(graph.Config{Root: e.URL, Credential: credential, Transport: e.Client()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Organization(context.Background())
	refused := asError(t, err)
	if refused.Code != "AADSTS7000215" || !strings.Contains(refused.Hint(), "not to its id") ||
		!strings.HasSuffix(refused.Error(), "Invalid client secret provided, not [AZURE_CLIENT_SECRET].") {
		t.Errorf("code %q, error %q, hint %q", refused.Code, refused, refused.Hint())
	}
	var signIn *graph.AuthError
	var failed *azidentity.AuthenticationFailedError
	var call *graph.Error
	if !errors.As(err, &signIn) || !errors.As(err, &failed) || !errors.As(err, &call) || !call.Unauthorized() || call.Hint() != refused.Hint() {
		t.Errorf("error %v", err)
	}
}

func TestRefusalsAreExplained(t *testing.T) {
	e := newEntra(t)
	for code, want := range map[int]string{
		7000222: "expired", 700016: "--client-id", 90002: "--tenant-id", 700027: "certificate",
		70021: "federated", 65001: "consent", 50076: "--auth device", 999: "AZURE_CLIENT_SECRET",
	} {
		e.refusal = refusalJSON(code, "No.")
		_, err := getToken(t, e.options(auth.Env, appEnvironment("AZURE_CLIENT_SECRET="+secret)))
		if refused := asError(t, err); !strings.Contains(refused.Hint(), want) || !strings.Contains(refused.Message, "No.") {
			t.Errorf("%d: error %q, hint %q", code, refused, refused.Hint())
		}
	}
	for _, body := range []string{"<html>", "", `{"error":"server_error"}`, strings.Repeat("x", 1<<20)} {
		e.refusal = body + " "
		_, err := getToken(t, e.options(auth.Env, appEnvironment("AZURE_CLIENT_SECRET="+secret)))
		if refused := asError(t, err); len(refused.Error()) > 5000 {
			t.Errorf("an error of %d bytes", len(refused.Error()))
		}
	}
}

func TestMissingSettings(t *testing.T) {
	for _, tc := range []struct {
		method auth.Method
		vars   []string
		want   []string
	}{
		{auth.Env, nil, []string{"AZURE_TENANT_ID", "--tenant-id", "AZURE_CLIENT_ID", "--client-id", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"}},
		{auth.Default, []string{"AZURE_CLIENT_SECRET=" + secret}, []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID"}},
		{auth.Workload, []string{"AZURE_TENANT_ID=" + tenantID}, []string{"AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"}},
		{auth.Token, nil, []string{"LICENSECTL_ACCESS_TOKEN"}},
		{auth.Token, []string{"LICENSECTL_ACCESS_TOKEN=Bearer " + secret}, []string{"without blanks"}},
		{auth.Device, nil, []string{"nowhere"}},
		{auth.CLI, []string{"AZURE_TENANT_ID=not a tenant"}, []string{"tenantID"}},
	} {
		vars := map[string]string{}
		for _, line := range tc.vars {
			name, value, _ := strings.Cut(line, "=")
			vars[name] = value
		}
		_, err := auth.New(auth.Options{Method: tc.method, Getenv: environment(vars)})
		e := asError(t, err)
		for _, want := range tc.want {
			if !strings.Contains(e.Error(), want) {
				t.Errorf("%s: %q does not name %s", tc.method, e, want)
			}
		}
	}
}

func TestCertificate(t *testing.T) {
	e := newEntra(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	file := certificatePEM(t, key)
	o := e.options(auth.Default, appEnvironment("AZURE_CLIENT_CERTIFICATE_PATH=app.pem"))
	o.ReadFile = func(name string) ([]byte, error) {
		if name != "app.pem" {
			return nil, os.ErrNotExist
		}
		return file, nil
	}
	if _, err := getToken(t, o); err != nil {
		t.Fatal(err)
	}
	e.wantForm(map[string]string{"client_id": clientID, "client_assertion": "*", "client_secret": ""})

	file = []byte("not a certificate")
	if _, err := auth.New(o); !strings.Contains(asError(t, err).Error(), "app.pem") {
		t.Errorf("error %v", err)
	}
	o.ReadFile = nil
	o.Getenv = appEnvironment("AZURE_CLIENT_CERTIFICATE_PATH=" + filepath.Join(t.TempDir(), "missing.pem"))
	if _, err := auth.New(o); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func certificatePEM(t *testing.T, key *rsa.PrivateKey) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return append(
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
}

// A key that Entra does not take is refused before anything is sent.
func TestCertificateOfAnotherKind(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	_, err = auth.New(auth.Options{
		Method: auth.Env, Getenv: appEnvironment("AZURE_CLIENT_CERTIFICATE_PATH=app.pem"),
		ReadFile: func(string) ([]byte, error) {
			return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
		},
	})
	asError(t, err)
}

func TestWorkload(t *testing.T) {
	e := newEntra(t)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("federated-token"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, method := range []auth.Method{auth.Workload, auth.Default} {
		if _, err := getToken(t, e.options(method, appEnvironment("AZURE_FEDERATED_TOKEN_FILE="+file))); err != nil {
			t.Fatal(err)
		}
		e.wantForm(map[string]string{"client_id": clientID, "client_assertion": "federated-token"})
	}
}

func TestDevice(t *testing.T) {
	e := newEntra(t)
	var shown bytes.Buffer
	o := e.options(auth.Device, appEnvironment())
	o.Prompt = &shown
	if _, err := getToken(t, o); err != nil {
		t.Fatal(err)
	}
	e.wantForm(map[string]string{"client_id": clientID, "device_code": "d"})
	if got := shown.String(); got != "Open https://microsoft.com/devicelogin and enter [31m ABCD\n" {
		t.Errorf("shown %q", got)
	}
}

// imds answers for the identity of an Azure machine.
type imds struct{ asked []*http.Request }

func (m *imds) Do(req *http.Request) (*http.Response, error) {
	m.asked = append(m.asked, req)
	body := `{"access_token":"managed-token","expires_in":"3600","expires_on":"4102444800","resource":"https://graph.microsoft.com","token_type":"Bearer"}`
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

func TestManaged(t *testing.T) {
	for _, name := range []string{"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IMDS_ENDPOINT", "MSI_ENDPOINT", "MSI_SECRET", "AZURE_POD_IDENTITY_AUTHORITY_HOST"} {
		if _, set := os.LookupEnv(name); set {
			t.Fatalf("%s is set: this is an Azure machine", name)
		}
	}
	machine := &imds{}
	token, err := getToken(t, auth.Options{Method: auth.Managed, ClientID: clientID, Transport: machine})
	if err != nil || token.Token != "managed-token" {
		t.Fatal(token.Token, err)
	}
	if q := machine.asked[0].URL.Query(); q.Get("client_id") != clientID || q.Get("resource") != "https://graph.microsoft.com" {
		t.Errorf("asked %s", machine.asked[0].URL)
	}
}

// AZURE_TOKEN_CREDENTIALS picks from azidentity's chain, as everywhere else,
// even where a secret is set.
func TestDefaultFallsBackToTheChain(t *testing.T) {
	t.Setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
	machine := &imds{}
	token, err := getToken(t, auth.Options{Transport: machine, Getenv: appEnvironment("AZURE_CLIENT_SECRET="+secret, "AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential")})
	if err != nil || token.Token != "managed-token" {
		t.Error(token.Token, err)
	}
}

// az puts a stand-in for the Azure CLI into the path.
func az(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "az"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestAzureCLI(t *testing.T) {
	az(t, `case "$*" in
*"--resource https://graph.microsoft.com --tenant `+tenantID+`") echo '{"accessToken":"cli-token","expires_on":4102444800}' ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac`)
	token, err := getToken(t, auth.Options{Method: auth.CLI, TenantID: tenantID})
	if err != nil || token.Token != "cli-token" {
		t.Error(token.Token, err)
	}
	az(t, `echo "Please run 'az login' to setup account." >&2; exit 1`)
	_, err = getToken(t, auth.Options{Method: auth.CLI})
	if e := asError(t, err); !strings.Contains(e.Message, "az login") || !strings.Contains(e.Hint(), "az login") {
		t.Errorf("error %q, hint %q", e, e.Hint())
	}
}

func TestStaticToken(t *testing.T) {
	expiry := time.Now().Add(30 * time.Minute).Truncate(time.Second)
	jwt := accessToken(map[string]any{"exp": expiry.Unix()})
	token, err := getToken(t, auth.Options{Method: auth.Token, Getenv: environment(map[string]string{"LICENSECTL_ACCESS_TOKEN": jwt + "\n"})})
	if err != nil || token.Token != jwt || !token.ExpiresOn.Equal(expiry) {
		t.Errorf("token until %v, error %v", token.ExpiresOn, err)
	}
	token, err = getToken(t, auth.Options{Method: auth.Token, Getenv: environment(map[string]string{"LICENSECTL_ACCESS_TOKEN": "opaque"})})
	if err != nil || token.Token != "opaque" || time.Until(token.ExpiresOn) < 50*time.Minute {
		t.Errorf("opaque token until %v, error %v", token.ExpiresOn, err)
	}
	old := accessToken(map[string]any{"exp": 1_600_000_000})
	_, err = getToken(t, auth.Options{Method: auth.Token, Getenv: environment(map[string]string{"LICENSECTL_ACCESS_TOKEN": old})})
	if e := asError(t, err); !strings.Contains(e.Error(), "expired at 2020-09-13T12:26:40Z") || strings.Contains(e.Error(), old) {
		t.Errorf("error %q", e)
	}
}

func TestCancelledSignIn(t *testing.T) {
	e := newEntra(t)
	credential, err := auth.New(e.options(auth.Env, appEnvironment("AZURE_CLIENT_SECRET="+secret)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := auth.Identify(ctx, credential, scope); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// A chain of credentials that all fail prints whole HTTP replies. What is left
// of them is one readable sentence for each.
func TestDumpsOfExchangesAreLeftOut(t *testing.T) {
	const rule = "--------------------------------------------------------------------------------"
	chain := errors.New("DefaultAzureCredential: failed to acquire a token.\nAttempted credentials:\n\tEnvironmentCredential: missing environment variable AZURE_TENANT_ID\n" +
		"\tManagedIdentityCredential authentication failed.\nGET http://169.254.169.254/metadata\n" + rule + "\nRESPONSE 403: 403 Forbidden\n" + rule + "\nbody\n" + rule +
		"\nTo troubleshoot, visit https://aka.ms/azsdk/go/identity/troubleshoot#managed-id\n\tAzureCLICredential: Azure CLI not found on path")
	got := auth.WithoutDumps(chain.Error())
	for _, want := range []string{"missing environment variable", "ManagedIdentityCredential authentication failed", "Azure CLI not found"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is lost: %s", want, got)
		}
	}
	for _, dump := range []string{"---", "RESPONSE", "troubleshoot"} {
		if strings.Contains(got, dump) {
			t.Errorf("%q is left: %s", dump, got)
		}
	}
}

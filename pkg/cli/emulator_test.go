package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/cli"
)

// serveEmulator runs the verb until the test ends and gives its address.
func serveEmulator(t *testing.T, args ...string) string {
	t.Helper()
	reader, writer := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		env := cli.Env{Stdout: writer, Stderr: io.Discard, Now: time.Now}
		ended <- cli.Main(ctx, env, append([]string{"emulator", "--listen", "127.0.0.1:0"}, args...))
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != int(cli.CodeOK) {
			t.Errorf("the emulator ended with %d", code)
		}
	})
	line, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, address, found := strings.Cut(strings.TrimSpace(line), " at ")
	if !found {
		t.Fatalf("it says %q", line)
	}
	return address
}

// trusting is a transport that trusts the emulator's authority alone.
func trusting(t *testing.T, ca string) http.RoundTripper {
	t.Helper()
	pem, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatalf("%s has no certificate", ca)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

func TestEmulatorServesATenant(t *testing.T) {
	for name, flags := range map[string][]string{
		"described":   {"--tenant", "testdata/contoso/tenant.yaml"},
		"made up":     {"--users", "250", "--seed", "7"},
		"by default":  nil,
		"in a folder": {"--tenant", tenantFolder(t)},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			address := serveEmulator(t, append(flags, "--tls", folder)...)
			var stdout, stderr bytes.Buffer
			env := cli.Env{
				Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: time.Now,
				Environ: []string{
					"LICENSECTL_GRAPH_URL=" + address, "LICENSECTL_AUTHORITY_URL=" + address,
					"AZURE_TENANT_ID=contoso.com", "AZURE_CLIENT_ID=" + clientID, "AZURE_CLIENT_SECRET=" + canary,
				},
				Transport: trusting(t, filepath.Join(folder, "ca.pem")),
			}
			if code := cli.Main(t.Context(), env, []string{"seats"}); code != int(cli.CodeOK) {
				t.Fatalf("exit code %d:\n%s", code, stderr.String())
			}
			if !strings.Contains(stdout.String(), "Microsoft 365 E3") {
				t.Errorf("seats:\n%s", stdout.String())
			}
		})
	}
}

// tenantFolder has the tenant of the tests, and another one.
func tenantFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	data := must(os.ReadFile("testdata/contoso/tenant.yaml"))
	other := bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("contoso.com"), []byte("contoso.example")), []byte("11111111-2222-4333-8444-555555555555"), []byte("99999999-2222-4333-8444-555555555555"))
	for name, text := range map[string][]byte{"contoso.yaml": data, "other.yml": other} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestEmulatorServesManyTenants(t *testing.T) {
	folder := t.TempDir()
	log := filepath.Join(folder, "log.jsonl")
	address := serveEmulator(t, "--tenants", "3", "--users", "30", "--tls", folder, "--log", log)
	for _, domain := range []string{"tenant-000.example", "tenant-002.example"} {
		var stdout, stderr bytes.Buffer
		env := cli.Env{
			Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: time.Now,
			Environ: []string{
				"LICENSECTL_GRAPH_URL=" + address, "LICENSECTL_AUTHORITY_URL=" + address,
				"AZURE_TENANT_ID=" + domain, "AZURE_CLIENT_ID=" + clientID, "AZURE_CLIENT_SECRET=" + canary,
			},
			Transport: trusting(t, filepath.Join(folder, "ca.pem")),
		}
		code := cli.Main(t.Context(), env, []string{"snapshot"})
		if code != int(cli.CodeOK) || !strings.Contains(stdout.String(), "@"+domain) {
			t.Errorf("%s: exit code %d:\n%s%s", domain, code, stderr.String(), stdout.String()[:min(300, stdout.Len())])
		}
	}
	for line := range strings.Lines(string(must(os.ReadFile(log)))) {
		var r struct{ TenantID, TokenOf string }
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.TenantID == "" || r.TokenOf != "" && r.TokenOf != r.TenantID {
			t.Errorf("a token crossed: %s (%v)", line, err)
		}
	}
}

func TestEmulatorRefusesWhatItCannotServe(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("kind: EmulatedTenant\nusers: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"two tenants":        {"--tenant", bad, "--users", "3"},
		"too many tenants":   {"--tenant", bad, "--tenants", "3"},
		"an empty folder":    {"--tenant", t.TempDir()},
		"a broken folder":    {"--tenant", filepath.Dir(bad)},
		"a broken tenant":    {"--tenant", bad},
		"no tenant":          {"--tenant", "nowhere.yaml"},
		"broken options":     {"--faults", bad},
		"a name without TLS": {"--tls-name", "graph.microsoft.com"},
		"a log it cannot":    {"--log", filepath.Join(bad, "below")},
		"no users":           {"--users", "0"},
		"no such address":    {"--listen", "nowhere"},
		"an argument":        {"tenant.yaml"},
		"a folder it cannot": {"--listen", "127.0.0.1:0", "--tls", filepath.Join(bad, "below")},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			env := cli.Env{Stdout: &stdout, Stderr: &stderr, Now: time.Now}
			code := cli.Main(t.Context(), env, append([]string{"emulator"}, args...))
			if code != int(cli.CodeInput) || stdout.Len() > 0 || stderr.Len() == 0 {
				t.Errorf("exit code %d\n%s%s", code, stdout.String(), stderr.String())
			}
		})
	}
}

// A client that knows Microsoft's hosts alone is led to the emulator, and finds
// their names on its certificate.
func TestEmulatorBearsNames(t *testing.T) {
	folder := t.TempDir()
	address := serveEmulator(t, "--tls", folder, "--tls-name", "graph.microsoft.com", "--tls-name", "login.microsoftonline.com")
	transport := trusting(t, filepath.Join(folder, "ca.pem")).(*http.Transport)
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, strings.TrimPrefix(address, "https://"))
	}
	client := &http.Client{Transport: transport}
	for url, want := range map[string]string{
		"https://graph.microsoft.com/v1.0/users":                              "InvalidAuthenticationToken",
		"https://login.microsoftonline.com/common/discovery/instance":         `"preferred_network":"login.microsoftonline.com"`,
		"https://localhost/contoso.com/v2.0/.well-known/openid-configuration": "token_endpoint",
	} {
		resp, err := client.Get(url)
		if err != nil {
			t.Errorf("GET %s: %v", url, err)
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("GET %s: %s %v, want %s in it", url, body, err, want)
		}
	}
	if _, err := client.Get("https://graph.example.com/v1.0/users"); err == nil {
		t.Error("a name that was not asked for is on the certificate")
	}
}

// What the emulator does not have is said once, and every request is in the
// log: what was asked, as whom, what was answered, and no credentials.
func TestEmulatorLogsRequests(t *testing.T) {
	log := filepath.Join(t.TempDir(), "requests.jsonl")
	var stderr bytes.Buffer
	reader, writer := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		env := cli.Env{Stdout: writer, Stderr: &stderr, Now: time.Now}
		ended <- cli.Main(ctx, env, []string{"emulator", "--listen", "127.0.0.1:0", "--tenant", "testdata/contoso/tenant.yaml", "--log", log})
	}()
	line, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, address, _ := strings.Cut(strings.TrimSpace(line), " at ")
	token := signInAt(t, address)
	for _, path := range []string{"/v1.0/users?$top=1", "/v1.0/planets", "/v1.0/planets", "/v1.0/users/ada@contoso.com/planner", "/v1.0/users/bo@contoso.com/planner"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	cancel()
	if code := <-ended; code != int(cli.CodeOK) {
		t.Errorf("the emulator ended with %d", code)
	}
	if said := stderr.String(); strings.Count(said, "GET /planets.") != 1 || strings.Count(said, "GET /users/{id}/planner.") != 1 || strings.Count(said, "\n") != 2 {
		t.Errorf("standard error:\n%s", said)
	}
	checkRequestLog(t, log, token)
}

// signInAt gets a token of an emulator that serves.
func signInAt(t *testing.T, address string) string {
	t.Helper()
	resp, err := http.PostForm(address+"/contoso.com/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {canary}, "scope": {"https://graph.microsoft.com/.default"}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var out struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || out.AccessToken == "" {
		t.Fatalf("signing in: %d %v", resp.StatusCode, err)
	}
	return out.AccessToken
}

func checkRequestLog(t *testing.T, log, token string) {
	t.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(canary)) || bytes.Contains(text, []byte(token)) {
		t.Error("credentials are in the log")
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 6 {
		t.Fatalf("%d lines, want 6:\n%s", len(lines), text)
	}
	for i, want := range []map[string]any{
		{"operation": "token", "method": "POST", "path": "/contoso.com/oauth2/v2.0/token", "status": 200.0, "appId": nil},
		{"operation": "listUsers", "method": "GET", "path": "/v1.0/users?$top=1", "status": 200.0, "appId": clientID, "mutated": false},
		{"operation": nil, "path": "/v1.0/planets", "status": 501.0, "code": "EmulatorNotImplemented", "appId": clientID},
	} {
		var got map[string]any
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatal(err)
		}
		for name, value := range want {
			if got[name] != value {
				t.Errorf("line %d: %s is %v, want %v", i+1, name, got[name], value)
			}
		}
	}
}

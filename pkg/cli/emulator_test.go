package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
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
		"described":  {"--tenant", "testdata/contoso/tenant.yaml"},
		"made up":    {"--users", "250", "--seed", "7"},
		"by default": nil,
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

func TestEmulatorRefusesWhatItCannotServe(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("kind: EmulatedTenant\nusers: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"two tenants":        {"--tenant", bad, "--users", "3"},
		"a broken tenant":    {"--tenant", bad},
		"no tenant":          {"--tenant", "nowhere.yaml"},
		"broken options":     {"--faults", bad},
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

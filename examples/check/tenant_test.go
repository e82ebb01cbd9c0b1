package check_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// The applications of testdata/tenant.yaml.
const (
	tenantID       = "11111111-2222-4333-8444-555555555555"
	readerClientID = "aaaaaaaa-0000-4000-8000-000000000001"
	writerClientID = "aaaaaaaa-0000-4000-8000-000000000002"
	adminClientID  = "aaaaaaaa-0000-4000-8000-000000000003"
	adminSecret    = "the secret of the administrator"
)

// The SKU ids of the products that the tests speak of.
const (
	skuE3      = "05e9a617-0261-4cee-bb44-138d3ef5d965"
	skuPowerBI = "f8a1db68-be16-40ed-86d5-cb42ce701560"
)

// tenant is `licensectl emulator` in a process of its own.
type tenant struct {
	t   testing.TB
	url string
	ca  string // the file of its authority's certificate

	client *http.Client
	token  string // of the administrator
}

// startTenant serves testdata/tenant.yaml with these faults (YAML, may be
// empty) until the test ends.
func startTenant(t testing.TB, faults string) *tenant {
	t.Helper()
	dir := t.TempDir()
	args := []string{"emulator", "--listen", "127.0.0.1:0", "--tls", dir, "--tenant", "testdata/tenant.yaml"}
	if faults != "" {
		file := filepath.Join(dir, "faults.yaml")
		write(t, file, "apiVersion: licensectl.dev/v1\nkind: EmulatorOptions\nmetadata: {name: faults}\nspec:\n  faults:\n"+faults)
		args = append(args, "--faults", file)
	}
	cmd := exec.Command(licensectlPath(), args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the emulator did not say where it serves: %v", err)
	}
	_, address, _ := strings.Cut(strings.TrimSpace(line), " at ")
	return newTenant(t, address, filepath.Join(dir, "ca.pem"))
}

func newTenant(t testing.TB, address, ca string) *tenant {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(read(t, ca))
	tn := &tenant{t: t, url: address, ca: ca, client: &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}},
	}}
	t.Cleanup(tn.client.CloseIdleConnections)
	var err error
	if tn.token, err = tn.signIn(adminClientID, adminSecret); err != nil {
		t.Fatal(err)
	}
	return tn
}

// signIn gives a token of an application that shows its secret.
func (tn *tenant) signIn(clientID, secret string) (string, error) {
	reply, err := tn.client.PostForm(tn.url+"/"+tenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret},
		"scope": {"https://graph.microsoft.com/.default"},
	})
	if err != nil {
		return "", err
	}
	defer reply.Body.Close()
	var body struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(reply.Body).Decode(&body); err != nil || body.Token == "" {
		return "", fmt.Errorf("%s cannot sign in: %d %w", clientID, reply.StatusCode, err)
	}
	return body.Token, nil
}

// environment leads licensectl to this tenant instead of Microsoft's cloud.
func (tn *tenant) environment() []string {
	return []string{"LICENSECTL_GRAPH_URL=" + tn.url, "LICENSECTL_AUTHORITY_URL=" + tn.url, "SSL_CERT_FILE=" + tn.ca}
}

// assign does what an administrator does in the portal.
func (tn *tenant) assign(user string, add, remove []string) {
	tn.t.Helper()
	type license struct {
		SKUID         string   `json:"skuId"`
		DisabledPlans []string `json:"disabledPlans"`
	}
	body := struct {
		Add    []license `json:"addLicenses"`
		Remove []string  `json:"removeLicenses"`
	}{[]license{}, append([]string{}, remove...)}
	for _, sku := range add {
		body.Add = append(body.Add, license{sku, []string{}})
	}
	data, err := json.Marshal(body)
	if err != nil {
		tn.t.Fatal(err)
	}
	tn.call(http.MethodPost, "/v1.0/users/"+user+"/assignLicense", data, nil)
}

// holds gives the SKU ids of a user's licenses, sorted.
func (tn *tenant) holds(user string) []string {
	tn.t.Helper()
	var body struct {
		Licenses []struct {
			SKUID string `json:"skuId"`
		} `json:"assignedLicenses"`
	}
	tn.call(http.MethodGet, "/v1.0/users/"+user+"?$select=assignedLicenses", nil, &body)
	ids := []string{}
	for _, l := range body.Licenses {
		ids = append(ids, l.SKUID)
	}
	slices.Sort(ids)
	return ids
}

// wantHolds checks what a user holds.
func (tn *tenant) wantHolds(user string, skus ...string) {
	tn.t.Helper()
	slices.Sort(skus)
	if got := tn.holds(user); !slices.Equal(got, skus) {
		tn.t.Errorf("%s holds %v, want %v", user, got, skus)
	}
}

func (tn *tenant) call(method, path string, body []byte, into any) {
	tn.t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), method, tn.url+path, bytes.NewReader(body))
	if err != nil {
		tn.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+tn.token)
	request.Header.Set("Content-Type", "application/json")
	reply, err := tn.client.Do(request)
	if err != nil {
		tn.t.Fatal(err)
	}
	defer reply.Body.Close()
	data, err := io.ReadAll(reply.Body)
	if err != nil || reply.StatusCode != http.StatusOK {
		tn.t.Fatalf("%s %s: %d %v %s", method, path, reply.StatusCode, err, data)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(data, into); err != nil {
		tn.t.Fatal(err)
	}
}

// identityToken is a token as a platform gives its jobs. The emulator looks at
// its claims and not at its signature.
func identityToken(issuer, subject, audience string) (string, error) {
	now := time.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Issuer: issuer, Subject: subject, Audience: jwt.ClaimStrings{audience},
		NotBefore: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(5 * time.Minute)),
	}).SignedString([]byte("the key of another issuer"))
	if err != nil {
		return "", fmt.Errorf("signing an identity token: %w", err)
	}
	return token, nil
}

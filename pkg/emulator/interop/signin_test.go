package interop_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// authority is a way to find the token service.
type authority struct {
	name    string
	options azcore.ClientOptions
	trusted bool // it is not asked for whether it may be trusted
}

// authorities are the token service under its real name, as a custom host that
// is taken for what it is, and as a custom host about which the real name is
// asked first.
func (s *service) authorities() []authority {
	custom := s.options()
	custom.Cloud = cloud.Configuration{ActiveDirectoryAuthorityHost: "https://" + s.addr + "/"}
	return []authority{
		{"real name", s.options(), false},
		{"custom host", custom, true},
		{"custom host with discovery", custom, false},
	}
}

// credentials are the ways in which an application signs in.
func (s *service) credentials(a authority) map[string]func() (azcore.TokenCredential, error) {
	tenant := s.TenantID().String()
	return map[string]func() (azcore.TokenCredential, error){
		"secret": func() (azcore.TokenCredential, error) {
			return azidentity.NewClientSecretCredential(tenant, clientID, secret,
				&azidentity.ClientSecretCredentialOptions{ClientOptions: a.options, DisableInstanceDiscovery: a.trusted})
		},
		"assertion": func() (azcore.TokenCredential, error) {
			return azidentity.NewClientAssertionCredential(tenant, clientID, func(context.Context) (string, error) { return federated(s.t), nil },
				&azidentity.ClientAssertionCredentialOptions{ClientOptions: a.options, DisableInstanceDiscovery: a.trusted})
		},
		"workload": func() (azcore.TokenCredential, error) {
			file := filepath.Join(s.t.TempDir(), "token")
			if err := os.WriteFile(file, []byte(federated(s.t)), 0o600); err != nil {
				return nil, err
			}
			return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
				ClientOptions: a.options, DisableInstanceDiscovery: a.trusted, ClientID: clientID, TenantID: tenant, TokenFilePath: file,
			})
		},
		"certificate": func() (azcore.TokenCredential, error) {
			certificate, key := selfSigned(s.t)
			return azidentity.NewClientCertificateCredential(tenant, clientID, []*x509.Certificate{certificate}, key,
				&azidentity.ClientCertificateCredentialOptions{ClientOptions: a.options, DisableInstanceDiscovery: a.trusted})
		},
	}
}

// federated is a token of a pipeline, as GitHub Actions gives them.
func federated(t testing.TB) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Issuer: "https://token.actions.githubusercontent.com", Subject: "repo:contoso/licenses:ref:refs/heads/main",
		Audience:  jwt.ClaimStrings{"api://AzureADTokenExchange"},
		NotBefore: jwt.NewNumericDate(time.Now()), ExpiresAt: jwt.NewNumericDate(time.Now().Add(5 * time.Minute)),
	}).SignedString([]byte("the key of another issuer"))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func selfSigned(t testing.TB) (*x509.Certificate, *rsa.PrivateKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "pipeline"},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, key
}

// registered is the tenant with one application, which has a secret and a
// federated credential. Without any, a tenant accepts whatever is well-formed.
func registered(tenant emulator.Tenant) emulator.Tenant {
	tenant.Applications = []emulator.Application{{
		ClientID: clientID, Secret: secret,
		Federated: []emulator.FederatedCredential{{
			Issuer: "https://token.actions.githubusercontent.com", Subject: "repo:contoso/licenses:ref:refs/heads/main",
		}},
	}}
	return tenant
}

func TestApplicationsSignIn(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	for _, a := range s.authorities() {
		for name, credential := range s.credentials(a) {
			t.Run(a.name+"/"+name, func(t *testing.T) {
				readsUsers(t, s, credential)
			})
		}
	}
}

func TestRegisteredApplicationsSignIn(t *testing.T) {
	s := serve(t, registered(contoso(t)), emulator.Options{})
	credentials := s.credentials(s.authorities()[0])
	for _, name := range []string{"secret", "assertion", "workload"} {
		t.Run(name, func(t *testing.T) {
			readsUsers(t, s, credentials[name])
		})
	}
}

// readsUsers proves that a credential's token opens the door.
func readsUsers(t *testing.T, s *service, credential func() (azcore.TokenCredential, error)) {
	t.Helper()
	signedIn, err := credential()
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.sdk(signedIn).Users().Get(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(page.GetValue()), len(s.Users()); got != want {
		t.Errorf("%d users, want %d", got, want)
	}
}

func TestInstanceDiscoveryAsksTheEmulator(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	for _, a := range s.authorities() {
		before := s.Counters().ByRoute["discovery"]
		readsUsers(t, s, s.credentials(a)["secret"])
		if asked := s.Counters().ByRoute["discovery"] > before; asked == a.trusted {
			t.Errorf("%s: asked %t, trusted %t", a.name, asked, a.trusted)
		}
	}
}

func TestSignInsAreRefused(t *testing.T) {
	s := serve(t, registered(contoso(t)), emulator.Options{})
	for _, c := range []struct{ name, tenant, client, secret, want string }{
		{"wrong secret", s.TenantID().String(), clientID, "wrong", "AADSTS7000215"},
		{"unknown client", s.TenantID().String(), "00000000-0000-4000-8000-000000000001", secret, "AADSTS700016"},
		{"unknown tenant", "00000000-0000-4000-8000-000000000002", clientID, secret, "AADSTS90002"},
	} {
		t.Run(c.name, func(t *testing.T) {
			credential, err := azidentity.NewClientSecretCredential(c.tenant, c.client, c.secret,
				&azidentity.ClientSecretCredentialOptions{ClientOptions: s.options()})
			if err != nil {
				t.Fatal(err)
			}
			_, err = credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want %s", err, c.want)
			}
			if _, ok := errors.AsType[*azidentity.AuthenticationFailedError](err); !ok {
				t.Errorf("the error is %T, want an AuthenticationFailedError", err)
			}
		})
	}
}

func TestPersonSignsInOnAnotherDevice(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	var shown azidentity.DeviceCodeMessage
	credential, err := azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		ClientOptions: s.options(), TenantID: s.TenantID().String(), ClientID: clientID,
		UserPrompt: func(_ context.Context, m azidentity.DeviceCodeMessage) error {
			shown = m
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	client := s.sdk(credential)
	me, err := client.Me().Get(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := text(me.GetUserPrincipalName()); got != "ada@contoso.com" {
		t.Errorf("signed in as %q", got)
	}
	if shown.UserCode == "" || !strings.Contains(shown.Message, shown.UserCode) || !strings.HasPrefix(shown.VerificationURL, "https://") {
		t.Errorf("the user was told %+v", shown)
	}
	details, err := client.Me().LicenseDetails().Get(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := partNumbers(details.GetValue()); !slices.Equal(got, []string{"SPE_E3"}) {
		t.Errorf("holds %v", got)
	}
}

// fixedToken is a credential with one token.
type fixedToken string

func (f fixedToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(f), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func TestTokenThatIsNoGood(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	client := s.sdk(fixedToken(s.AppToken()))
	s.RevokeTokens()
	_, err := client.Users().Get(t.Context(), nil)
	if status, code, _ := refusal(t, err); status != 401 || code != "InvalidAuthenticationToken" {
		t.Errorf("%d %s", status, code)
	}
}

func TestPermissionThatIsMissing(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	client := s.sdk(fixedToken(s.AppToken("User.Read.All")))
	_, err := client.Users().ByUserId("ken@contoso.com").AssignLicense().Post(t.Context(), change(s.sku("SPE_E3").ID), nil)
	if status, code, _ := refusal(t, err); status != 403 || code != "Authorization_RequestDenied" {
		t.Errorf("%d %s", status, code)
	}
	if got := s.direct("ken@contoso.com"); got != nil {
		t.Errorf("ken holds %v", got)
	}
}

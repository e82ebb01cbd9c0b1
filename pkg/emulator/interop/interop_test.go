// Package interop_test holds official clients of Microsoft Graph against the
// emulator: they have to sign in, read, write, page, batch and wait as they do
// with the real service, and none of them may need a special case. All they
// are told is where the names of the service lead (to loopback, whatever they
// are; anything else is refused) and which certificate authority to trust.
//
// The clients are azidentity and msgraph-sdk-go here; others have folders of
// their own. What each run takes down, and -args -update writes, is the table
// of clients in docs/emulator.md. BenchmarkApply and BenchmarkRead
// hold writing and reading against the plain loops that one would write with the
// SDK.
//
// This is a module of its own, so that nobody who builds licensectl compiles
// the SDK, which takes several minutes on two cores the first time and seconds
// from then on:
//
//	cd pkg/emulator/interop
//	go test -p 1 -count=1 .
//	go test -p 1 -run '^$' -bench . -benchtime 1x -timeout 20m .
//
// It must not reach into the emulator: what a client cannot see, only the
// emulator's public methods may show.
package interop_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	kiotahttp "github.com/microsoft/kiota-http-go"
	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	msgraphcore "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go-core/authentication"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/emulator/interop/internal/record"
	"github.com/licensectl/licensectl/pkg/license"
)

// The names that lead to the emulator.
const (
	graphHost     = "graph.microsoft.com"
	authorityHost = "login.microsoftonline.com"
)

const (
	clientID = "b1a5c3f0-5d3c-4b0e-8a51-0d9c2f6f1e11"
	secret   = "a-secret-of-the-tests"
)

// book takes down what the clients call.
var book = record.NewBook("interop-go")

// versions of the clients, as go.mod requires them.
func versions(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, module := range []string{"msgraph-sdk-go", "azidentity"} {
		found := regexp.MustCompile("/" + module + ` v(\S+)`).FindSubmatch(text)
		if found == nil {
			t.Fatalf("go.mod does not require %s", module)
		}
		out = append(out, string(found[1]))
	}
	return strings.Join(out, ", ")
}

// service is an emulator behind TLS on loopback.
type service struct {
	*emulator.Emulator
	*remote
	t testing.TB
}

// serve starts an emulator, which ends with the test.
func serve(t testing.TB, tenant emulator.Tenant, opts emulator.Options) *service {
	t.Helper()
	opts.Observe = book.Of("msgraph-sdk-go, azidentity", versions(t))
	e, err := emulator.New(tenant, opts)
	if err != nil {
		t.Fatal(err)
	}
	server, authority := listen(t, e)
	t.Cleanup(server.Close)
	s := &service{Emulator: e, remote: reach(t, e.TenantID().String(), server.Listener.Addr().String(), authority), t: t}
	t.Cleanup(s.http.CloseIdleConnections)
	return s
}

// listen serves on loopback, and gives the certificate authority to trust.
func listen(t reporter, handler http.Handler) (*httptest.Server, []byte) {
	t.Helper()
	certificate, err := emulator.NewCertificate([]string{graphHost, authorityHost, "127.0.0.1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate.TLS}}
	server.EnableHTTP2 = true
	server.StartTLS()
	return server, certificate.CAPEM
}

// reporter is a test, or a program that does not go on after an error.
type reporter interface {
	Helper()
	Fatal(...any)
}

// remote is an emulator as a client sees it, in this process or another.
type remote struct {
	t      reporter
	tenant string
	addr   string // 127.0.0.1:port
	http   *http.Client
}

func reach(t reporter, tenant, addr string, authority []byte) *remote {
	t.Helper()
	r := &remote{t: t, tenant: tenant, addr: addr}
	r.http = &http.Client{Transport: r.transport(authority)}
	return r
}

// transport is the SDK's own, but that the names of the service lead to the
// emulator, and other names nowhere.
func (r *remote) transport(authority []byte) *http.Transport {
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(authority) {
		r.t.Fatal("the emulator's certificate authority is not PEM")
	}
	out := kiotahttp.GetDefaultTransport().(*http.Transport)
	out.Proxy = nil
	out.TLSClientConfig = &tls.Config{RootCAs: trusted}
	out.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if !slices.Contains([]string{graphHost + ":443", authorityHost + ":443", r.addr}, addr) {
			return nil, fmt.Errorf("dialing %s: the tests stay on loopback", addr)
		}
		return new(net.Dialer).DialContext(ctx, network, r.addr)
	}
	return out
}

// options are what every credential of azidentity takes.
func (r *remote) options() azcore.ClientOptions {
	return azcore.ClientOptions{Transport: r.http}
}

// app signs an application in with a secret.
func (r *remote) app() azcore.TokenCredential {
	r.t.Helper()
	credential, err := azidentity.NewClientSecretCredential(r.tenant, clientID, secret,
		&azidentity.ClientSecretCredentialOptions{ClientOptions: r.options()})
	if err != nil {
		r.t.Fatal(err)
	}
	return credential
}

// sdk is the official client, put together as its own constructors do it.
func (r *remote) sdk(credential azcore.TokenCredential) *msgraphsdk.GraphServiceClient {
	r.t.Helper()
	provider, err := authentication.NewAzureIdentityAuthenticationProviderWithScopes(credential, []string{"https://graph.microsoft.com/.default"})
	if err != nil {
		r.t.Fatal(err)
	}
	client := kiotahttp.GetDefaultClient()
	client.Transport = kiotahttp.NewCustomTransportWithParentTransport(r.http.Transport, middleware()...)
	adapter, err := msgraphsdk.NewGraphRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(provider, nil, nil, client)
	if err != nil {
		r.t.Fatal(err)
	}
	return msgraphsdk.NewGraphServiceClient(adapter)
}

// middleware is the SDK's own, with the compression in front of the retries.
// The SDK leaves the order to chance, since it ranges over a map, and the other
// way round every repeated write says that it is gzip and is not.
func middleware() []kiotahttp.Middleware {
	options := msgraphsdk.GetDefaultClientOptions()
	out := msgraphcore.GetDefaultMiddlewaresWithOptions(&options)
	slices.SortStableFunc(out, func(a, b kiotahttp.Middleware) int { return place(a) - place(b) })
	return out
}

func place(m kiotahttp.Middleware) int {
	switch m.(type) {
	case *kiotahttp.CompressionHandler:
		return 0
	case *kiotahttp.RetryHandler:
		return 1
	}
	return -1
}

// refusal is the service's word on why it refused a call of the SDK.
func refusal(t testing.TB, err error) (status int, code, message string) {
	t.Helper()
	refused, ok := errors.AsType[*odataerrors.ODataError](err)
	if !ok {
		t.Fatalf("the error is %T (%v), want an ODataError", err, err)
	}
	main := refused.GetErrorEscaped()
	if main == nil || main.GetCode() == nil || main.GetMessage() == nil {
		t.Fatal("the error has no code or message")
	}
	inner := main.GetInnerError()
	if inner == nil || inner.GetRequestId() == nil || inner.GetClientRequestId() == nil || inner.GetDate() == nil {
		t.Error("the error has no inner error with date, request id and client request id")
	}
	return refused.ResponseStatusCode, *main.GetCode(), *main.GetMessage()
}

func ptr[T any](v T) *T { return &v }

// text is what a pointer of the SDK points at, or nothing.
func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// product is a published product with this many seats.
func product(t testing.TB, partNumber string, seats int) emulator.Product {
	t.Helper()
	sku, err := license.Published().ResolveSKU(partNumber)
	if err != nil {
		t.Fatal(err)
	}
	sku.Units.Enabled = seats
	return emulator.Product{SKU: sku}
}

// contoso is a small tenant: ada holds Microsoft 365 E3 with a service plan
// off, grace inherits Power BI Pro, linus has no usage location, and Visio has
// one seat.
func contoso(t testing.TB) emulator.Tenant {
	t.Helper()
	e3, powerBI, visio := product(t, "SPE_E3", 10), product(t, "POWER_BI_PRO", 10), product(t, "VISIOCLIENT", 1)
	return emulator.Tenant{
		DisplayName: "Contoso", DefaultDomain: "contoso.com", CountryLetterCode: "DE", SignedInUser: "ada@contoso.com",
		Products: []emulator.Product{e3, powerBI, visio},
		Groups: []emulator.Group{{
			Name: "Analysts", Members: []string{"grace@contoso.com"}, Licenses: []emulator.License{{SKU: powerBI.SKU.ID}},
		}},
		Users: []emulator.User{
			{UserPrincipalName: "ada@contoso.com", DisplayName: "Ada Example", UsageLocation: "DE", Department: "Sales",
				Licenses: []emulator.License{{SKU: e3.SKU.ID, DisabledPlans: []license.GUID{planOf(t, e3.SKU, "YAMMER_ENTERPRISE")}}}},
			{UserPrincipalName: "grace@contoso.com", DisplayName: "Grace Example", UsageLocation: "US"},
			{UserPrincipalName: "linus@contoso.com", DisplayName: "Linus Example"},
			{UserPrincipalName: "ken@contoso.com", DisplayName: "Ken Example", UsageLocation: "US"},
		},
	}
}

// planOf is the id of a service plan of a product.
func planOf(t testing.TB, sku license.SKU, name string) license.GUID {
	t.Helper()
	for _, p := range sku.Plans {
		if p.Name == name {
			return p.ID
		}
	}
	t.Fatalf("%s has no service plan %s", sku.PartNumber, name)
	return license.GUID{}
}

// sku is a product of the tenant.
func (s *service) sku(partNumber string) license.SKU {
	s.t.Helper()
	for _, sku := range s.SKUs() {
		if sku.PartNumber == partNumber {
			return sku
		}
	}
	s.t.Fatalf("the tenant has no product %s", partNumber)
	return license.SKU{}
}

// direct are the part numbers of a user's own licenses, sorted.
func (s *service) direct(user string) []string {
	s.t.Helper()
	u, ok := s.User(user)
	if !ok {
		s.t.Fatalf("the tenant has no user %s", user)
	}
	var out []string
	for _, sku := range s.SKUs() {
		if _, held := u.DirectLicense(sku.ID); held {
			out = append(out, sku.PartNumber)
		}
	}
	slices.Sort(out)
	return out
}

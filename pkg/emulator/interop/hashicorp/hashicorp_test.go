// Package hashicorp_test holds HashiCorp's SDK for Azure (go-azure-sdk) against
// the emulator: its sign-in, with a secret and with a certificate, its reading
// of tokens, and its client of Microsoft Graph, on which Terraform's azuread
// provider stands. What the tests send is what that provider sends for users,
// groups and their members; the module of the SDK that has a type for each
// object of Graph is not on the Go proxy.
package hashicorp_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-azure-sdk/sdk/auth"
	"github.com/hashicorp/go-azure-sdk/sdk/claims"
	sdk "github.com/hashicorp/go-azure-sdk/sdk/client"
	"github.com/hashicorp/go-azure-sdk/sdk/client/msgraph"
	"github.com/hashicorp/go-azure-sdk/sdk/environments"
	"github.com/hashicorp/go-azure-sdk/sdk/odata"
	"golang.org/x/oauth2"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/emulator/interop/internal/loopback"
	"github.com/licensectl/licensectl/pkg/emulator/interop/internal/record"
	"github.com/licensectl/licensectl/pkg/license"
)

// book takes down what the SDK calls.
var book = record.NewBook("interop-hashicorp")

func TestMain(m *testing.M) { os.Exit(book.Main(m)) }

const (
	clientID = "b1a5c3f0-5d3c-4b0e-8a51-0d9c2f6f1e11"
	secret   = "a-secret-of-the-tests"
)

// patience is how long one call may take, repeated ones included.
const patience = time.Minute

// version is that of the SDK, as go.mod requires it.
func version(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`hashicorp/go-azure-sdk/sdk v(\S+)`).FindSubmatch(text)
	if found == nil {
		t.Fatal("go.mod does not require the SDK")
	}
	return string(found[1])
}

// world is an emulator with the SDK in front of it.
type world struct {
	*loopback.Service
	t    *testing.T
	http *http.Client
	sku  license.GUID
}

func start(t *testing.T, opts emulator.Options) *world {
	t.Helper()
	sku, err := license.Published().ResolveSKU("SPE_E3")
	if err != nil {
		t.Fatal(err)
	}
	sku.Units.Enabled = 10
	opts.Observe = book.Of("hashicorp/go-azure-sdk", version(t))
	s := loopback.Serve(t, emulator.Tenant{
		DisplayName: "Contoso", DefaultDomain: "contoso.com", Products: []emulator.Product{{SKU: sku}},
		Applications: []emulator.Application{{
			ClientID: clientID, Secret: secret,
			Roles: append(emulator.DefaultRoles(), "User.ReadWrite.All", "Group.ReadWrite.All", "Application.Read.All", "Domain.Read.All", "LicenseAssignment.ReadWrite.All"),
			Federated: []emulator.FederatedCredential{{
				Issuer: clientID, Subject: clientID, Audience: "https://login.microsoftonline.com/" + emulator.DerivedID("tenant", "contoso.com").String() + "/oauth2/v2.0/token",
			}},
		}},
		Users: []emulator.User{
			{UserPrincipalName: "ada@contoso.com", DisplayName: "Ada Example", UsageLocation: "DE"},
			{UserPrincipalName: "ken@contoso.com", DisplayName: "Ken Example", UsageLocation: "US"},
			{UserPrincipalName: "linus@contoso.com", DisplayName: "Linus Example"},
		},
	}, opts)
	w := &world{Service: s, t: t, sku: sku.ID, http: s.Client()}
	before := auth.Client
	auth.Client = w.http // for every authorizer: there is no other way in
	t.Cleanup(func() { auth.Client = before })
	return w
}

// app signs the application in with its secret.
func (w *world) app() auth.Authorizer {
	w.t.Helper()
	environment := environments.AzurePublic()
	out, err := auth.NewClientSecretAuthorizer(w.t.Context(), auth.ClientSecretAuthorizerOptions{
		Environment: *environment, Api: environment.MicrosoftGraph, TenantId: w.TenantID().String(), ClientId: clientID, ClientSecret: secret,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// graph is a client of one version of Graph.
func (w *world) graph(version msgraph.ApiVersion, as auth.Authorizer) *graph {
	w.t.Helper()
	client, err := msgraph.NewClient(environments.AzurePublic().MicrosoftGraph, "interop", version)
	if err != nil {
		w.t.Fatal(err)
	}
	client.Authorizer = as
	client.SetTransport(w.http.Transport)
	return &graph{client, w.t}
}

type graph struct {
	*msgraph.Client
	t *testing.T
}

// query is the OData options of a call.
type query struct{ odata.Query }

func (query) ToHeaders() *sdk.Headers       { return nil }
func (query) ToQuery() *sdk.QueryParams     { return nil }
func (q query) ToOData() *odata.Query       { return &q.Query }
func (q query) options() sdk.RequestOptions { return sdk.RequestOptions{OptionsObject: q} }

// call sends a request that has to be answered with a status, and gives the
// object in the answer.
func (g *graph) call(status int, method, path string, q query, body any) map[string]any {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), patience)
	defer cancel()
	options := q.options()
	options.ContentType, options.ExpectedStatusCodes, options.HttpMethod, options.Path = "application/json; charset=utf-8", []int{status}, method, path
	request, err := g.NewRequest(ctx, options)
	if err != nil {
		g.t.Fatal(err)
	}
	if body != nil {
		if err := request.Marshal(body); err != nil {
			g.t.Fatal(err)
		}
	}
	send := request.Execute
	if method == http.MethodGet {
		send = request.ExecutePaged
	}
	response, err := send(ctx)
	if err != nil {
		g.t.Fatalf("%s %s: %v", method, path, err)
	}
	out := map[string]any{}
	if status != http.StatusNoContent {
		if err := response.Unmarshal(&out); err != nil {
			g.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return out
}

// values are a property of each object of a list, sorted.
func values(list map[string]any, name string) string {
	var out []string
	all, _ := list["value"].([]any)
	for _, item := range all {
		object, _ := item.(map[string]any)
		out = append(out, fmt.Sprint(object[name]))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestClaims(t *testing.T) {
	w := start(t, emulator.Options{})
	for name, authorizer := range map[string]auth.Authorizer{"secret": w.app(), "certificate": w.certified()} {
		token, err := authorizer.Token(t.Context(), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c, err := claims.ParseClaims(token)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c.Audience != "https://graph.microsoft.com" || c.TenantId != w.TenantID().String() || c.AppId != clientID || c.ObjectId == "" || c.Issuer == "" {
			t.Errorf("%s: claims %+v", name, c)
		}
	}
}

// certified signs the application in with a certificate.
func (w *world) certified() auth.Authorizer {
	w.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		w.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "interop"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		w.t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		w.t.Fatal(err)
	}
	archive, err := pkcs12.Modern.Encode(key, certificate, nil, "a password")
	if err != nil {
		w.t.Fatal(err)
	}
	environment := environments.AzurePublic()
	out, err := auth.NewClientCertificateAuthorizer(w.t.Context(), auth.ClientCertificateAuthorizerOptions{
		Environment: *environment, Api: environment.MicrosoftGraph, TenantId: w.TenantID().String(), ClientId: clientID,
		Pkcs12Data: archive, Pkcs12Pass: "a password",
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func TestSecretThatIsWrong(t *testing.T) {
	w := start(t, emulator.Options{})
	environment := environments.AzurePublic()
	wrong, err := auth.NewClientSecretAuthorizer(t.Context(), auth.ClientSecretAuthorizerOptions{
		Environment: *environment, Api: environment.MicrosoftGraph, TenantId: w.TenantID().String(), ClientId: clientID, ClientSecret: "wrong",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wrong.Token(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "AADSTS7000215") {
		t.Errorf("signing in with a wrong secret: %v", err)
	}
}

func TestUsersAreRead(t *testing.T) {
	w := start(t, emulator.Options{})
	for _, version := range []msgraph.ApiVersion{msgraph.VersionOnePointZero, msgraph.VersionBeta} {
		g := w.graph(version, w.app())
		pages := g.call(200, "GET", "/users", query{odata.Query{Top: 2, Select: []string{"id", "userPrincipalName"}}}, nil)
		if got := values(pages, "userPrincipalName"); got != "ada@contoso.com ken@contoso.com linus@contoso.com" {
			t.Errorf("%s: the users of all pages are %q", version, got)
		}
		found := g.call(200, "GET", "/users", query{odata.Query{Filter: "userPrincipalName eq 'ken@contoso.com'"}}, nil)
		if got := values(found, "displayName"); got != "Ken Example" {
			t.Errorf("%s: filtered users are %q", version, got)
		}
		searched := g.call(200, "GET", "/users", query{odata.Query{
			Search: "displayName:lin", Count: true, ConsistencyLevel: odata.ConsistencyLevelEventual, Metadata: odata.MetadataFull,
		}}, nil)
		if got := values(searched, "displayName"); got != "Linus Example" {
			t.Errorf("%s: searched users are %q", version, got)
		}
	}
}

// The provider reads the licensing of users by these calls as well, in the
// scripts that are run beside it.
func TestLicenses(t *testing.T) {
	w := start(t, emulator.Options{})
	g := w.graph(msgraph.VersionOnePointZero, w.app())
	if got := values(g.call(200, "GET", "/subscribedSkus", query{}, nil), "skuPartNumber"); got != "SPE_E3" {
		t.Errorf("the products are %q", got)
	}
	change := map[string]any{"addLicenses": []any{map[string]any{"skuId": w.sku, "disabledPlans": []any{}}}, "removeLicenses": []any{}}
	g.call(200, "POST", "/users/ken@contoso.com/assignLicense", query{}, change)
	if got := values(g.call(200, "GET", "/users/ken@contoso.com/licenseDetails", query{}, nil), "skuId"); got != w.sku.String() {
		t.Errorf("ken holds %q", got)
	}
	wantRefusal(t, g, "POST", "/users/linus@contoso.com/assignLicense", change, "License assignment cannot be done for user with invalid usage location.")
	g.call(204, "PATCH", "/users/linus@contoso.com", query{}, map[string]any{"usageLocation": "GB"})
	g.call(200, "POST", "/users/linus@contoso.com/assignLicense", query{}, change)
}

// wantRefusal sends what has to be refused with a message.
func wantRefusal(t *testing.T, g *graph, method, path string, body any, message string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	options := sdk.RequestOptions{ContentType: "application/json", ExpectedStatusCodes: []int{200}, HttpMethod: method, Path: path}
	request, err := g.NewRequest(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	if err := request.Marshal(body); err != nil {
		t.Fatal(err)
	}
	response, err := request.Execute(ctx)
	if err == nil || response == nil || response.OData == nil || response.OData.Error == nil {
		t.Fatalf("%s %s: %v, want an error of Graph", method, path, err)
	}
	if !response.OData.Error.Match(regexp.QuoteMeta(message)) {
		t.Errorf("%s %s: %v, want %q", method, path, err, message)
	}
}

// TestGroupAsTheProviderDoes sends what Terraform's azuread provider (version 3)
// sends for an azuread_group with owners and members, from the first apply to
// the last.
func TestGroupAsTheProviderDoes(t *testing.T) {
	w := start(t, emulator.Options{})
	as := w.app()
	token, err := as.Token(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	caller := callerOf(t, token)
	beta, stable := w.graph(msgraph.VersionBeta, as), w.graph(msgraph.VersionOnePointZero, as)
	ada, _ := w.User("ada@contoso.com")

	taken := beta.call(200, "GET", "/groups", query{odata.Query{Filter: "displayName eq 'Licensing E3'"}}, nil)
	if got := values(taken, "id"); got != "" {
		t.Errorf("groups of that name: %q", got)
	}
	if got := stable.call(200, "GET", "/directoryObjects/"+ada.ID.String(), query{}, nil)["@odata.type"]; got != "#microsoft.graph.user" {
		t.Errorf("ada is of the type %v", got)
	}
	object := func(id string) string { return "https://graph.microsoft.com/beta/directoryObjects/" + id }
	made := beta.call(201, "POST", "/groups", query{}, map[string]any{
		"description": nil, "displayName": "Licensing E3", "groupTypes": []any{}, "isAssignableToRole": false, "mailEnabled": false, "mailNickname": "9b1f3d8c-4",
		"membershipRule": nil, "resourceBehaviorOptions": []any{}, "resourceProvisioningOptions": []any{}, "securityEnabled": true,
		"owners@odata.bind": []string{object(caller)},
	})
	group := "/groups/" + made["id"].(string)
	for _, name := range []string{"TERRAFORM_UPDATE_1", "Licensing E3"} {
		beta.call(204, "PATCH", group, query{}, map[string]any{"displayName": name})
	}
	beta.call(204, "PATCH", group, query{}, map[string]any{"description": "Seats of Berlin"})
	if got := beta.call(200, "GET", group, query{}, nil); got["displayName"] != "Licensing E3" || got["description"] != "Seats of Berlin" {
		t.Errorf("the group is %v", got)
	}
	beta.call(204, "POST", group+"/members/$ref", query{}, map[string]any{"@odata.id": object(ada.ID.String())})
	if got := values(beta.call(200, "GET", group+"/members", query{odata.Query{Select: []string{"id"}}}, nil), "id"); got != ada.ID.String() {
		t.Errorf("members %q", got)
	}
	if got := values(beta.call(200, "GET", group+"/owners", query{odata.Query{Select: []string{"id"}}}, nil), "id"); got != caller {
		t.Errorf("owners %q, want %q", got, caller)
	}
	beta.call(204, "DELETE", group+"/members/"+ada.ID.String()+"/$ref", query{}, nil)
	beta.call(204, "DELETE", group, query{}, nil)
}

func callerOf(t *testing.T, token *oauth2.Token) string {
	t.Helper()
	c, err := claims.ParseClaims(token)
	if err != nil {
		t.Fatal(err)
	}
	return c.ObjectId
}

func TestRetryAfterIsObeyed(t *testing.T) {
	w := start(t, emulator.Options{Faults: []emulator.Fault{
		{Route: "getUser", Count: 1, Effect: emulator.EffectStatus, Status: http.StatusTooManyRequests, RetryAfter: time.Second},
	}})
	begin := time.Now()
	w.graph(msgraph.VersionOnePointZero, w.app()).call(200, "GET", "/users/ken@contoso.com", query{}, nil)
	if took := time.Since(begin); took < time.Second {
		t.Errorf("it took %s, less than it was asked to wait", took)
	}
}

package emulator_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

// exampleTenant has one product with one seat, and two users.
func exampleTenant() emulator.Tenant {
	return emulator.Tenant{
		DefaultDomain: "contoso.com",
		Products:      []emulator.Product{{SKU: license.SKU{PartNumber: "CONTOSO_APP", Units: license.Units{Enabled: 1}}}},
		Users: []emulator.User{
			{UserPrincipalName: "ada@contoso.com", UsageLocation: "DE"},
			{UserPrincipalName: "bo@contoso.com", UsageLocation: "US"},
		},
	}
}

// ask sends a request in process and prints the status of the answer.
func ask(e *emulator.Emulator, method, path, body string) {
	r, err := http.NewRequest(method, "https://graph.microsoft.com/v1.0"+path, strings.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := e.Client().Do(r) // signed in; every host is the emulator
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	fmt.Println(method, path, resp.StatusCode, err)
}

// A tenant in process: no sockets, and a look behind the wire.
func Example() {
	e, err := emulator.New(exampleTenant(), emulator.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	add := fmt.Sprintf(`{"addLicenses":[{"skuId":"%s","disabledPlans":[]}],"removeLicenses":[]}`, emulator.DerivedID("sku", "CONTOSO_APP"))
	ask(e, "POST", "/users/ada@contoso.com/assignLicense", add)
	ask(e, "POST", "/users/bo@contoso.com/assignLicense", add) // the one seat is taken
	ada, _ := e.User("ada@contoso.com")
	fmt.Println(len(ada.Assignments), "license,", e.Counters().Mutations, "change")
	// Output:
	// POST /users/ada@contoso.com/assignLicense 200 <nil>
	// POST /users/bo@contoso.com/assignLicense 400 <nil>
	// 1 license, 1 change
}

// A server for a program that takes the address of Graph.
func Example_server() {
	e, err := emulator.New(exampleTenant(), emulator.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(e)
	defer server.Close()
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"any"}, "client_secret": {"any"}, "scope": {"https://graph.microsoft.com/.default"},
	}
	resp, err := http.PostForm(server.URL+"/contoso.com/oauth2/v2.0/token", form) // any client signs in, unless the tenant lists them
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	var token struct {
		Type string `json:"token_type"`
	}
	err = json.NewDecoder(resp.Body).Decode(&token)
	fmt.Println(resp.StatusCode, token.Type, err)
	// Output:
	// 200 Bearer <nil>
}

// A client of one's own choice of permissions, and products as Microsoft
// publishes them.
func ExampleEmulator_Client() {
	e3, err := license.Published().ResolveSKU("SPE_E3")
	if err != nil {
		fmt.Println(err)
		return
	}
	e3.Units.Enabled = 25
	e, err := emulator.New(emulator.Tenant{
		DefaultDomain: "contoso.com",
		Products:      []emulator.Product{{SKU: e3}},
		Users:         []emulator.User{{UserPrincipalName: "ada@contoso.com", Licenses: []emulator.License{{SKU: e3.ID}}}},
	}, emulator.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, permission := range []string{"User.Read.All", "Organization.Read.All"} {
		resp, err := e.Client(permission).Get("https://graph.microsoft.com/v1.0/subscribedSkus?$select=skuPartNumber,consumedUnits")
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(permission, resp.StatusCode)
		resp.Body.Close()
	}
	fmt.Println(e.SKUs()[0].PartNumber, e.SKUs()[0].Units.Consumed, "of", e.SKUs()[0].Units.Enabled)
	// Output:
	// User.Read.All 403
	// Organization.Read.All 200
	// SPE_E3 1 of 25
}

// The first request for a user fails, and the next one does not.
func ExampleEmulator_Inject() {
	e, err := emulator.New(exampleTenant(), emulator.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := e.Inject(emulator.Fault{Route: "getUser", Effect: emulator.EffectStatus, Status: 503, Count: 1}); err != nil {
		fmt.Println(err)
		return
	}
	ask(e, "GET", "/users/ada@contoso.com", "")
	ask(e, "GET", "/users/ada@contoso.com", "")
	fmt.Println(e.Inject(emulator.Fault{Effect: "explode"}) != nil) // what could never strike is an error
	// Output:
	// GET /users/ada@contoso.com 503 <nil>
	// GET /users/ada@contoso.com 200 <nil>
	// true
}

// What a client asks for and the emulator does not have can be made to fail a
// test.
func ExampleOptions_observe() {
	e, err := emulator.New(exampleTenant(), emulator.Options{Observe: func(r emulator.Request) {
		if r.Missing != "" {
			fmt.Println(r.Code)
		}
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	ask(e, "GET", "/users/ada@contoso.com/photo", "")
	// Output:
	// EmulatorNotImplemented
	// GET /users/ada@contoso.com/photo 501 <nil>
}

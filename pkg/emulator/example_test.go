package emulator_test

import (
	"fmt"
	"io"
	"net/http"
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
	r.Header.Set("Authorization", "Bearer "+e.AppToken())
	r.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: e.Transport()} // every host is the emulator
	resp, err := client.Do(r)
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

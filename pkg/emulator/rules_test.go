package emulator_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

const (
	ada   = "ada@contoso.com"
	grace = "grace@contoso.com"
	linus = "linus@contoso.com"
	ken   = "ken@contoso.com"
	zoe   = "zoe_example.com#EXT#@contoso.com"
)

// lic is one license.
func lic(sku license.GUID, off ...license.GUID) []emulator.License {
	return []emulator.License{{SKU: sku, DisabledPlans: off}}
}

func assignPath(user string) string { return "/users/" + url.PathEscape(user) + "/assignLicense" }

// assign sends an assignLicense call.
func (w *world) assign(user, body string) answer {
	w.t.Helper()
	return w.call("POST", assignPath(user), body)
}

// wantRefused checks that an answer is the refusal that it should be.
func wantRefused(t *testing.T, a answer, message string) {
	t.Helper()
	wantError(t, a, 400, "Request_BadRequest", message)
}

func wantError(t *testing.T, a answer, status int, code, message string) {
	t.Helper()
	if a.status != status || a.code() != code || a.message() != message {
		t.Errorf("answer %d %s %q,\nwant   %d %s %q", a.status, a.code(), a.message(), status, code, message)
	}
}

func TestAssignLicense(t *testing.T) {
	for _, tt := range []struct {
		name, user, body string
		holds            string // afterwards
		seats            int    // of SUITE, afterwards
	}{
		{"add", ada, assignBody(lic(addon)), "SUITE-FILES, ADDON", 3},
		{"add takes a seat", zoe, assignBody(lic(suite)), "SUITE", 4},
		{"add with a plan off", ken, assignBody(lic(addon, extra)), "SUITE, SUITE<group-CHAT, ADDON-EXTRA", 3},
		{"a plan of the company can be off", ada, assignBody(lic(suite, core)), "SUITE-CORE", 3},
		{"update replaces the disabled plans", ada, assignBody(lic(suite, chat)), "SUITE-CHAT", 3},
		{"no disabledPlans is every plan on", ada, `{"addLicenses":[{"skuId":"` + suite.String() + `"}],"removeLicenses":[]}`, "SUITE", 3},
		{"remove", ada, assignBody(nil, suite), "", 2},
		{"remove direct keeps inherited", ken, assignBody(nil, suite), "SUITE<group-CHAT", 3},
		{"swap in one call", ada, assignBody(lic(addon), suite), "ADDON", 2},
		{"direct beside inherited takes no seat", grace, assignBody(lic(suite)), "SUITE, SUITE<group-CHAT", 3},
		{"null for an empty list", ada, `{"addLicenses":null,"removeLicenses":["` + suite.String() + `"]}`, "", 2},
		{"GUID in upper case", ada, `{"addLicenses":[],"removeLicenses":["` + strings.ToUpper(suite.String()) + `"]}`, "", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t, emulator.Options{})
			if a := w.assign(tt.user, tt.body); a.status != 200 {
				t.Fatalf("answer %d %s", a.status, a.raw)
			}
			if got := w.licenses(tt.user); got != tt.holds {
				t.Errorf("holds %q, want %q", got, tt.holds)
			}
			if got := w.consumed(suite); got != tt.seats {
				t.Errorf("%d seats of SUITE taken, want %d", got, tt.seats)
			}
		})
	}
}

func TestAssignLicenseRefusals(t *testing.T) {
	const (
		inherited = "User license is inherited from a group membership and it cannot be removed directly from the user."
		notHeld   = "User does not have a corresponding license."
		location  = "License assignment cannot be done for user with invalid usage location."
		badGUID   = "Cannot convert a primitive value to the expected type 'Edm.Guid'. See the inner exception for more details."
		missing   = "One or more parameters of the operation 'assignLicense' are missing from the request payload. The missing parameters are: %s."
	)
	for _, tt := range []struct{ name, user, body, message string }{
		{"no seat", ada, assignBody(lic(empty)), fmt.Sprintf("Subscription with SKU %s does not have any available licenses.", empty)},
		{"no usage location", linus, assignBody(lic(addon)), location},
		{"remove inherited", grace, assignBody(nil, suite), inherited},
		{"remove not held", ada, assignBody(nil, addon), notHeld},
		{"remove twice", linus, assignBody(nil, suite), notHeld},
		{"add unknown SKU", ada, assignBody(lic(foreign)), fmt.Sprintf("License %s does not correspond to a valid company License.", foreign)},
		{"remove unknown SKU", ada, assignBody(nil, foreign), fmt.Sprintf("License %s does not correspond to a valid company License.", foreign)},
		{"SKU of the company", ada, assignBody(lic(company)), fmt.Sprintf("License %s cannot be assigned to a user.", company)},
		{"plan of another SKU", ada, assignBody(lic(addon, mail)), fmt.Sprintf("The service plan %s does not belong to the subscription with SKU %s.", mail, addon)},
		{"SKU twice", ada, assignBody(append(lic(addon), lic(addon)...)), fmt.Sprintf("License %s is listed more than once in addLicenses and removeLicenses.", addon)},
		{"SKU in both lists", ada, assignBody(lic(suite), suite), fmt.Sprintf("License %s is listed more than once in addLicenses and removeLicenses.", suite)},
		{"no change", ada, assignBody(nil), "No license changes provided. At least one license to add or remove must be specified."},
		{"no addLicenses", ada, `{"removeLicenses":[]}`, fmt.Sprintf(missing, "addLicenses")},
		{"no removeLicenses", ada, `{"addLicenses":[]}`, fmt.Sprintf(missing, "removeLicenses")},
		{"no parameters", ada, `{}`, fmt.Sprintf(missing, "addLicenses, removeLicenses")},
		{"wrongly-cased parameter", ada, `{"AddLicenses":[],"removeLicenses":[]}`, fmt.Sprintf(missing, "addLicenses")},
		{"bad GUID to add", ada, `{"addLicenses":[{"skuId":"SPE_E5"}],"removeLicenses":[]}`, badGUID},
		{"no skuId", ada, `{"addLicenses":[{}],"removeLicenses":[]}`, badGUID},
		{"bad GUID to remove", ada, `{"addLicenses":[],"removeLicenses":["SPE_E5"]}`, badGUID},
		{"GUID in braces", ada, `{"addLicenses":[],"removeLicenses":["{` + suite.String() + `}"]}`, badGUID},
		{"bad disabled plan", ada, `{"addLicenses":[{"skuId":"` + addon.String() + `","disabledPlans":["EXTRA"]}],"removeLicenses":[]}`, badGUID},
		{"one bad part of a good call", ada, assignBody(lic(addon), suite, company), notHeld},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t, emulator.Options{})
			before := w.licenses(tt.user)
			wantRefused(t, w.assign(tt.user, tt.body), tt.message)
			if got := w.licenses(tt.user); got != before {
				t.Errorf("the refused call changed the licenses from %q to %q", before, got)
			}
			if w.Counters().Mutations != 0 {
				t.Error("the refused call counts as a change")
			}
		})
	}
}

func TestAssignLicenseSeatsAreLive(t *testing.T) {
	w := start(t, emulator.Options{})
	full := fmt.Sprintf("Subscription with SKU %s does not have any available licenses.", addon)
	for _, user := range []string{ada, grace} {
		if a := w.assign(user, assignBody(lic(addon))); a.status != 200 {
			t.Fatalf("%s: %d %s", user, a.status, a.raw)
		}
	}
	wantRefused(t, w.assign(ken, assignBody(lic(addon))), full)
	if a := w.assign(ada, assignBody(lic(addon, extra))); a.status != 200 {
		t.Errorf("an update when no seat is free: %d %s", a.status, a.raw)
	}
	w.assign(ada, assignBody(nil, addon))
	if a := w.assign(ken, assignBody(lic(addon))); a.status != 200 {
		t.Errorf("after a seat was freed: %d %s", a.status, a.raw)
	}
	if got := w.consumed(addon); got != 2 {
		t.Errorf("%d seats taken, want 2", got)
	}
}

func TestAssignLicenseWarningSeats(t *testing.T) {
	tenant := testTenant()
	tenant.Products[3].SKU.Units = license.Units{Warning: 1, Suspended: 5, LockedOut: 5}
	strict := startTenant(t, tenant, emulator.Options{})
	if a := strict.assign(ada, assignBody(lic(empty))); a.status != 400 {
		t.Errorf("a warning seat was given out: %d", a.status)
	}
	lenient := startTenant(t, tenant, emulator.Options{WarningSeats: true})
	if a := lenient.assign(ada, assignBody(lic(empty))); a.status != 200 {
		t.Errorf("with WarningSeats: %d %s", a.status, a.raw)
	}
	if a := lenient.assign(grace, assignBody(lic(empty))); a.status != 400 {
		t.Errorf("suspended or locked-out seats were given out: %d", a.status)
	}
}

func TestAssignLicenseMoreHeldThanBought(t *testing.T) {
	w := start(t, emulator.Options{})
	if err := w.SetUnits(suite, license.Units{Enabled: 1}); err != nil {
		t.Fatal(err)
	}
	if a := w.assign(ada, assignBody(lic(suite))); a.status != 200 {
		t.Errorf("an update of a user who has a seat: %d %s", a.status, a.raw)
	}
	w.assign(ada, assignBody(nil, suite))
	if a := w.assign(ada, assignBody(lic(suite))); a.status != 400 {
		t.Errorf("a seat was given out while %d are taken of 1", w.consumed(suite))
	}
}

func TestAssignLicenseProhibitedLocation(t *testing.T) {
	tenant := testTenant()
	tenant.Products[1].ProhibitedIn = []string{"DE"}
	w := startTenant(t, tenant, emulator.Options{})
	wantRefused(t, w.assign(ada, assignBody(lic(addon))), "License assignment cannot be done for user with invalid usage location.")
	if a := w.assign(grace, assignBody(lic(addon))); a.status != 200 {
		t.Errorf("a user elsewhere: %d %s", a.status, a.raw)
	}
}

// TestAssignLicenseAtomicity sends a call whose second addition has no seat.
func TestAssignLicenseAtomicity(t *testing.T) {
	body := assignBody(append(lic(addon), lic(empty)...), suite)
	for _, tt := range []struct {
		atomicity emulator.Atomicity
		holds     string
		mutations int
	}{
		{emulator.AllOrNothing, "SUITE-FILES", 0},
		{emulator.AsFarAsItGets, "ADDON", 1},
	} {
		w := start(t, emulator.Options{Atomicity: tt.atomicity})
		if a := w.assign(ada, body); a.status != 400 {
			t.Fatalf("answer %d %s", a.status, a.raw)
		}
		if got := w.licenses(ada); got != tt.holds {
			t.Errorf("atomicity %d: holds %q, want %q", tt.atomicity, got, tt.holds)
		}
		if got := w.Counters().Mutations; got != tt.mutations {
			t.Errorf("atomicity %d: %d changes, want %d", tt.atomicity, got, tt.mutations)
		}
	}
}

func TestAssignLicenseReply(t *testing.T) {
	w := start(t, emulator.Options{})
	a := w.assign(ada, assignBody(lic(addon)))
	const want = `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users/$entity","businessPhones":[],"displayName":"Ada Example",` +
		`"givenName":"Ada","jobTitle":null,"mail":"ada@contoso.com","mobilePhone":null,"officeLocation":null,"preferredLanguage":null,` +
		`"surname":"Example","userPrincipalName":"ada@contoso.com","id":"d87f2c5a-a713-57fe-a0b9-01ca77d12899"}`
	if string(a.raw) != want {
		t.Errorf("answer %s\nwant   %s", a.raw, want)
	}
}

func TestAssignLicenseSpellings(t *testing.T) {
	w := start(t, emulator.Options{})
	body := assignBody(lic(addon))
	id, _ := w.User(ada)
	for _, path := range []string{
		"/users/ada@contoso.com/assignLicense", "/users/ada@contoso.com/assignlicense",
		"/users/ada@contoso.com/microsoft.graph.assignLicense", "/users/ADA@CONTOSO.COM/assignLicense",
		"/users/" + id.ID.String() + "/assignLicense", "/users('ada@contoso.com')/assignLicense",
		"/users/ada%40contoso.com/assignLicense", "/users/ada@contoso.com/graph.assignLicense",
	} {
		if a, err := w.try("POST", path, body); err != nil || a.status != 200 {
			t.Errorf("POST %s: %d %s %v", path, a.status, a.raw, err)
		}
	}
	w.token = w.userToken(ada)
	if a := w.call("POST", "/me/assignLicense", assignBody(nil, addon)); a.status != 200 || w.licenses(ada) != "SUITE-FILES" {
		t.Errorf("POST /me/assignLicense: %d %s", a.status, a.raw)
	}
}

func TestAssignLicenseUnknownUser(t *testing.T) {
	w := start(t, emulator.Options{})
	for _, user := range []string{"nobody@contoso.com", foreign.String()} {
		wantError(t, w.assign(user, assignBody(lic(suite))), 404, "Request_ResourceNotFound",
			"Resource '"+user+"' does not exist or one of its queried reference-property objects are not present.")
	}
}

func TestAssignLicenseMalformedBody(t *testing.T) {
	w := start(t, emulator.Options{})
	for _, body := range []string{"{", "[]", "null", `"x"`, `{"addLicenses":[],"removeLicenses":[]} more`} {
		if a := w.assign(ada, body); a.status != 400 {
			t.Errorf("body %s: %d %s", body, a.status, a.raw)
		}
	}
	for _, body := range []string{
		`{"addLicenses":{},"removeLicenses":[]}`, `{"addLicenses":[1],"removeLicenses":[]}`, `{"addLicenses":[],"removeLicenses":{}}`,
		`{"addLicenses":[],"removeLicenses":[],"force":true}`, `{"addLicenses":[{"skuId":"` + addon.String() + `","plans":[]}],"removeLicenses":[]}`,
	} {
		if a := w.assign(ada, body); a.status != 400 || a.code() != "Request_BadRequest" {
			t.Errorf("body %s: %d %s", body, a.status, a.raw)
		}
	}
	wantError(t, w.call("POST", assignPath(ada), assignBody(lic(suite)), "Content-Type", "text/plain"), 400, "BadRequest",
		"Write requests (excluding DELETE) must contain the Content-Type header declaration.")
}

// userToken is the token of a signed-in user.
func (w *world) userToken(user string, scopes ...string) string {
	w.t.Helper()
	token, err := w.UserToken(user, scopes...)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

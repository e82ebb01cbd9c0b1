package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

const fullUserJSON = `{
	"@odata.type": "#microsoft.graph.user", "id": "6E7B768E-07E2-4810-8459-485F84F8F204",
	"userPrincipalName": "ada@contoso.com", "displayName": "Ada", "accountEnabled": true, "userType": "Member", "usageLocation": "DE",
	"assignedLicenses": [
		{"skuId": "06ebc4ee-1bb5-47dd-8120-11324bc54e06", "disabledPlans": []},
		{"skuId": "f30db892-07e9-47e9-837c-80727f46fd3d", "disabledPlans": []},
		{"skuId": "05e9a617-0261-4cee-bb44-138d3ef5d965", "disabledPlans": []}],
	"licenseAssignmentStates": [
		{"skuId": "06ebc4ee-1bb5-47dd-8120-11324bc54e06", "assignedByGroup": "10000000-0000-4000-8000-000000000001", "disabledPlans": [], "state": "ActiveWithError", "error": "DependencyViolation"},
		{"skuId": "06EBC4EE-1BB5-47DD-8120-11324BC54E06", "assignedByGroup": null, "disabledPlans": ["7547a3fe-08ee-4ccb-b430-5077c5041653", "0feaeb32-d00e-4d66-bd5a-43b5b83db82c"], "state": "Active", "error": "None", "lastUpdatedDateTime": "2026-01-01T00:00:00Z"},
		{"skuId": "05e9a617-0261-4cee-bb44-138d3ef5d965", "assignedByGroup": "", "disabledPlans": [], "state": "Active", "error": null},
		{"skuId": "b05e124f-c7cc-45a0-a6aa-8cf78c946968", "disabledPlans": [], "state": "Error", "error": "CountViolation"}]}`

func TestUserIsDecoded(t *testing.T) {
	want := license.UserState{
		ID:                guid("6e7b768e-07e2-4810-8459-485f84f8f204"),
		UserPrincipalName: "ada@contoso.com", DisplayName: "Ada", AccountEnabled: true, UserType: "Member", UsageLocation: "DE",
		Assignments: []license.Assignment{
			{SKUID: guid("05e9a617-0261-4cee-bb44-138d3ef5d965"), State: "Active"},
			{SKUID: guid("06ebc4ee-1bb5-47dd-8120-11324bc54e06"), State: "Active",
				DisabledPlans: []license.GUID{guid("0feaeb32-d00e-4d66-bd5a-43b5b83db82c"), guid("7547a3fe-08ee-4ccb-b430-5077c5041653")}},
			{SKUID: guid("06ebc4ee-1bb5-47dd-8120-11324bc54e06"), Group: guid("10000000-0000-4000-8000-000000000001"), State: "ActiveWithError", Error: "DependencyViolation"},
			{SKUID: guid("b05e124f-c7cc-45a0-a6aa-8cf78c946968"), State: "Error", Error: "CountViolation"},
		},
		Unexplained: []license.GUID{guid("f30db892-07e9-47e9-837c-80727f46fd3d")},
	}
	page, err := allUsers(newReader(t, newWire(t, always(200, listJSON("", fullUserJSON)))))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]license.UserState{want}, page); diff != "" {
		t.Errorf("from a page: %s", diff)
	}
	w := newWire(t, always(200, fullUserJSON))
	me, err := newReader(t, w).Me(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, me); diff != "" {
		t.Errorf("me: %s", diff)
	}
	if u := w.requests[0].URL; u.Path != "/v1.0/me" || !strings.Contains(u.Query().Get("$select"), "licenseAssignmentStates") {
		t.Errorf("me was read from %s", u)
	}
}

// A path by which a user holds a license counts once, in whatever order it
// comes twice. With two lists of plans nobody knows which is true: the license
// is not explained, so that it is not touched.
func TestPathsThatComeTwice(t *testing.T) {
	const sku, off = "06ebc4ee-1bb5-47dd-8120-11324bc54e06", `"7547a3fe-08ee-4ccb-b430-5077c5041653"`
	state := func(plans, rest string) string {
		return fmt.Sprintf(`{"skuId": %q, "disabledPlans": [%s], %s}`, sku, plans, rest)
	}
	read := func(states ...string) license.UserState {
		body := listJSON("", fmt.Sprintf(`{"id": %q, "userPrincipalName": "ada@contoso.com", "accountEnabled": true, "assignedLicenses": [{"skuId": %q}], "licenseAssignmentStates": [%s]}`,
			id(1), sku, strings.Join(states, ",")))
		users, err := allUsers(newReader(t, newWire(t, always(200, body))))
		if err != nil {
			t.Fatal(err)
		}
		return users[0]
	}
	fine, bad := state(off, `"state": "Active"`), state(off+","+off, `"state": "Error", "error": "CountViolation"`)
	for _, states := range [][]string{{fine, bad}, {bad, fine}, {fine, bad, fine}} {
		u := read(states...)
		if len(u.Assignments) != 1 || len(u.Unexplained) > 0 || u.Assignments[0].Error != "CountViolation" || len(u.Assignments[0].DisabledPlans) != 1 {
			t.Errorf("%v: %+v", states, u)
		}
	}
	group := state("", `"assignedByGroup": "10000000-0000-4000-8000-000000000001"`)
	u := read(fine, state("", `"state": "Active"`), group)
	if len(u.Assignments) > 0 || !slices.Equal(u.Unexplained, []license.GUID{guid(sku)}) {
		t.Errorf("with other plans: %+v", u)
	}
	for _, states := range [][]string{{state("", `"state": "Active"`), state("", `"state": "Disabled"`)}, {state("", `"state": "Disabled"`), state("", `"state": "Active"`)}} {
		if u := read(states...); len(u.Assignments) != 1 || u.Assignments[0].State != "Disabled" {
			t.Errorf("in two states: %+v", u)
		}
	}
	if u := read(fine, group); len(u.Assignments) != 2 || len(u.Unexplained) > 0 {
		t.Errorf("direct and by a group: %+v", u)
	}
}

// Of the licenses of a user those that are in doubt are left out by every path
// and said once, sorted; the others stay.
func TestDisputedLicensesLeaveTheOthers(t *testing.T) {
	held := make([]string, 3)
	for i := range held {
		held[i] = fmt.Sprintf(`{"skuId": %q}`, id(i+1))
	}
	state := func(sku int, rest string) string {
		return fmt.Sprintf(`{"skuId": %q, "state": "Active", %s}`, id(sku), rest)
	}
	const off, group = `"disabledPlans": ["7547a3fe-08ee-4ccb-b430-5077c5041653"]`, `"disabledPlans": [], "assignedByGroup": "10000000-0000-4000-8000-000000000001"`
	const on = `"disabledPlans": []`
	states := []string{state(3, on), state(2, on), state(1, group), state(3, off), state(1, off), state(3, group), state(1, on), state(4, on)}
	body := fmt.Sprintf(`{"id": %q, "userPrincipalName": "ada@contoso.com", "accountEnabled": true, "assignedLicenses": [%s], "licenseAssignmentStates": [%s]}`,
		id(9), strings.Join(held, ","), strings.Join(states, ","))
	users, err := allUsers(newReader(t, newWire(t, always(200, listJSON("", body)))))
	if err != nil || len(users) != 1 {
		t.Fatalf("%v, error %v", users, err)
	}
	if diff := cmp.Diff([]license.Assignment{{SKUID: id(2), State: "Active"}}, users[0].Assignments); diff != "" {
		t.Errorf("assignments (-want +got):\n%s", diff)
	}
	if want := []license.GUID{id(1), id(3), id(4)}; !slices.Equal(users[0].Unexplained, want) {
		t.Errorf("not explained are %v, want %v", users[0].Unexplained, want)
	}
}

// A license in force that the user is not said to hold is not explained either,
// so that it is not touched: the list of licenses may have been kept back. One
// that never came about is no license.
func TestListsThatDisagree(t *testing.T) {
	const sku = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"
	read := func(licenses, state string) license.UserState {
		body := listJSON("", fmt.Sprintf(`{"id": %q, "userPrincipalName": "ada@contoso.com", "accountEnabled": true, "assignedLicenses": [%s], "licenseAssignmentStates": [{"skuId": %q, "disabledPlans": [], %s}]}`,
			id(1), licenses, sku, state))
		users, err := allUsers(newReader(t, newWire(t, always(200, body))))
		if err != nil {
			t.Fatal(err)
		}
		return users[0]
	}
	const direct, group = `"assignedByGroup": null`, `"assignedByGroup": "10000000-0000-4000-8000-000000000001"`
	const other = `{"skuId": "05e9a617-0261-4cee-bb44-138d3ef5d965"}`
	for _, path := range []string{direct, group} {
		if u := read("", path+`, "state": "Active", "error": "None"`); len(u.Assignments) > 0 || !slices.Equal(u.Unexplained, []license.GUID{guid(sku)}) {
			t.Errorf("%s: no licenses: %+v", path, u)
		}
		if u := read(other, path+`, "state": "Active"`); len(u.Assignments) > 0 || len(u.Unexplained) != 2 {
			t.Errorf("%s: another license: %+v", path, u)
		}
		if u := read("", path+`, "state": "Error", "error": "CountViolation"`); len(u.Assignments) != 1 || len(u.Unexplained) > 0 {
			t.Errorf("%s: not in force: %+v", path, u)
		}
	}
}

// What a reply leaves out must never pass for "none".
func TestIncompletePages(t *testing.T) {
	without := func(old, new string) string { return listJSON("", strings.Replace(fullUserJSON, old, new, 1)) }
	for name, body := range map[string]string{
		"empty body":              ``,
		"blank body":              ` `,
		"HTML":                    `<html><body>Sign in to the guest network</body></html>`,
		"null":                    `null`,
		"list":                    `[]`,
		"text":                    `"ok"`,
		"empty object":            `{}`,
		"value null":              `{"value":null}`,
		"value object":            `{"value":{}}`,
		"value of texts":          `{"value":["ada"]}`,
		"error":                   `{"error":{"code":"UnknownError","message":"x"}}`,
		"value and error":         `{"value":[],"error":{"code":"UnknownError","message":"x"}}`,
		"two documents":           listJSON("") + listJSON(""),
		"next link of a kind":     `{"value":[],"@odata.nextLink":7}`,
		"user null":               `{"value":[null]}`,
		"no id":                   without(`"id":`, `"ID_":`),
		"id null":                 without(`"6E7B768E-07E2-4810-8459-485F84F8F204"`, `null`),
		"id empty":                without(`"6E7B768E-07E2-4810-8459-485F84F8F204"`, `""`),
		"id not a GUID":           without(`6E7B768E`, `ada`),
		"an id twice":             without(`"displayName":`, `"id": "6E7B768E-07E2-4810-8459-485F84F8F204", "displayName":`),
		"a list twice":            without(`"displayName":`, `"assignedLicenses": [], "displayName":`),
		"nested beyond the bound": strings.Repeat(`[`, 20_000) + strings.Repeat(`]`, 20_000),
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWire(t, always(200, body))
			users, err := allUsers(newReader(t, w))
			checkIncomplete(t, name, err)
			if len(users) != 0 || w.count() != 7 {
				t.Errorf("%s: %d users, %d requests", name, len(users), w.count())
			}
		})
	}
}

// What makes no sense is named by its place on the page.
func TestThePlaceOfWhatMakesNoSense(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, always(200, listJSON("", userJSON(1, "ada@contoso.com"), userJSON(2, "ben@contoso.com"), `{"displayName":"Cyd"}`)))
		if _, err := allUsers(newReader(t, w)); err == nil || !strings.Contains(err.Error(), "item 3: ") {
			t.Errorf("the error is %v", err)
		}
	})
}

// Of one user who cannot be read it is said who it is and why, and the others
// are read.
func TestUnreadableUsers(t *testing.T) {
	without := func(old, new string) string { return strings.Replace(fullUserJSON, old, new, 1) }
	for name, user := range map[string]string{
		"no userPrincipalName":     without(`userPrincipalName`, `upn`),
		"no assignedLicenses":      without(`assignedLicenses`, `x`),
		"assignedLicenses null":    `{"id":"6E7B768E-07E2-4810-8459-485F84F8F204","userPrincipalName":"a@contoso.com","accountEnabled":true,"assignedLicenses":null,"licenseAssignmentStates":[]}`,
		"states null":              `{"id":"6E7B768E-07E2-4810-8459-485F84F8F204","userPrincipalName":"a@contoso.com","accountEnabled":true,"assignedLicenses":[],"licenseAssignmentStates":null}`,
		"no states":                without(`licenseAssignmentStates`, `x`),
		"license without SKU":      without(`{"skuId": "06ebc4ee-1bb5-47dd-8120-11324bc54e06", "disabledPlans": []}`, `{"disabledPlans": []}`),
		"state without SKU":        without(`{"skuId": "05e9a617-0261-4cee-bb44-138d3ef5d965", "assignedByGroup": "",`, `{"assignedByGroup": "",`),
		"state without plans":      without(`"disabledPlans": [], "state": "Error"`, `"state": "Error"`),
		"state with plans null":    without(`"disabledPlans": [], "state": "Error"`, `"disabledPlans": null, "state": "Error"`),
		"group not a GUID":         without(`10000000-0000-4000-8000-000000000001`, `sales`),
		"plan not a GUID":          without(`7547a3fe-08ee-4ccb-b430-5077c5041653`, `YAMMER`),
		"userPrincipalName null":   without(`"ada@contoso.com"`, `null`),
		"userPrincipalName number": without(`"ada@contoso.com"`, `7`),
		"accountEnabled null":      without(`"accountEnabled": true`, `"accountEnabled": null`),
		"no accountEnabled":        without(`"accountEnabled"`, `"x"`),
		"accountEnabled a text":    without(`"accountEnabled": true`, `"accountEnabled": "true"`),
		"licenses in another case": without(`"assignedLicenses"`, `"AssignedLicenses"`),
		"licenses a text":          without(`"assignedLicenses": [`, `"assignedLicenses": "x", "x": [`),
		"a state null":             without(`"licenseAssignmentStates": [`, `"licenseAssignmentStates": [null,`),
		"a state a text":           without(`"licenseAssignmentStates": [`, `"licenseAssignmentStates": ["x",`),
		"singular state of old":    without(`licenseAssignmentStates`, `licenseAssignmentState`),
		"usage location a list":    without(`"DE"`, `["DE",[{}]]`),
	} {
		body := listJSON("", userJSON(1, "ben@contoso.com"), user, userJSON(2, "cem@contoso.com"))
		users, err := allUsers(newReader(t, newWire(t, always(200, body))))
		if err != nil || len(users) != 3 {
			t.Errorf("%s: %d users, error %v", name, len(users), err)
			continue
		}
		odd := users[1]
		if odd.ID != guid("6e7b768e-07e2-4810-8459-485f84f8f204") || odd.Unreadable == "" || odd.Assignments != nil || users[0].Unreadable+users[2].Unreadable != "" {
			t.Errorf("%s: %+v", name, odd)
		}
		if full := strings.Contains(user, `"displayName"`); full && (odd.DisplayName != "Ada" || odd.UserType != "Member") {
			t.Errorf("%s: who they are is not told: %+v", name, odd)
		}
		if masked := strings.HasPrefix(name, "accountEnabled null") || name == "no accountEnabled"; masked != (odd.Unreadable == license.Masked) {
			t.Errorf("%s: unreadable because of %s", name, odd.Unreadable)
		}
	}
}

// What the service was seen to write in other ways than today's docs is read.
func TestUsersInOtherForms(t *testing.T) {
	for name, user := range map[string]string{
		"types last, without #": strings.ReplaceAll(strings.Replace(fullUserJSON, `"@odata.type": "#microsoft.graph.user", `, "", 1), `"disabledPlans": []}`, `"disabledPlans": [], "@odata.type": "microsoft.graph.assignedLicense"}`),
		"times with +00:00":     strings.Replace(fullUserJSON, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00", 1),
		"plans of old":          strings.Replace(fullUserJSON, `"assignedLicenses"`, `"assignedPlans": [{"capabilityStatus": "Deleted", "service": "exchange"}], "signInActivity": {"lastSignInDateTime": "0001-01-01T00:00:00Z"}, "assignedLicenses"`, 1),
		"an escaped name":       strings.Replace(fullUserJSON, `"assignedLicenses"`, `"assigned\u004cicenses"`, 1),
	} {
		want, err := allUsers(newReader(t, newWire(t, always(200, listJSON("", fullUserJSON)))))
		if err != nil {
			t.Fatal(err)
		}
		got, err := allUsers(newReader(t, newWire(t, always(200, listJSON("", user)))))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: error %v, (-want +got):\n%s", name, err, diff)
		}
	}
}

// Half a character in a name is shown as such, and stops nobody.
func TestBrokenTextIsRead(t *testing.T) {
	for name, raw := range map[string]string{
		"half a surrogate pair": `A\ud83d`, "a byte that is no character": "A\xff", "both": "A\xff\\udc00",
	} {
		body := listJSON("", strings.Replace(fullUserJSON, `"Ada"`, `"`+raw+`"`, 1))
		users, err := allUsers(newReader(t, newWire(t, always(200, body))))
		if err != nil || len(users) != 1 || !strings.HasPrefix(users[0].DisplayName, "A\uFFFD") || !utf8.ValidString(users[0].DisplayName) {
			t.Errorf("%s: %+v, error %v", name, users, err)
		}
	}
}

func checkIncomplete(t *testing.T, name string, err error) {
	t.Helper()
	var e *graph.IncompleteError
	if !errors.As(err, &e) || e.Path == "" || e.Op == "" || e.Reason == "" || strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: error %v", name, err)
	}
	if err != nil && strings.Contains(err.Error(), "wire") {
		t.Errorf("%s: the error names Go types: %v", name, err)
	}
}

// A page that is cut anywhere is no page.
func TestCutPages(t *testing.T) {
	whole := listJSON("", fullUserJSON)
	for n := range len(whole) {
		synctest.Test(t, func(t *testing.T) {
			_, err := allUsers(newReader(t, newWire(t, always(200, whole[:n]))))
			checkIncomplete(t, whole[:n], err)
		})
	}
}

// Only a 200 is a whole answer.
func TestOtherSuccessIsIncomplete(t *testing.T) {
	for _, status := range []int{201, 202, 203, 204, 206} {
		synctest.Test(t, func(t *testing.T) {
			_, err := allUsers(newReader(t, newWire(t, always(status, listJSON("")))))
			checkIncomplete(t, "status", err)
		})
	}
}

func TestIncompleteOrganization(t *testing.T) {
	for name, body := range map[string]string{
		"none":      `{"value":[]}`,
		"two":       `{"value":[{"id":"` + id(1).String() + `"},{"id":"` + id(2).String() + `"}]}`,
		"no id":     `{"value":[{"displayName":"Contoso"}]}`,
		"id a name": `{"value":[{"id":"contoso"}]}`,
		"more":      `{"@odata.nextLink":"` + testRoot + `/v1.0/organization?p=2","value":[{"id":"` + id(1).String() + `"}]}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			_, err := newReader(t, newWire(t, always(200, body))).Organization(context.Background())
			checkIncomplete(t, name, err)
		})
	}
}

func TestIncompleteSKUs(t *testing.T) {
	const sku = `{"skuId":"06ebc4ee-1bb5-47dd-8120-11324bc54e06","skuPartNumber":"SPE_E5","consumedUnits":1,"prepaidUnits":{"enabled":2},"servicePlans":[{"servicePlanId":"7547a3fe-08ee-4ccb-b430-5077c5041653"}]}`
	const named = "item 1: SKU 06ebc4ee-1bb5-47dd-8120-11324bc54e06: "
	for old, tt := range map[string]struct{ now, want string }{
		`"skuId"`:         {`"x"`, "item 1: a SKU: no skuId"},
		`"skuPartNumber"`: {`"x"`, named + "no skuPartNumber"},
		`"consumedUnits"`: {`"x"`, named + "no consumedUnits"},
		`"prepaidUnits"`:  {`"x"`, named + "no prepaidUnits"},
		`{"enabled":2}`:   {`null`, named + "no prepaidUnits"},
		`"enabled"`:       {`"x"`, named + "no prepaidUnits"},
		`:2`:              {`:"2"`, named + "/value/0/prepaidUnits/enabled is a JSON string"},
		`"servicePlans"`:  {`"x"`, named + "no servicePlans"},
		`"servicePlanId"`: {`"x"`, named + "servicePlans: no servicePlanId"},
		`{"skuId"`:        {`"x",{"skuId"`, "item 1: a SKU: /value/0 is a JSON string"},
	} {
		got := reasonOf(t, listJSON("", strings.Replace(sku, old, tt.now, 1)), func(ctx context.Context, r *graph.Reader) error {
			_, err := r.SubscribedSKUs(ctx)
			return err
		})
		if got != tt.want {
			t.Errorf("%s in place of %s: %q, want %q", tt.now, old, got, tt.want)
		}
	}
}

func TestIncompleteMe(t *testing.T) {
	for _, body := range []string{``, `{}`, `{"error":{"code":"x"}}`, `[` + fullUserJSON + `]`, fullUserJSON + `{}`} {
		synctest.Test(t, func(t *testing.T) {
			_, err := newReader(t, newWire(t, always(200, body))).Me(context.Background())
			checkIncomplete(t, body, err)
		})
	}
}

func TestLongReplyIsRefused(t *testing.T) {
	for _, tt := range []struct {
		status int
		length int64 // that the reply names
		fits   bool
	}{
		{200, -1, true}, {200, 64 << 20, true}, {200, 64<<20 + 1, false},
		{400, -1, true}, {400, 1 << 20, true}, {400, 1<<20 + 1, false},
	} {
		w := newWire(t, func(*http.Request) (*http.Response, error) {
			resp := reply(tt.status, map[int]string{200: `{"value":[]}`, 400: `{"error":{"code":"c"}}`}[tt.status])
			resp.ContentLength = tt.length
			return resp, nil
		})
		_, err := allUsers(newReader(t, w))
		if code := codeOf(err); (code == "c") != (tt.fits && tt.status == 400) || tt.status == 200 && (err == nil) != tt.fits || w.count() != 1 {
			t.Errorf("%+v: %d requests, error %v", tt, w.count(), err)
		}
		if tt.status == 200 && !tt.fits && !strings.Contains(err.Error(), "longer than 64 MB") {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

func codeOf(err error) string {
	if refused, ok := errors.AsType[*graph.Error](err); ok {
		return refused.Code
	}
	return ""
}

func FuzzUsersPage(f *testing.F) {
	f.Add(listJSON("", fullUserJSON))
	f.Add(listJSON("", userJSON(1, "ada@contoso.com"), userJSON(2, "ben@contoso.com")))
	f.Add(`{"value":[{"id":null}]}`)
	f.Add(`{"value":[],"@odata.nextLink":"` + testRoot + `/v1.0/users?p=2"}`)
	f.Fuzz(func(t *testing.T, body string) {
		synctest.Test(t, func(t *testing.T) {
			w := newWire(t, func(req *http.Request) (*http.Response, error) {
				if req.URL.Query().Has("$select") {
					return reply(200, body), nil
				}
				return reply(200, `{"value":[]}`), nil
			})
			users, err := allUsers(newReader(t, w))
			var incomplete *graph.IncompleteError
			var link *graph.LinkError
			if err != nil {
				if !errors.As(err, &incomplete) && !errors.As(err, &link) {
					t.Errorf("error %v of type %T", err, err)
				}
				return
			}
			for _, u := range users {
				checkUser(t, u)
			}
		})
	})
}

func checkUser(t *testing.T, u license.UserState) {
	t.Helper()
	if u.ID == (license.GUID{}) || u.UserPrincipalName == "" && u.Unreadable == "" || u.Unreadable != "" && len(u.Assignments)+len(u.Unexplained) > 0 {
		t.Errorf("a user without a name or an id: %v", u)
	}
	for i, a := range u.Assignments {
		if a.SKUID == (license.GUID{}) || a.Error == "None" {
			t.Errorf("assignment %v", a)
		}
		if i > 0 && license.CompareAssignments(u.Assignments[i-1], a) >= 0 {
			t.Errorf("assignments out of order: %v", u.Assignments)
		}
	}
	for _, sku := range u.Unexplained {
		if _, direct := u.DirectLicense(sku); direct || len(u.Inherited(sku)) > 0 {
			t.Errorf("%s is explained", sku)
		}
	}
}

package graph_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

// reasonOf is why an answer makes no sense, which is the same after every repetition;
// empty where it makes sense.
func reasonOf(t *testing.T, body string, read func(context.Context, *graph.Reader) error) (reason string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		err := read(t.Context(), newReader(t, newWire(t, always(200, body))))
		incomplete, ok := errors.AsType[*graph.IncompleteError](err)
		if ok {
			reason = incomplete.Reason
		} else if err != nil {
			t.Errorf("%s: %v", body, err)
		}
	})
	return reason
}

// What makes no sense on a page is said, with where it stands; what says nothing is
// passed over.
func TestWhatMakesNoSenseOnAPage(t *testing.T) {
	group := func(n string) string {
		return `{"id":"00000000-0000-4000-8000-00000000000` + n + `","displayName":"Sales"}`
	}
	for body, want := range map[string]string{
		``:         "it is empty",
		" \r\n\t":  "it is empty",
		`x`:        "it is cut off or not JSON (byte 0 of 1)",
		`7`:        "it is a JSON number",
		`true`:     "it is a JSON boolean",
		`"value"`:  "it is a JSON string",
		`[]`:       "it is a JSON array",
		`null`:     "it has no value",
		`{}`:       "it has no value",
		`{"value"`: "it is cut off or not JSON (byte 8 of 8)",

		`{"value":null}`:                         "it has no value",
		`{"value":{}}`:                           "/value is a JSON object",
		`{"value":[]}`:                           "",
		`{"value":[],"value":[]}`:                "a name comes twice (byte 12 of 23)",
		`{"Value":[]}`:                           `it has "Value" in place of "value"`,
		`{"value":[]}]`:                          "it is followed by something else",
		`{"value":[` + group("1") + `,null]}`:    "item 2: a group without an id",
		`{"value":[` + group("1") + `,{"id":7}`:  "item 2: /value/1/id is a JSON number",
		`{"value":[` + group("1") + `,"x"]}`:     "item 2: /value/1 is a JSON string",
		`{"value":[` + group("1") + `,[],false]`: "item 2: /value/1 is a JSON array",

		`{"value":[],"@odata.count":null}`:                "",
		`{"value":[],"@odata.count":0}`:                   "",
		`{"value":[` + group("1") + `],"@odata.count":1}`: "",
		`{"value":[],"@odata.count":-1}`:                  "it has -1 items",
		`{"value":[],"@odata.count":1.5}`:                 "/@odata.count is no whole number",
		`{"value":[],"@odata.count":"1"}`:                 "/@odata.count is a JSON string",
		`{"value":[],"@odata.Count":1}`:                   `it has "@odata.Count" in place of "@odata.count"`,

		`{"value":[],"@odata.nextLink":null}`: "",
		`{"value":[],"@odata.nextLink":""}`:   "its link to the next page is empty",
		`{"value":[],"@odata.nextLink":{}}`:   "/@odata.nextLink is a JSON object",
		`{"value":[],"odata.nextLink":null}`:  "",
		`{"value":[],"nextLink":[]}`:          "",
		`{"value":[],"nextLink":0}`:           `it links to the next page by the name "nextLink"`,
		`{"value":[],"$skipToken":"x"}`:       `it links to the next page by the name "$skipToken"`,
		`{"value":[],"a\nlink":"x"}`:          `it links to the next page by the name "a link"`,
		`{"value":[],"next":"x"}`:             `it links to the next page by the name "next"`,
		`{"value":[],}`:                       "it is cut off or not JSON (byte 11 of 13)",
		`{"value":[` + group("1") + `,]}`:     "item 2: it is cut off or not JSON (byte 77 of 80)",
		`{"value":[],"x":tru}`:                "it is cut off or not JSON (byte 19 of 20)",
		`{"value":[{"id":null}]}`:             "item 1: a group without an id",
		`{"value":[{"id":"Sales"}]}`:          `item 1: "Sales" is not a GUID`,
		`{"value":[],"linked":"x"}`:           "",

		`{"value":[],"error":null}`:                      "",
		`{"value":[],"error":7}`:                         "it holds an error: 7",
		`{"value":[],"error":{"code":"c"}}`:              "it holds an error: c",
		`{"error":{"message":"m","code":"c"}}`:           "it holds an error: c m",
		`{"value":[],"errors":[]}`:                       "",
		`{"value":[],"errors":[7]}`:                      `it holds an error by the name "errors"`,
		`{"value":[],"odata.error":false}`:               `it holds an error by the name "odata.error"`,
		`{"value":[],"errors":[}`:                        "it is cut off or not JSON (byte 22 of 23)",
		`{"value":[],"other":{"value":1,"nextLink":""}}`: "",
	} {
		got := reasonOf(t, body, func(ctx context.Context, r *graph.Reader) error { _, err := r.GroupsNamed(ctx, "Sales"); return err })
		if got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// The same of lists of other things.
func TestWhatMakesNoSenseOfOtherThings(t *testing.T) {
	audits := func(ctx context.Context, r *graph.Reader) error {
		_, err := r.Audits(ctx, licenseChanges(1))
		return err
	}
	groups := func(ctx context.Context, r *graph.Reader) error {
		_, err := r.GroupsByID(ctx, guids(1))
		return err
	}
	giving := func(ctx context.Context, r *graph.Reader) error {
		_, err := r.GroupsGiving(ctx, id(7))
		return err
	}
	for _, tt := range []struct {
		read       func(context.Context, *graph.Reader) error
		item, want string
	}{
		{audits, `{"activityDateTime":null}`, "item 1: an entry of the audit log without a time"},
		{audits, `{}`, "item 1: an entry of the audit log without a time"},
		{audits, `{"activityDateTime":"yesterday"}`, "item 1: /value/0/activityDateTime is no time"},
		{audits, `{"activityDateTime":7}`, "item 1: /value/0/activityDateTime is a JSON number"},
		{groups, `{"displayName":"Sales"}`, "item 1: a group without an id"},
		{groups, `{"id":7}`, "item 1: /value/0/id is a JSON number"},
		{groups, fmt.Sprintf(`{"id":%q,"displayName":"Sales"}`, id(2)), fmt.Sprintf(`item 1: group %s ("Sales") is not one that was asked for`, id(2))},
		{groups, fmt.Sprintf(`{"id":%q,"displayName":"Sales"}`, id(1)), ""},
		{giving, fmt.Sprintf(`{"id":%q}`, id(1)), ""},
		{giving, fmt.Sprintf(`{"id":%q,"securityEnabled":true,"assignedLicenses":null}`, id(1)), ""},
		{giving, fmt.Sprintf(`{"id":%q,"securityEnabled":true,"assignedLicenses":[{"skuId":%q,"disabledPlans":[]}]}`, id(1), id(7)), ""},
		{giving, fmt.Sprintf(`{"id":%q,"securityEnabled":true,"assignedLicenses":[{"skuId":%q,"disabledPlans":[]}]}`, id(1), id(8)), fmt.Sprintf(`item 1: group %s ("") is not one that was asked for`, id(1))},
		{giving, fmt.Sprintf(`{"id":%q,"securityEnabled":true,"assignedLicenses":[]}`, id(1)), fmt.Sprintf(`item 1: group %s ("") is not one that was asked for`, id(1))},
	} {
		if got := reasonOf(t, listJSON("", tt.item), tt.read); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.item, got, tt.want)
		}
	}
}

// Of a user who cannot be read it is said why, and who it is as far as that was told:
// by the id where there is no name.
func TestWhyAUserIsUnreadable(t *testing.T) {
	ada := license.UserState{ID: guid("6e7b768e-07e2-4810-8459-485f84f8f204"), UserPrincipalName: "ada@contoso.com", DisplayName: "Ada", AccountEnabled: true, UserType: "Member"}
	nameless, off, masked := ada, ada, ada
	nameless.UserPrincipalName, off.AccountEnabled, masked.AccountEnabled = ada.ID.String(), false, false
	const states = "licenseAssignmentStates: "
	for _, tt := range []struct {
		old, now, why string
		who           license.UserState
	}{
		{`"userPrincipalName"`, `"x"`, "no userPrincipalName", nameless},
		{`"ada@contoso.com"`, `null`, "no userPrincipalName", nameless},
		{`"ada@contoso.com"`, `7`, "/value/0/userPrincipalName is a JSON number", nameless},
		{`"accountEnabled": true`, `"accountEnabled": null`, license.Masked, masked},
		{`"accountEnabled": true`, `"accountEnabled": "true"`, "/value/0/accountEnabled is a JSON string", masked},
		{`"accountEnabled": true,`, `"accountEnabled": false, "assignedlicenses": [],`, `it has "assignedlicenses" in place of "assignedLicenses"`, off},
		{`"assignedLicenses"`, `"x"`, "no assignedLicenses", ada},
		{`"licenseAssignmentStates"`, `"x"`, "no licenseAssignmentStates", ada},
		{`{"skuId": "f30db892-07e9-47e9-837c-80727f46fd3d",`, `{"SkuId": "x",`, `it has "SkuId" in place of "skuId"`, ada},
		{`{"skuId": "f30db892-07e9-47e9-837c-80727f46fd3d",`, `{`, "assignedLicenses: no skuId", ada},
		{`"assignedByGroup": "",`, `"State": "Active",`, states + `item 3: it has "State" in place of "state"`, ada},
		{`"assignedByGroup": "",`, `"assignedByGroup": "sales",`, states + "item 3: assignedByGroup: \"sales\" is not a GUID", ada},
		{`{"skuId": "05e9a617-0261-4cee-bb44-138d3ef5d965", "assignedByGroup": "",`, `{`, states + "item 3: no skuId", ada},
		{`"disabledPlans": [], "state": "Error"`, `"state": "Error"`, states + "item 4: no disabledPlans", ada},
		{`"disabledPlans": [], "state": "Error"`, `"disabledPlans": null`, states + "item 4: no disabledPlans", ada},
	} {
		body := listJSON("", strings.Replace(fullUserJSON, tt.old, tt.now, 1))
		users, err := allUsers(newReader(t, newWire(t, always(200, body))))
		tt.who.Unreadable = tt.why
		if diff := cmp.Diff([]license.UserState{tt.who}, users); err != nil || diff != "" {
			t.Errorf("%s in place of %s: error %v, (-want +got):\n%s", tt.now, tt.old, err, diff)
		}
	}
}

// What an assignment says besides is passed over.
func TestAssignmentsThatSayMore(t *testing.T) {
	read := func(user string) []license.UserState {
		users, err := allUsers(newReader(t, newWire(t, always(200, listJSON("", user)))))
		if err != nil {
			t.Fatal(err)
		}
		return users
	}
	more := strings.ReplaceAll(fullUserJSON, `"disabledPlans": [`, `"more": {"skuId": [], "state": "x"}, "disabledPlans": [`)
	if diff := cmp.Diff(read(fullUserJSON), read(more)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A batch is believed as a whole, or it is said what is wrong with it.
func TestWhatMakesNoSenseOfABatch(t *testing.T) {
	const fine = `{"id":"1","status":200,"body":{"value":[]}}`
	for body, want := range map[string]string{
		``:                               "it is empty",
		`x`:                              "it is cut off or not JSON (byte 0 of 1)",
		`{}`:                             "it has no responses",
		`{"responses":[` + fine:          "it is cut off or not JSON (byte 57 of 57)",
		`{"responses":[` + fine + `]}`:   "it has no response to request 2 of 2",
		`{"responses":[` + fine + `]}]`:  "it is followed by something else",
		`{"responses":[]}`:               "it has no response to request 1 of 2",
		`{"responses":[{"status":200}]}`: `its response id "" was not asked for, or came twice`,
		`{"responses":[` + fine + `,{"id":"3","status":200}]}`:        `its response id "3" was not asked for, or came twice`,
		`{"responses":[` + fine + `,` + fine + `]}`:                   `its response id "1" was not asked for, or came twice`,
		`{"responses":[` + fine + `,{"id":2}]}`:                       "its response 2 has no status",
		`{"responses":[` + fine + `,{"id":2,"status":99}]}`:           "its response 2 has no status",
		`{"responses":[` + fine + `,{"id":2,"status":"200"}]}`:        "/responses/1/status is a JSON string",
		`{"responses":[` + fine + `,{"id":2,"status":200,"headers":1`: "/responses/1/headers is a JSON number",
	} {
		got := reasonOf(t, body, func(ctx context.Context, r *graph.Reader) error {
			_, err := findUsers(ctx, r, "a@contoso.com", id(1).String())
			return err
		})
		if got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// What a mailbox is for is a text or nothing.
func TestWhatMakesNoSenseOfAMailbox(t *testing.T) {
	for body, want := range map[string]string{
		`{"value":null}`: "", `{}`: "", `{"value":"room"}`: "",
		`{"value":""}`:               "its value is empty",
		`{"value":7}`:                "/value is a JSON number",
		`{"Value":"room"}`:           `it has "Value" in place of "value"`,
		`[]`:                         "it is a JSON array",
		`{"value":"room","value":1}`: "a name comes twice (byte 60 of 73)",
	} {
		got := reasonOf(t, `{"responses":[{"id":"1","status":200,"body":`+body+`}]}`, func(ctx context.Context, r *graph.Reader) error {
			_, _, err := r.Purposes(ctx, guids(1))
			return err
		})
		if got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// An item of a batch that fails is told with the id of the request: its own, or that
// of the batch where it has none.
func TestItemsAreKnownByTheirRequest(t *testing.T) {
	const whole = "9f0c1c4e-0000-4000-8000-000000000001"
	for headers, want := range map[string]string{
		`{}`:                              whole,
		`null`:                            whole,
		`{"Request-Id":""}`:               whole,
		`{"request-id":"own"}`:            "own",
		`{"REQUEST-ID":"own","other":[]}`: "own",
		`{"request-id":7}`:                "7",
	} {
		for _, status := range []string{"100", "302", "403"} {
			body := `{"responses":[{"id":"1","status":` + status + `,"headers":` + headers + `,"body":{"error":{"code":"c","message":"m"}}}]}`
			_, err := findUsers(t.Context(), newReader(t, newWire(t, always(200, body))), id(1).String())
			if e := asError(t, err); e.RequestID != want || (e.Code == "c") != (status != "100") {
				t.Errorf("%s, %s: %v by %q", status, headers, e, e.RequestID)
			}
		}
	}
}

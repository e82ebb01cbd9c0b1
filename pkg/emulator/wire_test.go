package emulator_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// Requests as nobody should send them are answered as Graph answers them, or
// in the emulator's name.
func TestOddRequests(t *testing.T) {
	w := start(t, emulator.Options{}).administrate()
	id := derived("user", ada).String()
	for _, tt := range []struct {
		method, target, body string
		status               int
		code, message        string
	}{
		{"GET", "/users?$format=application/json;odata.metadata=minimal", "", 200, "", ""},
		{"GET", "/users?%zz", "", 400, "BadRequest", "The request URI is not valid."},
		{"GET", "/users?$count=maybe", "", 400, "BadRequest", "Invalid value 'maybe' for $count query option found. Valid values are 'true, false'."},
		{"GET", "/users?$select=*", "", 501, emulator.CodeNotEmulated, "The licensectl emulator does not have the query option '$select=*'. This is not an answer of Microsoft Graph, which may have it."},
		{"POST", "/users/" + ada + "/assignLicense?shoes=1", assignBody(lic(suite)), 400, "Request_BadRequest", "Unrecognized query argument specified: 'shoes'."},
		{"POST", "/users/" + ada + "/assignLicense?$select=id&$select=id", assignBody(lic(suite)), 400, "BadRequest", "Query option '$select' was specified more than once, but it must be specified at most once."},
		{"POST", "/users/" + ada + "/assignLicense?$select=id", assignBody(lic(suite)), 200, "", ""},
		{"PATCH", "/users/" + ada, `{"licenseAssignmentStates":[]}`, 400, "Request_BadRequest", "Property 'licenseAssignmentStates' is read-only and cannot be set."},
		{"PATCH", "/users/" + ada, `{"signInActivity":null}`, 400, "Request_BadRequest", "Property 'signInActivity' is read-only and cannot be set."},
		{"GET", "/users/%7B" + id + "%7D", "", 404, "Request_ResourceNotFound", "Resource '{" + id + "}' does not exist or one of its queried reference-property objects are not present."},
		{"GET", "/users/" + strings.ToUpper(id), "", 200, "", ""},
		{"GET", "/users/" + ada, `{"a":"body"}`, 200, "", ""},
		{"GET", "https://emulator.example.com/users", "", 400, "BadRequest", "Invalid version."},
		{"GET", "https://emulator.example.com/subscribedSkus", "", 400, "BadRequest", "Invalid version."},
		{"GET", "https://graph.microsoft.com/beta/users?select=id&$top=1", "", 200, "", ""},
		{"GET", "https://graph.microsoft.com/beta/users?select=id&$select=id", "", 400, "BadRequest", "Query option '$select' was specified more than once, but it must be specified at most once."},
		{"GET", "/users?select=id", "", 400, "Request_BadRequest", "Unrecognized query argument specified: 'select'."},
	} {
		a, err := w.try(tt.method, tt.target, tt.body)
		if err != nil || a.status != tt.status || a.code() != tt.code || a.message() != tt.message {
			t.Errorf("%s %s: %d %s %v", tt.method, tt.target, a.status, a.raw, err)
		}
	}
	if a, err := w.try("GET", "/users/"+ada, "a=form", "Content-Type", "application/x-www-form-urlencoded"); err != nil || a.status != 200 {
		t.Errorf("a form in a GET: %d %s %v", a.status, a.raw, err)
	}
	for encoding, status := range map[string]int{"identity": 200, "br": 415, "gzip": 415} {
		if a := w.call("POST", assignPath(ada), assignBody(lic(suite)), "Content-Encoding", encoding); a.status != status {
			t.Errorf("a body that says %s: %d %s", encoding, a.status, a.raw)
		}
	}
}

// Who accepts an answer without annotations gets none but counts and links.
func TestAnswersWithoutAnnotations(t *testing.T) {
	tenant := testTenant()
	tenant.Groups[0].Groups = []string{"Inner"}
	tenant.Groups = append(tenant.Groups, emulator.Group{Name: "Inner"})
	w := startTenant(t, tenant, emulator.Options{})
	target := groupPath("/members?$count=true&$top=2&$select=id")
	for _, a := range []answer{
		w.get(target, "Accept", "application/json; odata.metadata=none", "ConsistencyLevel", "eventual"),
		w.get(target+"&$format=application/json;odata.metadata=none", eventual...),
	} {
		text := string(a.raw)
		if strings.Contains(text, "@odata.context") || strings.Contains(text, "@odata.type") || a.json["@odata.nextLink"] == nil || a.json["@odata.count"] != 3.0 {
			t.Errorf("without annotations: %s", text)
		}
		if kind := a.header.Get("Content-Type"); !strings.Contains(kind, "odata.metadata=none") {
			t.Errorf("the type of the answer: %s", kind)
		}
	}
	if a := w.get(target, eventual...); a.json["@odata.context"] == nil || !strings.Contains(string(a.raw), "@odata.type") {
		t.Errorf("with annotations: %s", a.raw)
	}
	items := w.batch(`{"id":"1","method":"GET","url":"/users?$select=id","headers":{"accept":"application/json;odata.metadata=none"}}`)
	if body := items["1"].Body; body["@odata.context"] != nil {
		t.Errorf("an item: %v", body)
	}
}

// A client of the emulator's own is signed in with its permissions at any time,
// and lets a request be signed in otherwise.
func TestClientIsSignedIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, emulator.Options{})
		status := func(client *http.Client, target, token string) int {
			r, err := http.NewRequest("GET", graphRoot+target, nil)
			if err != nil {
				t.Fatal(err)
			}
			if token != "" {
				r.Header.Set("Authorization", "Bearer "+token)
			}
			a, err := read(client.Do(r))
			if err != nil {
				t.Fatal(err)
			}
			return a.status
		}
		client, reader := w.Client(), w.Client("User.Read.All")
		time.Sleep(25 * time.Hour)
		for _, tt := range []struct {
			client        *http.Client
			target, token string
			want          int
		}{
			{client, "/users", "", 200}, {client, "/subscribedSkus", "", 200}, {reader, "/users", "", 200}, {reader, "/subscribedSkus", "", 403},
			{client, "/users", "none", 401}, {reader, "/me", w.userToken(ada), 200},
		} {
			if got := status(tt.client, tt.target, tt.token); got != tt.want {
				t.Errorf("GET %s: %d, want %d", tt.target, got, tt.want)
			}
		}
	})
}

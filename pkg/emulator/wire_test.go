package emulator_test

import (
	"net/http"
	"net/url"
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

// Requests that mean no good are refused, and the tenant stays as it is.
func TestHostileRequests(t *testing.T) {
	w := startTenant(t, groupsTenant(), emulator.Options{}).administrate()
	id, before, escape := derived("user", ada).String(), w.licenses(ada), url.QueryEscape
	for _, tt := range []struct {
		method, target, body string
		status               int
	}{
		{"GET", "/users?$filter=" + escape(strings.Repeat("(", 500)+"id eq 'x'"+strings.Repeat(")", 500)), "", 400},
		{"GET", "/users?$filter=" + escape(strings.Repeat("not ", 3000)+"(id eq 'x')"), "", 400},
		{"GET", "/users?$filter=" + escape("id in ("+strings.Repeat("'x',", 20000)+"'y')"), "", 400},
		{"GET", "/users?$search=" + escape(strings.Repeat("(", 5000)), "", 400},
		{"GET", "/groups?$top=0", "", 400}, {"GET", "/groups?$top=-1", "", 400}, {"GET", groupPath("/members?$top=1000"), "", 400},
		{"GET", "/users?$top=99999999999999999999", "", 400}, {"GET", "/groups/delta?$skiptoken=AAAA", "", 400}, {"GET", groupPath("/members?$skiptoken=AAAA"), "", 400},
		{"HEAD", "/users", "", 501}, {"OPTIONS", "/users", "", 501}, {"PUT", "/users/" + id, "{}", 501},
		{"GET", "/users/" + strings.ReplaceAll(id, "-", "%2D"), "", 200}, {"GET", "/users/" + id + "%00", "", 404}, {"GET", "/users%2F" + id, "", 501},
		{"GET", "/users/'" + id + "'", "", 404}, {"GET", "/users('" + id, "", 501}, {"GET", "/users('')", "", 404}, {"GET", "/users(''')", "", 404}, {"GET", "/users//memberOf", "", 501},
		{"GET", "/" + strings.Repeat("a/", 5000), "", 501},
		{"POST", "/users/" + id + "/assignLicense", strings.Repeat("x", 10<<20), 413},
		{"POST", "/users/" + id + "/assignLicense", strings.Repeat("[", 100000), 400},
		{"POST", "/users/" + id + "/assignLicense", `{"addLicenses":[` + strings.Repeat("{},", 100000) + `{}],"removeLicenses":[]}`, 400},
		{"PATCH", groupPath(""), `{"members@odata.bind":[` + strings.Repeat(`"https://graph.microsoft.com/v1.0/users/`+id+`",`, 20) + `"https://graph.microsoft.com/v1.0/users/` + id + `"]}`, 400},
		{"POST", "/directoryObjects/getByIds", `{"ids":["` + strings.Repeat(id+`","`, 1000) + id + `"]}`, 400},
		{"POST", "/users/" + id + "/checkMemberGroups", `{"groupIds":["` + strings.Repeat(id+`","`, 20) + id + `"]}`, 400},
		{"POST", "/users/" + id + "/checkMemberGroups", `{"groupIds":["x"]}`, 400},
		{"POST", "/$batch", `{"requests":[` + strings.Repeat(batchGet("1", "/users")+",", 5000) + batchGet("1", "/users") + `]}`, 400},
		{"POST", "/$batch", `{"requests":[null]}`, 400}, {"POST", "/$batch", "null", 400}, {"POST", "/$batch", "", 400},
	} {
		if a, err := w.try(tt.method, tt.target, tt.body, eventual...); err != nil || a.status != tt.status {
			t.Errorf("%s %.100s: %d %.200s %v, want %d", tt.method, tt.target, a.status, a.raw, err, tt.status)
		}
	}
	items := w.batch(`{"id":"1","method":"POST","url":"/$batch","headers":{"Content-Type":"application/json"},"body":{"requests":[]}}`,
		batchGet("2", "//example.com/users"), batchGet("3", "/users/%zz"), batchGet("4", "?$top=1"))
	for id, item := range items {
		if item.Status < 400 {
			t.Errorf("item %s: %d %v", id, item.Status, item.Body)
		}
	}
	if w.licenses(ada) != before || w.Counters().Mutations != 0 {
		t.Errorf("ada holds %q, and there were %d changes", w.licenses(ada), w.Counters().Mutations)
	}
}

// A body that is nested as deep as it may be is read in time that grows with its
// length alone.
func TestDeepBodies(t *testing.T) {
	w := start(t, emulator.Options{})
	body := func(depth int) string {
		return `{"employeeOrgData":` + strings.Repeat(`{"a":`, depth) + "null" + strings.Repeat("}", depth) + "}"
	}
	w.do(204, "PATCH", "/users/"+ada, body(1))
	begin := time.Now()
	w.do(501, "PATCH", "/users/"+ada, body(9000))
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %s", took)
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

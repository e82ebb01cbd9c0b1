package emulator_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// delta reads every page of a delta and returns the users, by name, and the
// link to the next delta.
func (w *world) delta(target string) (users []string, link string) {
	w.t.Helper()
	for range 100 {
		a := w.get(target)
		users = append(users, a.values("userPrincipalName")...)
		next, more := a.json["@odata.nextLink"].(string)
		if !more {
			link, _ = a.json["@odata.deltaLink"].(string)
			return users, link
		}
		target = next
	}
	w.t.Fatal("the delta has no end")
	return nil, ""
}

func TestDelta(t *testing.T) {
	w := start(t, emulator.Options{})
	if users, _ := w.delta("/users/microsoft.graph.delta()?$select=userPrincipalName"); len(users) != 5 {
		t.Errorf("as the official SDKs write it, the first round has %d users", len(users))
	}
	users, link := w.delta("/users/delta()?$select=userPrincipalName&$top=2")
	if len(users) != 5 || !strings.Contains(link, "/users/delta") {
		t.Fatalf("the first round has %d users and the link %q", len(users), link)
	}
	if users, _ := w.delta(link); len(users) != 0 {
		t.Errorf("nothing has changed, and the delta has %v", users)
	}
	w.call("PATCH", "/users/linus@contoso.com", `{"usageLocation":"GB"}`)
	if err := w.DeleteUser(zoe); err != nil {
		t.Fatal(err)
	}
	a := w.get(link)
	if diff := cmp.Diff([]string{linus, "<nil>"}, a.values("userPrincipalName")); diff != "" {
		t.Errorf("changed users (-want +got):\n%s", diff)
	}
	removed := a.json["value"].([]any)[1].(map[string]any)
	if removed["@removed"] == nil || removed["id"] == nil {
		t.Errorf("the deleted user is %v", removed)
	}
}

func TestDeltaDoesNotTrackLicenses(t *testing.T) {
	w := start(t, emulator.Options{})
	const target = "/users/delta?$select=userPrincipalName,licenseAssignmentStates"
	if a := w.get(target); strings.Contains(string(a.raw), `"licenseAssignmentStates":`) {
		t.Errorf("the delta has assignment states: %.300s", a.raw)
	}
	_, link := w.delta(target)
	w.assign(ada, assignBody(lic(addon)))
	if users, _ := w.delta(link); len(users) != 0 {
		t.Errorf("a change of licenses is in the delta: %v", users)
	}
}

func TestDeltaLatest(t *testing.T) {
	w := start(t, emulator.Options{})
	users, link := w.delta("/users/delta?$deltatoken=latest&$select=userPrincipalName")
	if len(users) != 0 {
		t.Errorf("the latest delta has %v", users)
	}
	w.call("PATCH", "/users/linus@contoso.com", `{"usageLocation":"GB"}`)
	if users, _ := w.delta(link); len(users) != 1 {
		t.Errorf("after a change: %v", users)
	}
	if a := w.call("GET", "/users/delta?$deltatoken=x", ""); a.status != 400 {
		t.Errorf("a token that is none: %d", a.status)
	}
}

// TestDeltaTakesInWhatChangesMeanwhile changes a user that was already listed
// while the first pages are read.
func TestDeltaTakesInWhatChangesMeanwhile(t *testing.T) {
	w := start(t, emulator.Options{})
	first := w.get("/users/delta?$select=userPrincipalName&$top=4")
	listed := first.values("userPrincipalName")[0]
	if err := w.SetUsageLocation(listed, "JP"); err != nil {
		t.Fatal(err)
	}
	_, link := w.delta(first.json["@odata.nextLink"].(string))
	if users, _ := w.delta(link); len(users) != 1 || users[0] != listed {
		t.Errorf("the next delta has %v, want %s", users, listed)
	}
}

// A delta can be of some users or groups, by their ids.
func TestDeltaOfSome(t *testing.T) {
	w := startTenant(t, groupsTenant(), emulator.Options{}).administrate()
	id := func(kind, name string) string { return "id eq '" + derived(kind, name).String() + "'" }
	users, link := w.delta("/users/delta?$select=userPrincipalName&$filter=" + id("user", ada) + " or " + id("user", ken))
	if len(users) != 2 {
		t.Errorf("users %q", users)
	}
	w.do(204, "PATCH", "/users/"+grace, `{"jobTitle":"x"}`)
	w.do(204, "PATCH", "/users/"+ken, `{"jobTitle":"x"}`)
	if users, _ := w.delta(link); strings.Join(users, ",") != ken {
		t.Errorf("changed users %q", users)
	}
	groups, link := w.groupsDelta("/groups/delta?$filter=" + id("group", "Licensing"))
	w.do(204, "PATCH", "/groups/"+derived("group", "Everybody").String(), `{"description":"x"}`)
	if told, _ := w.groupsDelta(link); strings.Join(groups, ",") != "Licensing +2 -0" || len(told) != 0 {
		t.Errorf("groups %q, then %q", groups, told)
	}
	for _, filter := range []string{"displayName eq 'x'", "id ne 'x'", id("user", ada) + " and " + id("user", ken), "not (id eq 'x')", "id eq", strings.Repeat("id eq 'x' or ", 50) + "id eq 'y'"} {
		for _, list := range []string{"/users", "/groups"} {
			if a := w.call("GET", list+"/delta?$filter="+url.QueryEscape(filter), ""); a.status != 400 {
				t.Errorf("%s: %d %s", filter, a.status, a.raw)
			}
		}
	}
}

// groupsDelta gives the groups of a page of a delta, with how many members came and
// went; a group that is gone is "-".
func (w *world) groupsDelta(target string) (groups []string, link string) {
	w.t.Helper()
	a := w.get(target)
	for _, item := range a.json["value"].([]any) {
		fields := item.(map[string]any)
		if fields["@removed"] != nil {
			groups = append(groups, "-")
			continue
		}
		came, went := 0, 0
		list, _ := fields["members@delta"].([]any)
		for _, member := range list {
			if member.(map[string]any)["@removed"] != nil {
				went++
			} else {
				came++
			}
		}
		groups = append(groups, fmt.Sprintf("%v +%d -%d", fields["displayName"], came, went))
	}
	link, _ = a.json["@odata.deltaLink"].(string)
	return groups, link
}

// The first round has the groups and the members that there are, and none that
// are gone.
func TestFirstGroupsDelta(t *testing.T) {
	w := startTenant(t, groupsTenant(), emulator.Options{}).administrate()
	w.do(204, "DELETE", "/groups/"+derived("group", "Sales Berlin").String(), "")
	team := w.do(201, "POST", "/groups", `{"displayName":"Team","mailNickname":"team","groupTypes":["Unified"],"mailEnabled":true,"securityEnabled":false,
		"members@odata.bind":["https://graph.microsoft.com/v1.0/users/`+derived("user", ken).String()+`"]}`).json["id"].(string)
	_, before := w.groupsDelta("/groups/delta?$deltatoken=latest")
	w.do(204, "DELETE", "/groups/"+team, "")
	w.do(204, "DELETE", "/users/"+ken, "")
	first, link := w.groupsDelta("/groups/delta")
	if diff := cmp.Diff([]string{"Licensing +1 -0", "sales Aachen +1 -0", "Everybody +1 -0"}, first); diff != "" {
		t.Errorf("the first round (-want +got):\n%s", diff)
	}
	if told, _ := w.groupsDelta(before); strings.Join(told, ", ") != "Licensing +0 -1, -" {
		t.Errorf("to whom knew them: %q", told)
	}
	w.do(200, "POST", "/directory/deletedItems/"+derived("user", ken).String()+"/restore", "")
	w.do(200, "POST", "/directory/deletedItems/"+team+"/restore", "")
	if told, _ := w.groupsDelta(link); strings.Join(told, ", ") != "Licensing +1 -0, Team +1 -0" {
		t.Errorf("after they came back: %q", told)
	}
}

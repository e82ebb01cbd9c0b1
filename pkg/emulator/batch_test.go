package emulator_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// batchItem is one answer inside a batch.
type batchItem struct {
	ID      string
	Status  int
	Headers map[string]string
	Body    map[string]any
}

// batch sends a batch of items, given as JSON, and returns the answers by id.
func (w *world) batch(items ...string) map[string]batchItem {
	w.t.Helper()
	a := w.call("POST", "/$batch", `{"requests":[`+strings.Join(items, ",")+`]}`)
	if a.status != 200 {
		w.t.Fatalf("the batch: %d %s", a.status, a.raw)
	}
	var envelope struct{ Responses []batchItem }
	if err := json.Unmarshal(a.raw, &envelope); err != nil {
		w.t.Fatal(err)
	}
	out := map[string]batchItem{}
	for _, item := range envelope.Responses {
		out[item.ID] = item
	}
	if len(out) != len(items) {
		w.t.Fatalf("%d answers to %d items", len(out), len(items))
	}
	return out
}

func batchGet(id, url string) string {
	return fmt.Sprintf(`{"id":%q,"method":"GET","url":%q}`, id, url)
}

func batchAssign(id, user, body, more string) string {
	return fmt.Sprintf(`{"id":%q,"method":"POST","url":"/users/%s/assignLicense","headers":{"Content-Type":"application/json"},"body":%s%s}`, id, user, body, more)
}

func TestBatch(t *testing.T) {
	w := start(t, emulator.Options{})
	got := w.batch(
		batchGet("1", "/users/ada@contoso.com?$select=id"),
		batchGet("2", "users?$filter=userPrincipalName%20in%20('ken@contoso.com')&$select=id"),
		batchGet("3", "/users/nobody@contoso.com"),
		batchAssign("4", ada, assignBody(lic(addon)), ""),
		`{"id":"5","method":"PATCH","url":"/users/linus@contoso.com","headers":{"content-type":"application/json"},"body":{"usageLocation":"DE"}}`,
		batchGet("6", "/$batch"),
	)
	for id, status := range map[string]int{"1": 200, "2": 200, "3": 404, "4": 200, "5": 204, "6": 400} {
		if got[id].Status != status {
			t.Errorf("item %s: %d %v, want %d", id, got[id].Status, got[id].Body, status)
		}
	}
	if got["4"].Headers["x-ms-resource-unit"] != "1" || !strings.HasPrefix(got["4"].Headers["Content-Type"], "application/json") {
		t.Errorf("headers of an item: %v", got["4"].Headers)
	}
	if w.licenses(ada) != "SUITE-FILES, ADDON" {
		t.Errorf("the assignment in the batch was not carried out: %s", w.licenses(ada))
	}
}

func TestBatchMayCarryTwenty(t *testing.T) {
	w := start(t, emulator.Options{})
	var items []string
	for i := range 20 {
		items = append(items, batchGet(fmt.Sprint(i), "/users/ada@contoso.com"))
	}
	w.batch(items...)
	items = append(items, batchGet("20", "/users/ada@contoso.com"))
	if a := w.call("POST", "/$batch", `{"requests":[`+strings.Join(items, ",")+`]}`); a.status != 400 {
		t.Errorf("21 items: %d", a.status)
	}
}

func TestBatchRefusesBadEnvelopes(t *testing.T) {
	w := start(t, emulator.Options{})
	get := batchGet("1", "/users")
	for name, body := range map[string]string{
		"not JSON":             `{`,
		"no requests":          `{}`,
		"an empty list":        `{"requests":[]}`,
		"no id":                `{"requests":[{"method":"GET","url":"/users"}]}`,
		"a list for an id":     `{"requests":[{"id":[1],"method":"GET","url":"/users"}]}`,
		"a number twice":       `{"requests":[{"id":1,"method":"GET","url":"/users"},{"id":"1","method":"GET","url":"/users"}]}`,
		"an id twice":          `{"requests":[` + get + `,` + get + `]}`,
		"an id in two cases":   `{"requests":[` + batchGet("a", "/users") + `,` + batchGet("A", "/users") + `]}`,
		"an absolute url":      `{"requests":[` + batchGet("1", "https://graph.microsoft.com/v1.0/users") + `]}`,
		"no method":            `{"requests":[{"id":"1","url":"/users"}]}`,
		"no Content-Type":      `{"requests":[{"id":"1","method":"POST","url":"/users/ada@contoso.com/assignLicense","body":{"addLicenses":[],"removeLicenses":[]}}]}`,
		"an unknown dependsOn": `{"requests":[{"id":"1","method":"GET","url":"/users","dependsOn":["9"]}]}`,
		"a circle":             `{"requests":[{"id":"1","method":"GET","url":"/users","dependsOn":["2"]},{"id":"2","method":"GET","url":"/users","dependsOn":["1"]}]}`,
	} {
		if a := w.call("POST", "/$batch", body); a.status != 400 || a.code() != "BadRequest" {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	if n := w.Counters().ByRoute["listUsers"]; n != 0 {
		t.Errorf("%d items of refused batches were carried out", n)
	}
}

// The items of a batch are of its own version, and their addresses name none:
// microsoft-graph-client for JavaScript leaves it in where it is given a whole address.
func TestBatchTakesNoVersion(t *testing.T) {
	w := start(t, emulator.Options{})
	got := w.batch(batchGet("1", "/v1.0/users/ada@contoso.com"), batchGet("2", "beta/users/ada@contoso.com"), batchGet("3", "/users/ada@contoso.com"))
	for id, message := range map[string]string{"1": "Resource not found for the segment 'v1.0'.", "2": "Resource not found for the segment 'beta'."} {
		if text := fmt.Sprint(got[id].Body); got[id].Status != 400 || !strings.Contains(text, message) {
			t.Errorf("item %s: %d %s", id, got[id].Status, text)
		}
	}
	if got["3"].Status != 200 {
		t.Errorf("an item without a version: %d %v", got["3"].Status, got["3"].Body)
	}
}

// Clients in use write numbers as ids; they get them back as text.
func TestBatchTakesNumbersAsIDs(t *testing.T) {
	w := start(t, emulator.Options{})
	got := w.batch(
		`{"id":1,"method":"GET","url":"/users/ada@contoso.com"}`,
		`{"id":2,"method":"GET","url":"/users/nobody@contoso.com","dependsOn":[1]}`,
		`{"id":"3","method":"GET","url":"/users/ada@contoso.com","dependsOn":[2]}`,
	)
	for id, status := range map[string]int{"1": 200, "2": 404, "3": 424} {
		if got[id].Status != status {
			t.Errorf("item %s: %d, want %d", id, got[id].Status, status)
		}
	}
}

func TestBatchDependsOn(t *testing.T) {
	w := start(t, emulator.Options{})
	got := w.batch(
		batchAssign("first", ada, assignBody(lic(addon)), ""),
		batchAssign("last", ada, assignBody(nil, addon), `,"dependsOn":["first"]`),
		batchAssign("fails", grace, assignBody(nil, suite), `,"dependsOn":["last"]`),
		batchAssign("never", grace, assignBody(lic(addon)), `,"dependsOn":["FAILS"]`),
		batchAssign("nor this", grace, assignBody(lic(addon)), `,"dependsOn":["never"]`),
	)
	for id, status := range map[string]int{"first": 200, "last": 200, "fails": 400, "never": 424, "nor this": 424} {
		if got[id].Status != status {
			t.Errorf("item %q: %d %v, want %d", id, got[id].Status, got[id].Body, status)
		}
	}
	if w.licenses(grace) != "SUITE<group-CHAT" {
		t.Errorf("what depends on a failure was carried out: %s", w.licenses(grace))
	}
}

// A request depends on those before it alone, and all of a batch in one of three
// ways.
func TestBatchesDependInThreeWays(t *testing.T) {
	w := start(t, emulator.Options{})
	item := func(id, on string) string {
		if on != "" {
			on = `,"dependsOn":[` + on + `]`
		}
		return fmt.Sprintf(`{"id":%q,"method":"GET","url":"/users/ada@contoso.com?$select=id"%s}`, id, on)
	}
	const mixed = "Batch should be either fully sequential or fully parallel."
	for _, tt := range []struct{ name, message, items string }{
		{"parallel", "", item("1", "") + "," + item("2", "")},
		{"serial", "", item("1", "") + "," + item("2", `"1"`) + "," + item("3", `"2"`)},
		{"serial, as msgraph-sdk-go writes it", "", item("1", "") + "," + item("2", `"1"`) + "," + item("3", `"1","2"`)},
		{"on the same", "", item("1", "") + "," + item("2", `"1"`) + "," + item("3", "") + "," + item("4", `"1"`)},
		{"on a later one", "Invalid dependency for request Id '1'.", item("1", `"2"`) + "," + item("2", "")},
		{"on itself", "Invalid dependency for request Id '1'.", item("1", `"1"`)},
		{"on nobody", "Invalid dependency for request Id '2'.", item("1", "") + "," + item("2", `"9"`)},
		{"in two ways", mixed, item("1", "") + "," + item("2", `"1"`) + "," + item("3", "") + "," + item("4", `"3"`)},
		{"on two", mixed, item("1", "") + "," + item("2", "") + "," + item("3", `"1","2"`)},
	} {
		a := w.call("POST", "/$batch", `{"requests":[`+tt.items+`]}`)
		if want := tt.message != ""; a.message() != tt.message || (a.status == 400) != want {
			t.Errorf("%s: %d %s", tt.name, a.status, a.raw)
		}
	}
}

func TestBatchRepliesAreUnordered(t *testing.T) {
	w := start(t, emulator.Options{})
	var items []string
	for i := range 10 {
		items = append(items, batchGet(fmt.Sprint(i), "/users/ada@contoso.com?$select=id"))
	}
	for range 5 {
		a := w.call("POST", "/$batch", `{"requests":[`+strings.Join(items, ",")+`]}`)
		var order []string
		for _, item := range a.json["responses"].([]any) {
			order = append(order, item.(map[string]any)["id"].(string))
		}
		if !slices.IsSorted(order) {
			return
		}
	}
	t.Error("five batches came back in the order of their requests")
}

func TestBatchItemsAreThrottledOneByOne(t *testing.T) {
	w := start(t, emulator.Options{Limits: emulator.Limits{Writes: 2}})
	got := w.batch(
		batchAssign("1", ada, assignBody(lic(suite)), ""), batchAssign("2", ken, assignBody(lic(suite)), ""), batchAssign("3", grace, assignBody(lic(suite)), ""))
	statuses := map[int]int{}
	for _, item := range got {
		statuses[item.Status]++
		if item.Status == 429 && item.Headers["Retry-After"] == "" {
			t.Error("a throttled item has no Retry-After")
		}
	}
	if statuses[200] != 2 || statuses[429] != 1 {
		t.Errorf("statuses %v, want 200 twice and 429 once", statuses)
	}
}

func TestBatchItemsAreLogged(t *testing.T) {
	w := start(t, emulator.Options{})
	w.batch(batchAssign("x", ada, assignBody(lic(addon)), ""), batchGet("y", "/users/ada@contoso.com"))
	log := w.Requests()
	if len(log) != 3 || log[2].Route != "batch" || !log[2].Mutated {
		t.Fatalf("log %+v", log)
	}
	i := slices.IndexFunc(log, func(r emulator.Request) bool { return r.Batch == "x" })
	if i < 0 || log[i].Route != "assignLicense" || !log[i].Mutated || log[i].Status != 200 || !strings.Contains(string(log[i].Body), addon.String()) {
		t.Errorf("the item in the log: %+v", log)
	}
}

package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

// batchItem is a request within a batch, taken apart.
type batchItem struct {
	id       string
	property string
	values   []string
}

// readBatch polices a $batch and takes it apart, with a reading of the
// addresses and filters of its own.
func readBatch(t testing.TB, req *http.Request, body string) []batchItem {
	t.Helper()
	if req.Method != "POST" || req.URL.Path != "/v1.0/$batch" {
		t.Fatalf("not a batch: %s %s", req.Method, req.URL)
	}
	var batch struct {
		Requests []struct{ ID, Method, URL string }
	}
	if err := json.Unmarshal([]byte(body), &batch); err != nil {
		t.Fatal(err)
	}
	if n := len(batch.Requests); n < 1 || n > 20 {
		t.Errorf("%d requests in a batch", n)
	}
	var items []batchItem
	seen := map[string]bool{}
	for _, r := range batch.Requests {
		if r.ID == "" || seen[r.ID] || r.Method != "GET" {
			t.Errorf("batch item %+v", r)
		}
		seen[r.ID] = true
		property, values := readLookup(t, r.URL)
		items = append(items, batchItem{r.ID, property, values})
	}
	return items
}

func readLookup(t testing.TB, address string) (property string, values []string) {
	t.Helper()
	path, query, _ := strings.Cut(address, "?")
	if path != "/users" || strings.ContainsAny(query, " +#\"<>") || strings.IndexFunc(query, func(r rune) bool { return r > 126 || r < 33 }) >= 0 {
		t.Errorf("address %q", address)
	}
	options := map[string]string{}
	for _, option := range strings.Split(query, "&") {
		name, escaped, _ := strings.Cut(option, "=")
		value, err := url.PathUnescape(escaped) // "+" stands for itself here
		if err != nil {
			t.Error(err)
		}
		options[name] = value
	}
	if len(options) != 2 || !strings.Contains(options["$select"], "licenseAssignmentStates") {
		t.Errorf("options %v", options)
	}
	property, rest, _ := strings.Cut(options["$filter"], " in (")
	if !strings.HasSuffix(rest, ")") {
		t.Errorf("filter %q", options["$filter"])
	}
	values = readStrings(t, strings.TrimSuffix(rest, ")"))
	if len(values) < 1 || len(values) > 15 {
		t.Errorf("%d values in one filter", len(values))
	}
	return property, values
}

// readStrings reads 'a','b”c' character by character.
func readStrings(t testing.TB, list string) []string {
	t.Helper()
	var values []string
	for list != "" {
		if list[0] != '\'' {
			t.Fatalf("no string at %q", list)
		}
		list = list[1:]
		var value strings.Builder
		for {
			i := strings.IndexByte(list, '\'')
			if i < 0 {
				t.Fatalf("a string without an end at %q", list)
			}
			value.WriteString(list[:i])
			list = list[i+1:]
			if !strings.HasPrefix(list, "'") {
				break
			}
			value.WriteByte('\'')
			list = list[1:]
		}
		values = append(values, value.String())
		if list != "" && (list[0] != ',' || len(list) == 1) {
			t.Fatalf("no comma at %q", list)
		}
		list = strings.TrimPrefix(list, ",")
	}
	return values
}

// directory answers lookups from its users, in the reverse order.
type directory struct {
	t     testing.TB
	users map[string]string // by UPN and by id: JSON

	mu    sync.Mutex // several batches are under way at once
	asked [][]batchItem

	// fault answers an item in place of the directory; "" leaves it alone.
	fault func(batchItem) string
}

func (d *directory) answer() func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			d.t.Errorf("reading the batch: %v", err)
		}
		items := readBatch(d.t, req, string(body))
		d.mu.Lock()
		defer d.mu.Unlock()
		d.asked = append(d.asked, items)
		var replies []string
		for _, item := range slices.Backward(items) {
			if d.fault != nil {
				if said := d.fault(item); said != "" {
					replies = append(replies, strings.ReplaceAll(said, "ID", item.id))
					continue
				}
			}
			var found []string
			for _, value := range item.values {
				if u, ok := d.users[strings.ToLower(value)]; ok {
					found = append(found, u)
				}
			}
			replies = append(replies, fmt.Sprintf(`{"id":%q,"status":200,"headers":{"Content-Type":"application/json"},"body":%s}`, item.id, listJSON("", found...)))
		}
		return reply(200, `{"responses":[`+strings.Join(replies, ",")+`]}`), nil
	}
}

func newDirectory(t testing.TB, n int) (*directory, *wire) {
	d := &directory{t: t, users: map[string]string{}}
	for i := 1; i <= n; i++ {
		upn := fmt.Sprintf("user%d@contoso.com", i)
		d.users[upn] = userJSON(i, upn)
		d.users[id(i).String()] = d.users[upn]
	}
	w := newWire(t, nil)
	w.answer = d.answer()
	return d, w
}

// findUsers looks up all refs, and gives the users of the whole answer alone.
func findUsers(ctx context.Context, r *graph.Reader, refs ...string) ([]license.UserState, error) {
	var users []license.UserState
	for found, err := range r.FindEach(ctx, graph.Lookups{Next: once(refs)}) {
		if err != nil {
			return nil, err
		}
		users = append(users, found.Users...)
	}
	return users, nil
}

// once gives refs the first time that it is called.
func once(refs []string) func() []string {
	return func() (out []string) {
		out, refs = refs, nil
		return out
	}
}

func find(t testing.TB, w *wire, refs ...string) ([]string, error) {
	t.Helper()
	users, err := findUsers(context.Background(), newReader(t, w), refs...)
	var names []string
	for _, u := range users {
		names = append(names, u.UserPrincipalName)
	}
	slices.Sort(names)
	return names, err
}

func TestFindUsers(t *testing.T) {
	d, w := newDirectory(t, 5)
	got, err := find(t, w, "USER1@contoso.com", "nobody@contoso.com", id(3).String(), strings.ToUpper(id(4).String()), id(99).String())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"user1@contoso.com", "user3@contoso.com", "user4@contoso.com"}, got); diff != "" {
		t.Error(diff)
	}
	if len(d.asked) != 1 || len(d.asked[0]) != 2 || d.asked[0][0].property != "id" || d.asked[0][1].property != "userPrincipalName" {
		t.Errorf("asked %v", d.asked)
	}
}

func TestFindNobody(t *testing.T) {
	_, w := newDirectory(t, 1)
	if got, err := find(t, w); len(got) != 0 || err != nil || w.count() != 0 {
		t.Errorf("%v, error %v, %d requests", got, err, w.count())
	}
}

func TestThreeHundredPerRequest(t *testing.T) {
	for _, tc := range []struct{ users, requests int }{{1, 1}, {15, 1}, {300, 1}, {301, 2}, {600, 2}, {601, 3}} {
		_, w := newDirectory(t, tc.users)
		var refs []string
		for i := 1; i <= tc.users; i++ {
			refs = append(refs, fmt.Sprintf("user%d@contoso.com", i))
		}
		got, err := find(t, w, refs...)
		if err != nil || len(got) != tc.users || w.count() != tc.requests || graph.FindRequests(0, tc.users) != tc.requests {
			t.Errorf("%d users: %d found in %d requests (%d foretold), error %v", tc.users, len(got), w.count(), graph.FindRequests(0, tc.users), err)
		}
	}
}

// Looking up takes as long as its resource units last for: 7,800 in ten seconds, of
// which 15 ids or names cost one.
func TestFindTime(t *testing.T) {
	for _, tc := range []struct {
		ids, names int
		want       time.Duration
	}{
		{0, 0, 0}, {0, 300, 0}, {7_800 * 15, 0, 0}, {0, 7_800 * 15, 0},
		{0, 2 * 7_800 * 15, 10 * time.Second}, {7_800 * 15, 780 * 15, time.Second},
		{7_799*15 + 1, 779*15 + 1, time.Second},
	} {
		if got := graph.FindTime(tc.ids, tc.names); got != tc.want {
			t.Errorf("%d ids and %d names take %s, want %s", tc.ids, tc.names, got, tc.want)
		}
	}
}

func TestFindRequestsForetells(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		_, w := newDirectory(t, 0)
		names, guids := rapid.IntRange(0, 700).Draw(rt, "names"), rapid.IntRange(0, 700).Draw(rt, "guids")
		var refs []string
		for i := range names {
			refs = append(refs, fmt.Sprintf("u%d@contoso.com", i))
		}
		for i := range guids {
			refs = append(refs, id(i).String())
		}
		if _, err := find(t, w, refs...); err != nil || w.count() != graph.FindRequests(guids, names) {
			rt.Errorf("%d requests, %d foretold, error %v", w.count(), graph.FindRequests(guids, names), err)
		}
	})
}

// awkward are names that meet a character with a meaning somewhere between
// the manifest and the service.
var awkward = []string{
	"ada_example.org#EXT#@contoso.onmicrosoft.com",
	"o'neil@contoso.com", "''@contoso.com", "'",
	"$dollar@contoso.com", "a&b=c@contoso.com", "50%25@contoso.com", "a+b c@contoso.com",
	"jürgen@contoso.com", "日本@contoso.com", `back\slash"quote@contoso.com`, "a,b)@contoso.com", "/../me?$select=id",
	"{11111111-2222-4333-8444-555555555555}",
}

func TestAwkwardNames(t *testing.T) {
	d, w := newDirectory(t, 0)
	for i, name := range awkward {
		d.users[strings.ToLower(name)] = strings.Replace(userJSON(i+1, "NAME"), `"NAME"`, quoted(name), 1)
	}
	if _, err := find(t, w, awkward...); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(awkward, d.asked[0][0].values); diff != "" {
		t.Error(diff)
	}
}

// quoted is a text as JSON.
func quoted(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// A batch of which one item is nonsense is asked again for that item alone.
func TestSenselessItemsAreAskedAgainAlone(t *testing.T) {
	for name, body := range map[string]string{
		"null": `null`, "empty": `{}`, "a text": `"<html>"`, "another user": listJSON("", userJSON(99, "user99@contoso.com")),
	} {
		synctest.Test(t, func(t *testing.T) {
			d, w := newDirectory(t, 45)
			bad := 2
			d.fault = func(item batchItem) string {
				if item.values[0] != "user16@contoso.com" || bad == 0 {
					return ""
				}
				bad--
				return `{"id":"ID","status":200,"headers":{},"body":` + body + `}`
			}
			var refs []string
			for i := 1; i <= 45; i++ {
				refs = append(refs, fmt.Sprintf("user%d@contoso.com", i))
			}
			got, err := find(t, w, refs...)
			if err != nil || len(got) != 45 || len(d.asked) != 3 || len(d.asked[1]) != 1 || len(d.asked[2]) != 1 {
				t.Errorf("%s: %d users, asked %v, error %v", name, len(got), d.asked, err)
			}
		})
	}
}

// An item that succeeds may say "error": null.
func TestItemWithoutAnError(t *testing.T) {
	d, w := newDirectory(t, 0)
	d.fault = func(batchItem) string {
		return `{"id":"ID","status":200,"body":{"error":null,` + listJSON("", userJSON(1, "a@contoso.com"))[1:] + `}`
	}
	if got, err := find(t, w, "a@contoso.com"); err != nil || len(got) != 1 {
		t.Errorf("%v, error %v", got, err)
	}
}

func FuzzFilterQuoting(f *testing.F) {
	for _, name := range awkward {
		f.Add(name, "ben@contoso.com")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if strings.ToValidUTF8(a, "") != a || strings.ToValidUTF8(b, "") != b {
			return // JSON cannot carry it
		}
		d, w := newDirectory(t, 0)
		if _, err := find(t, w, a, b); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, item := range d.asked[0] {
			if (item.property == "id") != license.IsGUID(item.values[0]) {
				t.Errorf("%v looked up by %s", item.values, item.property)
			}
			got = append(got, item.values...)
		}
		want := []string{a, b}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("asked for %q instead of %q", got, want)
		}
	})
}

func TestThrottledItemsAreAskedAgainAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newDirectory(t, 45)
		waits := map[string]string{"user1@contoso.com": `"7"`, "user16@contoso.com": `30`}
		d.fault = func(item batchItem) string {
			wait, bad := waits[item.values[0]]
			delete(waits, item.values[0])
			if !bad {
				return ""
			}
			return `{"id":"ID","status":429,"headers":{"retry-after":` + wait + `},"body":{"error":{"code":"TooManyRequests","message":"m"}}}`
		}
		var refs []string
		for i := 1; i <= 45; i++ {
			refs = append(refs, fmt.Sprintf("user%d@contoso.com", i))
		}
		start := time.Now()
		got, err := find(t, w, refs...)
		if err != nil || len(got) != 45 || time.Since(start) != 30*time.Second {
			t.Errorf("%d users in %v, error %v", len(got), time.Since(start), err)
		}
		if len(d.asked) != 2 || len(d.asked[0]) != 3 || len(d.asked[1]) != 2 || d.asked[1][0].values[0] != "user1@contoso.com" {
			t.Errorf("asked %v", d.asked)
		}
	})
}

// TestTheLongestPauseOfItemsIsKept: items that ask for pauses are asked again after
// the longest, in whatever order they come; fractions of a second were seen.
func TestTheLongestPauseOfItemsIsKept(t *testing.T) {
	for name, tc := range map[string]struct {
		first, second string // that the items ask for
		want          time.Duration
	}{
		"the longest last":   {`"0.124"`, `"7.249"`, 7249 * time.Millisecond},
		"the longest first":  {`"7.249"`, `"0.124"`, 7249 * time.Millisecond},
		"one asks for none":  {`"7"`, `null`, 7 * time.Second},
		"and that one first": {`null`, `"7"`, 7 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			d, w := newDirectory(t, 16)
			waits := map[string]string{"user1@contoso.com": tc.first, "user16@contoso.com": tc.second}
			d.fault = func(item batchItem) string {
				wait, bad := waits[item.values[0]]
				delete(waits, item.values[0])
				if !bad {
					return ""
				}
				return `{"id":"ID","status":429,"headers":{"retry-after":` + wait + `},"body":{"error":{"code":"UnknownError","message":""}}}`
			}
			var refs []string
			for i := 1; i <= 16; i++ {
				refs = append(refs, fmt.Sprintf("user%d@contoso.com", i))
			}
			start := time.Now()
			got, err := find(t, w, refs...)
			if err != nil || len(got) != 16 || time.Since(start) != tc.want || w.count() != 2 {
				t.Errorf("%s: %d users in %v by %d requests, error %v", name, len(got), time.Since(start), w.count(), err)
			}
		})
	}
}

func TestTransientItems(t *testing.T) {
	for _, status := range []string{"408", "409", "500", "502", "503", "504"} {
		synctest.Test(t, func(t *testing.T) {
			d, w := newDirectory(t, 1)
			n := 0
			d.fault = func(batchItem) string {
				if n++; n > 2 {
					return ""
				}
				return `{"id":"ID","status":` + status + `,"headers":{},"body":"<html>"}`
			}
			got, err := find(t, w, "user1@contoso.com")
			if err != nil || len(got) != 1 || w.count() != 3 {
				t.Errorf("%s: %v after %d requests, error %v", status, got, w.count(), err)
			}
		})
	}
}

func TestItemsAreNotAskedForEver(t *testing.T) {
	for _, tc := range []struct {
		headers string
		want    int
	}{{`{}`, 7}, {`{"Retry-After":"301"}`, 1}} {
		synctest.Test(t, func(t *testing.T) {
			d, w := newDirectory(t, 1)
			d.fault = func(batchItem) string {
				return `{"id":"ID","status":429,"headers":` + tc.headers + `,"body":{"error":{"code":"TooManyRequests"}}}`
			}
			_, err := find(t, w, "user1@contoso.com")
			if e := asError(t, err); !e.Throttled() || w.count() != tc.want {
				t.Errorf("%s: %d requests, error %v", tc.headers, w.count(), err)
			}
		})
	}
}

func TestCancelBetweenItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newDirectory(t, 1)
		d.fault = func(batchItem) string {
			return `{"id":"ID","status":429,"headers":{"Retry-After":"100"}}`
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := findUsers(ctx, newReader(t, w), "user1@contoso.com")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

func TestItemFailure(t *testing.T) {
	d, w := newDirectory(t, 1)
	d.fault = func(batchItem) string {
		return `{"id":"ID","status":403,"headers":{"request-id":"r-1"},"body":{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}}`
	}
	_, err := find(t, w, "user1@contoso.com")
	e := asError(t, err)
	if !e.Forbidden() || e.Path != "/v1.0/users" || e.Op != graph.OpFindUsers || e.RequestID != "r-1" || w.count() != 1 || strings.Contains(err.Error(), "user1") {
		t.Errorf("error %v", err)
	}
}

// An item may hold a page that links to the rest.
func TestItemWithNextLink(t *testing.T) {
	d, w := newDirectory(t, 0)
	d.fault = func(batchItem) string {
		return `{"id":"ID","status":200,"body":` + listJSON(testRoot+"/v1.0/users?p=2", userJSON(1, "a@contoso.com")) + `}`
	}
	batch := w.answer
	w.answer = func(req *http.Request) (*http.Response, error) {
		if req.URL.RawQuery == "p=2" {
			return reply(200, listJSON("", userJSON(2, "b@contoso.com"))), nil
		}
		return batch(req)
	}
	if got, err := find(t, w, "a@contoso.com", "b@contoso.com"); err != nil || len(got) != 2 {
		t.Errorf("%v, error %v", got, err)
	}
	d.fault = func(batchItem) string {
		return `{"id":"ID","status":200,"body":` + listJSON("https://evil.example.net/v1.0/users") + `}`
	}
	var refused *graph.LinkError
	if _, err := find(t, w, "a@contoso.com"); !errors.As(err, &refused) {
		t.Errorf("error %v", err)
	}
}

func TestIncompleteBatches(t *testing.T) {
	const user = `{"value":[]}`
	for name, body := range map[string]string{
		"empty":             ``,
		"no responses":      `{}`,
		"responses null":    `{"responses":null}`,
		"none":              `{"responses":[]}`,
		"one missing":       `{"responses":[{"id":"1","status":200,"body":` + user + `}]}`,
		"one twice":         `{"responses":[{"id":"1","status":200,"body":` + user + `},{"id":"1","status":200,"body":` + user + `}]}`,
		"all and one twice": `{"responses":[{"id":"1","status":200,"body":` + user + `},{"id":"1","status":200,"body":` + user + `},{"id":"2","status":200,"body":` + user + `}]}`,
		"one unasked":       `{"responses":[{"id":"1","status":200,"body":` + user + `},{"id":"2","status":200,"body":` + user + `},{"id":"3","status":200,"body":` + user + `}]}`,
		"no id":             `{"responses":[{"status":200,"body":` + user + `},{"id":"2","status":200,"body":` + user + `}]}`,
		"no real status":    `{"responses":[{"id":"1","status":99,"body":` + user + `},{"id":"2","status":200,"body":` + user + `}]}`,
		"id zero":           `{"responses":[{"id":"0","status":200,"body":` + user + `},{"id":"2","status":200,"body":` + user + `}]}`,
		"no status":         `{"responses":[{"id":"1","body":` + user + `},{"id":"2","status":200,"body":` + user + `}]}`,
		"no body":           `{"responses":[{"id":"1","status":200},{"id":"2","status":200,"body":` + user + `}]}`,
		"body null":         `{"responses":[{"id":"1","status":200,"body":null},{"id":"2","status":200,"body":` + user + `}]}`,
		"body a text":       `{"responses":[{"id":"1","status":200,"body":"eyJ2YWx1ZSI6W119"},{"id":"2","status":200,"body":` + user + `}]}`,
		"body an error":     `{"responses":[{"id":"1","status":200,"body":{"error":{"code":"x"}}},{"id":"2","status":200,"body":` + user + `}]}`,
		"user incomplete":   `{"responses":[{"id":"1","status":200,"body":{"value":[{"userPrincipalName":"a@contoso.com"}]}},{"id":"2","status":200,"body":` + user + `}]}`,
		"another user":      `{"responses":[{"id":"1","status":200,"body":{"value":[` + userJSON(7, "b@contoso.com") + `]}},{"id":"2","status":200,"body":` + user + `}]}`,
		"another name":      `{"responses":[{"id":"1","status":200,"body":` + user + `},{"id":"2","status":200,"body":{"value":[` + userJSON(7, "b@contoso.com") + `]}}]}`,
		"responses twice":   `{"responses":[{"id":"1","status":200,"body":` + user + `},{"id":"2","status":200,"body":` + user + `}],"responses":[]}`,
		"Responses":         `{"Responses":[{"id":"1","status":200,"body":` + user + `},{"id":"2","status":200,"body":` + user + `}]}`,
		"a body twice":      `{"responses":[{"id":"1","status":200,"body":` + user + `,"body":` + user + `},{"id":"2","status":200,"body":` + user + `}]}`,
		"a Body":            `{"responses":[{"id":"1","status":200,"body":` + user + `,"Body":` + user + `},{"id":"2","status":200,"body":` + user + `}]}`,
		"HTML in an item":   `{"responses":[{"id":"1","status":200,"body":<html><body>Bad Gateway</body></html>},{"id":"2","status":200,"body":` + user + `}]}`,
		"text in an item":   `{"responses":[{"id":"1","status":200,"body":Service Unavailable},{"id":"2","status":200,"body":` + user + `}]}`,
		"something behind":  `{"responses":[{"id":"1","status":200,"body":` + user + `},{"id":"2","status":200,"body":` + user + `}]}{}`,
		"cut within a body": `{"responses":[{"id":"1","status":200,"body":{"value":[`,
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWire(t, always(200, body))
			got, err := find(t, w, "a@contoso.com", id(1).String())
			checkIncomplete(t, name, err)
			if len(got) != 0 || w.count() < 7 || w.count() > 14 {
				t.Errorf("%s: %v after %d requests", name, got, w.count())
			}
		})
	}
}

// FuzzBatch gives a lookup any reply: nobody is found who was not asked for.
func FuzzBatch(f *testing.F) {
	f.Add(`{"responses":[{"id":"1","status":200,"headers":{"Retry-After":0.249},"body":` + listJSON("", userJSON(1, "a@contoso.com")) + `}]}`)
	f.Add(`{"responses":[{"id":"1","status":429,"headers":{"retry-after":"1"},"body":<html>}]}`)
	f.Add(`{"responses":[{"id":1,"status":200,"body":{"value":[{"id":"` + id(1).String() + `"}]}}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		synctest.Test(t, func(t *testing.T) {
			got, err := findUsers(t.Context(), newReader(t, newWire(t, always(200, body))), "a@contoso.com")
			for _, u := range got {
				if err != nil || !strings.EqualFold(u.UserPrincipalName, "a@contoso.com") && u.Unreadable == "" {
					t.Errorf("found %+v, error %v", u, err)
				}
			}
		})
	})
}

// A batch is a read: when its reply breaks off it is sent again.
func TestBrokenBatchIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, w := newDirectory(t, 1)
		w.answer = inTurn(t, broken(200, `{"responses":[`), broken(503, `{`), w.answer)
		if got, err := find(t, w, "user1@contoso.com"); err != nil || len(got) != 1 {
			t.Errorf("%v, error %v", got, err)
		}
	})
}

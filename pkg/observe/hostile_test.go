package observe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/observe"
)

// hostile is a tenant of its own making, apart from the emulator, that answers
// late, wrongly or not at all. It counts the resource units of what arrives.
type hostile struct {
	users       []string // each as JSON; user N is at N-1
	page, batch time.Duration
	hangs       int // so many requests for the first page are never answered

	whole func(n int) *http.Response // in place of the n-th batch; nil: it is let through
	item  func(n int) string         // in place of an item's answer; empty: it is let through

	mu             sync.Mutex
	pages, batches int
	items          int
	spent          []time.Time // a resource unit each
}

func newHostile(users int) *hostile {
	h := &hostile{}
	for n := 1; n <= users; n++ {
		h.users = append(h.users, fmt.Sprintf(`{"id":%q,"userPrincipalName":%q,"displayName":"U","accountEnabled":true,"userType":"Member","usageLocation":"DE","assignedLicenses":[],"licenseAssignmentStates":[]}`, id(n), upn(n)))
	}
	return h
}

func (h *hostile) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "canary", ExpiresOn: time.Now().Add(24 * time.Hour)}, nil
}

func said(status int, body string, headers ...string) *http.Response {
	resp := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}
	for i := 0; i < len(headers); i += 2 {
		resp.Header.Set(headers[i], headers[i+1])
	}
	return resp
}

func (h *hostile) Do(req *http.Request) (*http.Response, error) {
	switch path := strings.TrimPrefix(req.URL.Path, "/v1.0"); path {
	case "/organization":
		return said(200, `{"value":[{"id":"11111111-2222-4333-8444-555555555555","displayName":"Contoso"}]}`), nil
	case "/subscribedSkus":
		return said(200, `{"value":[]}`), nil
	case "/users":
		return h.list(req)
	case "/$batch":
		return h.answerBatch(req)
	default:
		return nil, fmt.Errorf("nobody asks for %s", path)
	}
}

func (h *hostile) list(req *http.Request) (*http.Response, error) {
	first, _ := strconv.Atoi(req.URL.Query().Get("$skiptoken"))
	h.mu.Lock()
	h.pages++
	h.spent = append(h.spent, time.Now())
	wait := h.page
	if first == 0 && h.hangs > 0 {
		h.hangs--
		wait = 24 * time.Hour
	}
	h.mu.Unlock()
	if err := pass(req.Context(), wait); err != nil {
		return nil, err
	}
	last, link := min(first+graph.PageSize, len(h.users)), ""
	if last < len(h.users) {
		link = fmt.Sprintf(`"@odata.nextLink":"https://graph.example.com/v1.0/users?$skiptoken=%d",`, last)
	}
	return said(200, `{`+link+`"value":[`+strings.Join(h.users[first:last], ",")+`]}`), nil
}

func pass(ctx context.Context, wait time.Duration) error {
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var asksFor = regexp.MustCompile(`'user(\d+)@`)

func (h *hostile) answerBatch(req *http.Request) (*http.Response, error) {
	var in struct {
		Requests []struct{ ID, URL string }
	}
	if err := json.NewDecoder(req.Body).Decode(&in); err != nil {
		return nil, err
	}
	h.mu.Lock()
	h.batches++
	n := h.batches
	for range in.Requests {
		h.spent = append(h.spent, time.Now())
	}
	h.mu.Unlock()
	if h.whole != nil {
		if resp := h.whole(n); resp != nil {
			if resp.StatusCode == 0 {
				return nil, errors.New("connection reset by peer")
			}
			return resp, nil
		}
	}
	if err := pass(req.Context(), h.batch); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString(`{"responses":[`)
	for i, r := range in.Requests {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(h.answerItem(r.ID, r.URL))
	}
	out.WriteString(`]}`)
	return said(200, out.String()), nil
}

func (h *hostile) answerItem(id, address string) string {
	h.mu.Lock()
	h.items++
	n := h.items
	h.mu.Unlock()
	if h.item != nil {
		if refused := h.item(n); refused != "" {
			return fmt.Sprintf(`{"id":%q,%s,"body":{"error":{"code":"TooManyRequests","message":"later"}}}`, id, refused)
		}
	}
	query, _ := url.QueryUnescape(address)
	var found []string
	for _, m := range asksFor.FindAllStringSubmatch(query, -1) {
		if n, _ := strconv.Atoi(m[1]); n >= 1 && n <= len(h.users) {
			found = append(found, h.users[n-1])
		}
	}
	return fmt.Sprintf(`{"id":%q,"status":200,"headers":{"Content-Type":"application/json"},"body":{"value":[%s]}}`, id, strings.Join(found, ","))
}

// mostInTenSeconds is how many resource units were used in any ten seconds.
func (h *hostile) mostInTenSeconds() int {
	most, from := 0, 0
	for i, at := range h.spent {
		for at.Sub(h.spent[from]) >= 10*time.Second {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

func (h *hostile) listing() time.Duration {
	return time.Duration(ceilDiv(len(h.users), graph.PageSize)) * h.page
}

func (h *hostile) reader(t *testing.T) *graph.Reader {
	t.Helper()
	r, err := graph.NewReader(graph.Config{Root: "https://graph.example.com", Credential: h, Transport: h})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// read reads every so many-th user, and makes sure that all of them came, none
// twice, within the quota.
func (h *hostile) read(t *testing.T, every int) time.Duration {
	t.Helper()
	var names []string
	for n := 1; n <= len(h.users); n += every {
		names = append(names, upn(n))
	}
	begun := time.Now()
	got, err := observe.Tenant(t.Context(), h.reader(t), observe.Request{Users: names})
	took := time.Since(begun)
	if err != nil || len(got.Users) != len(names) {
		t.Errorf("%d of %d users, error %v", len(got.Users), len(names), err)
	}
	if most := h.mostInTenSeconds(); most > 8000 {
		t.Errorf("%d resource units in ten seconds", most)
	}
	t.Logf("%s, listing takes %s; %d pages, %d batches", took, h.listing(), h.pages, h.batches)
	return took
}

// refusals are the ways in which a tenant does not answer batches.
func refusals() map[string]func(h *hostile) {
	const body = `{"error":{"code":"TooManyRequests","message":"later"}}`
	always := func(resp func() *http.Response) func(*hostile) {
		return func(h *hostile) { h.whole = func(int) *http.Response { return resp() } }
	}
	return map[string]func(h *hostile){
		"429, in seconds": always(func() *http.Response { return said(429, body, "Retry-After", "10") }),
		"429, as a date": always(func() *http.Response {
			now := time.Now().UTC()
			return said(429, body, "Date", now.Format(http.TimeFormat), "Retry-After", now.Add(15*time.Second).Format(http.TimeFormat))
		}),
		"429, without a time":  always(func() *http.Response { return said(429, body) }),
		"429, nonsense":        always(func() *http.Response { return said(429, body, "Retry-After", "soon") }),
		"429, for an hour":     always(func() *http.Response { return said(429, body, "Retry-After", "3600") }),
		"503":                  always(func() *http.Response { return said(503, "") }),
		"503, in seconds":      always(func() *http.Response { return said(503, "", "Retry-After", "30") }),
		"500":                  always(func() *http.Response { return said(500, "") }),
		"400":                  always(func() *http.Response { return said(400, `{"error":{"code":"BadRequest","message":"no"}}`) }),
		"404":                  always(func() *http.Response { return said(404, `{"error":{"code":"NotFound","message":"no"}}`) }),
		"403":                  always(func() *http.Response { return said(403, `{"error":{"code":"Forbidden","message":"no"}}`) }),
		"an empty reply":       always(func() *http.Response { return said(200, "") }),
		"a page for people":    always(func() *http.Response { return said(200, "<html>hello</html>", "Content-Type", "text/html") }),
		"a broken connection":  always(func() *http.Response { return &http.Response{} }),
		"429 for every item":   func(h *hostile) { h.item = func(int) string { return `"status":429,"headers":{"Retry-After":"10"}` } },
		"429, item, no time":   func(h *hostile) { h.item = func(int) string { return `"status":429,"headers":{}` } },
		"429 for half of them": func(h *hostile) { h.item = every(2, `"status":429,"headers":{"Retry-After":"10"}`) },
		"503 for one in five":  func(h *hostile) { h.item = every(5, `"status":503,"headers":{}`) },
		"429 for most": func(h *hostile) {
			h.whole = func(n int) *http.Response {
				if n%10 == 0 {
					return nil
				}
				return said(429, body, "Retry-After", "5")
			}
		},
	}
}

func every(nth int, refused string) func(int) string {
	return func(n int) string {
		if n%nth == 0 {
			return refused
		}
		return ""
	}
}

// However a tenant refuses batches, reading it takes hardly longer than listing
// it, also where looking up would take fewer requests.
func TestHostileBatches(t *testing.T) {
	for name, refuse := range refusals() {
		for _, tc := range []struct{ users, every int }{{20_000, 1}, {20_000, 4}} {
			t.Run(fmt.Sprintf("%s, %d of %d", name, tc.users/tc.every, tc.users), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := newHostile(tc.users)
					h.page, h.batch = time.Second, time.Second/2
					refuse(h)
					if took := h.read(t, tc.every); took > h.listing()*3/2 {
						t.Errorf("it took %s, and listing takes %s", took, h.listing())
					}
				})
			})
		}
	}
}

// Whoever is on no page and whose lookup was refused is not taken for absent.
func TestHostileBatchesProveNoAbsence(t *testing.T) {
	for name, refuse := range refusals() {
		if strings.Contains(name, "half") || strings.Contains(name, "one in five") || strings.Contains(name, "most") {
			continue // lookups get through in the end
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHostile(2000)
				h.page, h.batch = time.Second, time.Second/2
				refuse(h)
				got, err := observe.Tenant(t.Context(), h.reader(t), observe.Request{Users: []string{upn(1), "nobody@contoso.com"}})
				if err == nil {
					t.Errorf("%d users, and no error", len(got.Users))
				}
			})
		})
	}
}

// The slower way does not hold up the faster one, whichever it is, at any size.
func TestHostileTimes(t *testing.T) {
	for _, tc := range []struct {
		name        string
		users       int
		page, batch time.Duration
		hangs       int
	}{
		{"slow batches", 20_000, time.Second / 5, time.Minute, 0},
		{"slow pages", 20_000, 30 * time.Second, time.Second / 5, 0},
		{"a first page that hangs", 20_000, time.Second, time.Second / 2, 1},
		{"a first page that never comes", 20_000, time.Second, time.Second / 2, 1000},
		{"large", 100_000, time.Second, time.Second / 2, 0},
		{"large, a first page that hangs", 100_000, time.Second, time.Second / 2, 1},
		{"large, slow batches", 100_000, time.Second / 5, time.Minute, 0},
		{"large, slow pages", 100_000, 30 * time.Second, time.Second / 5, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHostile(tc.users)
				h.page, h.batch, h.hangs = tc.page, tc.batch, tc.hangs
				looking := h.batch + time.Duration(max(0, ceilDiv(tc.users, 15)-8000))*10*time.Second/8000
				if took, best := h.read(t, 1), min(h.listing(), looking); took > best*13/10+time.Second {
					t.Errorf("it took %s, the better way takes %s", took, best)
				}
			})
		})
	}
}

package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

func TestFaultMatching(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault emulator.Fault
		want  []int // statuses of: list, ada, list, assign ada, assign ken, list
	}{
		{"any", emulator.Fault{}, []int{503, 503, 503, 503, 503, 503}},
		{"route", emulator.Fault{Route: "listUsers"}, []int{503, 200, 503, 200, 200, 503}},
		{"method", emulator.Fault{Method: "POST"}, []int{200, 200, 200, 503, 503, 200}},
		{"path", emulator.Fault{Path: "/v1.0/users/ADA@*"}, []int{200, 503, 200, 200, 200, 200}},
		{"path of an action", emulator.Fault{Path: "/v1.0/users/ken@*/*"}, []int{200, 200, 200, 200, 503, 200}},
		{"after", emulator.Fault{Route: "listUsers", After: 1}, []int{200, 200, 503, 200, 200, 503}},
		{"count", emulator.Fault{Route: "listUsers", Count: 2}, []int{503, 200, 503, 200, 200, 200}},
		{"after and count", emulator.Fault{Route: "listUsers", After: 1, Count: 1}, []int{200, 200, 503, 200, 200, 200}},
	} {
		w := start(t, emulator.Options{Faults: []emulator.Fault{tt.fault}})
		got := []int{
			w.call("GET", "/users", "").status, w.call("GET", "/users/ada@contoso.com", "").status, w.call("GET", "/users", "").status,
			w.assign(ada, assignBody(lic(suite))).status, w.assign(ken, assignBody(lic(suite))).status, w.call("GET", "/users", "").status,
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: statuses %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestFaultsThatAreNone(t *testing.T) {
	w := start(t, emulator.Options{})
	for name, fault := range map[string]emulator.Fault{
		"no such operation":    {Route: "assignLicence"},
		"no such effect":       {Effect: "explode"},
		"not a pattern":        {Path: "/v1.0/[users"},
		"more than certain":    {Probability: 1.5},
		"a count below zero":   {Count: -1},
		"a status that is not": {Status: 42},
		"no property":          {Effect: emulator.EffectAbsent},
		"a property for none":  {Effect: emulator.EffectHTML, Property: "skuId"},
	} {
		if _, err := emulator.New(testTenant(), emulator.Options{Faults: []emulator.Fault{fault}}); err == nil {
			t.Errorf("%s: New takes it", name)
		}
		if err := w.Inject(fault); err == nil {
			t.Errorf("%s: Inject takes it", name)
		}
	}
	w.get("/users")
}

func TestFaultsAreRepeatable(t *testing.T) {
	statuses := func(seed uint64) []int {
		w := start(t, emulator.Options{Seed: seed, Faults: []emulator.Fault{{Effect: emulator.EffectStatus, Probability: 0.3}}})
		var out []int
		for range 60 {
			out = append(out, w.call("GET", "/organization", "").status)
		}
		return out
	}
	first := statuses(1)
	if !slices.Equal(first, statuses(1)) {
		t.Error("the same seed gives other faults")
	}
	if slices.Equal(first, statuses(2)) {
		t.Error("another seed gives the same faults")
	}
	if !slices.Contains(first, 200) || !slices.Contains(first, 503) {
		t.Errorf("a probability of 0.3 gives %v", first)
	}
}

func TestFaultStatus(t *testing.T) {
	w := start(t, emulator.Options{})
	for status, code := range map[int]string{429: "TooManyRequests", 500: "Service_InternalServerError", 503: "ServiceUnavailable", 504: "UnknownError"} {
		w.Heal()
		w.Inject(emulator.Fault{Effect: emulator.EffectStatus, Status: status, RetryAfter: 6500 * time.Millisecond})
		a := w.assign(ada, assignBody(lic(addon)))
		if a.status != status || a.code() != code || a.header.Get("Retry-After") != "7" {
			t.Errorf("answer %d %s, Retry-After %q", a.status, a.raw, a.header.Get("Retry-After"))
		}
	}
	if w.licenses(ada) != "SUITE-FILES" {
		t.Error("a request that a fault answered was carried out")
	}
	w.Heal()
	w.Inject(emulator.Fault{Effect: emulator.EffectStatus, Status: 400, Code: "Custom"})
	if a := w.call("GET", "/users", ""); a.code() != "Custom" {
		t.Errorf("code %q, want the fault's own", a.code())
	}
}

// A fault can say what it likes: in the service's envelope, or in another form.
func TestFaultBody(t *testing.T) {
	w := start(t, emulator.Options{Faults: []emulator.Fault{
		{Route: "assignLicense", Status: 400, Message: "Something new.", Count: 1},
		{Route: "assignLicense", Effect: emulator.EffectLateStatus, Status: 302, Body: `{"moved":true}`, Count: 1},
	}})
	if a := w.assign(ada, assignBody(lic(addon))); a.status != 400 || a.errorField("message") != "Something new." {
		t.Errorf("answer %d %s", a.status, a.raw)
	}
	late, err := w.try("POST", "/users/ada@contoso.com/assignLicense", assignBody(lic(addon)))
	if err != nil || late.status != 302 || string(late.raw) != `{"moved":true}` {
		t.Errorf("answer %d %s %v", late.status, late.raw, err)
	}
	if w.licenses(ada) != "SUITE-FILES, ADDON" {
		t.Error("the write behind a late answer was not carried out")
	}
}

func TestFaultLateStatus(t *testing.T) {
	w := start(t, emulator.Options{Faults: []emulator.Fault{{Route: "assignLicense", Effect: emulator.EffectLateStatus, Status: 502}}})
	if a := w.assign(ada, assignBody(lic(addon))); a.status != 502 {
		t.Errorf("answer %d", a.status)
	}
	if w.licenses(ada) != "SUITE-FILES, ADDON" {
		t.Error("the write behind a late error was not carried out")
	}
}

func TestFaultHTMLAndEmptyBody(t *testing.T) {
	w := start(t, emulator.Options{Faults: []emulator.Fault{
		{Effect: emulator.EffectHTML, Count: 1}, {Effect: emulator.EffectEmptyBody, Status: 500, Count: 1},
	}})
	html, err := w.try("GET", "/users", "")
	if err != nil || html.status != 502 || html.header.Get("Content-Type") != "text/html" || !strings.Contains(string(html.raw), "<h1>Bad Gateway</h1>") {
		t.Errorf("HTML: %d %s %v", html.status, html.raw, err)
	}
	none, err := w.try("GET", "/users", "")
	if err != nil || none.status != 500 || len(none.raw) != 0 {
		t.Errorf("no body: %d %q %v", none.status, none.raw, err)
	}
	w.get("/users")
}

func TestFaultForeignLink(t *testing.T) {
	w := start(t, emulator.Options{Faults: []emulator.Fault{
		{Effect: emulator.EffectForeignLink, Count: 1}, {Effect: emulator.EffectForeignLink, Host: "evil.example.com", Count: 1},
	}})
	for _, host := range []string{"graph.example.com", "evil.example.com", "graph.microsoft.com"} {
		if next, _ := w.get("/users?$top=1").json["@odata.nextLink"].(string); !strings.HasPrefix(next, "https://"+host+"/v1.0/users?") {
			t.Errorf("next link %q, want one to %s", next, host)
		}
	}
}

// TestFaultOddAnswers: what was carried out is answered as the real service was
// seen to answer, with a status of success.
func TestFaultOddAnswers(t *testing.T) {
	const users = "/users?$select=id,accountEnabled,usageLocation,userType,assignedLicenses,licenseAssignmentStates"
	for effect, tc := range map[emulator.Effect]struct {
		target  string
		want    []string
		without string
	}{
		emulator.EffectMasked:      {users, []string{`"accountEnabled":null`, `"usageLocation":null`, `"assignedLicenses":[]`, `"licenseAssignmentStates":[]`}, "skuId"},
		emulator.EffectOddUser:     {users, []string{`"licenseAssignmentStates":null`, `"licenseAssignmentStates":[`}, "Null"},
		emulator.EffectUnknownType: {groupPath("/transitiveMembers"), []string{`"@odata.type":"#microsoft.graph.shinyNewKind"`}, "graph.user\""},
		emulator.EffectBrokenList:  {users, []string{`{"error":{"code":"BadRequest"`, `"value":[`}, "]}]}]}"},
	} {
		w := start(t, emulator.Options{Faults: []emulator.Fault{{Effect: effect, Count: 1}}})
		a, err := w.try("GET", tc.target, "")
		for _, text := range tc.want {
			if err != nil || a.status != http.StatusOK || !strings.Contains(string(a.raw), text) || strings.Contains(string(a.raw), tc.without) {
				t.Errorf("%s: %d %s, error %v; want %s", effect, a.status, a.raw, err, text)
			}
		}
		w.get(tc.target)
	}
}

// The lists of a service that lies, and what is missing in them.
func TestFaultOddLists(t *testing.T) {
	const page = "/users?$select=id,accountEnabled,licenseAssignmentStates&$top=2"
	for effect, tt := range map[emulator.Effect]struct {
		users int    // on the page
		next  string // where its link leads: away, to the page itself, or nowhere
		text  string // in the answer
	}{
		emulator.EffectEmptyList:    {0, "nowhere", `"value":[]`},
		emulator.EffectEmptyPage:    {0, "itself", `"value":[]`},
		emulator.EffectLoopingLink:  {2, "itself", `"skuId"`},
		emulator.EffectNullList:     {0, "away", `"value":null`},
		emulator.EffectRepeatedItem: {3, "away", `"skuId"`},
		emulator.EffectMissingState: {2, "away", `"licenseAssignmentStates":[]`},
		emulator.EffectAbsent:       {2, "away", `"accountEnabled"`},
		emulator.EffectNulled:       {2, "away", `"licenseAssignmentStates":null`},
		emulator.EffectQuoted:       {2, "away", `"accountEnabled":"true"`},
		emulator.EffectNullError:    {2, "away", `"error":null`},
	} {
		fault := emulator.Fault{Route: "listUsers", Effect: effect, Count: 1}
		if effect == emulator.EffectAbsent || effect == emulator.EffectNulled {
			fault.Property = "licenseAssignmentStates"
		}
		if effect == emulator.EffectQuoted {
			fault.Property = "accountEnabled"
		}
		w := start(t, emulator.Options{Faults: []emulator.Fault{fault}})
		a, err := w.try("GET", page, "")
		next := "nowhere"
		if link, ok := a.json["@odata.nextLink"].(string); ok {
			next = "away"
			if again, err := w.try("GET", link, ""); err == nil && again.status == 200 && fmt.Sprint(again.values("id")) == fmt.Sprint(w.get(page).values("id")) {
				next = "itself"
			}
		}
		if got := len(a.values("id")); err != nil || a.status != 200 || got != tt.users || next != tt.next || !strings.Contains(string(a.raw), tt.text) {
			t.Errorf("%s: %d users, the link leads %s: %d %s %v", effect, got, next, a.status, a.raw, err)
		}
		if effect == emulator.EffectAbsent && strings.Contains(string(a.raw), "licenseAssignmentStates\":") {
			t.Errorf("%s: %s", effect, a.raw)
		}
		if again := w.get(page); len(again.values("id")) != 2 {
			t.Errorf("%s strikes twice: %s", effect, again.raw)
		}
	}
}

// A list that goes in a circle leads from its last page to the first one, never by
// the same link.
func TestFaultCirclingLink(t *testing.T) {
	w := start(t, emulator.Options{Faults: []emulator.Fault{{Route: "listUsers", Effect: emulator.EffectCirclingLink}}})
	seen, link := map[string]int{}, "/users?$select=id&$top=4"
	for range 6 { // pages, of two a lap
		a := w.get(link)
		seen[fmt.Sprint(a.values("id"))]++
		link, _ = a.json["@odata.nextLink"].(string)
		if seen[link]++; seen[link] > 1 || link == "" {
			t.Fatalf("the link %q comes again", link)
		}
	}
	if len(seen) != 2+6 {
		t.Errorf("not two pages in turn: %v", seen)
	}
}

// A count, an error and an answer without a body stay what they are.
func TestFaultOddListsElsewhere(t *testing.T) {
	w := start(t, emulator.Options{Faults: []emulator.Fault{{Effect: emulator.EffectNullError}}})
	if a := w.get("/users/$count", eventual...); string(a.raw) != "5" {
		t.Errorf("a count: %s", a.raw)
	}
	if a := w.call("GET", "/users/nobody@contoso.com", ""); a.status != 404 || a.code() == "" {
		t.Errorf("an error: %d %s", a.status, a.raw)
	}
	if a := w.call("PATCH", "/users/ada@contoso.com", `{"usageLocation":"GB"}`); a.status != 204 || len(a.raw) != 0 {
		t.Errorf("without a body: %d %s", a.status, a.raw)
	}
}

// The token of a page expires at once, but for advanced queries.
func TestFaultExpiredPage(t *testing.T) {
	w := start(t, emulator.Options{Faults: []emulator.Fault{{Route: "listUsers", Effect: emulator.EffectExpiredPage}}})
	next, _ := w.get("/users?$top=2").json["@odata.nextLink"].(string)
	wantError(t, w.call("GET", next, ""), 400, "Directory_ExpiredPageToken",
		"The specified page token value has expired and can no longer be included in your request.")
	next, _ = w.get("/users?$top=2&$count=true", eventual...).json["@odata.nextLink"].(string)
	w.get(next, eventual...)
}

// Headers are what a fault makes of them, with an answer of its own or another.
func TestFaultHeaders(t *testing.T) {
	challenge := `Bearer realm="", error="insufficient_claims", claims="eyJhIjoxfQ=="`
	w := start(t, emulator.Options{Faults: []emulator.Fault{
		{Route: "getUser", Effect: emulator.EffectStatus, Status: 401, Headers: map[string]string{"WWW-Authenticate": challenge}},
		{Route: "listUsers", Effect: emulator.EffectStatus, Status: 429, RetryAfter: time.Second, Headers: map[string]string{"Retry-After": "0.249"}},
		{Route: "subscribedSkus", Effect: emulator.EffectLatency, Headers: map[string]string{"Odata-Version": ""}},
	}})
	if a := w.call("GET", "/users/ada@contoso.com", ""); a.status != 401 || a.header.Get("WWW-Authenticate") != challenge {
		t.Errorf("a challenge: %d %s", a.status, a.header)
	}
	if a := w.call("GET", "/users", ""); a.status != 429 || a.header.Get("Retry-After") != "0.249" {
		t.Errorf("a fraction: %d %s", a.status, a.header)
	}
	if a := w.get("/subscribedSkus"); a.header.Get("Odata-Version") != "" || len(a.values("id")) == 0 {
		t.Errorf("a header that is taken away: %s", a.header)
	}
	got := w.batch(batchGet("1", "/users"))
	if got["1"].Headers["Retry-After"] != "0.249" {
		t.Errorf("of an item: %v", got["1"].Headers)
	}
}

// The answer to a batch is no JSON because of one of its items.
func TestFaultUnquotedItem(t *testing.T) {
	w := start(t, emulator.Options{Faults: []emulator.Fault{{Route: "batch", Effect: emulator.EffectUnquotedItem, Count: 1}}})
	body := `{"requests":[` + batchGet("1", "/users") + `,` + batchGet("2", "/groups") + `]}`
	a, err := w.try("POST", "/$batch", body)
	if err != nil || a.status != 200 || a.json != nil || !strings.Contains(string(a.raw), `"body":<!DOCTYPE html>`) {
		t.Errorf("%d %s %v", a.status, a.raw, err)
	}
	w.batch(batchGet("1", "/users"))
}

func TestFaultExpireTokens(t *testing.T) {
	w := start(t, emulator.Options{Faults: []emulator.Fault{{Effect: emulator.EffectExpireTokens, After: 1, Count: 1}}})
	w.get("/users")
	for range 2 {
		wantError(t, w.call("GET", "/users", ""), 401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
	}
	w.token = w.AppToken()
	w.get("/users")
}

func TestFaultTokenService(t *testing.T) {
	w := start(t, emulator.Options{Faults: []emulator.Fault{{Route: "token", Effect: emulator.EffectStatus, Status: 503, Count: 1}}})
	form := map[string][]string{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret}, "scope": {"https://graph.microsoft.com/.default"}}
	if a := w.oauth("/contoso.com/oauth2/v2.0/token", form); a.status != 503 {
		t.Errorf("answer %d %s", a.status, a.raw)
	}
	if a := w.oauth("/contoso.com/oauth2/v2.0/token", form); a.status != 200 {
		t.Errorf("the next answer %d %s", a.status, a.raw)
	}
}

func TestFaultLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, emulator.Options{Faults: []emulator.Fault{{Effect: emulator.EffectLatency, Latency: 3 * time.Second}}})
		began := time.Now()
		w.get("/users")
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("the answer took %v, want 3 s", took)
		}
	})
}

// brokenConnections are the faults that break the connection: whether the
// request was carried out, and how far the answer came.
var brokenConnections = []struct {
	effect     emulator.Effect
	carriedOut bool
	partial    bool
}{
	{emulator.EffectReset, false, false},
	{emulator.EffectLostReply, true, false},
	{emulator.EffectHalfBody, true, true},
}

func TestFaultBrokenConnections(t *testing.T) {
	for _, tt := range brokenConnections {
		w := start(t, emulator.Options{Faults: []emulator.Fault{{Route: "assignLicense", Effect: tt.effect, Count: 1}}})
		a, err := w.try("POST", assignPath(ada), assignBody(lic(addon)))
		wantErr := error(syscall.ECONNRESET)
		if tt.partial {
			wantErr = io.ErrUnexpectedEOF
		}
		if !errors.Is(err, wantErr) || (a.status == 200) != tt.partial {
			t.Errorf("%s: %d %q %v, want %v", tt.effect, a.status, a.raw, err, wantErr)
		}
		if got := w.licenses(ada) == "SUITE-FILES, ADDON"; got != tt.carriedOut {
			t.Errorf("%s: carried out: %v, want %v", tt.effect, got, tt.carriedOut)
		}
	}
}

func TestFaultBrokenConnectionsOnTheWire(t *testing.T) {
	for _, tt := range brokenConnections {
		w := start(t, emulator.Options{Faults: []emulator.Fault{{Route: "assignLicense", Effect: tt.effect, Count: 1}}})
		server := httptest.NewServer(w.Emulator)
		w.client = server.Client()
		a, err := w.try("POST", server.URL+"/v1.0"+assignPath(ada), assignBody(lic(addon)))
		if err == nil || (a.status == 200) != tt.partial {
			t.Errorf("%s: %d %q %v", tt.effect, a.status, a.raw, err)
		}
		if got := w.licenses(ada) == "SUITE-FILES, ADDON"; got != tt.carriedOut {
			t.Errorf("%s: carried out: %v, want %v", tt.effect, got, tt.carriedOut)
		}
		server.Close()
	}
}

func TestFaultsInsideABatch(t *testing.T) {
	w := start(t, emulator.Options{Faults: []emulator.Fault{{Route: "assignLicense", Effect: emulator.EffectStatus, After: 1, Count: 1}}})
	got := w.batch(batchAssign("1", ada, assignBody(lic(suite, files)), ""), batchAssign("2", ken, assignBody(lic(suite)), ""), batchAssign("3", grace, assignBody(lic(suite)), ""))
	if got["1"].Status != 200 || got["2"].Status != 503 || got["3"].Status != 200 {
		t.Errorf("statuses %d %d %d, want 200 503 200", got["1"].Status, got["2"].Status, got["3"].Status)
	}
	w.Inject(emulator.Fault{Route: "assignLicense", Effect: emulator.EffectLostReply})
	body := `{"requests":[` + batchAssign("1", ada, assignBody(lic(addon)), "") + `]}`
	if _, err := w.try("POST", "/$batch", body); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a batch with a lost reply in it: %v", err)
	}
	if w.licenses(ada) != "SUITE-FILES, ADDON" {
		t.Error("the item whose reply was lost was not carried out")
	}
}

func TestWriteOutlivesItsClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, emulator.Options{WriteLatency: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, "POST", graphRoot+assignPath(ada), strings.NewReader(assignBody(lic(addon))))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+w.token)
		r.Header.Set("Content-Type", "application/json")
		if _, err := read(w.client.Do(r)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the call ended with %v", err)
		}
		if w.licenses(ada) != "SUITE-FILES, ADDON" {
			t.Error("a client that stops waiting stops the write")
		}
	})
}

func TestParseOptions(t *testing.T) {
	const text = `
apiVersion: licensectl.dev/v1
kind: EmulatorOptions
metadata: {name: bad day}
spec:
  seed: 7
  atomicity: asFarAsItGets
  rules: published
  warningSeats: true
  groupDelay: 5s
  groups: {loseOverlapping: true, completeEarly: true, endsAs: ProcessingFailed, alsoDisabled: [{sku: SPE_E3, disabledPlans: [SWAY]}]}
  limits: {resourceUnits: 100, window: 1s, writes: 20, writeWindow: 1s, tenantWrites: 50, tenantWindow: 2s}
  concurrency: {writes: 4, badRequest: true}
  lag: {delay: 300ms, share: 0.5}
  tokenLifetime: 10m
  pageTokenLifetime: 1m
  writeLatency: 20ms
  auditLog: odd
  faults:
    - {route: assignLicense, method: POST, path: "/v1.0/users/a*/*", after: 3, count: 5, probability: 0.25, effect: status, status: 503, code: X, message: M, body: B, retryAfter: 2s, latency: 100ms}
    - {route: listUsers, effect: foreignLink, host: evil.example.com}
`
	opts, err := emulator.ParseOptions("day.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if opts.Rules == nil {
		t.Error("no rules")
	}
	opts.Rules = nil
	e3 := published(t, "SPE_E3")
	sway, err := license.Published().ResolvePlan(e3, "SWAY")
	if err != nil {
		t.Fatal(err)
	}
	want := emulator.Options{
		Seed: 7, Atomicity: emulator.AsFarAsItGets, WarningSeats: true, GroupDelay: 5 * time.Second,
		Groups: emulator.GroupWhims{LoseOverlapping: true, CompleteEarly: true, EndsAs: "ProcessingFailed",
			AlsoDisabled: []emulator.License{{SKU: e3.ID, DisabledPlans: []license.GUID{sway.ID}}}},
		Limits:        emulator.Limits{ResourceUnits: 100, Window: time.Second, Writes: 20, WriteWindow: time.Second, TenantWrites: 50, TenantWindow: 2 * time.Second},
		Concurrency:   emulator.Concurrency{Writes: 4, BadRequest: true},
		Lag:           emulator.Lag{Delay: 300 * time.Millisecond, Share: 0.5},
		TokenLifetime: 10 * time.Minute, PageTokenLifetime: time.Minute, WriteLatency: 20 * time.Millisecond,
		AuditLog: emulator.AuditOdd,
		Faults: []emulator.Fault{
			{Route: "assignLicense", Method: "POST", Path: "/v1.0/users/a*/*", After: 3, Count: 5, Probability: 0.25, Effect: emulator.EffectStatus,
				Status: 503, Code: "X", Message: "M", Body: "B", RetryAfter: 2 * time.Second, Latency: 100 * time.Millisecond},
			{Route: "listUsers", Effect: emulator.EffectForeignLink, Host: "evil.example.com"},
		},
	}
	if got := fmt.Sprintf("%+v", opts); got != fmt.Sprintf("%+v", want) {
		t.Errorf("options %s\nwant    %+v", got, want)
	}
}

func TestParseOptionsRefuses(t *testing.T) {
	const head = "apiVersion: licensectl.dev/v1\nkind: EmulatorOptions\nmetadata: {name: x}\nspec:\n  "
	for text, want := range map[string]string{
		"faults: [{route: nothing, effect: status}]":                     "x.yaml:5:20",
		"faults: [{effect: explode}]":                                    "x.yaml:5:21",
		"faults: [{route: token}]":                                       "x.yaml:5:12",
		"faults: [{effect: status, status: 200}]":                        "x.yaml:5:37",
		"faults: [{effect: status, probability: 2}]":                     "x.yaml:5:42",
		"faults: [{effect: status, probability: 0}]":                     "x.yaml:5:42",
		"faults: [{effect: latency, latency: soon}]":                     "x.yaml:5:39",
		"faults: [{effect: status, path: \"[\"}]":                        "x.yaml:5:35",
		"limits: {writes: -1}":                                           "x.yaml:5:20",
		"lag: {share: 0.5}":                                              "x.yaml:5:8",
		"atomicity: sometimes":                                           "x.yaml:5:14",
		"groups: {alsoDisabled: [{sku: SPE_E3, disabledPlans: [NONE]}]}": "x.yaml:5:57",
		"groups: {alsoDisabled: [{sku: NONE, disabledPlans: []}]}":       "x.yaml:5:33",
		"speed: 2": "x.yaml:5:3",
	} {
		_, err := emulator.ParseOptions("x.yaml", []byte(head+text+"\n"))
		if err == nil || !strings.HasPrefix(err.Error(), want+": ") {
			t.Errorf("%s: %v, want an error at %s", text, err, want)
		}
	}
}

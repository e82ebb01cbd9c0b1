package emulator_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/emulator"
)

func TestErrorEnvelope(t *testing.T) {
	now := time.Date(2025, 7, 14, 16, 14, 5, 0, time.UTC)
	w := start(t, emulator.Options{Now: func() time.Time { return now }})
	const own = "0e6f2f5c-0c3b-4f5e-9c51-6a2b1f0f7a11"
	a := w.call("GET", "/users/nobody@contoso.com", "", "client-request-id", own)
	want := fmt.Sprintf(`{"error":{"code":"Request_ResourceNotFound","message":"Resource 'nobody@contoso.com' does not exist or one of its queried reference-property objects are not present.",`+
		`"innerError":{"date":"2025-07-14T16:14:05","request-id":"%s","client-request-id":"%s"}}}`, a.header.Get("request-id"), own)
	if string(a.raw) != want {
		t.Errorf("envelope %s\nwant     %s", a.raw, want)
	}
	if a.header.Get("client-request-id") != own {
		t.Errorf("client-request-id %q is not the client's own", a.header.Get("client-request-id"))
	}
	b := w.get("/users")
	if b.header.Get("client-request-id") != b.header.Get("request-id") || b.header.Get("request-id") == a.header.Get("request-id") {
		t.Errorf("ids without the client's own: %v", b.header)
	}
	for name, want := range map[string]string{
		"Date": "Mon, 14 Jul 2025 16:14:05 GMT", "OData-Version": "4.0", "Cache-Control": "no-cache",
		"Content-Type": "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
	} {
		if got := b.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(b.header.Get("x-ms-ags-diagnostic"), "ServerInfo") {
		t.Error("no x-ms-ags-diagnostic header")
	}
}

func TestGzipBody(t *testing.T) {
	w := start(t, emulator.Options{})
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write([]byte(assignBody(lic(addon)))); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	a := w.call("POST", assignPath(ada), packed.String(), "Content-Encoding", "gzip")
	if a.status != 200 || w.licenses(ada) != "SUITE-FILES, ADDON" {
		t.Errorf("answer %d %s", a.status, a.raw)
	}
	if a := w.call("POST", assignPath(ada), "not packed", "Content-Encoding", "gzip"); a.status != 415 {
		t.Errorf("a body that is not packed: %d", a.status)
	}
}

// TestBodiesAreBounded sends a body that is large, and one that is small and
// unpacks to a large one.
func TestBodiesAreBounded(t *testing.T) {
	w := start(t, emulator.Options{})
	large := strings.Repeat(" ", 5<<20)
	if a := w.call("POST", assignPath(ada), large); a.status != 413 {
		t.Errorf("a body of 5 MiB: %d", a.status)
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write([]byte(large)); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	if a := w.call("POST", assignPath(ada), packed.String(), "Content-Encoding", "gzip"); a.status != 413 {
		t.Errorf("a body that unpacks to 5 MiB: %d", a.status)
	}
}

func TestRequestLog(t *testing.T) {
	w := start(t, emulator.Options{})
	w.get("/users?$top=2")
	w.assign(ada, assignBody(lic(addon)))
	w.assign(ada, assignBody(lic(foreign)))
	log := w.Requests()
	type line struct {
		Route, Method, Path, Body string
		Status                    int
		Mutated                   bool
	}
	var got []line
	for _, r := range log {
		got = append(got, line{r.Route, r.Method, r.Path, string(r.Body), r.Status, r.Mutated})
	}
	want := []line{
		{"listUsers", "GET", "/v1.0/users?$top=2", "", 200, false},
		{"assignLicense", "POST", "/v1.0/users/ada@contoso.com/assignLicense", assignBody(lic(addon)), 200, true},
		{"assignLicense", "POST", "/v1.0/users/ada@contoso.com/assignLicense", assignBody(lic(foreign)), 400, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	c := w.Counters()
	if c.Requests != 3 || c.Mutations != 1 || !maps.Equal(c.ByRoute, map[string]int{"listUsers": 1, "assignLicense": 2}) ||
		!maps.Equal(c.ByStatus, map[int]int{200: 2, 400: 1}) {
		t.Errorf("counters %+v", c)
	}
}

func TestRequestLogIsBounded(t *testing.T) {
	w := start(t, emulator.Options{LogSize: 3})
	for i := range 5 {
		w.get(fmt.Sprintf("/users?$top=%d", i+1))
	}
	var paths []string
	for _, r := range w.Requests() {
		paths = append(paths, r.Path)
	}
	if want := []string{"/v1.0/users?$top=3", "/v1.0/users?$top=4", "/v1.0/users?$top=5"}; !slices.Equal(paths, want) {
		t.Errorf("log %v, want %v", paths, want)
	}
	if n := w.Counters().Requests; n != 5 {
		t.Errorf("%d requests counted, want 5", n)
	}
}

func TestRequestLogHoldsNoCredentials(t *testing.T) {
	w := start(t, emulator.Options{})
	w.oauth("/contoso.com/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {"canary"}, "scope": {"https://graph.microsoft.com/.default"}})
	w.assign(ada, assignBody(lic(suite)))
	w.call("PATCH", "/users/ada@contoso.com", `{"passwordProfile":{"password":"canary"}}`)
	text := fmt.Sprintf("%+v", w.Requests())
	for _, r := range w.Requests() {
		text += string(r.Body)
	}
	if strings.Contains(text, "canary") || strings.Contains(text, w.token) {
		t.Errorf("the log holds a credential: %s", text)
	}
}

func TestTransport(t *testing.T) {
	w := start(t, emulator.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "GET", graphRoot+"/users", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := w.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 401 || resp.Request != r || resp.ContentLength <= 0 || resp.Status != "401 Unauthorized" {
		t.Errorf("response %+v", resp)
	}
	cancel()
	if _, err := w.Transport().RoundTrip(r); !errors.Is(err, context.Canceled) {
		t.Errorf("a request whose context has ended: %v", err)
	}
}

func TestHandOfAnotherAdministrator(t *testing.T) {
	w := start(t, emulator.Options{})
	for _, err := range []error{
		w.SetLicenses(ada, lic(addon, extra)...), w.SetUsageLocation(ken, "JP"), w.SetUsageLocation(grace, ""), w.DeleteUser(zoe),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := w.licenses(ada); got != "ADDON-EXTRA" {
		t.Errorf("ada holds %q", got)
	}
	if u, _ := w.User(ken); u.UsageLocation != "JP" {
		t.Errorf("ken is in %q", u.UsageLocation)
	}
	if u, _ := w.User(grace); u.UsageLocation != "" {
		t.Errorf("grace is in %q", u.UsageLocation)
	}
	if n := len(w.get("/users").values("id")); n != 4 {
		t.Errorf("%d users are listed, want 4", n)
	}
	checkSeats(t, w.Emulator)
	if w.SetLicenses("nobody", lic(addon)...) == nil || w.SetLicenses(ada, lic(foreign)...) == nil || w.SetUsageLocation(ada, "XX") == nil || w.DeleteUser(zoe) == nil {
		t.Error("an impossible change was made")
	}
}

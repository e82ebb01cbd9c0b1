package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

const (
	testRoot = "https://graph.example.com"
	canary   = "canary-token-eyJ0.e30.c2ln"
)

// staticToken is a credential that always works.
type staticToken struct{}

func (staticToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: canary, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// wire stands in for the network. It polices what every request must carry
// and leaves the answer to a handler.
type wire struct {
	t      testing.TB
	answer func(*http.Request) (*http.Response, error)

	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
	ids      map[string]bool
}

func newWire(t testing.TB, answer func(*http.Request) (*http.Response, error)) *wire {
	return &wire{t: t, answer: answer, ids: map[string]bool{}}
}

func (w *wire) Do(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			w.t.Errorf("reading the request: %v", err)
		}
		body = string(b)
		req.Body = io.NopCloser(strings.NewReader(body))
	}
	w.record(req, body)
	return w.answer(req)
}

func (w *wire) record(req *http.Request, body string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests = append(w.requests, req)
	w.bodies = append(w.bodies, body)
	id := req.Header.Get("client-request-id")
	switch {
	case req.URL.Scheme+"://"+req.URL.Host != testRoot:
		w.t.Errorf("a request, with the token, went to %s", req.URL.Host)
	case req.Header.Get("Authorization") != "Bearer "+canary:
		w.t.Errorf("Authorization = %q", req.Header.Get("Authorization"))
	case !license.IsGUID(id) || w.ids[id]:
		w.t.Errorf("client-request-id %q is not a fresh GUID", id)
	case req.Header.Get("User-Agent") != "licensectl/test":
		w.t.Errorf("User-Agent = %q", req.Header.Get("User-Agent"))
	case req.Header.Get("ConsistencyLevel") != "" && req.URL.Query().Get("$select") != "id":
		w.t.Error("ConsistencyLevel reads the index, which lags, for more than who is there")
	case req.Header.Get("Accept") != "application/json":
		w.t.Errorf("Accept = %q", req.Header.Get("Accept"))
	case body != "" && req.Header.Get("Content-Type") != "application/json":
		w.t.Errorf("Content-Type = %q", req.Header.Get("Content-Type"))
	case int64(len(body)) != req.ContentLength:
		w.t.Errorf("Content-Length = %d, the body has %d bytes", req.ContentLength, len(body))
	}
	w.ids[id] = true
}

func (w *wire) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.requests)
}

func config(transport policy.Transporter) graph.Config {
	return graph.Config{
		Root:       testRoot,
		Credential: staticToken{},
		Transport:  transport,
		UserAgent:  "licensectl/test",
	}
}

func newReader(t testing.TB, transport policy.Transporter) *graph.Reader {
	t.Helper()
	r, err := graph.NewReader(config(transport))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newWriter(t testing.TB, transport policy.Transporter) *graph.Writer {
	t.Helper()
	w, err := graph.NewWriter(config(transport))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// reply makes a response; headers are "Name: value".
func reply(status int, body string, headers ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}, "Request-Id": {"9f0c1c4e-0000-4000-8000-000000000001"}}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		h.Set(name, value)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

// always answers every request alike.
func always(status int, body string, headers ...string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return reply(status, body, headers...), nil }
}

// inTurn answers the n-th request with the n-th answer, and fails the test
// when there are more requests than answers.
func inTurn(t testing.TB, answers ...func(*http.Request) (*http.Response, error)) func(*http.Request) (*http.Response, error) {
	n := 0
	return func(req *http.Request) (*http.Response, error) {
		n++
		if n > len(answers) {
			t.Errorf("request %d was not expected: %s %s", n, req.Method, req.URL)
			return nil, errors.New("no more answers")
		}
		return answers[n-1](req)
	}
}

// broken answers with a body that breaks off.
func broken(status int, body string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		resp := reply(status, "")
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(body), failingReader{}))
		return resp, nil
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// reset answers with a broken connection.
func reset(*http.Request) (*http.Response, error) { return nil, errors.New("connection reset by peer") }

// id makes a GUID that is easy to tell apart.
func id(n int) license.GUID {
	return uuid.MustParse(fmt.Sprintf("00000000-0000-4000-8000-%012d", n))
}

// userJSON is a user without licenses.
func userJSON(n int, upn string) string {
	return fmt.Sprintf(`{"id":%q,"userPrincipalName":%q,"displayName":"User","accountEnabled":true,"userType":"Member","usageLocation":"DE","assignedLicenses":[],"licenseAssignmentStates":[]}`, id(n), upn)
}

// skuJSON is a row of subscribedSkus: row is its id, n stands for the product.
func skuJSON(row string, n int, partNumber string) string {
	return fmt.Sprintf(`{"id":%q,"skuId":%q,"skuPartNumber":%q,"appliesTo":"User","capabilityStatus":"Enabled","consumedUnits":3,"prepaidUnits":{"enabled":5,"warning":0,"suspended":0,"lockedOut":0},"servicePlans":[]}`,
		row, id(n), partNumber)
}

// listJSON is a page of the given items; link may be empty.
func listJSON(link string, items ...string) string {
	next := ""
	if link != "" {
		text, err := json.Marshal(link)
		if err != nil {
			panic(err)
		}
		next = `"@odata.nextLink":` + string(text) + `,`
	}
	return fmt.Sprintf(`{"@odata.context":"x",%s"value":[%s]}`, next, strings.Join(items, ","))
}

// alwaysAhead has every page asked for early.
func alwaysAhead() bool { return true }

// allUsers reads every page, each asked for before the one before is decoded.
func allUsers(r *graph.Reader) ([]license.UserState, error) {
	return allUsersIn(context.Background(), r)
}

func allUsersIn(ctx context.Context, r *graph.Reader) ([]license.UserState, error) {
	var users []license.UserState
	for page, err := range r.UserPages(ctx, alwaysAhead) {
		if err != nil {
			return users, err
		}
		users = append(users, page...)
	}
	return users, nil
}

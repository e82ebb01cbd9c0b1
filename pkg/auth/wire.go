package auth

import (
	"bytes"
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

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/licensectl/licensectl/pkg/internal/network"
)

// wire watches over every request of a sign-in: a secret goes to the hosts of
// the authority alone, over https, and nothing follows a redirect. It takes
// note of the secrets that pass, and of what kept a request from its answer.
type wire struct {
	hosts []string // of the authority, each with its port where that is not 443
	learn func(string)
}

var _ policy.Policy = wire{}

// longestReply bounds what is read of one reply of a token service, in bytes.
const longestReply = 1 << 20

// Do sends a request on.
func (w wire) Do(req *policy.Request) (*http.Response, error) {
	resp, err := w.send(req)
	if n, ok := req.Raw().Context().Value(noted{}).(*notes); ok {
		w.note(n, req.Raw(), said(resp, err))
	}
	return resp, err
}

func (w wire) send(req *policy.Request) (*http.Response, error) {
	if err := w.check(req.Raw()); err != nil {
		return nil, err
	}
	if err := w.learnRequest(req); err != nil {
		return nil, err
	}
	resp, err := req.Next()
	switch {
	case network.Standing(err):
		return nil, &finalError{err}
	case err != nil:
		return nil, err
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		err = redirectOf(resp)
	case resp.StatusCode == http.StatusProxyAuthRequired:
		err = &finalError{network.ErrProxyAuth}
	default:
		return resp, w.learnReply(resp)
	}
	_ = resp.Body.Close() // nothing of it is read
	return nil, err
}

// ofAuthority reports whether a request goes to the token service, and so that
// nobody on the way can read it.
func (w wire) ofAuthority(u *url.URL) bool {
	return u.Scheme == "https" && slices.Contains(w.hosts, strings.ToLower(strings.TrimSuffix(u.Host, ":443")))
}

// check refuses to post to anybody else. A machine's own metadata service is
// asked with a header that no reply can bring about, and gets no secret.
func (w wire) check(raw *http.Request) error {
	if raw.Body == nil || raw.Body == http.NoBody || raw.Header.Get("Metadata") != "" || w.ofAuthority(raw.URL) {
		return nil
	}
	return &strayError{to: raw.URL.Scheme + "://" + raw.URL.Host, hosts: w.hosts}
}

// learnRequest takes note of the secrets of a form.
func (w wire) learnRequest(req *policy.Request) error {
	if req.Body() == nil {
		return nil
	}
	body, err := io.ReadAll(req.Body())
	if err != nil {
		return err
	}
	if err := req.RewindBody(); err != nil {
		return err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil // then it is no form, and has no fields
	}
	for _, name := range []string{"client_secret", "client_assertion", "assertion", "refresh_token", "password", "device_code", "code"} {
		w.learn(form.Get(name))
	}
	return nil
}

// learnReply takes note of the tokens of a reply, which is read as a whole.
func (w wire) learnReply(resp *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, longestReply+1))
	_ = resp.Body.Close()
	switch {
	case err != nil:
		return err
	case len(body) > longestReply:
		return &oversizedError{resp.Request.URL.Host}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var reply map[string]any
	if json.Unmarshal(body, &reply) != nil {
		reply = nil
	}
	if w.ofAuthority(resp.Request.URL) {
		if err := checkReply(resp, body, reply); err != nil {
			return err
		}
	}
	for _, name := range []string{"access_token", "refresh_token", "id_token", "device_code"} {
		if token, isText := reply[name].(string); isText {
			w.learn(token)
		}
	}
	return nil
}

// checkReply refuses a reply that is none of a token service. It is asked for again,
// as an answer that was lost would be, unless it turns the request away.
func checkReply(resp *http.Response, body []byte, reply map[string]any) error {
	if resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests || isPlausible(resp.Request, reply) {
		return nil // azcore repeats what fails for a passing reason
	}
	err := error(&implausibleError{status: resp.StatusCode, page: bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))})
	if resp.StatusCode >= 400 {
		err = &finalError{err}
	}
	return err
}

// isPlausible reports whether a reply has what it must have at the least: an
// error, or what a form is sent for. What else is asked for is JSON.
func isPlausible(asked *http.Request, reply map[string]any) bool {
	if asked.Method != http.MethodPost {
		return len(reply) > 0
	}
	for _, name := range []string{"error", "access_token", "device_code"} {
		if text, isText := reply[name].(string); isText && text != "" {
			return true
		}
	}
	return false
}

// outcome is what became of a request.
type outcome struct {
	status int // 0: no answer that counts
	err    error
}

// failure is why the token service did not answer; nil where it did. One that
// is overloaded or breaks down has refused nothing.
func (o outcome) failure() error {
	if o.err == nil && (o.status >= 500 || o.status == http.StatusTooManyRequests) {
		return &failingError{o.status}
	}
	return o.err
}

func said(resp *http.Response, err error) outcome {
	out := outcome{err: err}
	if resp != nil && err == nil {
		out.status = resp.StatusCode
	}
	return out
}

// note keeps what became of a request. Whether a machine has a metadata
// service says nothing about the network, unless it is the one that leads
// elsewhere.
func (w wire) note(n *notes, raw *http.Request, o outcome) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, stray := o.err.(*strayError); stray || w.ofAuthority(raw.URL) {
		n.failure = o.failure()
		return
	}
	n.machine = raw.URL.Host + " does not answer"
	if o.status != 0 {
		n.machine = fmt.Sprintf("%s answers %d", raw.URL.Host, o.status)
	} else if o.err != nil && !errors.Is(o.err, context.DeadlineExceeded) {
		n.machine = raw.URL.Host + ": " + unwrapped(o.err).Error()
	}
}

// machineSaid gives the last answer of the metadata service; empty: it was not
// asked.
func machineSaid(ctx context.Context) string {
	n, ok := ctx.Value(noted{}).(*notes)
	if !ok {
		return ""
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.machine
}

// notes are what is kept of one sign-in.
type notes struct {
	mu      sync.Mutex
	failure error  // why the token service did not answer the last request; nil: it did, or was not asked
	machine string // what the metadata service said last; empty: it was not asked
}

// noted is the key of the notes in a context.
type noted struct{}

// taking gives a context in which notes are taken.
func taking(ctx context.Context) (context.Context, *notes) {
	n := &notes{}
	return context.WithValue(ctx, noted{}, n), n
}

// unanswered gives why there was no answer; nil where there was.
func (n *notes) unanswered() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.failure
}

// strayError is a secret that was about to go to somebody else.
type strayError struct {
	to    string // the place, without a path
	hosts []string
}

func (e *strayError) Error() string {
	return fmt.Sprintf("refused to follow the token service to %q: secrets go to https://%s alone", e.to, e.hosts[0])
}

// NonRetriable marks the error for azcore.
func (*strayError) NonRetriable() {}

// redirectError is a redirect, which is not followed.
type redirectError struct {
	status int
	to     string // its host; empty: it names none
}

func (e *redirectError) Error() string {
	to := ""
	if e.to != "" {
		to = fmt.Sprintf(" to %q", e.to)
	}
	return fmt.Sprintf("the token service answers with a redirect (%d)%s, which is not followed", e.status, to)
}

// NonRetriable marks the error for azcore.
func (*redirectError) NonRetriable() {}

func redirectOf(resp *http.Response) error {
	e := &redirectError{status: resp.StatusCode}
	if to, err := resp.Location(); err == nil {
		e.to = to.Scheme + "://" + to.Host
	}
	return e
}

// finalError is one that no repetition heals.
type finalError struct{ error }

// Unwrap gives the error as it was.
func (e *finalError) Unwrap() error { return e.error }

// NonRetriable marks the error for azcore.
func (*finalError) NonRetriable() {}

// oversizedError is a reply that no token service gives.
type oversizedError struct{ host string }

func (e *oversizedError) Error() string {
	return fmt.Sprintf("%s answers with more than %d MB", e.host, longestReply>>20)
}

// NonRetriable marks the error for azcore.
func (*oversizedError) NonRetriable() {}

// implausibleError is a reply that no token service gives: a proxy or a sign-in
// page of the network has answered in its place.
type implausibleError struct {
	status int
	page   bool // it looks like a web page
}

func (e *implausibleError) Error() string {
	what := "what came in its place makes no sense"
	if e.page {
		what = "a web page came in its place, of a proxy or a sign-in page of the network"
	}
	return fmt.Sprintf("%s (%d %s)", what, e.status, http.StatusText(e.status))
}

// failingError is a token service that breaks down or is overloaded.
type failingError struct{ status int }

func (e *failingError) Error() string {
	return fmt.Sprintf("the token service fails (%d %s)", e.status, http.StatusText(e.status))
}

// staying gives what carries the requests, without a will of its own to follow
// a redirect.
func (o Options) staying() policy.Transporter {
	var client http.Client
	switch t := o.Transport.(type) {
	case nil:
	case *http.Client:
		client = *t
	default:
		return t
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

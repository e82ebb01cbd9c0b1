package graph

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// What is read of one reply at most. A page of 999 users takes about 1 MB.
const (
	maxReply      = 64 << 20
	maxErrorReply = 1 << 20

	// freeReply is what any reply may have at the same time as others: hundreds are
	// under way side by side. What is larger, which hardly any is, comes one after the
	// other.
	freeReply = 2 << 20
)

// originGuard is the last thing before the wire: nothing leaves for another place
// than the root, and nothing comes back without bound. It also strips the
// address, whose query names people, from the errors of the HTTP client.
type originGuard struct {
	root serviceRoot
	next policy.Transporter
	turn chan struct{} // is full while a large reply comes
}

func newOriginGuard(root serviceRoot, next policy.Transporter) originGuard {
	return originGuard{root: root, next: next, turn: make(chan struct{}, 1)}
}

func (g originGuard) Do(req *http.Request) (*http.Response, error) {
	if originOf(req.URL) != g.root.origin {
		return nil, &strayRequestError{req.URL.Host}
	}
	resp, err := g.next.Do(req)
	if err != nil {
		return nil, withoutURL(err)
	}
	limit := int64(maxReply)
	if resp.StatusCode >= http.StatusBadRequest {
		limit = maxErrorReply
	}
	resp.Body = &bodyInTurn{ReadCloser: bounded(resp, limit), free: freeReply, turn: g.turn, asked: req}
	return resp, nil
}

// strayRequestError is a request that was about to leave for another place.
type strayRequestError struct{ host string }

func (e *strayRequestError) Error() string {
	return fmt.Sprintf("refused to send a request to %q", e.host)
}

// NonRetriable marks the error for azcore.
func (e *strayRequestError) NonRetriable() {}

func withoutURL(err error) error {
	if withURL, ok := errors.AsType[*url.Error](err); ok {
		return withURL.Err
	}
	return err
}

// errReplyTooLong is not worth another attempt.
var errReplyTooLong = fmt.Errorf("the reply is longer than %d MB", maxReply>>20)

// bounded is the body of a reply of which so many bytes are read. One that is
// said to be longer is not read at all.
func bounded(resp *http.Response, limit int64) io.ReadCloser {
	if resp.ContentLength > limit {
		limit = -1
	}
	return &boundedBody{body: resp.Body, left: limit}
}

// boundedBody fails, instead of ending, where a body is longer than allowed.
type boundedBody struct {
	body io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errReplyTooLong
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n, errReplyTooLong
	}
	return n, err
}

func (b *boundedBody) Close() error { return b.body.Close() }

// bodyInTurn is a body that goes on, beyond a part that is free, when no other one
// does. Its turn ends when it is closed.
type bodyInTurn struct {
	io.ReadCloser
	free  int
	turn  chan struct{}
	mine  bool
	asked *http.Request // whoever waits for the turn waits no longer than it
}

func (b *bodyInTurn) Read(p []byte) (int, error) {
	if b.free <= 0 && !b.mine {
		select {
		case b.turn <- struct{}{}:
			b.mine = true
		case <-b.asked.Context().Done():
			return 0, b.asked.Context().Err()
		}
	}
	n, err := b.ReadCloser.Read(p)
	b.free -= n
	return n, err
}

func (b *bodyInTurn) Close() error {
	if b.mine {
		<-b.turn
		b.mine = false
	}
	return b.ReadCloser.Close()
}

// redirectError names where a redirect wanted to lead, by its host alone.
func redirectError(h http.Header) error {
	to, err := url.Parse(h.Get("Location"))
	if err != nil || to.Host == "" {
		return errors.New("redirects are not followed")
	}
	return fmt.Errorf("redirects are not followed: this one leads to %q", to.Host)
}

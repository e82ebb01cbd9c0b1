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
)

// originGuard is the last thing before the wire: nothing leaves for another place
// than the root, and nothing comes back without bound. It also strips the
// address, whose query names people, from the errors of the HTTP client.
type originGuard struct {
	root serviceRoot
	next policy.Transporter
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
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	resp.Body = &boundedBody{body: resp.Body, left: limit}
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

// boundedBody fails, instead of ending, where a body is longer than allowed.
type boundedBody struct {
	body io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errReplyTooLong
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n, errReplyTooLong
	}
	return n, err
}

func (b *boundedBody) Close() error { return b.body.Close() }

// redirectError names where a redirect wanted to lead, by its host alone.
func redirectError(h http.Header) error {
	to, err := url.Parse(h.Get("Location"))
	if err != nil || to.Host == "" {
		return errors.New("redirects are not followed")
	}
	return fmt.Errorf("redirects are not followed: this one leads to %q", to.Host)
}

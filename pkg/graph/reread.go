package graph

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"strings"
)

// maxFlaps is how often a read is repeated that was refused for want of a
// tenant license which the tenant may well have.
const maxFlaps = 3

// asksAgain reports whether a read that failed the attempt-th time, counted
// from 1, is to be sent again, beyond what the pipeline repeats by itself: a
// success that makes no sense is like a 503.
func asksAgain(err error, attempt int) bool {
	if senseless, ok := errors.AsType[*IncompleteError](err); ok {
		return !senseless.Anew && attempt <= maxRetries
	}
	refused, ok := errors.AsType[*Error](err)
	return ok && isFlap(refused) && attempt <= maxFlaps
}

// isFlap tells a refusal that was seen to come nine times in ten for one and
// the same request of a tenant that has the license (microsoft-graph-docs#14118).
func isFlap(e *Error) bool {
	return e.Status == http.StatusForbidden && e.Code == "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
}

// readDocument reads one document, and reads it again where it makes no sense.
func readDocument[T any](ctx context.Context, c *client, req request, decode func(body []byte, ex *exchange) (T, error)) (T, error) {
	return repeat(ctx, repetition{c, req.op, asksAgain}, func() (T, error) { return once(ctx, c, req, decode) })
}

func once[T any](ctx context.Context, c *client, req request, decode func(body []byte, ex *exchange) (T, error)) (out T, err error) {
	body, ex, err := c.read(ctx, req)
	if err != nil {
		return out, err
	}
	if out, err = decode(body, ex); err != nil {
		return out, incomplete(req, ex, err)
	}
	return out, nil
}

// read sends a call whose answer is a 200 with a body; no other status of
// success means that everything is there.
func (c *client) read(ctx context.Context, req request) ([]byte, *exchange, error) {
	ex, err := c.send(ctx, req)
	switch {
	case err != nil:
		return nil, ex, err
	case ex.status != http.StatusOK:
		return nil, ex, incomplete(req, ex, errors.New("its status is "+statusText(ex.status)))
	case ex.foreignPage():
		return nil, ex, incomplete(req, ex, errForeignPage)
	}
	return ex.body, ex, nil
}

// errForeignPage is a page that a browser would show, where Graph sends JSON:
// a proxy, a sign-in page of the network or a gateway has answered.
var errForeignPage = errors.New("a web page came in place of Graph's answer, of a proxy or a sign-in page of the network")

// foreignPage reports a page for people, by what it calls itself or by how it
// begins.
func (ex *exchange) foreignPage() bool {
	kind, _, _ := mime.ParseMediaType(ex.header.Get("Content-Type"))
	begins := strings.ToLower(string(ex.body[:min(len(ex.body), 512)]))
	return strings.HasSuffix(kind, "html") || strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(begins, "\uFEFF")), "<")
}

package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/internal/network"
)

// attemptTimeout bounds one attempt from the first byte sent to the last one
// read. Signing in is not part of it: it may wait for a person.
const attemptTimeout = 100 * time.Second

// exchange is what a call sent and what came back; where a call was repeated,
// in the last attempt.
type exchange struct {
	op              Op
	tries           int // attempts begun
	clientRequestID string
	token           string // that it was sent with
	sent            bool   // the request may have reached the service
	sentBefore      bool   // an earlier attempt may have
	status          int    // 0: no reply
	header          http.Header
	body            []byte
	took            time.Duration // from the first byte sent to the last one read

	room   room // where the body may be put
	single bool // the pipeline does not repeat it
	units  int  // as in request
}

func (ex *exchange) requestID() string { return ex.header.Get("request-id") }

// attempt is the innermost policy, once for every request on the wire. It
// gives the request an id of its own ("a fresh GUID on every request", Graph
// docs, best practices), bounds its time, and keeps the whole reply: a page
// that breaks off counts as a failed attempt and is asked for again.
type attempt struct {
	meter   *meter
	waiting func(Wait) // nil: nobody is told of repetitions, or there are none
}

func (a attempt) Do(req *policy.Request) (*http.Response, error) {
	resp, err := a.once(req)
	a.foretell(req, resp, err)
	return resp, err
}

func (a attempt) once(req *policy.Request) (*http.Response, error) {
	ex := &exchange{}
	req.OperationValue(&ex)
	*ex = exchange{
		op: ex.op, tries: ex.tries + 1,
		clientRequestID: uuid.NewString(), room: ex.room, single: ex.single, units: ex.units, sentBefore: ex.sent || ex.sentBefore,
		token: strings.TrimPrefix(req.Raw().Header.Get("Authorization"), "Bearer "),
	}

	parent := req.Raw().Context()
	if err := parent.Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(parent, attemptTimeout)
	defer cancel()
	req = req.WithContext(ctx)
	req.Raw().Header.Set("client-request-id", ex.clientRequestID)

	ex.sent = true
	a.meter.requests.Add(1)
	begun := time.Now()
	resp, err := req.Next()
	if err == nil {
		err = ex.download(resp)
	}
	ex.took = time.Since(begun)
	if err != nil && ctx.Err() != nil && parent.Err() == nil {
		err = errNoReply
	}
	if resp == nil {
		ex.sent = !neverSent(err)
		return nil, err
	}
	resp, err = ex.keep(resp, err)
	a.meter.cost(ex.header)
	return resp, err
}

// room gives where a reply may be put, once it arrives; nil: nowhere yet.
type room func() []byte

// take gives the room, which is empty.
func (r room) take() []byte {
	if r == nil {
		return nil
	}
	return r()[:0]
}

// download reads the body. azcore would take new room for every page, and
// double it until the page fits; of an error reply it has a copy by now, for the
// policies around.
func (ex *exchange) download(resp *http.Response) error {
	defer resp.Body.Close()
	body := bytes.NewBuffer(ex.room.take())
	if _, err := body.ReadFrom(resp.Body); err != nil {
		return err // of half a reply nothing is believed
	}
	ex.body = body.Bytes()
	return nil
}

// keep takes over what arrived; err tells that the body broke off.
func (ex *exchange) keep(resp *http.Response, err error) (*http.Response, error) {
	ex.status, ex.header = resp.StatusCode, resp.Header
	plainRetryAfter(resp.Header, time.Now())
	switch {
	case err == nil:
		return resp, nil
	case resp.StatusCode >= http.StatusBadRequest:
		return resp, nil // the status says enough
	default:
		return nil, &brokenReplyError{err}
	}
}

var errNoReply = fmt.Errorf("no whole reply within %s", attemptTimeout)

// brokenReplyError is a reply whose body did not arrive whole.
type brokenReplyError struct{ err error }

func (e *brokenReplyError) Error() string { return "the reply broke off: " + e.err.Error() }

// Unwrap gives the cause.
func (e *brokenReplyError) Unwrap() error { return e.err }

// neverSent tells the failures in which no byte of the request can have
// reached the service: no connection came about.
func neverSent(err error) bool {
	dial, isNet := errors.AsType[*net.OpError](err)
	_, isDNS := errors.AsType[*net.DNSError](err)
	connecting := isNet && (dial.Op == "dial" || dial.Op == "proxyconnect" || dial.Op == "socks connect")
	return connecting || isDNS || network.Standing(err)
}

package emulator

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxBody bounds a request body, unpacked. A batch of twenty stays far below.
const maxBody = 4 << 20

// call is one request as the service sees it: from the wire, or from inside a
// $batch.
type call struct {
	ctx     context.Context
	method  string
	base    string   // scheme and host, for the links in answers
	version string   // of Graph: "v1.0" or "beta"; empty: of neither
	target  string   // path and query as sent, for the request log
	path    []string // the segments, unescaped
	query   url.Values
	header  http.Header
	body    []byte

	id       string // request-id
	clientID string // client-request-id: the client's own, else id
	batchID  string // the id of the item inside a $batch; empty outside
	caller   principal
	params   []string // the path's variable segments
	route    *route   // nil before the route is known
	lagging  bool     // the call reads from a replica that is behind
	mutated  bool     // the call changed the tenant
	code     string   // of the error answer; empty: none
	missing  string   // the message of a CodeNotEmulated
}

// reply is the answer to a call.
type reply struct {
	status int
	header http.Header
	body   []byte
	fate   fate
}

// fate is what becomes of a reply on its way.
type fate int

const (
	fateSent fate = iota
	fateCut       // the connection breaks before it
	fateHalf      // the connection breaks in the middle of it
)

// newCall reads a request. A body that cannot be read is an error.
func (e *Emulator) newCall(r *http.Request) (*call, error) {
	id := e.dice.requestID()
	c := &call{
		ctx: r.Context(), method: r.Method, base: baseURL(r), header: r.Header,
		id: id, clientID: id, target: r.URL.RequestURI(),
	}
	if own := r.Header.Get("client-request-id"); own != "" {
		c.clientID = clip(own)
	}
	if err := c.setURL(r.URL); err != nil {
		return c, err
	}
	body, err := readBody(r)
	c.body = body
	return c, err
}

// unreadableCall is the answer to a request that could not be read. Its texts
// are a choice.
func unreadableCall(err error) apiError {
	switch {
	case errors.Is(err, errBadURL):
		return malformed("The request URI is not valid.")
	case errors.Is(err, errBodyTooLarge):
		return newError(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "The request body is too large.")
	case errors.Is(err, errBadEncoding):
		return newError(http.StatusUnsupportedMediaType, "UnsupportedMediaType",
			"The request body is not of the encoding that its Content-Encoding header declares.")
	}
	return malformed(clip(err.Error()))
}

// root is the root of the version of Graph that was called, for the links in
// answers.
func (c *call) root() string { return c.base + "/" + c.version }

// setURL splits a URL into unescaped segments and query parameters.
func (c *call) setURL(u *url.URL) error {
	query, err := url.ParseQuery(strings.ReplaceAll(u.RawQuery, ";", "%3B")) // as in $format=application/json;odata.metadata=none
	if err != nil {
		return errBadURL
	}
	c.query = query
	for segment := range strings.SplitSeq(strings.Trim(u.EscapedPath(), "/"), "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil {
			return errBadURL
		}
		c.path = append(c.path, splitKey(plain)...)
	}
	return nil
}

// splitKey turns the key-in-parentheses form of OData, users('x'), into the
// two segments that it stands for, and so for the other keys that there are of
// objects, users(userPrincipalName='x').
func splitKey(segment string) []string {
	set, rest, _ := strings.Cut(segment, "(")
	name, key, ok := strings.Cut(strings.TrimSuffix(rest, "')"), "'")
	if set == "" || !ok || !strings.HasSuffix(rest, "')") {
		return []string{segment}
	}
	key = strings.ReplaceAll(key, "''", "'")
	switch set + "." + name {
	case set + ".", "users.userPrincipalName=":
		return []string{set, quotedKey + key}
	case "groups.uniqueName=", "servicePrincipals.appId=":
		return []string{set, alternateKey + key}
	}
	return []string{segment}
}

// alternateKey marks a segment that was written as (property='key'), of another
// property than the id.
const alternateKey = "\x01"

// quotedKey marks a segment that was written as ('key'): a principal name that
// begins with a dollar sign is understood in this form alone.
const quotedKey = "\x00"

func baseURL(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.URL.Scheme == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// What is wrong with a request before anything of it is understood.
var (
	errBadURL       = errors.New("the address is not valid")
	errBodyTooLarge = errors.New("the body is too large")
	errBadEncoding  = errors.New("the body is not of the encoding that it names")
)

// readBody reads a body, unpacking gzip, which the official SDKs send.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	var in io.Reader = bytes.NewReader(raw)
	switch encoding := strings.ToLower(r.Header.Get("Content-Encoding")); {
	case len(raw) == 0 || encoding == "" || encoding == "identity":
	case encoding != "gzip":
		return nil, errBadEncoding
	default:
		if in, err = gzip.NewReader(in); err != nil {
			return nil, errBadEncoding
		}
	}
	body, err := io.ReadAll(io.LimitReader(in, maxBody+1))
	switch {
	case err != nil:
		return nil, errBadEncoding
	case len(body) > maxBody:
		return nil, errBodyTooLarge
	}
	return body, nil
}

// checkContentType checks that a body says that it is JSON. Nobody reads that of
// a GET.
func (c *call) checkContentType() *apiError {
	if len(c.body) == 0 || c.method == http.MethodGet || strings.Contains(strings.ToLower(c.header.Get("Content-Type")), "json") {
		return nil
	}
	return ptr(malformed("Write requests (excluding DELETE) must contain the Content-Type header declaration."))
}

// jsonReply answers with a value as JSON.
func jsonReply(status int, v any) reply {
	body, err := json.Marshal(v)
	if err != nil {
		panic("emulator: its own answer cannot be written as JSON: " + err.Error())
	}
	return rawReply(status, body)
}

func rawReply(status int, body []byte) reply {
	return reply{status: status, body: body, header: http.Header{"Content-Type": {contentTypeJSON}, "Odata-Version": {"4.0"}}}
}

const contentTypeJSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

func noContent() reply { return reply{status: http.StatusNoContent, header: http.Header{}} }

// errorDate is the time in an error envelope. It has no zone suffix.
func (e *Emulator) errorDate() string { return e.now().UTC().Format("2006-01-02T15:04:05") }

// failure answers with an error envelope.
func (e *Emulator) failure(c *call, err apiError) reply {
	c.code, c.missing = err.code, ""
	if err.code == CodeNotEmulated {
		c.missing = err.message
	}
	if err.code == codeValueText {
		c.code = ""
		return jsonReply(err.status, map[string]any{"@odata.context": c.root() + "/$metadata#users", "value": err.message})
	}
	main := errorMain{
		Code: err.code, Message: err.message,
		Inner: innerError{Date: e.errorDate(), RequestID: c.id, ClientRequestID: c.clientID},
	}
	if err.detail != (errorDetail{}) {
		main.Details = []errorDetail{err.detail}
	}
	return jsonReply(err.status, errorBody{main})
}

type errorBody struct {
	Error errorMain `json:"error"`
}

type errorMain struct {
	Code    string        `json:"code"`
	Message string        `json:"message"`
	Details []errorDetail `json:"details,omitempty"`
	Inner   innerError    `json:"innerError"`
}

type errorDetail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target"`
}

type innerError struct {
	Code            string `json:"code,omitempty"`
	Message         string `json:"message,omitempty"`
	Status          string `json:"status,omitempty"`
	Date            string `json:"date"`
	RequestID       string `json:"request-id"`
	ClientRequestID string `json:"client-request-id"`
}

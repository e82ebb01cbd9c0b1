package emulator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"syscall"
)

// Transport returns a round tripper that answers every request, to whatever
// host, from the emulator, in the caller's goroutine: no sockets, no
// goroutines. It fits an http.Client and azcore's Transport alike.
func (e *Emulator) Transport() http.RoundTripper { return &transport{handler: e} }

// Client returns a client that the emulator answers, whatever host it asks, as
// Transport does. It is signed in as an application with these permissions, or
// DefaultRoles where there are none, anew for each request, so that it stays
// signed in whatever becomes of the clock; a request with an Authorization
// header of its own keeps that.
func (e *Emulator) Client(roles ...string) *http.Client {
	return &http.Client{Transport: signedIn{e, roles}}
}

// signedIn is the transport of a client that is signed in.
type signedIn struct {
	emulator *Emulator
	roles    []string
}

func (t signedIn) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Authorization") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+t.emulator.AppToken(t.roles...))
	}
	return t.emulator.Transport().RoundTrip(r)
}

type transport struct{ handler http.Handler }

// RoundTrip answers a request. A connection that the handler breaks off is the
// error of a reset connection, or a body that ends too soon.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	if in.Host == "" {
		in.Host = in.URL.Host
	}
	out := &recorder{header: http.Header{}}
	broken := out.serve(t.handler, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if broken && out.status == 0 {
		return nil, fmt.Errorf("reading the reply to %s %s: %w", r.Method, r.URL.Path, syscall.ECONNRESET)
	}
	return out.response(r), nil
}

// recorder is the ResponseWriter of one exchange.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// serve runs the handler and reports whether it broke the connection off.
func (w *recorder) serve(h http.Handler, r *http.Request) (broken bool) {
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			broken = true
		}
	}()
	h.ServeHTTP(w, r)
	return false
}

func (w *recorder) response(r *http.Request) *http.Response {
	length := int64(w.body.Len())
	var body io.Reader = &w.body
	if declared, err := strconv.ParseInt(w.header.Get("Content-Length"), 10, 64); err == nil && declared > length {
		length, body = declared, io.MultiReader(body, cutOff{})
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}
}

// cutOff is the end of a body that the connection did not survive.
type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

package graph_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/graph"
)

// padding ends a reply with a megabyte of blanks.
func padding(status int, body, pad string) *http.Response {
	resp := reply(status, body)
	resp.Body, resp.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader(body), strings.NewReader(pad))), -1
	return resp
}

// allocated is how many megabytes a function takes, whatever of them it gives back.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int((after.TotalAlloc - before.TotalAlloc) >> 20)
}

// Replies one after the other take the room of a few. Each is of a megabyte, and its room
// takes up to four while it grows.
func TestRepliesTakeTheRoomOfOthers(t *testing.T) {
	const replies, most = 40, 60
	pad := strings.Repeat(" ", 1<<20)
	page := func() func(*http.Request) (*http.Response, error) {
		n := 0
		return func(*http.Request) (*http.Response, error) {
			link := ""
			if n++; n < replies {
				link = fmt.Sprintf("%s/v1.0/users?p=%d", testRoot, n)
			}
			return padding(http.StatusOK, listJSON(link, userJSON(n, "ada@contoso.com")), pad), nil
		}
	}
	var items []string
	for n := range 20 {
		items = append(items, fmt.Sprintf(`{"id":"%d","status":200,"body":{"value":[]}}`, n+1))
	}
	item := func(*http.Request) (*http.Response, error) {
		return padding(http.StatusOK, `{"responses":[`+strings.Join(items, ",")+`]}`, pad), nil
	}
	for name, tt := range map[string]struct {
		answer func(*http.Request) (*http.Response, error)
		read   func(*graph.Reader) error
	}{
		"pages": {page(), func(r *graph.Reader) error {
			for _, err := range r.UserPages(t.Context(), nil) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
		"pages asked for ahead": {page(), func(r *graph.Reader) error { _, err := allUsers(r); return err }},
		"lookups": {item, func(r *graph.Reader) error {
			turn := make(chan struct{}, 1)
			turn <- struct{}{}
			n := 0
			next := func() []string {
				<-turn
				if n++; n > replies {
					return nil
				}
				return []string{id(n).String()}
			}
			// As many as a batch takes are asked for before it is sent.
			full := func() []string {
				refs := next()
				for len(refs) > 0 && len(refs) < graph.MostRefs {
					refs = append(refs, id(replies+len(refs)).String())
				}
				return refs
			}
			for _, err := range r.FindEach(t.Context(), graph.Lookups{Next: full}) {
				if err != nil {
					return err
				}
				turn <- struct{}{}
			}
			return nil
		}},
	} {
		var err error
		if took := allocated(func() { err = tt.read(newReader(t, newWire(t, tt.answer))) }); err != nil || took > most {
			t.Errorf("%s: %d MB, error %v", name, took, err)
		}
	}
}

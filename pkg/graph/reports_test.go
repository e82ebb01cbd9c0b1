package graph_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/graph"
)

// answerOf is what a request is answered with.
type answerOf = func(*http.Request) (*http.Response, error)

// leading leads to a report, which download answers.
func leading(download answerOf) transport {
	return func(req *http.Request) (*http.Response, error) {
		if req.URL.Host == "graph.example.com" {
			return reply(http.StatusFound, "", "Location: "+reportHost+"/download/a-key"), nil
		}
		return download(req)
	}
}

// A download that fails is asked for anew, with another address, three times in
// all. Every request counts.
func TestReportsAreAskedForAnew(t *testing.T) {
	const row = "2026-11-28,ada@contoso.com,Ada,False,,2026-11-10\n"
	good, gone := always(http.StatusOK, reportTable+row), always(http.StatusGone, "")
	tests := []struct {
		what     string
		answers  []answerOf
		requests int
		fails    bool
	}{
		{what: "at once", answers: []answerOf{good}, requests: 2},
		{what: "then", answers: []answerOf{gone, good}, requests: 4},
		{what: "at last", answers: []answerOf{reset, broken(200, reportTable), good}, requests: 6},
		{what: "never", answers: []answerOf{gone, gone, gone}, requests: 6, fails: true},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReader(t, leading(inTurn(t, tt.answers...)))
				begun := time.Now()
				got, err := r.Report(t.Context(), graph.ReportActivity, ofAda())
				if (err != nil) != tt.fails || len(got.Rows) == 0 != tt.fails || r.Usage().Requests != tt.requests {
					t.Errorf("%d requests: %+v, %v", r.Usage().Requests, got, err)
				}
				if waited := time.Since(begun); waited > 3*time.Second || (waited > 0) != (tt.requests > 2) {
					t.Errorf("it took %v", waited)
				}
			})
		})
	}
}

// Who asks for something else than Graph is named there as well, and what the
// tenant need not know is not said.
func TestReportsAreDownloadedInTheToolsName(t *testing.T) {
	r := newReader(t, leading(func(req *http.Request) (*http.Response, error) {
		want := http.Header{"User-Agent": {"licensectl/test"}}
		if diff := cmp.Diff(want, req.Header); diff != "" || req.Method != http.MethodGet || req.URL.String() != reportHost+"/download/a-key" {
			t.Errorf("%s %s (-want +got):\n%s", req.Method, req.URL, diff)
		}
		return reply(http.StatusOK, reportTable), nil
	}))
	if _, err := r.Report(t.Context(), graph.ReportActivity, ofAda()); err != nil {
		t.Fatal(err)
	}
}

// An answer of Graph that leads nowhere is no report, and no empty one.
func TestReportsThatAreNowhere(t *testing.T) {
	for status, want := range map[int]string{
		http.StatusOK:        "it leads to no report",
		http.StatusNoContent: "it leads to no report",
		http.StatusSeeOther:  "redirects are not followed",
		http.StatusNotFound:  "404 Not Found",
	} {
		r := newReader(t, newWire(t, always(status, "", "Location: "+reportHost)))
		if _, err := r.Report(t.Context(), graph.ReportActivity, ofAda()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v, want %q", status, err, want)
		}
	}
}

// Plain HTTP leads from a service on loopback to loopback alone.
func TestReportsOverPlainHTTP(t *testing.T) {
	for _, tt := range []struct {
		root, location string
		taken          bool
	}{
		{"http://127.0.0.1:8080", "http://127.0.0.1:9090/x", true},
		{"http://127.0.0.1:8080", "HTTP://localhost:9090/x", true},
		{"http://127.0.0.1:8080", "https://reports.example.com/x", true},
		{"http://127.0.0.1:8080", "http://reports.example.com/x", false},
		{"https://127.0.0.1:8443", "http://127.0.0.1:9090/x", false},
		{testRoot, "http://127.0.0.1:9090/x", false},
		{testRoot, "HTTPS://reports.example.com/x", true},
	} {
		cfg := config(transport(func(req *http.Request) (*http.Response, error) {
			if strings.HasPrefix(req.URL.Path, "/v1.0/") {
				return reply(http.StatusFound, "", "Location: "+tt.location), nil
			}
			return reply(http.StatusOK, reportTable), nil
		}))
		cfg.Root = tt.root
		r, err := graph.NewReader(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Report(t.Context(), graph.ReportActivity, ofAda()); (err == nil) != tt.taken {
			t.Errorf("%s leads to %s: %v", tt.root, tt.location, err)
		}
	}
}

// closeNoted is a body that notes when it is closed.
type closeNoted struct {
	io.Reader
	closed *bool
}

func (c closeNoted) Close() error {
	*c.closed = true
	return nil
}

// However a download ends, nothing of it stays: no body open, no time limit under way.
func TestReportsLeaveNothingOpen(t *testing.T) {
	for what, download := range map[string]answerOf{
		"read":       always(http.StatusOK, reportTable),
		"no table":   always(http.StatusOK, "<html>"),
		"broken off": broken(http.StatusOK, reportTable),
		"refused":    always(http.StatusForbidden, "no"),
		"unreached":  reset,
	} {
		synctest.Test(t, func(t *testing.T) {
			var under []context.Context
			var closed []*bool
			r := newReader(t, leading(func(req *http.Request) (*http.Response, error) {
				under = append(under, req.Context())
				resp, err := download(req)
				if err == nil {
					closed = append(closed, new(bool))
					resp.Body = closeNoted{resp.Body, closed[len(closed)-1]}
				}
				return resp, err
			}))
			_, _ = r.Report(t.Context(), graph.ReportActivity, ofAda())
			for i, ctx := range under {
				if ctx.Err() == nil || i < len(closed) && !*closed[i] {
					t.Errorf("%s: download %d: %v, closed %v", what, i+1, ctx.Err(), i < len(closed) && *closed[i])
				}
			}
			if len(under) == 0 {
				t.Errorf("%s: nothing was downloaded", what)
			}
		})
	}
}

// A report that is longer than any tenant's, or that does not come to its end, is
// given up.
func TestReportsWithoutEnd(t *testing.T) {
	for length, fits := range map[int64]bool{-1: true, 1 << 30: true, 1<<30 + 1: false} {
		synctest.Test(t, func(t *testing.T) {
			r := newReader(t, leading(func(*http.Request) (*http.Response, error) {
				resp := reply(http.StatusOK, reportTable)
				resp.ContentLength = length
				return resp, nil
			}))
			if _, err := r.Report(t.Context(), graph.ReportActivity, ofAda()); (err == nil) != fits {
				t.Errorf("of %d bytes: %v", length, err)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		r := newReader(t, leading(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}))
		begun := time.Now()
		_, err := r.Report(t.Context(), graph.ReportActivity, ofAda())
		if took := time.Since(begun).Truncate(time.Minute); !errors.Is(err, context.DeadlineExceeded) || took != 30*time.Minute {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

func TestDownloadErrorNamesTheHost(t *testing.T) {
	for host, want := range map[string]string{
		"reports.example.com": "reading usage reports: downloading the report from reports.example.com: EOF",
		"":                    "reading usage reports: downloading the report from where the service leads: EOF",
		"a\nb":                "reading usage reports: downloading the report from a b: EOF",
	} {
		if err := (&graph.DownloadError{Host: host, Err: io.EOF}); err.Error() != want || !errors.Is(err, io.EOF) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

package graph_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/graph"
)

func newProber(t *testing.T, w *wire) *graph.Prober {
	t.Helper()
	p, err := graph.NewProber(config(w))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// probes are the questions by their addresses, each with a good answer.
func probes(t *testing.T) map[string]struct {
	ask  func(*graph.Prober) (graph.Answer, error)
	good string
} {
	return map[string]struct {
		ask  func(*graph.Prober) (graph.Answer, error)
		good string
	}{
		"/v1.0/organization?$select=id,displayName": {func(p *graph.Prober) (graph.Answer, error) {
			org, answer, err := p.Organization(t.Context())
			if (err == nil) != (org.DisplayName == "Contoso") {
				t.Errorf("the organization is %v", org)
			}
			return answer, err
		}, `{"value": [{"id": "8f2d6f0e-5b1c-4c63-9a57-3e0d1c0b7a42", "displayName": "Contoso"}]}`},
		"/v1.0/subscribedSkus":          {func(p *graph.Prober) (graph.Answer, error) { return p.Products(t.Context()) }, `{"value": []}`},
		"/v1.0/users?$select=id&$top=1": {func(p *graph.Prober) (graph.Answer, error) { return p.FirstUser(t.Context()) }, `{"value": [{"id": "x"}], "@odata.nextLink": "y"}`},
	}
}

func TestProbes(t *testing.T) {
	for address, probe := range probes(t) {
		t.Run(address, func(t *testing.T) {
			w := newWire(t, func(r *http.Request) (*http.Response, error) {
				if got := r.Method + " " + r.URL.RequestURI(); got != "GET "+address {
					t.Errorf("asks for %s", got)
				}
				return reply(http.StatusOK, probe.good, "Date: Sat, 21 Nov 2026 12:00:00 GMT", "x-ms-throttle-limit-percentage: 0.9"), nil
			})
			answer, err := probe.ask(newProber(t, w))
			if err != nil {
				t.Fatal(err)
			}
			if answer.Took <= 0 || answer.Took > time.Minute {
				t.Errorf("took %s", answer.Took)
			}
			answer.Took = 0
			want := graph.Answer{ServerTime: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), ThrottlePercentage: 0.9}
			if diff := cmp.Diff(want, answer); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A probe shows what goes wrong at once, and tells what there is to tell.
func TestProbesThatFail(t *testing.T) {
	for address, probe := range probes(t) {
		for name, answer := range map[string]func(*http.Request) (*http.Response, error){
			"throttled":  always(http.StatusTooManyRequests, "", "Retry-After: 60"),
			"forbidden":  always(http.StatusForbidden, `{"error": {"code": "c"}}`),
			"not Graph":  always(http.StatusOK, "<html>"),
			"no list":    always(http.StatusOK, `{"value": 1}`),
			"nothing":    always(http.StatusOK, `{}`),
			"no network": reset,
		} {
			t.Run(address+" "+name, func(t *testing.T) {
				w := newWire(t, answer)
				if _, err := probe.ask(newProber(t, w)); err == nil {
					t.Fatal("there is no error")
				}
				if w.count() != 1 {
					t.Errorf("%d requests were sent", w.count())
				}
			})
		}
	}
}

func TestProberChecksItsConfiguration(t *testing.T) {
	if _, err := graph.NewProber(graph.Config{Root: "http://graph.example.com"}); err == nil {
		t.Error("plain http was taken")
	}
}

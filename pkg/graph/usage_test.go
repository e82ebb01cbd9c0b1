package graph_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/licensectl/licensectl/pkg/graph"
)

// Every request on the wire counts, and of a batch what its items cost.
func TestUsage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		batch := fmt.Sprintf(`{"responses":[{"id":"1","status":200,"headers":{"x-ms-resource-unit":"1"},"body":%s}]}`, listJSON("", userJSON(1, "ada@contoso.com")))
		w := newWire(t, inTurn(t,
			always(200, listJSON(testRoot+"/v1.0/users?p=2"), "x-ms-resource-unit: 2"),
			always(429, `{"error":{"code":"TooManyRequests"}}`, "Retry-After: 1"),
			always(200, listJSON(""), "x-ms-resource-unit: 2"),
			always(200, batch, "x-ms-resource-unit: none of your business"),
		))
		r := newReader(t, w)
		if got := r.Usage(); got != (graph.Usage{}) {
			t.Errorf("before the first request: %+v", got)
		}
		if _, err := allUsers(r); err != nil {
			t.Fatal(err)
		}
		if _, err := findUsers(context.Background(), r, "ada@contoso.com"); err != nil {
			t.Fatal(err)
		}
		if got, want := r.Usage(), (graph.Usage{Requests: 4, ResourceUnits: 5}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}

// What a reply says that it cost is taken where it is a number that can be meant.
func TestWhatRepliesCost(t *testing.T) {
	for header, want := range map[string]int{"": 0, "0": 0, "1": 1, "65535": 65535, "65536": 0, "-1": 0, "1.5": 0, "0x10": 0, "none": 0} {
		r := newReader(t, newWire(t, always(200, organizationJSON, "x-ms-resource-unit: "+header)))
		if _, err := r.Organization(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := r.Usage(); got != (graph.Usage{Requests: 1, ResourceUnits: want}) {
			t.Errorf("%q: %+v, want %d", header, got, want)
		}
	}
}

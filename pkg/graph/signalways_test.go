package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

// Signs are read in the way that takes fewer requests, by the size of the tenant as far
// as it is known; and no more pages are listed than lookups would take requests.
func TestTheWayToReadSigns(t *testing.T) {
	created, signIns := license.SignalCreated, license.SignalSignIns
	for _, tt := range []struct {
		signal         license.Signal
		users, atLeast int // who are wanted, and the tenant as far as it is known
		tenant         int // as it is: user 1, 2, …
		pages, lookups int
		top            string
	}{
		{created, 1, 0, 1, 0, 1, ""},
		{created, 1, 999, 999, 1, 0, "999"},
		{created, 1, 1000, 1000, 0, 1, ""},
		{created, 300, 999, 999, 1, 0, "999"},
		{created, 300, 1000, 1000, 0, 1, ""},
		{created, 301, 1998, 1998, 2, 0, "999"},
		{created, 301, 1999, 1999, 0, 2, ""},
		{created, 301, 1000, 3000, 2, 0, "999"},
		{signIns, 1, 500, 500, 1, 0, "500"},
		{signIns, 1, 501, 501, 0, 1, ""},
		{signIns, 6300, 10_500, 10_500, 21, 0, "500"},
		{created, 0, 0, 10, 0, 0, ""},
	} {
		t.Run(fmt.Sprintf("%s of %d, %d", tt.signal, tt.users, tt.atLeast), func(t *testing.T) {
			pages, lookups := 0, 0
			ask := batching(t, func(url string) string {
				var items []string
				for _, m := range guidInQuotes.FindAllStringSubmatch(strings.ReplaceAll(url, "%27", "'"), -1) {
					items = append(items, fmt.Sprintf(`{"id":%q}`, m[1]))
				}
				return `"status":200,"body":` + listJSON("", items...)
			})
			r := newReader(t, transport(func(req *http.Request) (*http.Response, error) {
				if req.Method == http.MethodPost {
					lookups++
					return ask(req)
				}
				if got := req.URL.Query().Get("$top"); pages == 0 && got != tt.top {
					t.Errorf("pages of %s, want %s", got, tt.top)
				}
				size := map[string]int{"999": 999, "500": 500}[tt.top]
				var items []string
				for n := pages * size; n < min((pages+1)*size, tt.tenant); n++ {
					items = append(items, fmt.Sprintf(`{"id":%q}`, id(n+1)))
				}
				pages++
				link := ""
				if pages*size < tt.tenant {
					link = fmt.Sprintf("%s/v1.0/users?p=%d", testRoot, pages)
				}
				return reply(http.StatusOK, listJSON(link, items...)), nil
			}))
			got, err := r.UserSignals(t.Context(), graph.SignalQuery{Signals: []license.Signal{tt.signal}, Users: guids(tt.users), AtLeast: tt.atLeast})
			if err != nil || pages != tt.pages || lookups != tt.lookups {
				t.Errorf("%d pages, %d lookups: %v", pages, lookups, err)
			}
			told := map[license.GUID]bool{}
			for _, u := range got {
				told[u.ID] = true
			}
			if len(told) != tt.users || len(got) != tt.users {
				t.Errorf("%d are told, %d users, want %d", len(got), len(told), tt.users)
			}
		})
	}
}

package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

func TestUserPagesAsksForWhatItNeeds(t *testing.T) {
	w := newWire(t, always(200, listJSON("")))
	if _, err := allUsers(newReader(t, w)); err != nil {
		t.Fatal(err)
	}
	got := w.requests[0].URL
	if got.Path != "/v1.0/users" {
		t.Errorf("path %s", got.Path)
	}
	want := map[string][]string{
		"$select": {"id,userPrincipalName,displayName,accountEnabled,userType,usageLocation,assignedLicenses,licenseAssignmentStates"},
		"$top":    {"999"},
	}
	if diff := cmp.Diff(want, map[string][]string(got.Query())); diff != "" {
		t.Error(diff)
	}
}

// Links are opaque: the next request has the very characters of the link.
func TestNextLinkIsUsedVerbatim(t *testing.T) {
	links := []string{
		testRoot + "/v1.0/users?$select=id%2cuserPrincipalName&$top=999&$skiptoken=RFNwdAIAAQ%2b%3d%20a'b",
		"https://GRAPH.example.com:443/v1.0/users?$skiptoken=~.-_!*();:@,/?[]",
	}
	answers := []string{
		listJSON(links[0], userJSON(1, "ada@contoso.com")),
		listJSON(links[1]), // an empty page in the middle is fine
		listJSON("", userJSON(2, "ben@contoso.com")),
	}
	var asked []string
	users, err := allUsers(newReader(t, transportFunc(func(req *http.Request) (*http.Response, error) {
		asked = append(asked, req.URL.String())
		return reply(200, answers[len(asked)-1]), nil
	})))
	if err != nil || len(users) != 2 {
		t.Fatalf("%d users, error %v", len(users), err)
	}
	if diff := cmp.Diff(links, asked[1:]); diff != "" {
		t.Error(diff)
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) Do(req *http.Request) (*http.Response, error) { return f(req) }

func TestForeignNextLinkIsRefused(t *testing.T) {
	for _, link := range []string{
		"https://evil.example.net/v1.0/users?$skiptoken=1",
		"https://graph.example.com.evil.example.net/v1.0/users",
		"https://graph.example.com@evil.example.net/v1.0/users",
		"https://graph.example.com:8443/v1.0/users",
		"http://graph.example.com/v1.0/users",
		"http://graph.example.com:443/v1.0/users",
		"https://user@graph.example.com/v1.0/users",
		"https://graph.example.com/beta/users",
		"https://graph.example.com/v1.0",
		"https://graph.example.com/v1.0/../beta/users",
		"https://graph.example.com/v1.0/%2e%2e/beta/users",
		"https://graph.example.com//v1.0/users",
		"https://graph.example.com/v1.0/users#x",
		"//graph.example.com/v1.0/users",
		"/v1.0/users?$skiptoken=1",
		"https:graph.example.com/v1.0/users",
		"javascript:alert(1)",
		"https://graph.example.com\\@evil.example.net/v1.0/users",
		"\x00",
	} {
		w := newWire(t, always(200, listJSON(link, userJSON(1, "ada@contoso.com"))))
		users, err := allUsers(newReader(t, w))
		var refused *graph.LinkError
		if !errors.As(err, &refused) || len(users) != 0 || w.count() != 1 {
			t.Errorf("%s: %d users, %d requests, error %v", link, len(users), w.count(), err)
		}
	}
}

func TestNextLinkLoopIsRefused(t *testing.T) {
	a, b := testRoot+"/v1.0/users?p=a", testRoot+"/v1.0/users?p=b"
	w := newWire(t, func(req *http.Request) (*http.Response, error) {
		if req.URL.Query().Get("p") == "a" {
			return reply(200, listJSON(b)), nil
		}
		return reply(200, listJSON(a)), nil
	})
	_, err := allUsers(newReader(t, w))
	var refused *graph.LinkError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "circle") || w.count() != 3 {
		t.Errorf("%d requests, error %v", w.count(), err)
	}
}

// A list that goes on without end and without anybody is none; one that is empty for
// long may have somebody, and be empty as long again.
func TestEmptyPagesWithoutEnd(t *testing.T) {
	for name, tc := range map[string]struct {
		pages, user int // of all pages, and on which there is somebody
		fails       bool
	}{
		"all but one":   {1000, 0, false},
		"one more":      {1001, 0, true},
		"with somebody": {1500, 500, false},
	} {
		asked := 0
		users, err := allUsers(newReader(t, newWire(t, func(*http.Request) (*http.Response, error) {
			var items []string
			if asked++; asked == tc.user {
				items = append(items, userJSON(1, "ada@contoso.com"))
			}
			link := fmt.Sprintf("%s/v1.0/users?$skiptoken=%d", testRoot, asked)
			if asked == tc.pages {
				link = ""
			}
			return reply(200, listJSON(link, items...)), nil
		})))
		_, incomplete := errors.AsType[*graph.IncompleteError](err)
		if incomplete != tc.fails || !tc.fails && (asked != tc.pages || len(users) != min(tc.user, 1)) || tc.fails && asked > tc.pages {
			t.Errorf("%s: %d users on %d pages: %v", name, len(users), asked, err)
		}
	}
}

// A page that makes no sense is asked for again at once, and not when the next one, which
// its link leads to, has come.
func TestPageAskedForAgainDoesNotWaitForTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		second := testRoot + "/v1.0/users?p=2"
		whole := listJSON(second, userJSON(1, "ada@contoso.com"))
		var asked atomic.Int32 // for the first page
		w := newWire(t, func(req *http.Request) (*http.Response, error) {
			switch first := req.URL.Query().Get("p") == ""; {
			case first && asked.Add(1) == 1:
				return reply(200, whole[:len(whole)-2]), nil
			case first:
				return reply(200, whole), nil
			case asked.Load() == 1:
				<-req.Context().Done() // it never comes
				return nil, req.Context().Err()
			}
			return reply(200, listJSON("", userJSON(2, "ben@contoso.com"))), nil
		})
		begun, users := time.Now(), 0
		for page, err := range newReader(t, w).UserPages(t.Context(), alwaysAhead) {
			if err != nil {
				t.Fatal(err)
			}
			users += len(page)
		}
		if took := time.Since(begun); users != 2 || took > 5*time.Second {
			t.Errorf("%d users after %s", users, took)
		}
	})
}

// A list that goes in a circle by ever new links is not read for ever; but a page
// may come again, or two.
func TestListsInACircle(t *testing.T) {
	for name, tc := range map[string]struct {
		lap, pages int // pages of a lap, and in all
		ends       bool
	}{
		"no circle":            {lap: 50, pages: 50, ends: true},
		"a page comes again":   {lap: 3, pages: 4, ends: true},
		"the end of a circle":  {lap: 3, pages: 6, ends: true},
		"a circle":             {lap: 3, pages: 1000},
		"a large circle":       {lap: 40, pages: 1000},
		"the same page always": {lap: 1, pages: 1000},
	} {
		asked := 0
		users, err := allUsers(newReader(t, newWire(t, func(*http.Request) (*http.Response, error) {
			asked++
			link := fmt.Sprintf("%s/v1.0/users?$skiptoken=%d", testRoot, asked)
			if asked == tc.pages {
				link = ""
			}
			return reply(200, listJSON(link, userJSON(asked%tc.lap, "ada@contoso.com"))), nil
		})))
		if tc.ends && (err != nil || len(users) != tc.pages) || !tc.ends && (!graph.IsBrokenOff(err) || asked > tc.lap+4) {
			t.Errorf("%s: %d users on %d pages, error %v", name, len(users), asked, err)
		}
	}
}

// A failure on the second page ends the sequence with an error.
func TestFailureMidway(t *testing.T) {
	w := newWire(t, inTurn(t,
		always(200, listJSON(testRoot+"/v1.0/users?p=2", userJSON(1, "ada@contoso.com"))),
		always(403, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`)))
	users, err := allUsers(newReader(t, w))
	if e := asError(t, err); !e.Forbidden() || len(users) != 1 {
		t.Errorf("%d users, error %v", len(users), err)
	}
}

func TestStopAfterFirstPage(t *testing.T) {
	w := newWire(t, always(200, listJSON(testRoot+"/v1.0/users?p=2", userJSON(1, "ada@contoso.com"))))
	for _, err := range newReader(t, w).UserPages(context.Background(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if w.count() != 1 {
		t.Errorf("%d requests for one page", w.count())
	}
}

// Reading ahead sends the request for a page before the one before is used,
// and gives the same pages.
func TestPagesAreAskedForAhead(t *testing.T) {
	asked := make(chan struct{}, 1)
	w := newWire(t, inTurn(t,
		always(200, listJSON(testRoot+"/v1.0/users?p=2", userJSON(1, "ada@contoso.com"))),
		func(*http.Request) (*http.Response, error) {
			asked <- struct{}{}
			return reply(200, listJSON("", userJSON(2, "ben@contoso.com"))), nil
		}))
	var names []string
	for page, err := range newReader(t, w).UserPages(context.Background(), alwaysAhead) {
		if err != nil {
			t.Fatal(err)
		}
		if len(names) == 0 {
			<-asked // or the test hangs
		}
		for _, u := range page {
			names = append(names, u.UserPrincipalName)
		}
	}
	if diff := cmp.Diff([]string{"ada@contoso.com", "ben@contoso.com"}, names); diff != "" {
		t.Error(diff)
	}
}

// Whoever stops early leaves no request behind.
func TestStopWhileAPageIsAskedForAhead(t *testing.T) {
	ended := make(chan error, 1)
	w := newWire(t, inTurn(t,
		always(200, listJSON(testRoot+"/v1.0/users?p=2", userJSON(1, "ada@contoso.com"))),
		func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			ended <- req.Context().Err()
			return nil, req.Context().Err()
		}))
	for range newReader(t, w).UserPages(context.Background(), alwaysAhead) {
		break
	}
	if w.count() == 2 {
		select {
		case <-ended:
		default:
			t.Error("the request for the second page goes on")
		}
	}
}

// Whether the next page is asked for early may change from page to page, as
// lookups beside the listing begin and end. A page that arrives never overwrites
// the one that is being decoded.
func TestPagesDoNotOverwriteOneAnother(t *testing.T) {
	const count, users = 40, 400
	pages := make([]string, count)
	var want []string
	for i := range pages {
		link := fmt.Sprintf("%s/v1.0/users?p=%d", testRoot, i+1)
		if i == count-1 {
			link = ""
		}
		var items []string
		for n := range users {
			name := fmt.Sprintf("user%d@contoso.com", i*users+n)
			want, items = append(want, name), append(items, userJSON(i*users+n, name))
		}
		pages[i] = listJSON(link, items...)
	}
	served := 0
	r := newReader(t, newWire(t, func(*http.Request) (*http.Response, error) {
		served++
		return reply(200, pages[served-1]), nil
	}))
	asked, pattern := 0, []bool{false, true, true, false, false, true, false, true}
	ahead := func() bool { asked++; return pattern[asked%len(pattern)] }
	var got []string
	for page, err := range r.UserPages(t.Context(), ahead) {
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range page {
			got = append(got, u.UserPrincipalName)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A link is judged before it is followed ahead.
func TestForeignLinkIsNotFollowedAhead(t *testing.T) {
	w := newWire(t, always(200, listJSON("https://evil.example/v1.0/users?p=2", userJSON(1, "ada@contoso.com"))))
	_, err := allUsers(newReader(t, w))
	var refused *graph.LinkError
	if !errors.As(err, &refused) || w.count() != 1 {
		t.Errorf("%d requests, error %v", w.count(), err)
	}
}

func TestSubscribedSKUs(t *testing.T) {
	const e5 = `{"skuId":"06EBC4EE-1BB5-47DD-8120-11324BC54E06","skuPartNumber":"SPE_E5","appliesTo":"User","capabilityStatus":"Enabled","consumedUnits":14,"prepaidUnits":{"enabled":25,"lockedOut":1,"suspended":2,"warning":3},"servicePlans":[
		{"servicePlanId":"7547a3fe-08ee-4ccb-b430-5077c5041653","servicePlanName":"YAMMER_ENTERPRISE","provisioningStatus":"Success","appliesTo":"User"},
		{"servicePlanId":"efb87545-963c-4e0d-99df-69c6916d9eb0","servicePlanName":"EXCHANGE_S_ENTERPRISE","provisioningStatus":"PendingActivation","appliesTo":"Company"}],"new":{"a":[1]}}`
	const flow = `{"skuId":"f30db892-07e9-47e9-837c-80727f46fd3d","skuPartNumber":"FLOW_FREE","appliesTo":"User","capabilityStatus":"Enabled","consumedUnits":0,"prepaidUnits":{"enabled":10000},"servicePlans":[]}`
	w := newWire(t, inTurn(t,
		always(200, listJSON(testRoot+"/v1.0/subscribedSkus?p=2", e5)),
		always(200, listJSON("", flow))))
	got, err := newReader(t, w).SubscribedSKUs(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := []license.SKU{{
		ID: guid("f30db892-07e9-47e9-837c-80727f46fd3d"), PartNumber: "FLOW_FREE",
		AppliesTo: license.AppliesToUser, CapabilityStatus: "Enabled",
		Units: license.Units{Enabled: 10000}, Plans: []license.ServicePlan{},
	}, {
		ID: guid("06ebc4ee-1bb5-47dd-8120-11324bc54e06"), PartNumber: "SPE_E5",
		AppliesTo: license.AppliesToUser, CapabilityStatus: "Enabled",
		Units: license.Units{Enabled: 25, Warning: 3, Suspended: 2, LockedOut: 1, Consumed: 14},
		Plans: []license.ServicePlan{
			{ID: guid("efb87545-963c-4e0d-99df-69c6916d9eb0"), Name: "EXCHANGE_S_ENTERPRISE", AppliesTo: license.AppliesToCompany, ProvisioningStatus: "PendingActivation"},
			{ID: guid("7547a3fe-08ee-4ccb-b430-5077c5041653"), Name: "YAMMER_ENTERPRISE", AppliesTo: license.AppliesToUser, ProvisioningStatus: "Success"},
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if u := w.requests[0].URL; u.Path != "/v1.0/subscribedSkus" || u.RawQuery != "" {
		t.Errorf("asked for %s, which takes no query options", u)
	}
}

func guid(s string) license.GUID {
	g, err := license.ParseGUID(s)
	if err != nil {
		panic(err)
	}
	return g
}

// Every page is asked for again as often as the first one, which is told of every time.
func TestEveryPageIsAskedForAgain(t *testing.T) {
	for senseless, fails := range map[int]bool{6: false, 7: true} {
		synctest.Test(t, func(t *testing.T) {
			asked := map[string]int{}
			told := 0
			cfg := config(newWire(t, func(req *http.Request) (*http.Response, error) {
				page := req.URL.Query().Get("p")
				asked[page]++
				switch {
				case asked[page] <= senseless:
					return reply(200, `{"value":[null]}`), nil
				case page == "2":
					return reply(200, listJSON("", userJSON(2, "ben@contoso.com"))), nil
				}
				return reply(200, listJSON(testRoot+"/v1.0/users?p=2", userJSON(1, "ada@contoso.com"))), nil
			}))
			cfg.Waiting = func(graph.Wait) { told++ }
			r, err := graph.NewReader(cfg)
			if err != nil {
				t.Fatal(err)
			}
			users, err := allUsers(r)
			if (err != nil) != fails || !fails && (len(users) != 2 || told != 12) || fails && told != 6 {
				t.Errorf("%d users, told %d times, error %v", len(users), told, err)
			}
		})
	}
}

// A page that was asked for early is over before anything else is asked for, and before
// the sequence is.
func TestNothingGoesOnBesideAPage(t *testing.T) {
	const link = testRoot + "/v1.0/users?p=2"
	for name, first := range map[string]string{
		"the page before makes no sense": `{"@odata.nextLink":"` + link + `","value":[null]}`,
		"nobody goes on":                 listJSON(link, userJSON(1, "ada@contoso.com")),
	} {
		synctest.Test(t, func(t *testing.T) {
			underway := 0
			r := newReader(t, transport(func(req *http.Request) (*http.Response, error) {
				if underway++; underway > 1 {
					t.Errorf("%s: %d requests at once", name, underway)
				}
				defer func() { underway-- }()
				if req.URL.Query().Get("p") == "" {
					return reply(200, first), nil
				}
				<-time.After(time.Second) // whoever has gone away
				return reply(200, listJSON("", userJSON(2, "ben@contoso.com"))), nil
			}))
			for range r.UserPages(t.Context(), alwaysAhead) {
				synctest.Wait() // the next page is under way
				break
			}
			if underway != 0 {
				t.Errorf("%s: a request goes on", name)
			}
		})
	}
}

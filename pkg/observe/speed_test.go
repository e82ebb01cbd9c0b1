package observe_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
)

// far is an emulated tenant at the end of a long line: pages and batches take
// their time, and batches may be turned away.
type far struct {
	t           testing.TB
	emulator    *emulator.Emulator
	page, batch time.Duration
	other       time.Duration         // all else
	away        func() *http.Response // in place of a batch; nil: let through

	mu             sync.Mutex
	pages, batches int
	refused        int // by the emulator's quotas
}

// newFar is a tenant with so many users, in a bubble of time.
func newFar(t testing.TB, users int) *far {
	f := &far{t: t}
	e, err := emulator.New(emulator.Synthetic(emulator.SyntheticOptions{Users: users}), emulator.Options{LogSize: 1, Observe: f.observed})
	if err != nil {
		t.Fatal(err)
	}
	f.emulator = e
	return f
}

func (f *far) observed(r emulator.Request) {
	if r.Status == http.StatusTooManyRequests {
		f.mu.Lock()
		f.refused++
		f.mu.Unlock()
	}
}

func (f *far) Do(req *http.Request) (*http.Response, error) {
	wait, count := f.other, new(int)
	switch {
	case strings.HasSuffix(req.URL.Path, "/$batch"):
		wait, count = f.batch, &f.batches
	case strings.HasSuffix(req.URL.Path, "/users"):
		wait, count = f.page, &f.pages
	}
	f.mu.Lock()
	*count++
	away := f.away
	f.mu.Unlock()
	if count == &f.batches && away != nil {
		if resp := away(); resp != nil {
			return resp, nil
		}
	}
	select {
	case <-time.After(wait):
		return f.emulator.Transport().RoundTrip(req)
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

// GetToken signs in.
func (f *far) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: f.emulator.AppToken(), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func (f *far) reader() *graph.Reader {
	r, err := graph.NewReader(graph.Config{Root: "https://graph.example.com", Credential: f, Transport: f})
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

// declared are the names of every so many-th user.
func (f *far) declared(every int) []string {
	var out []string
	for i, u := range f.emulator.Users() {
		if i%every == 0 {
			out = append(out, u.UserPrincipalName)
		}
	}
	return out
}

// read reads the users, and tells how long that took.
func (f *far) read(users []string) (plan.Observed, time.Duration, error) {
	begun := time.Now()
	observed, err := observe.Tenant(f.t.Context(), f.reader(), observe.Request{Users: users})
	return observed, time.Since(begun), err
}

// listing is how long listing everybody takes, one page after the other.
func (f *far) listing() time.Duration {
	return time.Duration(ceilDiv(len(f.emulator.Users()), graph.PageSize)) * f.page
}

// looking is how long looking so many up takes, all at once as far as there are
// 8,000 resource units in ten seconds.
func (f *far) looking(users int) time.Duration {
	over := max(0, ceilDiv(users, 15)-8000)
	return f.batch + time.Duration(over)*10*time.Second/8000
}

func ceilDiv(n, d int) int { return (n + d - 1) / d }

// Reading takes hardly longer than the better of both ways, whichever that is,
// with hardly more requests than both together, and within the tenant's quota.
func TestReadingTakesTheFasterWay(t *testing.T) {
	const ms = time.Millisecond
	for _, tc := range []struct {
		users, every int
		page, batch  time.Duration
	}{
		{users: 20_000, every: 1, page: time.Second, batch: time.Second / 2},
		{users: 20_000, every: 4, page: time.Second, batch: time.Second / 2},
		{users: 6000, every: 1, page: 50 * ms, batch: 500 * ms},
		{users: 6000, every: 1, page: 500 * ms, batch: 50 * ms},
		{users: 6000, every: 1, page: 1500 * ms, batch: 1000 * ms},
		{users: 6000, every: 4, page: 200 * ms, batch: 8 * time.Second},
		{users: 6000, every: 300, page: time.Second, batch: 200 * ms},
		{users: 2000, every: 1, page: time.Second, batch: 500 * ms},
		{users: 2188, every: 3, page: 624 * ms, batch: 23 * ms}, // each page alone is not too long
		{users: 900, every: 1, page: 5 * time.Second, batch: 500 * ms},
		{users: 900, every: 1, page: 500 * ms, batch: 5 * time.Second},
	} {
		t.Run(fmt.Sprintf("%+v", tc), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFar(t, tc.users)
				f.page, f.batch = tc.page, tc.batch
				users := f.declared(tc.every)
				got, took, err := f.read(users)
				if err != nil || len(got.Users) != len(users) || f.refused > 0 {
					t.Fatalf("%d of %d users, %d requests refused, error %v", len(got.Users), len(users), f.refused, err)
				}
				best := min(f.listing(), f.looking(len(users)))
				t.Logf("%s where the better way takes %s, %d pages, %d batches", took, best, f.pages, f.batches)
				if took > best*13/10+time.Second {
					t.Errorf("it took %s, the better way takes %s", took, best)
				}
				if most := ceilDiv(tc.users, graph.PageSize); f.pages > most || f.batches > graph.FindRequests(0, len(users)) {
					t.Errorf("%d pages of %d, %d batches for %d users", f.pages, most, f.batches, len(users))
				}
			})
		})
	}
}

// tooMany is the answer of a tenant that wants everybody to wait.
func tooMany(retryAfter string) *http.Response {
	resp := &http.Response{
		StatusCode: http.StatusTooManyRequests, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(`{"error":{"code":"TooManyRequests"}}`)),
	}
	if retryAfter != "" {
		resp.Header.Set("Retry-After", retryAfter)
	}
	return resp
}

// A tenant that turns lookups away, always or mostly, is read in hardly longer
// than listing it takes; also where looking up would take fewer requests.
func TestTenantThatTurnsLookupsAway(t *testing.T) {
	for name, away := range map[string]func() func() *http.Response{
		"always": func() func() *http.Response { return func() *http.Response { return tooMany("10") } },
		"always, without a time": func() func() *http.Response {
			return func() *http.Response { return tooMany("") }
		},
		"for an hour": func() func() *http.Response { return func() *http.Response { return tooMany("3600") } },
		"all but one in ten seconds": func() func() *http.Response {
			var last time.Time
			return func() *http.Response {
				if time.Since(last) < 10*time.Second {
					return tooMany("10")
				}
				last = time.Now()
				return nil
			}
		},
	} {
		for _, every := range []int{1, 8, 300} {
			t.Run(fmt.Sprintf("%s, one in %d", name, every), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := newFar(t, 4000)
					f.page, f.batch = 5*time.Second, time.Second/2
					users := f.declared(every)
					want, _, err := f.read(users)
					if err != nil {
						t.Fatal(err)
					}
					turn := away()
					f.away = func() *http.Response {
						f.mu.Lock()
						defer f.mu.Unlock()
						return turn()
					}
					got, took, err := f.read(users)
					if err != nil || took > f.listing()*3/2 {
						t.Errorf("it took %s, and listing takes %s; error %v", took, f.listing(), err)
					}
					if !reflect.DeepEqual(want, got) {
						t.Error("the users are others than by looking them up")
					}
				})
			})
		}
	}
}

// Somebody who is on no page has to be looked up, and does not wait for lookups of
// others whom the listing showed: only for the pause that the tenant asks for.
func TestNobodyWaitsForLookupsInVain(t *testing.T) {
	const pause = 10 * time.Second
	for _, tc := range []struct{ users, let int }{{4000, 1}, {4000, 3}, {20_000, 1}} {
		t.Run(fmt.Sprintf("%+v", tc), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFar(t, tc.users)
				f.page, f.batch = 5*time.Second, time.Second/2
				users := append(f.declared(1), "nobody@contoso.com", "user000007x@contoso.com", id(7).String(), "user001700x@contoso.com")
				var let []time.Time
				f.away = func() *http.Response {
					f.mu.Lock()
					defer f.mu.Unlock()
					let = slices.DeleteFunc(let, func(at time.Time) bool { return time.Since(at) >= pause })
					if len(let) >= tc.let {
						return tooMany("10")
					}
					let = append(let, time.Now())
					return nil
				}
				got, took, err := f.read(users)
				if most := f.listing() + pause + 3*f.batch; err != nil || len(got.Users) != tc.users || took > most {
					t.Errorf("%d users after %s, want at most %s; %d batches, error %v", len(got.Users), took, most, f.batches, err)
				}
			})
		})
	}
}

// Whatever takes how long, and whatever fails meanwhile: what is read is the
// same to the byte, in hardly longer than the better way takes.
func TestTheFasterWayDoesNotShow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		users := rapid.IntRange(1, 2500).Draw(rt, "users")
		every := rapid.IntRange(1, 8).Draw(rt, "every")
		page := time.Duration(rapid.IntRange(0, 3000).Draw(rt, "page, ms")) * time.Millisecond
		batch := time.Duration(rapid.IntRange(0, 3000).Draw(rt, "batch, ms")) * time.Millisecond
		fails := rapid.IntRange(0, 3).Draw(rt, "one batch in so many is turned away")
		synctest.Test(t, func(t *testing.T) {
			f := newFar(t, users)
			names := append(f.declared(every), "nobody@contoso.com", "USER@contoso.com")
			want, _, err := f.read(names)
			if err != nil {
				t.Fatal(err)
			}
			f.page, f.batch, f.pages, f.batches = page, batch, 0, 0
			f.away = func() *http.Response {
				f.mu.Lock()
				defer f.mu.Unlock()
				if fails > 0 && f.batches%(fails+1) == 0 {
					return tooMany("")
				}
				return nil
			}
			got, took, err := f.read(names)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(want, got) {
				t.Error("the users are others than where replies come at once")
			}
			// With nobody turned away the bounds are known. Two of those who are asked for
			// are not there, which takes a lookup at the end of a list.
			best := min(f.listing()+f.batch, 2*f.looking(len(names)))
			if fails == 0 && took > best*13/10+time.Second {
				t.Errorf("it took %s, the better way takes %s: %d users, one in %d, pages of %s, batches of %s", took, best, users, every, page, batch)
			}
			if most := ceilDiv(users, graph.PageSize); fails == 0 && (f.pages > most || f.batches > graph.FindRequests(0, len(names))) {
				t.Errorf("%d pages of %d, %d batches for %d users", f.pages, most, f.batches, len(names))
			}
		})
	})
}

// Users who are looked at again, before the first write and after the last one,
// are looked up side by side, and nobody is listed.
func TestLookingAtUsersAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 6000)
		f.page, f.batch = time.Second, time.Second/2
		var ids []license.GUID
		for _, u := range f.emulator.Users() {
			ids = append(ids, u.ID)
		}
		begun := time.Now()
		got, err := observe.Users(t.Context(), f.reader(), ids)
		if took := time.Since(begun); err != nil || len(got) != len(ids) || took > time.Second/2 {
			t.Errorf("%d of %d users after %s, error %v", len(got), len(ids), took, err)
		}
		if f.pages > 0 || f.batches != graph.FindRequests(len(ids), 0) {
			t.Errorf("%d pages, %d batches", f.pages, f.batches)
		}
	})
}

// What a listing is not needed for goes beside it, but not before it is known
// that the tenant is the expected one.
func TestListingsGoSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 20_000)
		f.page, f.other = time.Second, time.Second
		r := f.reader()
		org, err := r.Organization(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var departments map[license.GUID]string
		req := observe.Request{Whole: true, TenantID: org.ID, Beside: func(ctx context.Context) (err error) {
			departments, err = r.Departments(ctx)
			return err
		}}
		begun := time.Now()
		got, err := observe.Tenant(t.Context(), r, req)
		if took := time.Since(begun); err != nil || len(got.Users) != 20_000 || len(departments) == 0 || took > f.listing()+2*time.Second {
			t.Errorf("%d users and %d departments after %s, error %v", len(got.Users), len(departments), took, err)
		}
		if f.pages != 2*ceilDiv(20_000, graph.PageSize) {
			t.Errorf("%d pages", f.pages)
		}
		f.pages, req.TenantID = 0, license.GUID{1}
		if _, err := observe.Tenant(t.Context(), r, req); err == nil || f.pages > 0 {
			t.Errorf("%d pages of another tenant, error %v", f.pages, err)
		}
		req.TenantID, req.Beside = org.ID, func(context.Context) error { return errors.New("no") }
		if _, err := observe.Tenant(t.Context(), r, req); err == nil || err.Error() != "no" {
			t.Errorf("error %v", err)
		}
	})
}

package observe_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
)

// slow is a tenant of 6,000 in which pages and lookups take so long, in a bubble
// of time.
func slow(t *testing.T, page, find time.Duration) *tenant {
	f := newTenant(t, 6000, 6000)
	f.pageTime, f.findTime = page, find
	return f
}

// A user who changes between a page and a lookup that both show them is read as
// one of them says: that is no contradiction.
func TestUserReadBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := slow(t, time.Second, 300*time.Millisecond)
		moved := 0
		f.replica = func(u license.UserState) license.UserState {
			u.UsageLocation = "FR"
			return u
		}
		got := read(t, f, observe.Request{Users: upns(1, 6000)})
		for _, u := range got.Users {
			if u.UsageLocation == "FR" {
				moved++
			}
		}
		if len(got.Users) != 6000 || moved == 0 || moved == 6000 {
			t.Errorf("%d users, %d of them by a lookup", len(got.Users), moved)
		}
	})
}

// But a name that goes from one user to another between the ways is nobody's, and
// a user with two names is not known by either.
func TestNamesThatMoveBetweenTheWays(t *testing.T) {
	for name, rename := range map[string]func(license.UserState) license.UserState{
		"to another": func(u license.UserState) license.UserState {
			if u.ID == id(5990) {
				u.UserPrincipalName = upn(3)
			}
			return u
		},
		"a new one": func(u license.UserState) license.UserState {
			if u.ID == id(3) {
				u.UserPrincipalName = upn(9000)
			}
			return u
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := slow(t, time.Second, 300*time.Millisecond)
			f.replica = rename
			refs := append(upns(1, 6000), id(3).String(), id(5990).String())
			_, err := observe.Tenant(t.Context(), f, observe.Request{Users: refs})
			if _, incomplete := errors.AsType[*graph.IncompleteError](err); !incomplete {
				t.Errorf("%s: error %v", name, err)
			}
		})
	}
}

// Who is asked for by id alone is who they are under any name.
func TestUserWhoIsRenamedBetweenTheWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := slow(t, time.Second, 300*time.Millisecond)
		f.replica = func(u license.UserState) license.UserState {
			u.UserPrincipalName = "new-" + u.UserPrincipalName
			return u
		}
		var refs []string
		for n := 1; n <= 6000; n++ {
			refs = append(refs, id(n).String())
		}
		got, err := observe.Tenant(t.Context(), f, observe.Request{Users: refs})
		if err != nil || len(got.Users) != 6000 || f.count("page") < 2 || f.count("find") < 2 {
			t.Errorf("%d users by %d pages and %d lookups, error %v", len(got.Users), f.count("page"), f.count("find"), err)
		}
	})
}

// A listing that breaks off beside lookups is not begun anew, and nobody is looked up
// twice: of whom it lacks the lookups tell.
func TestListingThatBreaksOffBesideLookups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := slow(t, time.Second, 150*time.Millisecond)
		f.failures["page 2"] = &graph.IncompleteError{Op: graph.OpListUsers, Reason: "a page after the first was refused", Anew: true}
		got, err := observe.Tenant(t.Context(), f, observe.Request{Users: upns(1, 6000)})
		if err != nil || len(got.Users) != 6000 || f.count("page 1") != 1 || f.count("find") > 20 || f.count("pause") > 0 {
			t.Errorf("%d users, error %v: %v", len(got.Users), err, f.log)
		}
	})
}

// What fails of one way does not end the reading while the other goes on.
func TestOneWayFails(t *testing.T) {
	down := &graph.Error{Op: graph.OpFindUsers, Status: 503}
	denied := &graph.Error{Op: graph.OpFindUsers, Status: 403}
	broken := &graph.IncompleteError{Op: graph.OpListUsers, Reason: "a page after the first was refused", Anew: true}
	for _, tc := range []struct {
		name, call string
		err        error
	}{
		{"lookups, passing", "find", down},
		{"lookups, standing", "find", denied},
		{"lookups, unknown", "find", errors.New("boom")},
		{"lookups that make no sense", "find", &graph.IncompleteError{Op: graph.OpFindUsers, Reason: "it is empty"}},
		{"the first page", "page 1", down},
		{"a page", "page 2", down},
		{"a page that breaks off", "page 2", broken},
		{"nothing", "none", nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := slow(t, time.Second, 100*time.Millisecond)
			f.failures[tc.call] = tc.err
			got, err := observe.Tenant(t.Context(), f, observe.Request{Users: upns(1, 6000)})
			if err != nil || len(got.Users) != 6000 {
				t.Errorf("%s: %d users, error %v", tc.name, len(got.Users), err)
			}
		})
	}
}

// Lookups that were given up beside a listing are made up for at its end, and
// then they have to succeed.
func TestLookupsFailAndAreNeeded(t *testing.T) {
	for _, status := range []int{503, 403} {
		synctest.Test(t, func(t *testing.T) {
			f := slow(t, time.Second, 900*time.Millisecond)
			f.failures["find"] = &graph.Error{Op: graph.OpFindUsers, Status: status}
			_, err := observe.Tenant(t.Context(), f, observe.Request{Users: append(upns(1, 6000), "nobody@contoso.com")})
			if e, ok := errors.AsType[*graph.Error](err); !ok || e.Status != status {
				t.Errorf("after %d pages: %v", f.count("page"), err)
			}
		})
	}
}

// Both ways together see nobody twice, and nobody who was not asked for.
func TestBothWaysTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		want := read(t, slow(t, 0, 0), observe.Request{Users: append(upns(100, 5500), id(4).String(), "nobody@contoso.com")})
		f := slow(t, time.Second, 300*time.Millisecond)
		got := read(t, f, observe.Request{Users: append(upns(100, 5500), id(4).String(), "nobody@contoso.com")})
		if diff := cmp.Diff(want, got); diff != "" || f.count("page") < 2 || f.count("find") < 2 {
			t.Errorf("%d pages, %d lookups: %s", f.count("page"), f.count("find"), diff)
		}
	})
}

// silent takes whom to look up, now and half a second later, and never answers.
type silent struct{ *tenant }

func (f silent) FindEach(ctx context.Context, whom graph.Lookups) iter.Seq2[graph.Found, error] {
	return func(yield func(graph.Found, error) bool) {
		whom.Next()
		time.Sleep(time.Second / 2)
		whom.Next()
		<-ctx.Done()
		yield(graph.Found{}, ctx.Err())
	}
}

// Where no lookup was answered for a second the tenant is listed as well, whatever
// else has happened meanwhile.
func TestSilentLookups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := silent{newTenant(t, 900, 6000)}
		begun := time.Now()
		got, err := observe.Tenant(t.Context(), f, observe.Request{Users: upns(1, 600)})
		if took := time.Since(begun); err != nil || len(got.Users) != 600 || took != time.Second {
			t.Errorf("%d users after %s, error %v", len(got.Users), took, err)
		}
	})
}

// noted notes when somebody is looked up for the first time.
type noted struct {
	*tenant
	asked time.Time
}

func (f *noted) FindEach(ctx context.Context, whom graph.Lookups) iter.Seq2[graph.Found, error] {
	f.asked = time.Now()
	return f.tenant.FindEach(ctx, whom)
}

// Lookups begin beside a listing at the moment when the pages that are still to come,
// each as long as the first one takes already, would take a second longer than they do;
// but never while a page may just be on its way.
func TestWhenLookupsBegin(t *testing.T) {
	for users, after := range map[int]time.Duration{
		999:    time.Second,
		1998:   time.Second / 2,
		6000:   142_857_143, // a seventh, and no nanosecond less
		24_975: 40 * time.Millisecond,
		59_940: 40 * time.Millisecond,
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &noted{tenant: newTenant(t, users, users)}
			f.pageTime = time.Minute
			begun := time.Now()
			got, err := observe.Tenant(t.Context(), f, observe.Request{Users: upns(1, users)})
			if took := f.asked.Sub(begun); err != nil || len(got.Users) != users || took != after {
				t.Errorf("of %d users: %d, lookups begin after %v, want %v, error %v", users, len(got.Users), took, after, err)
			}
		})
	}
}

// A page that fails is named by its number.
func TestPagesThatFailAreNamed(t *testing.T) {
	for n := 1; n <= 3; n++ {
		synctest.Test(t, func(t *testing.T) {
			f := newTenant(t, 3000, 3000)
			f.failures[fmt.Sprintf("page %d", n)] = &graph.Error{Op: graph.OpListUsers, Status: 403}
			_, err := observe.Tenant(t.Context(), f, observe.Request{Users: upns(1, 3000)})
			if want := fmt.Sprintf("page %d: ", n); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q in it", err, want)
			}
		})
	}
}

// inVolleys answers lookups forty-eight at a time, all of them together.
type inVolleys struct{ *tenant }

func (f inVolleys) FindEach(_ context.Context, whom graph.Lookups) iter.Seq2[graph.Found, error] {
	return func(yield func(graph.Found, error) bool) {
		for {
			var asked [][]string
			for len(asked) < 48 {
				refs := whom.Next()
				if len(refs) == 0 {
					break
				}
				asked = append(asked, refs)
			}
			if len(asked) == 0 {
				return
			}
			time.Sleep(time.Second / 2)
			for _, refs := range asked {
				users, err := f.find(refs)
				if !yield(graph.Found{Refs: refs, Users: users, Took: time.Second / 2}, err) {
					return
				}
			}
		}
	}
}

// That nobody is looked up for a moment, because all answers came together, does
// not end the looking up.
func TestAnswersThatComeTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := inVolleys{newTenant(t, 20_000, 100)}
		f.pageTime = time.Second
		begun := time.Now()
		got, err := observe.Tenant(t.Context(), f, observe.Request{Users: upns(1, 20_000)})
		if took := time.Since(begun); err != nil || len(got.Users) != 20_000 || took > 2*time.Second {
			t.Errorf("%d users after %s, error %v", len(got.Users), took, err)
		}
	})
}

// Where replies come nearly at once nobody is looked up beside a listing, however
// many pages there are.
func TestShortLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newTenant(t, 59_940, 59_940)
		f.pageTime, f.findTime = 20*time.Millisecond, 20*time.Millisecond
		if got := read(t, f, observe.Request{Users: upns(1, 59_940)}); len(got.Users) != 59_940 || f.count("find") > 0 || f.count("page") != 60 {
			t.Errorf("%d users, %d pages, %d lookups", len(got.Users), f.count("page"), f.count("find"))
		}
	})
}

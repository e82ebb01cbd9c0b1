package apply_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/receipt"
)

func denied() *graph.Error {
	return &graph.Error{Op: graph.OpAssignLicense, Status: 403, Code: "Authorization_RequestDenied", Message: "Insufficient privileges to complete the operation.", RequestID: "r"}
}

func permitted(graph.Op) bool { return true }

// TestOneForbiddenUser: a user who may not be changed is told, and keeps
// nobody else from it, wherever they stand.
func TestOneForbiddenUser(t *testing.T) {
	for _, who := range []int{0, 1, 3, 4, 300, 599} {
		for name, o := range map[string]apply.Options{"": {}, ", one at a time, by the token's roles": {Parallelism: 1, Permitted: permitted}} {
			t.Run(fmt.Sprint(who, name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, p := crowd(t, 600)
					who := fmt.Sprintf("u%03d", who)
					s.fault = func(w *write) *fault {
						if w.user == id(who) {
							return &fault{err: denied()}
						}
						return nil
					}
					out := carryOut(t, t.Context(), s, p, func(all *apply.Options) { all.Parallelism, all.Permitted = o.Parallelism, o.Permitted })
					counts, res := out.Receipt.Counts(), result(t, out, who)
					if counts[receipt.Done] != 599 || res.Outcome != receipt.Refused || out.Cause != nil {
						t.Errorf("counts %v, cause %v: %+v", counts, out.Cause, res)
					}
					if !strings.Contains(res.Hint, "restricted management administrative unit") {
						t.Errorf("hint %q", res.Hint)
					}
				})
			})
		}
	}
}

// TestForbiddenLocation is the same for the other call.
func TestForbiddenLocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada"), holder("bob"), holder("cay")}
		want := map[string][]string{}
		for i, name := range []string{"ada", "bob", "cay"} {
			users[i].UsageLocation, want[name] = "", []string{"E3"}
		}
		p := makePlan(t, users, want)
		s := newTenant(t, users, map[string]int{"E3": 3})
		s.fault = func(w *write) *fault {
			if w.user == id("bob") {
				return &fault{err: denied()}
			}
			return nil
		}
		out := carryOut(t, t.Context(), s, p, nil)
		if counts := out.Receipt.Counts(); counts[receipt.Done] != 2 || counts[receipt.Refused] != 1 || out.Cause != nil {
			t.Errorf("counts %v, cause %v", counts, out.Cause)
		}
	})
}

// TestForbiddenInARow: with the permission shown, ten users in a row end the
// run; where nothing shows it, those under way do.
func TestForbiddenInARow(t *testing.T) {
	for _, tc := range []struct {
		name      string
		from, to  int // the users who may not be changed
		permitted func(graph.Op) bool
		done      int
		refused   int // at most
	}{
		{"nine", 100, 109, nil, 191, 9},
		{"everybody from the hundredth on", 100, 200, nil, 100, 74}, // those under way are finished
		{"everybody, and the token has the role", 0, 200, permitted, 0, 74},
		{"everybody", 0, 200, nil, 0, 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := crowd(t, 200)
				forbidden := map[license.GUID]bool{}
				for i := tc.from; i < tc.to; i++ {
					forbidden[id(fmt.Sprintf("u%03d", i))] = true
				}
				s.fault = func(w *write) *fault {
					if forbidden[w.user] {
						return &fault{err: denied()}
					}
					return nil
				}
				out := carryOut(t, t.Context(), s, p, func(o *apply.Options) { o.Permitted = tc.permitted })
				counts := out.Receipt.Counts()
				if counts[receipt.Done] != tc.done || counts[receipt.Refused] > tc.refused || (out.Cause != nil) != (tc.done < 191) {
					t.Errorf("counts %v, cause %v", counts, out.Cause)
				}
				if tc.done == 0 && out.Touched {
					t.Error("nothing was written, and that was seen")
				}
			})
		})
	}
}

// TestRestrictedUsers: whether a user is in a restricted unit is asked of those
// alone who may not be changed, and said.
func TestRestrictedUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := crowd(t, 50)
		s.fault = func(w *write) *fault {
			if w.user == id("u020") || w.user == id("u030") {
				return &fault{err: denied()}
			}
			return nil
		}
		var asked []license.GUID
		out := carryOut(t, t.Context(), s, p, func(o *apply.Options) {
			o.Parallelism = 1
			o.Restricted = func(_ context.Context, user license.GUID) (bool, error) {
				asked = append(asked, user)
				return user == id("u020"), nil
			}
		})
		if len(asked) != 2 {
			t.Errorf("%d users were asked about", len(asked))
		}
		for name, want := range map[string]bool{"u020": true, "u030": false} {
			res := result(t, out, name)
			if !slices.Contains(res.Reasons, "user-forbidden") || strings.Contains(res.Message, "they are in a restricted") != want {
				t.Errorf("%s: %q %q", name, res.Reasons, res.Message)
			}
		}
	})
}

// TestNobodyPermitted: where every user of a few is refused, the permission is
// not there, whatever the token says.
func TestNobodyPermitted(t *testing.T) {
	for refused, stops := range map[int]bool{3: true, 2: false} {
		t.Run(fmt.Sprint(refused), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := crowd(t, 3)
				s.fault = func(w *write) *fault {
					if w.total <= refused {
						return &fault{err: denied()}
					}
					return nil
				}
				out := carryOut(t, t.Context(), s, p, func(o *apply.Options) { o.Permitted = permitted })
				if e, ok := errors.AsType[*graph.Error](out.Cause); ok != stops || ok && !e.Forbidden() || out.Touched == stops {
					t.Errorf("cause %v, touched %v", out.Cause, out.Touched)
				}
			})
		})
	}
}

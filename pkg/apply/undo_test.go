package apply_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// drawEnd draws a fault that may last: what ends changes as anything but done.
func drawEnd(t *rapid.T) fault {
	after := rapid.Bool().Draw(t, "after")
	return rapid.SampledFrom([]fault{
		{err: status(http.StatusBadRequest, "Something new.")},
		{err: &graph.Error{Status: http.StatusForbidden}, after: after},
		{err: &graph.Error{Status: http.StatusFound}, after: after},
		{err: status(http.StatusServiceUnavailable, ""), after: after},
		{err: lost(), after: after},
		{err: errors.New("a mistake of our own")},
		{err: &graph.Error{NotSent: true, Err: errors.New("connection refused")}},
	}).Draw(t, "end")
}

// TestUndoTakesOnlyWhatWasGiven plays faults through, lets somebody else give
// licenses before and after the run, and undoes it: whatever the receipt says,
// the undo takes from nobody what the run did not give.
func TestUndoTakesOnlyWhatWasGiven(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sc := drawScenario(rt)
		for part := range sc.bought {
			sc.bought[part] += 30 // seats are no matter here
		}
		ends := map[license.GUID]fault{}
		for _, u := range sc.users {
			if rapid.Bool().Draw(rt, "struck") {
				ends[u.ID] = drawEnd(rt)
			}
		}
		blind := rapid.Bool().Draw(rt, "blind")
		early := rapid.SliceOfN(rapid.SampledFrom(allSKUs), len(sc.users), len(sc.users)).Draw(rt, "early")
		late := rapid.SliceOfN(rapid.SampledFrom(allSKUs), len(sc.users), len(sc.users)).Draw(rt, "late")
		synctest.Test(t, func(t *testing.T) {
			p := sc.plan(t)
			s := newTenant(t, sc.users, sc.bought)
			s.partial, s.lag = sc.partial, sc.lag
			s.giveAll(sc.users, early)
			s.fault = func(w *write) *fault {
				f, struck := ends[w.user]
				if !struck {
					return nil
				}
				if blind {
					s.unread = func() error { return &graph.Error{Op: graph.OpFindUsers, Status: 503} }
				}
				return &f
			}
			var file memory
			o := options(s, &file)
			if _, err := apply.Run(t.Context(), p, o); err != nil {
				t.Fatal(err)
			}
			s.fault, s.unread = nil, nil
			time.Sleep(sc.lag)
			s.giveAll(sc.users, late)
			s.checkUndo(&file)
		})
		if t.Failed() {
			rt.Fatalf("with %+v, %+v", sc, ends)
		}
	})
}

// giveAll is somebody else who gives each user one product, if they do not have
// it.
func (s *tenant) giveAll(users []license.UserState, parts []string) {
	for i, u := range users {
		if other := s.users[u.ID]; !other.Holds(id(parts[i])) {
			other.Assignments = append(other.Assignments, license.Assignment{SKUID: id(parts[i]), State: "Active"})
			license.SortAssignments(other.Assignments)
		}
	}
}

// checkUndo plans the undo of a receipt, and holds what it takes against what
// the writes gave.
func (s *tenant) checkUndo(file *memory) {
	rec, err := receipt.Read(&file.Buffer)
	if err != nil {
		s.t.Fatal(err)
	}
	now := plan.Observed{Tenant: plan.Tenant{ID: id("tenant")}}
	for _, part := range allSKUs {
		now.SKUs = append(now.SKUs, license.SKU{ID: id(part), PartNumber: part, AppliesTo: license.AppliesToUser, Units: license.Units{Enabled: 1000}})
	}
	for _, u := range s.users {
		now.Users = append(now.Users, *u)
	}
	back, err := planner.Make(planner.Input{Desired: rec.Undo(now), Policy: plan.DefaultPolicy(), Observed: now, Now: time.Now()})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range back.Changes {
		for _, a := range c.Actions {
			if a.Op == plan.OpRemove && !s.gave[c.User.ID][a.SKUID] {
				s.t.Errorf("the undo takes %s from %s, which the run did not give", a.SKUPartNumber, c.User.UserPrincipalName)
			}
		}
	}
}

package planner_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// subscription is a purchase of E3 that ends so many days from the plan's day.
func subscription(in *planner.Input, seats, days int) license.Subscription {
	return license.Subscription{SKUID: id("E3"), PartNumber: "E3", Status: "Enabled", Seats: seats, Changes: in.Now.AddDate(0, 0, days)}
}

func TestSubscriptionEnds(t *testing.T) {
	const unknown = "when subscriptions end is not known: "
	for _, tc := range []struct {
		name string
		days int // warnDaysBeforeSubscriptionEnds
		subs func(in *planner.Input) *license.Subscriptions
		ends []string
		left []string // unused-seats
		hint string
	}{
		{name: "not asked for", subs: func(in *planner.Input) *license.Subscriptions { return nil }, left: []string{"E3: 2 of 10 seats will be used by nobody = 72.00"}},
		{name: "no warning without the policy", subs: func(in *planner.Input) *license.Subscriptions {
			return &license.Subscriptions{All: []license.Subscription{subscription(in, 10, 3)}}
		}, left: []string{"E3: 2 of 10 seats will be used by nobody; 2 can be given back by 2026-11-24, when 10 seats end unless renewed = 72.00"}},
		{name: "some would be missing", days: 30, subs: func(in *planner.Input) *license.Subscriptions {
			return &license.Subscriptions{All: []license.Subscription{subscription(in, 4, 30), subscription(in, 1, 3)}}
		}, ends: []string{"5 seats of E3 will have ended by 2026-12-21 unless renewed, and then 3 seats in use would be missing"},
			left: []string{"E3: 2 of 10 seats will be used by nobody; 1 can be given back by 2026-11-24, when 1 seat ends unless renewed = 72.00"}},
		{name: "enough stay", days: 30, subs: func(in *planner.Input) *license.Subscriptions {
			return &license.Subscriptions{All: []license.Subscription{subscription(in, 2, 30)}}
		}, left: []string{"E3: 2 of 10 seats will be used by nobody; 2 can be given back by 2026-12-21, when 2 seats end unless renewed = 72.00"}},
		{name: "later than that", days: 29, subs: func(in *planner.Input) *license.Subscriptions {
			return &license.Subscriptions{All: []license.Subscription{subscription(in, 10, 30)}}
		}, left: []string{"E3: 2 of 10 seats will be used by nobody; 2 can be given back by 2026-12-21, when 10 seats end unless renewed = 72.00"}},
		{name: "a day that is past, in the same state", days: 1, subs: func(in *planner.Input) *license.Subscriptions {
			return &license.Subscriptions{All: []license.Subscription{subscription(in, 10, -2)}}
		}, ends: []string{"10 seats of E3 will have ended by 2026-11-19 unless renewed, and then 8 seats in use would be missing"},
			left: []string{"E3: 2 of 10 seats will be used by nobody = 72.00"}},
		{name: "more than the product has", days: 9, subs: func(in *planner.Input) *license.Subscriptions {
			return &license.Subscriptions{All: []license.Subscription{subscription(in, 700, 9)}}
		}, ends: []string{"10 seats of E3 will have ended by 2026-11-30 unless renewed, and then 8 seats in use would be missing"},
			left: []string{"E3: 2 of 10 seats will be used by nobody; 2 can be given back by 2026-11-30, when 700 seats end unless renewed = 72.00"}},
		{name: "what has ended, or has no date", days: 30, subs: func(in *planner.Input) *license.Subscriptions {
			ended, undated := subscription(in, 10, 3), subscription(in, 10, 3)
			ended.Status, undated.Changes = "Suspended", time.Time{}
			return &license.Subscriptions{All: []license.Subscription{ended, undated}}
		}, left: []string{"E3: 2 of 10 seats will be used by nobody = 72.00"}},
		{name: "no permission", days: 30, subs: func(*planner.Input) *license.Subscriptions {
			return &license.Subscriptions{Untold: license.UnavailablePermission, Reason: "Insufficient privileges"}
		}, hint: "grant Organization.Read.All", ends: []string{unknown + "the app may not read them"}, left: []string{"E3: 2 of 10 seats will be used by nobody = 72.00"}},
		{name: "a snapshot without them", days: 30, subs: func(*planner.Input) *license.Subscriptions { return nil },
			hint: "take a new snapshot", ends: []string{unknown + "the snapshot does not tell them"}, left: []string{"E3: 2 of 10 seats will be used by nobody = 72.00"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := world(nil, nil, sku("E3", 10, 8))
			priced(&in)
			in.Policy.WarnBeforeSubscriptionEnds = tc.days
			in.Observed.Subscriptions = tc.subs(&in)
			p := mustMake(t, in)
			got := append(costs(p, plan.CodeSubscriptionEnds), costs(p, plan.CodeSubscriptionsUnknown)...)
			if diff := cmp.Diff(append([]string{}, tc.ends...), got); diff != "" {
				t.Errorf("ends (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.left, costs(p, plan.CodeUnusedSeats)); diff != "" {
				t.Errorf("unused (-want +got):\n%s", diff)
			}
			for _, f := range p.Findings {
				if f.Code == plan.CodeSubscriptionsUnknown && (tc.hint == "" || f.Hint != tc.hint+", or leave warnDaysBeforeSubscriptionEnds out of the policy") {
					t.Errorf("hint: %s", f.Hint)
				}
			}
			if len(p.Changes) > 0 {
				t.Errorf("%d changes", len(p.Changes))
			}
		})
	}
}

package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// seatsEnding are seats of a product that end on a day unless their subscription
// is renewed. Whether it renews by itself the service does not tell.
type seatsEnding struct {
	day   plan.Date
	seats int
}

// endings gives the seats of a product that are enabled and end, by day. A day
// that is past stays until the service changes the state.
func (b *basis) endings(sku license.GUID) []seatsEnding {
	subscriptions := b.in.Observed.Subscriptions
	if subscriptions == nil || subscriptions.Untold != "" {
		return nil
	}
	var out []seatsEnding
	for _, s := range subscriptions.All {
		if s.SKUID != sku || s.Status != "Enabled" || s.Changes.IsZero() || s.Seats == 0 {
			continue
		}
		day := plan.DateOf(s.Changes.UTC())
		i := slices.IndexFunc(out, func(e seatsEnding) bool { return e.day == day })
		if i < 0 {
			out = append(out, seatsEnding{day: day})
			i = len(out) - 1
		}
		out[i].seats += s.Seats
	}
	slices.SortFunc(out, func(a, b seatsEnding) int { return a.day.Compare(b.day) })
	return out
}

// subscriptionEnds warns of seats that will be in use and end soon, so that they
// would be missing. That nobody may see the subscriptions is told as well.
func (b *basis) subscriptionEnds(seats []plan.Seats) findings {
	days := b.in.Policy.WarnBeforeSubscriptionEnds
	if days == 0 {
		return nil
	}
	var out findings
	if s := b.in.Observed.Subscriptions; s == nil || s.Untold != "" {
		out.add(finding{message: msgSubscriptionsUnknown, args: []any{unknownSubscriptions{s}, unknownSubscriptions{s}.advice()}})
		return out
	}
	for _, s := range seats {
		left := s.Enabled
		for _, ending := range b.endings(s.SKUID) {
			if b.day.AddDays(days).Before(ending.day) {
				break
			}
			left = max(0, left-ending.seats)
			if missing := s.After - left; missing > 0 {
				out.add(finding{message: msgSubscriptionEnds, sku: s.SKUID, args: []any{
					quantity.Of(s.Enabled-left, "seat"), product(s.SKUID), ending.day, quantity.Of(missing, "seat"),
				}})
				break
			}
		}
	}
	return out
}

// seatsToGiveBack are seats that nobody will use, with the next day on which
// seats end.
type seatsToGiveBack struct {
	plan.Seats

	next *seatsEnding // nil: not known
}

// toGiveBack says by when seats of a product can be given back.
func (b *basis) toGiveBack(s plan.Seats) seatsToGiveBack {
	out := seatsToGiveBack{Seats: s}
	for _, ending := range b.endings(s.SKUID) {
		if !ending.day.Before(b.day) {
			out.next = &ending
			break
		}
	}
	return out
}

// words says how many seats nobody will use, and by when how many of them can be
// given back.
func (s seatsToGiveBack) words() string {
	out := unusedSeatsWords(s.Seats)
	if s.next == nil {
		return out
	}
	return out + "; " + quantity.Text(min(unused(s.Seats), s.next.seats)) + " can be given back by " + s.next.day.String() +
		", when " + quantity.Of(s.next.seats, "seat") + " " + endOrEnds(s.next.seats) + " unless renewed"
}

func endOrEnds(seats int) string {
	if seats == 1 {
		return "ends"
	}
	return "end"
}

// unknownSubscriptions are subscriptions that nobody knows; nil: nobody asked.
type unknownSubscriptions struct{ *license.Subscriptions }

func (u unknownSubscriptions) words() string {
	switch {
	case u.Subscriptions == nil:
		return "the snapshot does not tell them"
	case u.Untold == license.UnavailablePermission:
		return "the app may not read them"
	case u.Reason != "":
		return u.Reason
	}
	return string(u.Untold)
}

// advice says what to do about it.
func (u unknownSubscriptions) advice() string {
	switch {
	case u.Subscriptions == nil:
		return "take a new snapshot"
	case u.Untold == license.UnavailablePermission:
		return "grant Organization.Read.All"
	}
	return "try again later"
}

package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// subscription is one purchase of a product, as JSON documents have it.
type subscription struct {
	Status  string     `json:"status"`
	Seats   int        `json:"totalLicenses"`
	Trial   bool       `json:"isTrial"`
	Created *time.Time `json:"createdDateTime,omitempty"`

	// Changes is when the subscription goes into its next state if nobody renews
	// it; left out where that is not told. It does not say that somebody does.
	Changes *time.Time `json:"nextLifecycleDateTime,omitempty"`
}

// subscriptionsOf gives the purchases of a product; nil where nothing is known
// of any.
func (inv Inventory) subscriptionsOf(sku license.GUID) []subscription {
	if inv.Subscriptions == nil || inv.Subscriptions.Untold != "" {
		return nil
	}
	out := []subscription{}
	for _, s := range inv.Subscriptions.All {
		if s.SKUID == sku {
			out = append(out, subscription{Status: s.Status, Seats: s.Seats, Trial: s.Trial, Created: orNil(s.Created), Changes: orNil(s.Changes)})
		}
	}
	return out
}

func orNil(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// nextChange gives the earliest day on which seats of a product go away if
// nobody renews them, and how many do until its end; nil where none is known.
// What is not in use any more has gone already.
func nextChange(all []subscription) (*time.Time, int) {
	var first *time.Time
	for _, s := range all {
		if s.Changes != nil && s.Status == "Enabled" && (first == nil || s.Changes.Before(*first)) {
			first = s.Changes
		}
	}
	seats := 0
	for _, s := range all {
		if first != nil && s.Changes != nil && s.Status == "Enabled" && day(*s.Changes) == day(*first) {
			seats += s.Seats
		}
	}
	return first, seats
}

func day(at time.Time) string { return at.UTC().Format(time.DateOnly) }

// addSubscriptions adds the subscriptions of which there is something to say: a
// date, a trial, or another state than Enabled.
func (inv Inventory) addSubscriptions(p *layout.Page, o Options) {
	s := inv.Subscriptions
	switch {
	case s == nil:
		return
	case s.Untold != "":
		p.Gap()
		p.Add(p.Style.Paint(layout.Faint, "Subscriptions, and when they end, are not known: "+UnknownSubscriptions(*s)+"."))
		return
	}
	t := layout.NewTable(layout.Left, layout.Left, layout.Right, layout.Left, layout.Left)
	t.Row(layout.Text("subscription of"), layout.Text("state"), layout.Text("seats"), layout.Text("unless renewed, ends"), layout.Text(""))
	rows := 0
	for _, row := range inv.sorted() {
		for _, sub := range inv.subscriptionsOf(row.ID) {
			if sub.Changes == nil && !sub.Trial && sub.Status == "Enabled" {
				continue
			}
			rows++
			t.Row(layout.Text(Safe(row.PartNumber)), layout.Text(Safe(sub.Status)), layout.Text(number(sub.Seats)), sub.end(s.AsOf), layout.Text(choose(weight(sub.Trial), "trial", "")))
		}
	}
	if rows == 0 {
		return
	}
	p.Gap()
	p.Add(t.Lines(o.Style)...)
}

// soon is from how many days before its end a subscription is marked.
const soon = 30

// end says when the subscription ends unless it is renewed. Whether it renews
// by itself the service does not tell, and neither does this.
func (s subscription) end(asOf time.Time) layout.Cell {
	if s.Changes == nil {
		return layout.Text("")
	}
	text, days := day(*s.Changes), daysBetween(asOf, *s.Changes)
	switch {
	case asOf.IsZero():
		return layout.Text(text)
	case days < 0:
		return layout.Toned(text+", "+counted(-days, "day")+" ago", layout.Worth)
	case days == 0:
		return layout.Toned(text+", today", layout.Worth)
	case days <= soon:
		return layout.Toned(text+", in "+counted(days, "day"), layout.Worth)
	}
	return layout.Text(text + ", in " + counted(days, "day"))
}

// daysBetween counts the days of the calendar in UTC.
func daysBetween(from, to time.Time) int {
	midnight := func(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
	return int(midnight(to).Sub(midnight(from)).Hours() / 24)
}

// UnknownSubscriptions says why nothing is known of subscriptions, or what to do.
func UnknownSubscriptions(s license.Subscriptions) string {
	if s.Untold == license.UnavailablePermission {
		return "grant Organization.Read.All to see them"
	}
	return Safe(cmp.Or(s.Reason, string(s.Untold)))
}

// subscriptionsInWords lists the subscriptions of a product in one cell.
func subscriptionsInWords(all []subscription) string {
	var parts []string
	for _, s := range all {
		part := number(s.Seats) + " " + s.Status
		if s.Trial {
			part += " trial"
		}
		if s.Changes != nil {
			part += " until " + day(*s.Changes) + " unless renewed"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// sameTerms adds up the seats of subscriptions that differ in nothing else, so
// that each is one sample.
func sameTerms(all []subscription) []subscription {
	var out []subscription
	for _, s := range all {
		i := slices.IndexFunc(out, func(o subscription) bool {
			return o.Status == s.Status && o.Trial == s.Trial && (o.Changes == nil) == (s.Changes == nil) && (s.Changes == nil || o.Changes.Equal(*s.Changes))
		})
		if i < 0 {
			out = append(out, s)
			continue
		}
		out[i].Seats += s.Seats
	}
	return out
}

package plan_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/plan"
)

// A date is the day that package time knows, from the first to the last that
// can be written.
func TestDateIsTheDayOfTheCalendar(t *testing.T) {
	first := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	days := int(last.Unix()-first.Unix()) / (24 * 60 * 60)
	rapid.Check(t, func(t *rapid.T) {
		n, more := rapid.IntRange(0, days).Draw(t, "day"), rapid.IntRange(0, days).Draw(t, "other")
		day := first.AddDate(0, 0, n)
		date := plan.DateOf(day)
		if got := date.String(); got != day.Format(time.DateOnly) || date.IsZero() {
			t.Fatalf("%s became %q", day, got)
		}
		if read, err := plan.ParseDate(date.String()); err != nil || read != date || plan.NewDate(day.Date()) != date {
			t.Fatalf("%s is read back as %s (%v)", date, read, err)
		}
		other := plan.DateOf(first).AddDays(more)
		if date.Before(other) != (n < more) || date.Equal(other) != (n == more) || (date.Compare(other) < 0) != (n < more) {
			t.Fatalf("%s and %s are in the wrong order", date, other)
		}
		if !(plan.Date{}).Before(date) {
			t.Fatalf("no date does not come before %s", date)
		}
	})
}

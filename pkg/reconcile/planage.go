package reconcile

import (
	"fmt"
	"strconv"
	"time"

	"github.com/licensectl/licensectl/pkg/plan"
)

// PlanAge is how old a saved plan may be: whole days after the day that it is
// for, or a time since it was made.
type PlanAge struct {
	Days int
	Span time.Duration // 0: days count
}

// DefaultMaxPlanAge is what the review of a pull request may take. A plan that
// is older may take back what came about since.
func DefaultMaxPlanAge() PlanAge { return PlanAge{Days: 14} }

// String gives "14d" or "36h0m0s".
func (p PlanAge) String() string {
	if p.Span > 0 {
		return p.Span.String()
	}
	return strconv.Itoa(p.Days) + "d"
}

// The clocks of the world are so far ahead of UTC, and behind it.
const (
	farthestEast = 14 * time.Hour
	farthestWest = 12 * time.Hour
)

// checkDay refuses a plan whose day has not begun, or is too long ago. What
// plan --at shows of a day to come is not over yet, and what was right weeks ago
// need not be so now. Where the time zone of the plan is not known (nil) the day
// has to fit everywhere.
func (s *Session) checkDay(p *plan.Plan, zone *time.Location, most PlanAge) error {
	now := s.Now().UTC()
	first, last := plan.DateOf(now.Add(-farthestWest)), plan.DateOf(now.Add(farthestEast))
	where := "the farthest west, since the plan is of an older version and does not tell its time zone"
	if zone != nil {
		now = now.In(zone)
		first, last, where = plan.DateOf(now), plan.DateOf(now), zone.String()
	}
	if first.Before(p.AsOf) {
		return (&Failure{Kind: KindStale, What: "the plan is for a day to come", Next: "plan again without --at"}).because(
			fmt.Sprintf("the plan is for %s, and that day has not come: what ends until then would be taken away too early; the day begins by the clock of %s", p.AsOf, where),
			"apply it on that day; plan --at is for looking ahead")
	}
	if most.isPassed(p, now, last) {
		return (&Failure{Kind: KindStale, What: "the plan is too old", Next: "plan again"}).because(
			fmt.Sprintf("the plan is for %s and was made on %s, and --max-plan-age is %s: what was right then may take back what came about since",
				p.AsOf, p.CreatedAt.UTC().Format("2006-01-02 15:04 UTC"), most), "")
	}
	return nil
}

// isPassed reports whether a plan is too old, today being that day. A time is
// counted from when the plan was made, or from its day where that is another.
func (p PlanAge) isPassed(saved *plan.Plan, now time.Time, today plan.Date) bool {
	if p.Span == 0 {
		return saved.AsOf.AddDays(p.Days).Before(today)
	}
	since := saved.CreatedAt.In(now.Location())
	if plan.DateOf(since) != saved.AsOf {
		since = saved.AsOf.Begin(now.Location())
	}
	return now.Sub(since) > p.Span
}

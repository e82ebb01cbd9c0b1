package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/licensectl/licensectl/pkg/plan"
)

const flagMaxPlanAge = "max-plan-age"

// planAge is how old a saved plan may be: whole days after the day that it is
// for, or a time since it was made.
type planAge struct {
	days int
	span time.Duration // 0: days count
}

// defaultMaxPlanAge is what the review of a pull request may take. A plan that
// is older may take back what came about since.
func defaultMaxPlanAge() planAge { return planAge{days: 14} }

func (p planAge) String() string {
	if p.span > 0 {
		return p.span.String()
	}
	return strconv.Itoa(p.days) + "d"
}

// ageFlag is a flag that takes a planAge.
type ageFlag struct{ target *planAge }

var _ pflag.Value = ageFlag{}

func (a ageFlag) String() string {
	if a.target == nil {
		return ""
	}
	return a.target.String()
}

// Type is what stands for the value in the help.
func (ageFlag) Type() string { return "AGE" }

// Set takes days, such as 14d or 14, or a time, such as 36h.
func (a ageFlag) Set(text string) error {
	const most = 36500
	if days, err := strconv.Atoi(strings.TrimSuffix(text, "d")); err == nil && days >= 0 && days <= most {
		*a.target = planAge{days: days}
		return nil
	}
	if span, err := time.ParseDuration(text); err == nil && span > 0 {
		*a.target = planAge{span: span}
		return nil
	}
	return fmt.Errorf("%q is not an age: write days such as 14d, or a time such as 36h", text)
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
func (a *app) checkDay(p *plan.Plan, zone *time.Location, most planAge) error {
	now := a.env.Now().UTC()
	first, last := plan.DateOf(now.Add(-farthestWest)), plan.DateOf(now.Add(farthestEast))
	where := "the farthest west, since the plan is of an older version and does not tell its time zone"
	if zone != nil {
		now = now.In(zone)
		first, last, where = plan.DateOf(now), plan.DateOf(now), zone.String()
	}
	if first.Before(p.AsOf) {
		return (&failure{code: CodeStale, what: "the plan is for a day to come", next: "plan again without --at"}).because(
			fmt.Errorf("the plan is for %s, and that day has not come: what ends until then would be taken away too early; the day begins by the clock of %s", p.AsOf, where),
			"apply it on that day; plan --at is for looking ahead")
	}
	if most.isPassed(p, now, last) {
		return (&failure{code: CodeStale, what: "the plan is too old", next: "plan again"}).because(
			fmt.Errorf("the plan is for %s and was made on %s, and --%s is %s: what was right then may take back what came about since",
				p.AsOf, p.CreatedAt.UTC().Format("2006-01-02 15:04 UTC"), flagMaxPlanAge, most), "")
	}
	return nil
}

// isPassed reports whether a plan is too old, today being that day. A time is
// counted from when the plan was made, or from its day where that is another.
func (p planAge) isPassed(saved *plan.Plan, now time.Time, today plan.Date) bool {
	if p.span == 0 {
		return saved.AsOf.AddDays(p.days).Before(today)
	}
	since := saved.CreatedAt.In(now.Location())
	if plan.DateOf(since) != saved.AsOf {
		since = saved.AsOf.Begin(now.Location())
	}
	return now.Sub(since) > p.span
}

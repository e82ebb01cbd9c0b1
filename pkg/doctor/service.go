package doctor

import (
	"fmt"
	"time"
)

// maxSkew is how far the clocks may be apart. Entra allows five minutes where
// it judges assertions and tokens.
const maxSkew = 5 * time.Minute

func (j *diagnosis) service() {
	s := j.facts.Service
	j.add(s.Organization.area(), IDOrganization, s.Organization.judged("reading the organization"))
	j.add(s.Products.area(), IDProducts, s.Products.judged("reading the products"))
	j.add(s.Users.area(), IDUsers, s.Users.judged("reading a user"))
	j.add(Service, IDClock, s.clock())
	j.add(Service, IDThrottling, s.throttling())
}

// area is permissions for a call that is not allowed: the service is well.
func (c *Call) area() Area {
	if c != nil && c.Denied {
		return Permissions
	}
	return Service
}

func (c *Call) judged(what string) finding {
	switch {
	case c == nil:
		return skipped(what + ": not asked, for want of a sign-in, or of a verb that needs it")
	case c.Problem != nil:
		return failed(*c.Problem)
	}
	return ok(what + " takes " + inTime(c.Took))
}

func (s ServiceFacts) clock() finding {
	if s.Skew == nil {
		return skipped("the service did not tell the time")
	}
	ahead, way := *s.Skew, "behind"
	if ahead < 0 {
		ahead, way = -ahead, "ahead of"
	}
	if ahead > maxSkew {
		return warned(Problem{
			fmt.Sprintf("this machine's clock is %s %s that of the service", roughly(ahead), way),
			"set the clock, by NTP for example: sign-ins fail, and time-bound entries begin and end at the wrong time",
		})
	}
	return ok("this machine's clock agrees with that of the service")
}

func (s ServiceFacts) throttling() finding {
	switch {
	case s.Organization == nil:
		return skipped("whether a limit is close is not known without an answer")
	case s.Throttle == 0:
		return ok("the service reports no limit that is close")
	}
	message := fmt.Sprintf("%.0f %% of a limit of the tenant is used up", s.Throttle*100)
	return warned(Problem{message, "other apps are busy in the tenant: run an apply later, or with a lower --write-rate"})
}

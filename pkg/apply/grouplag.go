package apply

import (
	"time"

	"github.com/licensectl/licensectl/pkg/plan"
)

// lagSettles is how long what a user has shown of a group may be missing again from what
// is read of them: replicas of the service are behind each other by some seconds.
const lagSettles = 30 * time.Second

// splitLagging tells those who were looked at and are to be settled or sent from those who
// do not show any more what they had shown a moment ago: they are looked at again.
func (g *groupRun) splitLagging(checked []check) (shown []check, lagging []*plan.Change) {
	for _, c := range checked {
		if c.lags && !g.hasLagged(c.change) {
			g.users[c.change.User.ID] = c.user
			lagging = append(lagging, c.change)
			continue
		}
		shown = append(shown, c)
	}
	return shown, lagging
}

// hasLagged notes that a user does not show what they had shown, and reports whether it is
// so for too long.
func (g *groupRun) hasLagged(c *plan.Change) bool {
	if _, known := g.lagging[c.User.ID]; !known {
		g.lagging[c.User.ID] = time.Now()
	}
	return !g.mayLag(c)
}

// mayLag reports whether a user does not show what they had shown, and may do so again.
func (g *groupRun) mayLag(c *plan.Change) bool {
	since, lags := g.lagging[c.User.ID]
	return lags && time.Since(since) < lagSettles
}

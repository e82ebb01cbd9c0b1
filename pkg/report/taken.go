package report

import (
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
)

// taken is what an apply of the plan would take away, as the guards count it:
// of the ready changes alone, and a license of which a service plan goes off
// like a license.
type taken struct {
	licenses int // taken away
	plansOff int // licenses that stay, of which a service plan goes off
	losing   int // users who lose a service plan, or licenses for which they are not given as many others
	bare     int // of them keep no direct license
	byGroups int // of those who lose something, those who do so by a group
	moving   int // users who lose licenses of which groups go on giving the product, and nothing else
	swapping int // users who lose licenses, are given as many others in the same call, and lose no service plan of one that stays
}

// takenBy counts what the changes take away. All changes of a batch take the
// same.
func takenBy(all rows[plan.Change], sections []section) taken {
	var out taken
	for _, s := range sections {
		if s.kind == blocked || s.kind == held {
			continue
		}
		for _, b := range s.batches {
			out.count(all.raw(int(b.changes[0])).Actions, b)
		}
		switch s.kind {
		case losses, plansOff:
			out.losing += s.users
		case swaps:
			out.swapping += s.users
		case moves:
			out.moving += s.users
		}
	}
	return out
}

// count adds what the users of a batch lose by these actions of each.
func (t *taken) count(actions []plan.Action, b *batch) {
	users := len(b.changes)
	t.licenses += users * countOp(actions, plan.OpRemove)
	for _, a := range actions {
		t.plansOff += users * weight(turnsOff(a))
	}
	t.bare += users * weight(b.losesAll)
}

// all is what the guard on removals counts.
func (t taken) all() int { return t.licenses + t.plansOff }

// split gives "3 licenses, 1 with a service plan off", or nothing where all
// that is taken away is licenses.
func (t taken) split() string {
	if t.plansOff == 0 {
		return ""
	}
	return counted(t.licenses, "license") + ", " + number(t.plansOff) + " with a service plan off"
}

// explain tells of the guard on removals what its count is made of, where the
// changes that are shown are all that it counts.
func (t taken) explain(guards []guardRow) []guardRow {
	for i, g := range guards {
		if g.name == string(plan.GuardMaxRemovals) && g.actual == t.all() {
			guards[i].split = t.split()
		}
	}
	return guards
}

// amount gives "3 licenses", "4 (3 licenses, 1 with a service plan off)" or
// "nothing", which is what a reviewer looks for.
func (t taken) amount() string {
	switch {
	case t.all() == 0:
		return "nothing"
	case t.plansOff == 0:
		return counted(t.licenses, "license")
	default:
		return number(t.all()) + " (" + t.split() + ")"
	}
}

// text says in a line what is taken away, and of how many users.
func (t taken) text() string {
	text := "Takes away: " + t.amount()
	if t.all() > 0 {
		text += "; " + t.users()
	}
	return text + "."
}

// users gives "3 users lose a license or a service plan, 1 of them keeps no
// direct license; 50 users swap one license for another", or as much of it as
// there is.
func (t taken) users() string {
	var texts []string
	if t.losing > 0 {
		text := counted(t.losing, "user") + t.lose()
		if t.bare > 0 {
			text += ", " + number(t.bare) + choose(t.bare, " of them keeps", " of them keep") + " no direct license"
		}
		if t.byGroups > 0 {
			text += ", " + number(t.byGroups) + " of them by a group"
		}
		texts = append(texts, text)
	}
	if t.swapping > 0 {
		texts = append(texts, counted(t.swapping, "user")+choose(t.swapping, " swaps", " swap")+" one license for another")
	}
	if t.moving > 0 {
		texts = append(texts, counted(t.moving, "user")+choose(t.moving, " keeps", " keep")+" the product by a group")
	}
	return strings.Join(texts, "; ")
}

// headline gives ", 3 lose a license or a service plan, 1 keeps no direct
// license", or nothing.
func (t taken) headline() string {
	text := ""
	if t.losing > 0 {
		text += ", " + number(t.losing) + t.lose()
	}
	if t.bare > 0 {
		text += ", " + number(t.bare) + choose(t.bare, " keeps", " keep") + " no direct license"
	}
	return text
}

// lose gives the verb that goes with the users who lose something.
func (t taken) lose() string {
	return choose(t.losing, " loses", " lose") + " a license or a service plan"
}

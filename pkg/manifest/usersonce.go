package manifest

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/plan"
)

// checkUsersOnce reports users that two entries declare for the same day.
// That a UPN and an object id are one person only the tenant knows.
func (r *reader) checkUsersOnce(users []plan.DesiredUser) {
	first := make(map[string]int, len(users))
	repeated := make(map[string][]span)
	for i, u := range users {
		key := userKey(u.User.Name)
		at, twice := first[key]
		switch {
		case key == "": // an error already
		case !twice:
			first[key] = i
		case repeated[key] == nil:
			repeated[key] = []span{{users[at].User, users[at].Window}, {u.User, u.Window}}
		default:
			repeated[key] = append(repeated[key], span{u.User, u.Window})
		}
	}
	for _, entries := range repeated {
		checkApart(entries, r.reportUserTwice)
	}
}

// span is the name and the time of an entry.
type span struct {
	name   plan.Ref
	window plan.Window
}

// checkApart reports entries of one name that overlap in time. It looks at
// them by their beginning, so that each has to be held only against the one
// that lasts longest of those before it.
func checkApart(entries []span, report func(first, later span)) {
	slices.SortStableFunc(entries, func(a, b span) int { return a.window.From.Compare(b.window.From) })
	longest := entries[0]
	for _, e := range entries[1:] {
		if bothHold(longest.window, e.window) {
			first, later := longest, e
			if pos(first.name.Source).Compare(pos(later.name.Source)) > 0 {
				first, later = later, first
			}
			report(first, later)
		}
		if lastsLonger(e.window, longest.window) {
			longest = e
		}
	}
}

func lastsLonger(w, v plan.Window) bool {
	return !v.Until.IsZero() && (w.Until.IsZero() || v.Until.Before(w.Until))
}

func (r *reader) reportUserTwice(first, later span) {
	r.reportTwice(r.report(later.name.Source, CodeDuplicateUser, "the user %q is declared twice, first at %s", later.name.Name, first.name.Source), first)
}

func (r *reader) reportTwice(e *Error, first span) {
	e.Hint = "keep one entry, or give them times that do not overlap"
	e.Related = []strictyaml.Pos{pos(first.name.Source)}
}

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
	repeated := make(map[string][]plan.DesiredUser)
	for i, u := range users {
		key := userKey(u.User.Name)
		at, twice := first[key]
		switch {
		case key == "": // an error already
		case !twice:
			first[key] = i
		case repeated[key] == nil:
			repeated[key] = []plan.DesiredUser{users[at], u}
		default:
			repeated[key] = append(repeated[key], u)
		}
	}
	for _, entries := range repeated {
		r.checkApart(entries)
	}
}

// checkApart reports entries of one user that overlap in time. It looks at
// them by their beginning, so that each has to be held only against the one
// that lasts longest of those before it.
func (r *reader) checkApart(entries []plan.DesiredUser) {
	slices.SortStableFunc(entries, func(a, b plan.DesiredUser) int { return a.Window.From.Compare(b.Window.From) })
	longest := entries[0]
	for _, e := range entries[1:] {
		if bothHold(longest.Window, e.Window) {
			r.reportTwice(longest, e)
		}
		if lastsLonger(e.Window, longest.Window) {
			longest = e
		}
	}
}

func lastsLonger(w, v plan.Window) bool {
	return !v.Until.IsZero() && (w.Until.IsZero() || v.Until.Before(w.Until))
}

func (r *reader) reportTwice(a, b plan.DesiredUser) {
	if pos(a.User.Source).Compare(pos(b.User.Source)) > 0 {
		a, b = b, a
	}
	e := r.report(b.User.Source, CodeDuplicateUser, "the user %q is declared twice, first at %s", b.User.Name, a.User.Source)
	e.Hint = "keep one entry, or give them times that do not overlap"
	e.Related = []strictyaml.Pos{pos(a.User.Source)}
}

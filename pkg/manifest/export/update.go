package export

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/edit"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// UpdateOptions say how to bring manifests up to date.
type UpdateOptions struct {
	Folder string // where new files go, with forward slashes
	Schema string // the path of a JSON Schema in the folder; empty: there is none

	Now  time.Time // for the plans
	Tool plan.Tool
}

// Updated is what an update comes to.
type Updated struct {
	Files   []manifest.File // that are different or new, sorted by path; none where nothing moved
	Diff    []string        // what becomes different, line by line
	Users   UpdatedEntries
	Groups  UpdatedEntries
	LeftOut []LeftOut
}

// UpdatedEntries counts entries of users, or of groups.
type UpdatedEntries struct {
	Added   int // that came
	Changed int // that are different
	Removed int // that went, because the tenant has the user or the group no more
}

// Update brings manifests up to date with what the tenant holds, which has to
// be observed as a whole. Entries of users that the tenant no longer has go,
// users that hold licenses and stand nowhere get an entry where it fits, and of
// the others only what differs is changed. All other lines stay, byte for byte.
// It is the same with groups and what they give, where a document speaks of groups.
//
// What the policy does not manage, protects or accepts is left alone. Where
// nothing moved, nothing is different.
//
// The error is a manifest.Errors where the manifests are not good, an
// *UpdateError where something cannot be brought up to date, of which then
// nothing should be, or a *CheckError.
func Update(files []manifest.File, observed plan.Observed, o UpdateOptions) (Updated, error) {
	set, err := manifest.Parse(files)
	if err != nil {
		return Updated{}, err
	}
	p, err := planOf(set, observed, o)
	if err != nil {
		return Updated{}, err
	}
	draft, err := edit.NewDraft(files)
	if err != nil {
		return Updated{}, err
	}
	u := newUpdate(set, p, observed, draft)
	u.options = o
	u.updateGroups()
	if u.plan, err = planOf(u.set, observed, o); err != nil {
		return Updated{}, err
	}
	u.checkFindings()
	u.removeGone()
	u.changeListed()
	u.addUnlisted()
	if len(u.problems) > 0 {
		slices.SortFunc(u.problems, func(a, b LeftOut) int { return strings.Compare(a.User+a.Reason, b.User+b.Reason) })
		return Updated{}, &UpdateError{Problems: u.problems}
	}
	return u.finish(files)
}

// planOf makes the plan of manifests, of which an update is to leave nothing.
func planOf(set *manifest.Set, observed plan.Observed, o UpdateOptions) (*plan.Plan, error) {
	return planner.Make(planner.Input{Desired: set.Desired, Policy: ofEntries(set.Policy), Observed: observed, Now: o.Now, Tool: o.Tool})
}

// UpdateError says what cannot be brought up to date by changing manifests.
type UpdateError struct{ Problems []LeftOut }

// Error gives the problems, one a line.
func (e *UpdateError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// String gives one line.
func (l LeftOut) String() string { return strings.TrimPrefix(l.User+": ", ": ") + l.Reason }

// update is one run of Update.
type update struct {
	*tenant
	set      *manifest.Set
	plan     *plan.Plan
	draft    *edit.Draft
	book     *profileBook
	options  UpdateOptions
	byName   map[string]*license.UserState // by principal name, folded, and by id
	entries  map[plan.Source]*plan.DesiredUser
	problems []LeftOut
	created  []manifest.File
	result   Updated
}

func newUpdate(set *manifest.Set, p *plan.Plan, observed plan.Observed, draft *edit.Draft) *update {
	catalog := license.NewCatalog(observed.SKUs)
	u := &update{
		tenant: newTenant(observed, catalog, p.Scope), set: set, plan: p, draft: draft, book: newProfileBook(catalog, set.Profiles),
		byName: map[string]*license.UserState{}, entries: map[plan.Source]*plan.DesiredUser{},
	}
	for i := range observed.Users {
		state := &observed.Users[i]
		u.byName[license.UPNKey(state.UserPrincipalName)] = state
	}
	for i := range observed.Users {
		u.byName[observed.Users[i].ID.String()] = &observed.Users[i]
	}
	for i := range set.Desired.Users {
		d := &set.Desired.Users[i]
		u.entries[d.User.Source] = d
	}
	return u
}

// find gives the user that an entry names.
func (u *update) find(name string) (*license.UserState, bool) {
	key := license.UPNKey(name)
	if name == plan.Me {
		key = u.Me.String()
	}
	state, ok := u.byName[key]
	return state, ok
}

func (u *update) problem(user, format string, args ...any) {
	u.problems = append(u.problems, LeftOut{User: user, Reason: fmt.Sprintf(format, args...)})
}

// mendable are the error findings that an update does away with, since it asks
// for what is there already.
func mendable() []plan.Code {
	return []plan.Code{plan.CodeNoUsageLocation, plan.CodeSeatShortage, plan.CodeSeatCycle}
}

// checkFindings finds mistakes in the manifests that have to be mended first.
func (u *update) checkFindings() {
	for _, f := range u.plan.Findings {
		if f.Severity == plan.SeverityError && !u.isMended(f) {
			at := ""
			if f.Source != nil {
				at = " (" + f.Source.String() + ")"
			}
			u.problem(f.User, "%s%s", f.Message, at)
		}
	}
}

// isMended reports an error that an update does away with. A user who is not
// found may stand in a table, which is not edited.
func (u *update) isMended(f plan.Finding) bool {
	if f.Code == plan.CodeUserNotFound {
		return f.Source != nil && u.entries[*f.Source] != nil
	}
	return slices.Contains(mendable(), f.Code)
}

// removeGone takes out the entries of users that the tenant no longer has.
func (u *update) removeGone() {
	for _, d := range u.set.Desired.Users {
		_, found := u.find(d.User.Name)
		if found || d.Window.PhaseOn(u.plan.AsOf) == plan.Pending {
			continue
		}
		if d.User.Name == plan.Me {
			u.problem(d.User.Name, "nobody knows who that is (%s); name the user", d.User.Source)
			continue
		}
		if err := u.entryAt(d.User.Source, (*edit.Entry).Remove); err != nil {
			u.problem(d.User.Name, "the tenant has no such user, and the entry at %s has to go by hand: %s", d.User.Source, err)
			continue
		}
		u.result.Users.Removed++
	}
}

// entryAt does something with the entry at a place.
func (u *update) entryAt(at plan.Source, do func(*edit.Entry) error) error {
	e, found := u.draft.Entry(at.File, at.Line, at.Column)
	if !found {
		return edit.ErrUnusual
	}
	return do(e)
}

// changeListed changes the entries of users who differ from theirs.
func (u *update) changeListed() {
	for _, c := range u.plan.Changes {
		d, listed := u.entries[c.Source]
		if !listed || !differs(c) {
			continue
		}
		if d.Window.PhaseOn(u.plan.AsOf) == plan.Over {
			u.problem(d.User.Name, "the entry at %s has ended, and the user holds licenses; change its dates or take it out", d.User.Source)
			continue
		}
		err := u.entryAt(d.User.Source, func(e *edit.Entry) error {
			change, err := u.change(e, d, c)
			if err != nil {
				return err
			}
			return e.Change(change)
		})
		if err != nil {
			u.problem(d.User.Name, "the entry at %s has to be changed by hand: %s", d.User.Source, err)
			continue
		}
		u.result.Users.Changed++
	}
}

// finish puts the result together and checks it.
func (u *update) finish(files []manifest.File) (Updated, error) {
	out := u.result
	out.Diff = u.draft.Diff()
	out.Files = append(u.draft.Changed(), u.created...)
	for _, f := range u.created {
		out.Diff = append(out.Diff, "@@ "+f.Path+":1")
		for line := range strings.Lines(string(f.Data)) {
			out.Diff = append(out.Diff, "+"+strings.TrimSuffix(line, "\n"))
		}
	}
	slices.SortFunc(out.Files, compareFiles)
	whole := slices.Clone(out.Files)
	for _, f := range files {
		if !slices.ContainsFunc(out.Files, func(g manifest.File) bool { return g.Path == f.Path }) {
			whole = append(whole, f)
		}
	}
	if _, err := check(whole, u.Observed, Options{Now: u.options.Now, Tool: u.options.Tool}); err != nil {
		return Updated{}, err
	}
	return out, nil
}

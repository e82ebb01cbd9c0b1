package planner

import (
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// UnansweredError is a selection whose users are not known, because the tenant
// was not asked.
type UnansweredError struct{ Selection plan.Selection }

// Error names the selection and its place.
func (e *UnansweredError) Error() string {
	return fmt.Sprintf("%s: who %s selects is not known", e.Selection.Entry.User.Source, e.Selection.Name)
}

// checkAnswered makes sure that every query was asked: nobody who was not
// asked for may look unselected.
func checkAnswered(in Input) error {
	for _, s := range in.Desired.Selections {
		if !knowsSelected(in.Observed, s) {
			return &UnansweredError{Selection: s}
		}
	}
	return nil
}

// knowsSelected reports whether it is known whom a selection selects.
func knowsSelected(o plan.Observed, s plan.Selection) bool {
	_, answered := o.Answers[s.Query]
	return answered || s.Query == plan.Query{}
}

// membership is being one of the users of a selection: all of them share it.
type membership struct {
	*plan.Selection
	number int // among those of declaredUsers
}

// indexSelections finds the users of the selections. The memberships of one user
// are in the order of their places.
func (x *indexer) indexSelections() {
	x.memberships = map[license.GUID][]*membership{}
	selections := slices.Clone(x.in.Desired.Selections)
	slices.SortFunc(selections, func(a, b plan.Selection) int { return compareEntries(&a.Entry, &b.Entry) })
	for i := range selections {
		m := &membership{Selection: &selections[i], number: len(x.selections)}
		users, found := x.selected(m)
		x.found = append(x.found, plan.FoundSelection{Source: m.Entry.User.Source, Text: m.Name, Found: found})
		x.noteTexts(m)
		if len(users) == 0 {
			continue
		}
		x.selections = append(x.selections, m)
		for _, id := range users {
			x.memberships[id] = append(x.memberships[id], m)
		}
	}
}

// selected gives the users of a selection that were read, each once, and
// how many these are: nil where that cannot be told. What keeps them from being known is a finding.
func (x *indexer) selected(m *membership) ([]license.GUID, *int) {
	users := x.listed(m)
	if m.Query != (plan.Query{}) {
		answer := x.in.Observed.Answers[m.Query]
		m.callByName(answer)
		if f, unknown := unknownAnswer(m.Selection, answer); unknown {
			x.selectionProblem(m, f)
			return nil, nil
		}
		users = x.present(m, answer.Users)
		if answer.Lagging {
			x.laggingAnswer(m)
		}
	}
	if len(users) == 0 && !m.AllowEmpty {
		x.selectionProblem(m, finding{message: msgSelectsNobody, args: []any{m.Name}})
	}
	found := len(users)
	return users, &found
}

// callByName calls a group by its name where the manifest has its id.
func (m *membership) callByName(a plan.Answer) {
	if license.IsGUID(m.Query.Group) && len(a.Groups) == 1 && a.Groups[0].DisplayName != "" {
		m.Name = plan.Query{Group: a.Groups[0].DisplayName}.String()
	}
}

// listed finds the users of a list.
func (x *indexer) listed(m *membership) []license.GUID {
	var out []license.GUID
	for _, ref := range m.Users {
		user, found := x.find(ref.Name)
		if !found {
			x.userNotFound(&plan.DesiredUser{User: ref, Window: m.Entry.Window})
			continue
		}
		out = append(out, x.in.Observed.Users[user].ID)
	}
	return license.SortedGUIDs(out)
}

// present leaves out whom the tenant no longer has: users are read after the
// tenant has said who is selected, and what it says may lag behind.
func (x *indexer) present(m *membership, selected []license.GUID) []license.GUID {
	out := make([]license.GUID, 0, len(selected))
	for _, id := range selected {
		if _, there := x.users.FindID(id); there {
			out = append(out, id)
			continue
		}
		x.findings.add(finding{message: msgMemberGone, user: id.String(), source: m.Entry.User.Source, args: []any{m.Name}})
	}
	return out
}

// maxNamedGroups bounds how many groups of one name a sentence lists.
const maxNamedGroups = 10

// unknownAnswer says what keeps the users of a query from being known, if anything.
func unknownAnswer(s *plan.Selection, a plan.Answer) (finding, bool) {
	switch {
	case a.Refused != "" && s.Query.Group != "":
		return finding{message: msgMembersHidden, args: []any{s.Name, a.Refused}}, true
	case a.Refused != "":
		return finding{message: msgFilterRefused, args: []any{s.Name, a.Refused}}, true
	case len(a.Untold) > 0:
		return finding{message: msgMembersUnknown, args: []any{s.Name, len(a.Untold), membersOfUnknownType(a.Untold[:min(len(a.Untold), maxNamedGroups)])}}, true
	case s.Query.Group == "" || len(a.Groups) == 1:
		return finding{}, false
	case len(a.Groups) == 0:
		return finding{message: msgNoGroup, args: []any{s.Name}}, true
	}
	return finding{message: msgGroupsAlike, args: []any{len(a.Groups), s.Query.Group, groupIDs(a.Groups[:min(len(a.Groups), maxNamedGroups)])}}, true
}

// laggingAnswer keeps everybody whom a selection does not name from being taken
// for unlisted, where its answer may be older than the directory.
func (x *indexer) laggingAnswer(m *membership) {
	of := msgLagging
	if x.in.Policy.UnlistedUsers == plan.UnlistedRemove {
		of = msgLaggingUnlisted
		x.unlistedDoubts = noted(x.unlistedDoubts, of.code)
	}
	x.findings.add(finding{message: of, source: m.Entry.User.Source, args: []any{m.Name}})
}

// selectionProblem makes it unknown whom a selection means. Before its time and
// after it that matters to the unlisted alone: whom it means keep all that they
// hold until it begins, and what it did not give when it has ended. One that
// selects nobody then means nobody.
func (x *indexer) selectionProblem(m *membership, f finding) {
	f.source = m.Entry.User.Source
	if m.Entry.Window.PhaseOn(x.day) == plan.Active {
		x.doubts = noted(x.doubts, f.code)
	} else {
		f.severity = plan.SeverityInfo
		if f.code != plan.CodeSelectionEmpty {
			x.unlistedDoubts = noted(x.unlistedDoubts, f.code)
		}
	}
	x.findings.add(f)
}

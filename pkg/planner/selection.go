package planner

import (
	"fmt"
	"slices"
	"strings"

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
		x.castNets(m)
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
		x.selectionProblem(m, plan.Finding{
			Code: plan.CodeSelectionEmpty, Message: m.Name + " selects nobody",
			Hint: "correct it; where nobody is meant to be selected today, write allowEmpty: true",
		})
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
		user, found := x.users.find(ref.Name)
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
		if _, there := x.users.findID(id); there {
			out = append(out, id)
			continue
		}
		x.findings.add(plan.Finding{
			Severity: plan.SeverityInfo, Code: plan.CodeSelectedUserGone, User: id.String(), Source: at(m.Entry.User.Source),
			Message: "is selected by " + m.Name + ", and the tenant no longer has the user",
		})
	}
	return out
}

// maxNamedGroups bounds how many groups of one name a sentence lists.
const maxNamedGroups = 10

// unknownAnswer words what keeps the users of a query from being known.
func unknownAnswer(s *plan.Selection, a plan.Answer) (plan.Finding, bool) {
	switch {
	case a.Refused != "":
		return plan.Finding{
			Code: plan.CodeFilterRefused, Message: fmt.Sprintf("the tenant refuses %s: %s", s.Name, a.Refused),
			Hint: "correct the filter; it is what $filter of GET /users takes",
		}, true
	case len(a.Untold) > 0:
		return untoldMembers(s, a.Untold), true
	case s.Query.Group == "" || len(a.Groups) == 1:
		return plan.Finding{}, false
	case len(a.Groups) == 0:
		return plan.Finding{
			Code: plan.CodeGroupNotFound, Message: "the tenant has no " + s.Name,
			Hint: "check the spelling; an object id stays when a group gets another name",
		}, true
	}
	ids := make([]string, 0, maxNamedGroups)
	for _, g := range a.Groups[:min(len(a.Groups), maxNamedGroups)] {
		ids = append(ids, g.ID.String())
	}
	return plan.Finding{
		Code: plan.CodeAmbiguousGroup, Message: fmt.Sprintf("the tenant has %d groups of the name %q", len(a.Groups), s.Query.Group),
		Hint: "write the object id of the one that is meant: " + strings.Join(ids, ", "),
	}, true
}

// untoldMembers words that members of a group may be users or not.
func untoldMembers(s *plan.Selection, members []plan.Member) plan.Finding {
	texts := make([]string, 0, maxNamedGroups)
	for _, m := range members[:min(len(members), maxNamedGroups)] {
		texts = append(texts, fmt.Sprintf("%s (type %q)", m.ID, m.Type))
	}
	return plan.Finding{
		Code: plan.CodeMemberUnknown, Message: fmt.Sprintf("whom %s selects cannot be told: %d of its members may be users or not: %s", s.Name, len(members), strings.Join(texts, ", ")),
		Hint: "take what is no user out of the group, or update licensectl, which may not know the type yet",
	}
}

// laggingAnswer keeps everybody whom a selection does not name from being taken
// for unlisted, where its answer may be older than the directory.
func (x *indexer) laggingAnswer(m *membership) {
	f := plan.Finding{
		Severity: plan.SeverityInfo, Code: plan.CodeSelectionLagging, Source: at(m.Entry.User.Source),
		Message: "who " + m.Name + " selects was told by an index that lags behind the directory",
	}
	if x.in.Policy.UnlistedUsers == plan.UnlistedRemove {
		f.Severity = plan.SeverityWarning
		f.Hint = "nothing is taken from unlisted users by this plan; a filter that needs no advanced query, or a group, is answered by the directory itself"
		x.unlistedDoubts = noted(x.unlistedDoubts, f.Code)
	}
	x.findings.add(f)
}

// selectionProblem makes it unknown whom a selection means. Before its time and
// after it that matters to the unlisted alone: whom it means keep all that they
// hold until it begins, and what it did not give when it has ended. One that
// selects nobody then means nobody.
func (x *indexer) selectionProblem(m *membership, f plan.Finding) {
	f.Severity, f.Source = plan.SeverityInfo, at(m.Entry.User.Source)
	if m.Entry.Window.PhaseOn(x.day) == plan.Active {
		f.Severity = plan.SeverityError
		x.doubts = noted(x.doubts, f.Code)
	} else if f.Code != plan.CodeSelectionEmpty {
		x.unlistedDoubts = noted(x.unlistedDoubts, f.Code)
	}
	x.findings.add(f)
}

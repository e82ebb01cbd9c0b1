package planner

import (
	"fmt"
	"maps"
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
	entitlement entitlement
}

// indexSelections finds the users of the selections. The memberships of one user
// are in the order of their places.
func (p *planner) indexSelections() map[license.GUID][]*membership {
	out := map[license.GUID][]*membership{}
	selections := slices.Clone(p.in.Desired.Selections)
	slices.SortFunc(selections, func(a, b plan.Selection) int { return compareEntries(&a.Entry, &b.Entry) })
	for i := range selections {
		m := &membership{Selection: &selections[i]}
		users, found := p.selected(m)
		p.found = append(p.found, plan.FoundSelection{Source: m.Entry.User.Source, Text: m.Name, Found: found})
		p.castNets(m)
		if len(users) == 0 {
			continue
		}
		m.entitlement = p.resolve(&m.Entry, "")
		m.entitlement.selection, m.entitlement.grantedBySelection = m.Name, p.given(&m.Entry)
		for _, id := range users {
			out[id] = append(out[id], m)
		}
	}
	return out
}

// given lists what an entry that has ended asked for; nil for any other. What
// its names do not stand for in this tenant nobody holds because of them.
func (p *planner) given(e *plan.DesiredUser) map[license.GUID]bool {
	if e.Window.PhaseOn(p.day) != plan.Over {
		return nil
	}
	out := map[license.GUID]bool{}
	for _, l := range e.Licenses {
		if sku, err := p.resolveSKU(l.SKU.Name); err == nil {
			out[sku.ID] = true
		}
	}
	return out
}

// selected gives the users of a selection that were read, each once, and
// how many these are: nil where that cannot be told. What keeps them from being known is a finding.
func (p *planner) selected(m *membership) ([]license.GUID, *int) {
	users := p.listed(m)
	if m.Query != (plan.Query{}) {
		answer := p.in.Observed.Answers[m.Query]
		m.callByName(answer)
		if f, unknown := unknownAnswer(m.Selection, answer); unknown {
			p.selectionProblem(m, f)
			return nil, nil
		}
		users = p.present(m, answer.Users)
		if answer.Lagging {
			p.laggingAnswer(m)
		}
	}
	if len(users) == 0 && !m.AllowEmpty {
		p.selectionProblem(m, plan.Finding{
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
func (p *planner) listed(m *membership) []license.GUID {
	var out []license.GUID
	for _, ref := range m.Users {
		user, found := p.users.find(ref.Name)
		if !found {
			p.userNotFound(&plan.DesiredUser{User: ref, Window: m.Entry.Window})
			continue
		}
		out = append(out, p.in.Observed.Users[user].ID)
	}
	return license.SortedGUIDs(out)
}

// present leaves out whom the tenant no longer has: users are read after the
// tenant has said who is selected, and what it says may lag behind.
func (p *planner) present(m *membership, selected []license.GUID) []license.GUID {
	out := make([]license.GUID, 0, len(selected))
	for _, id := range selected {
		if _, there := p.users.findID(id); there {
			out = append(out, id)
			continue
		}
		p.findings.add(plan.Finding{
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
func (p *planner) laggingAnswer(m *membership) {
	f := plan.Finding{
		Severity: plan.SeverityInfo, Code: plan.CodeSelectionLagging, Source: at(m.Entry.User.Source),
		Message: "who " + m.Name + " selects was told by an index that lags behind the directory",
	}
	if p.in.Policy.UnlistedUsers == plan.UnlistedRemove {
		f.Severity = plan.SeverityWarning
		f.Hint = "nothing is taken from unlisted users by this plan; a filter that needs no advanced query, or a group, is answered by the directory itself"
		p.unlistedDoubts = noted(p.unlistedDoubts, f.Code)
	}
	p.findings.add(f)
}

// selectionProblem makes it unknown whom a selection means. Before its time and
// after it that matters to the unlisted alone: whom it means keep all that they
// hold until it begins, and what it did not give when it has ended. One that
// selects nobody then means nobody.
func (p *planner) selectionProblem(m *membership, f plan.Finding) {
	f.Severity, f.Source = plan.SeverityInfo, at(m.Entry.User.Source)
	if m.Entry.Window.PhaseOn(p.day) == plan.Active {
		f.Severity = plan.SeverityError
		p.doubts = noted(p.doubts, f.Code)
	} else if f.Code != plan.CodeSelectionEmpty {
		p.unlistedDoubts = noted(p.unlistedDoubts, f.Code)
	}
	p.findings.add(f)
}

// membershipInForce picks the selection that decides in a phase: the first one,
// or of those that are over the one that ended last; nil: there is none. Where two
// active ones want different things it reports the user.
func (p *planner) membershipInForce(u *license.UserState, all []*membership, phase plan.Phase) *membership {
	var first *membership
	for _, m := range all {
		switch {
		case m.Entry.Window.PhaseOn(p.day) != phase:
		case first == nil:
			first = m
		case phase == plan.Over && first.Entry.Window.Until.Before(m.Entry.Window.Until):
			first = m
		case phase == plan.Active && !first.entitlement.agrees(&m.entitlement):
			return p.disagreement(u, first, m)
		}
	}
	return first
}

// agrees reports whether two selections want the same of their users.
func (e *entitlement) agrees(other *entitlement) bool {
	return e.manages == other.manages && e.usageLocation == other.usageLocation &&
		len(e.problems)+len(other.problems) == 0 &&
		e.wants.agree(other.wants) &&
		maps.EqualFunc(e.pending, other.pending, func(plan.Source, plan.Source) bool { return true })
}

// disagreement is a membership that blocks the user.
func (p *planner) disagreement(u *license.UserState, a, b *membership) *membership {
	out := &membership{Selection: a.Selection, entitlement: a.entitlement}
	if len(a.entitlement.problems) > 0 || len(b.entitlement.problems) > 0 {
		// What they say is not known, and said elsewhere.
		out.entitlement.problems = slices.Concat(a.entitlement.problems, b.entitlement.problems)
		return out
	}
	out.entitlement.problems = []plan.Code{plan.CodeSelectionsDisagree}
	p.findings.add(plan.Finding{
		Severity: plan.SeverityError, Code: plan.CodeSelectionsDisagree, User: u.UserPrincipalName,
		Message: fmt.Sprintf("is selected by %s and by %s, which want different things", a.Name, b.Name),
		Hint:    "make the selections apart, or give the user an entry, which wins over both",
		Source:  at(a.Entry.User.Source), Related: []plan.Source{b.Entry.User.Source},
	})
	return out
}

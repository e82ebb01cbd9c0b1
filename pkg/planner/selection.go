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

// claim is a selection with what it comes to for each of its users.
type claim struct {
	*plan.Selection
	entitlement entitlement
}

// claimUsers finds the users of the selections. The claims on one user are in
// the order of their places.
func (p *planner) claimUsers() map[license.GUID][]*claim {
	out := map[license.GUID][]*claim{}
	selections := slices.Clone(p.in.Desired.Selections)
	slices.SortFunc(selections, func(a, b plan.Selection) int { return compareEntries(&a.Entry, &b.Entry) })
	for i := range selections {
		c := &claim{Selection: &selections[i]}
		users, found := p.selected(c)
		p.found = append(p.found, plan.FoundSelection{Source: c.Entry.User.Source, Text: c.Name, Found: found})
		p.castNets(c)
		if len(users) == 0 {
			continue
		}
		c.entitlement = p.resolve(&c.Entry, "")
		c.entitlement.selection, c.entitlement.gave = c.Name, p.given(&c.Entry)
		for _, id := range users {
			out[id] = append(out[id], c)
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
func (p *planner) selected(c *claim) ([]license.GUID, *int) {
	users := p.listed(c)
	if c.Query != (plan.Query{}) {
		answer := p.in.Observed.Answers[c.Query]
		c.callByName(answer)
		if f, unknown := unknownAnswer(c.Selection, answer); unknown {
			p.selectionProblem(c, f)
			return nil, nil
		}
		users = p.present(c, answer.Users)
		if answer.Lagging {
			p.laggingAnswer(c)
		}
	}
	if len(users) == 0 && !c.AllowEmpty {
		p.selectionProblem(c, plan.Finding{
			Code: plan.CodeSelectionEmpty, Message: c.Name + " selects nobody",
			Hint: "correct it; where nobody is meant to be selected today, write allowEmpty: true",
		})
	}
	found := len(users)
	return users, &found
}

// callByName calls a group by its name where the manifest has its id.
func (c *claim) callByName(a plan.Answer) {
	if license.IsGUID(c.Query.Group) && len(a.Groups) == 1 && a.Groups[0].DisplayName != "" {
		c.Name = plan.Query{Group: a.Groups[0].DisplayName}.String()
	}
}

// listed finds the users of a list.
func (p *planner) listed(c *claim) []license.GUID {
	var out []license.GUID
	for _, ref := range c.Users {
		user, found := p.users.find(ref.Name)
		if !found {
			p.userNotFound(&plan.DesiredUser{User: ref, Window: c.Entry.Window})
			continue
		}
		out = append(out, p.in.Observed.Users[user].ID)
	}
	return license.SortedGUIDs(out)
}

// present leaves out whom the tenant no longer has: users are read after the
// tenant has said who is selected, and what it says may lag behind.
func (p *planner) present(c *claim, selected []license.GUID) []license.GUID {
	out := make([]license.GUID, 0, len(selected))
	for _, id := range selected {
		if _, there := p.users.findID(id); there {
			out = append(out, id)
			continue
		}
		p.findings.add(plan.Finding{
			Severity: plan.SeverityInfo, Code: plan.CodeSelectedUserGone, User: id.String(), Source: at(c.Entry.User.Source),
			Message: "is selected by " + c.Name + ", and the tenant no longer has the user",
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
func (p *planner) laggingAnswer(c *claim) {
	f := plan.Finding{
		Severity: plan.SeverityInfo, Code: plan.CodeSelectionLagging, Source: at(c.Entry.User.Source),
		Message: "who " + c.Name + " selects was told by an index that lags behind the directory",
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
func (p *planner) selectionProblem(c *claim, f plan.Finding) {
	f.Severity, f.Source = plan.SeverityInfo, at(c.Entry.User.Source)
	if c.Entry.Window.PhaseOn(p.day) == plan.Active {
		f.Severity = plan.SeverityError
		p.doubts = noted(p.doubts, f.Code)
	} else if f.Code != plan.CodeSelectionEmpty {
		p.unlistedDoubts = noted(p.unlistedDoubts, f.Code)
	}
	p.findings.add(f)
}

// claimInForce picks the selection that speaks for a user in a phase: the
// first one, or of those that are over the one that ended last. It reports a
// user of whom two active ones say different things.
func (p *planner) claimInForce(u *license.UserState, claims []*claim, phase plan.Phase) *claim {
	var first *claim
	for _, c := range claims {
		switch {
		case c.Entry.Window.PhaseOn(p.day) != phase:
		case first == nil:
			first = c
		case phase == plan.Over && first.Entry.Window.Until.Before(c.Entry.Window.Until):
			first = c
		case phase == plan.Active && !first.entitlement.agrees(&c.entitlement):
			return p.disagreement(u, first, c)
		}
	}
	return first
}

// agrees reports whether two claims make the same of a user.
func (e *entitlement) agrees(other *entitlement) bool {
	return e.manages == other.manages && e.usageLocation == other.usageLocation &&
		len(e.problems)+len(other.problems) == 0 &&
		e.wants.agree(other.wants) &&
		maps.EqualFunc(e.pending, other.pending, func(plan.Source, plan.Source) bool { return true })
}

// disagreement is a claim of which nothing follows but that the user is
// blocked.
func (p *planner) disagreement(u *license.UserState, a, b *claim) *claim {
	out := &claim{Selection: a.Selection, entitlement: a.entitlement}
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

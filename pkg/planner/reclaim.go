package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// reclaimRule is a rule of the policy, with its names resolved against the tenant.
type reclaimRule struct {
	*plan.ReclaimRule
	number  int
	skus    map[license.GUID]bool // nil: all
	users   map[string]bool       // whom it leaves out: UPN keys and ids in text form
	answers []plan.Answer         // the groups that it leaves out

	// doubted tells that it is not known whom it leaves out: then it takes nothing
	// from anybody.
	doubted bool
}

// resolveReclaims finds what the rules are about, and whom they leave out.
func (r *policyResolver) resolveReclaims() {
	for i := range r.in.Policy.Reclaim {
		rule := &r.in.Policy.Reclaim[i]
		out := &reclaimRule{ReclaimRule: rule, number: i, users: map[string]bool{}}
		if rule.SKUs != nil {
			out.skus = map[license.GUID]bool{}
			for _, id := range r.policySKUs(rule.SKUs) {
				out.skus[id] = true
			}
		}
		r.exceptUsers(out)
		r.exceptGroups(out)
		r.reclaims = append(r.reclaims, out)
	}
}

// exceptUsers finds the users whom a rule leaves out. One whom the tenant does not
// have may be misspelt or renamed, so the rule could be about them.
func (r *policyResolver) exceptUsers(rule *reclaimRule) {
	for _, u := range rule.ExceptUsers {
		rule.users[license.UPNKey(u.Name)] = true
		if _, known := r.users.Find(u.Name); !known {
			rule.doubted = true
			r.findings.add(finding{message: msgExceptNotFound, user: u.Name, source: u.Source, args: []any{rule.Name}})
		}
	}
}

// exceptGroups finds the groups whose members a rule leaves out.
func (r *policyResolver) exceptGroups(rule *reclaimRule) {
	for i, q := range rule.ExceptQueries() {
		answer, asked := r.in.Observed.Answers[q]
		f := finding{message: msgExceptUnread, source: rule.ExceptGroups[i].Source, args: []any{q, rule.Name}}
		switch {
		case !asked:
		case answer.Refused != "":
			f.message, f.args = msgExceptHidden, []any{q, rule.Name, answer.Refused}
		case len(answer.Groups) == 0:
			f.message = msgExceptNoGroup
		case len(answer.Groups) > 1:
			f.message, f.args = msgGroupsAlike, []any{len(answer.Groups), q.Group, groupIDs(answer.Groups)}
		case len(answer.Untold) > 0:
			f.message, f.args = msgExceptMembersUnknown, []any{q, rule.Name, len(answer.Untold), membersOfUnknownType(answer.Untold)}
		case answer.Lagging:
			f.message = msgExceptLagging
		default:
			rule.answers = append(rule.answers, answer)
			continue
		}
		rule.doubted = true
		r.findings.add(f)
	}
}

// leavesOut reports whether a rule takes nothing from a user.
func (rule *reclaimRule) leavesOut(u *license.UserState) bool {
	return rule.doubted || rule.users[license.UPNKey(u.UserPrincipalName)] || rule.users[u.ID.String()] ||
		slices.ContainsFunc(rule.answers, func(a plan.Answer) bool { return a.Has(u.ID) })
}

// concerns reports whether a rule can be about a product of a user, as far as that
// is known without any sign of use.
func (rule *reclaimRule) concerns(u *license.UserState, sku license.GUID) bool {
	return (rule.skus == nil || rule.skus[sku]) && !(rule.Disabled && u.AccountEnabled) && !rule.leavesOut(u)
}

// dependsOnUse reports whether the rule asks for signs of use, of which newcomers have
// had no time to give any.
func (rule *reclaimRule) dependsOnUse() bool { return rule.Idle.Days > 0 || rule.Never != nil }

// reclaimed is a product that a rule takes, or will take.
type reclaimed struct {
	sku license.GUID
	ruleResult
}

// reclaim takes out of what a user should hold what the rules of the policy take
// back, holder or not. Who is blocked or protected keeps everything, and what is
// taken away for another reason needs no rule.
func (r *resolver) reclaim(s *managedUser) {
	if !r.isReclaimable(s) {
		return
	}
	for _, sku := range s.keeps() {
		j, found := r.evaluateAll(s, sku)
		switch {
		case !found:
		case r.day.Before(j.taken):
			s.announced = append(s.announced, reclaimed{sku, j})
		default:
			s.reclaimed = append(s.reclaimed, reclaimed{sku, j})
		}
	}
	if s.reclaimed == nil {
		return
	}
	// Others share what an entry comes to.
	s.wants = slices.DeleteFunc(slices.Clone(s.wants), func(w wantedLicense) bool { return s.isReclaimed(w.sku.ID) })
	pending := make(map[license.GUID]plan.Source, len(s.pending))
	for sku, place := range s.pending {
		if !s.isReclaimed(sku) {
			pending[sku] = place
		}
	}
	s.pending = pending
}

// isReclaimable reports whether rules can be about a user at all.
func (b *basis) isReclaimable(s *managedUser) bool {
	return len(b.reclaims) > 0 && s.manages && len(s.problems)+len(b.problems) == 0 && !b.isProtected(s.user)
}

// keeps lists the products that a user is to get or to keep, but for the rules:
// those that they should hold, and those that they hold and should hold later.
func (s *managedUser) keeps() []license.GUID {
	var out []license.GUID
	for _, w := range s.wants {
		out = append(out, w.sku.ID)
	}
	for sku := range s.pending {
		if _, held := s.user.DirectLicense(sku); held {
			out = append(out, sku)
		}
	}
	return license.SortedGUIDs(out)
}

// isReclaimed reports whether a rule takes a product from the user.
func (s *managedUser) isReclaimed(sku license.GUID) bool { return s.reclaimedBy(sku) != nil }

// reclaimedBy gives the result by which a product is taken; nil: none is.
func (s *managedUser) reclaimedBy(sku license.GUID) *reclaimed {
	i := slices.IndexFunc(s.reclaimed, func(c reclaimed) bool { return c.sku == sku })
	if i < 0 {
		return nil
	}
	return &s.reclaimed[i]
}

// evaluateAll gives the result of the rule that takes a product of a user, or of
// several the one that does it first; false: none holds.
func (r *resolver) evaluateAll(s *managedUser, sku license.GUID) (ruleResult, bool) {
	var out ruleResult
	found := false
	for _, rule := range r.reclaims {
		if !rule.concerns(s.user, sku) {
			continue
		}
		j := r.evaluate(rule, s, sku)
		switch {
		case j.fails:
		case len(j.hidden) > 0:
			r.hidden.add(rule, s.user.ID, j.hidden)
		case !found || j.taken.Before(out.taken):
			out, found = j, true
		}
	}
	return out, found
}

// tellReclaims tells what becomes of what rules take from a user, once it is known
// what of it is a change.
func (c *comparer) tellReclaims(d *plannedChange) {
	s := d.managed
	for _, r := range s.reclaimed {
		if slices.Contains(c.out.accepted, r.sku) {
			continue
		}
		c.tellReclaim(d, r)
	}
	for _, r := range s.announced {
		if a := c.acceptedFor(s.user, r.sku); a != nil && !a.over {
			continue
		}
		if _, direct := s.user.DirectLicense(r.sku); direct || !s.user.Holds(r.sku) {
			c.out.findings.add(finding{message: msgReclaimSoon, user: s.name(), sku: r.sku, source: r.rule.Source, args: []any{product(r.sku), r.rule.Name, r.taken, r.ruleResult}})
		}
	}
}

// tellReclaim tells of one product that a rule takes.
func (c *comparer) tellReclaim(d *plannedChange, r reclaimed) {
	s, isRemoved := d.managed, d.removes(r.sku)
	f := finding{message: msgNotGiven, user: s.name(), sku: r.sku, source: r.rule.Source, args: []any{product(r.sku), r.rule.Name, r.ruleResult}}
	if isRemoved {
		f.message = msgReclaimed
		c.out.findings.add(f)
	}
	given := s.user.Given(r.sku)
	for _, a := range given {
		f.message, f.group, f.args = msgGroupReclaim, a.Group, []any{product(r.sku), r.rule.Name, r.ruleResult, groupID(a.Group)}
		c.out.findings.add(f)
	}
	if !isRemoved && len(given) == 0 {
		c.out.findings.add(f)
	}
}

// reclaimEvidence gives what the removals of a change rest on that rules ask for,
// and the groups whose members they leave out.
func (c *comparer) reclaimEvidence(d *plannedChange) (grounds []plan.ReclaimEvidence, outside []plan.Query) {
	for _, r := range d.managed.reclaimed {
		if !d.removes(r.sku) {
			continue
		}
		grounds = append(grounds, plan.ReclaimEvidence{SKUID: r.sku, Rule: r.rule.Name, Disabled: r.rule.Disabled, Signals: r.evidence()})
		outside = append(outside, r.rule.ExceptQueries()...)
	}
	slices.SortFunc(grounds, func(a, b plan.ReclaimEvidence) int { return license.CompareGUIDs(a.SKUID, b.SKUID) })
	return grounds, outside
}

// addReclaimed says which rule takes the license, will take it, or cannot tell.
func (g *licenseReasons) addReclaimed() {
	if g.managed == nil {
		return
	}
	if r := g.managed.reclaimedBy(g.license.SKUID); r != nil {
		g.add(reasonAt(r.rule.Source, reasonReclaimed, r.rule.Name, r.ruleResult))
	}
	for _, r := range g.managed.announced {
		if r.sku == g.license.SKUID {
			g.add(reasonAt(r.rule.Source, reasonReclaimSoon, r.rule.Name, r.taken, r.ruleResult))
		}
	}
	for _, rule := range g.reclaims {
		if !g.isReclaimable(g.managed) || !slices.Contains(g.managed.keeps(), g.license.SKUID) || !rule.concerns(g.user, g.license.SKUID) {
			continue
		}
		if j := g.evaluate(rule, g.managed, g.license.SKUID); len(j.hidden) > 0 && !j.fails {
			g.add(reasonAt(rule.Source, reasonReclaimUnknown, rule.Name, hiddenCauses(j.hidden)))
		}
	}
}

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
			r.findings.add(finding{saying: sayExceptNotFound, user: u.Name, source: u.Source, args: []any{rule.Name}})
		}
	}
}

// exceptGroups finds the groups whose members a rule leaves out.
func (r *policyResolver) exceptGroups(rule *reclaimRule) {
	for i, q := range rule.ExceptQueries() {
		answer, asked := r.in.Observed.Answers[q]
		f := finding{saying: sayExceptUnread, source: rule.ExceptGroups[i].Source, args: []any{q, rule.Name}}
		switch {
		case !asked:
		case answer.Refused != "":
			f.saying, f.args = sayExceptHidden, []any{q, rule.Name, answer.Refused}
		case len(answer.Groups) == 0:
			f.saying = sayExceptNoGroup
		case len(answer.Groups) > 1:
			f.saying, f.args = sayGroupsAlike, []any{len(answer.Groups), q.Group, groupIDs(answer.Groups)}
		case len(answer.Untold) > 0:
			f.saying, f.args = sayExceptMembersUntold, []any{q, rule.Name, len(answer.Untold), untoldMembers(answer.Untold)}
		case answer.Lagging:
			f.saying = sayExceptLagging
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

// judgesUse reports whether the rule asks for signs of use, of which newcomers have
// had no time to give any.
func (rule *reclaimRule) judgesUse() bool { return rule.Idle.Days > 0 || rule.Never != nil }

// reclaimed is a product that a rule takes, or will take.
type reclaimed struct {
	sku license.GUID
	judgement
}

// reclaim takes out of what a user should hold what the rules of the policy take
// back, holder or not. Who is blocked or protected keeps everything, and what is
// taken away for another reason needs no rule.
func (r *resolver) reclaim(s *managedUser) {
	if !r.isReclaimable(s) {
		return
	}
	for _, sku := range s.keeps() {
		j, found := r.judgeAll(s, sku)
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

// reclaimedBy gives the judgement by which a product is taken; nil: none is.
func (s *managedUser) reclaimedBy(sku license.GUID) *reclaimed {
	i := slices.IndexFunc(s.reclaimed, func(c reclaimed) bool { return c.sku == sku })
	if i < 0 {
		return nil
	}
	return &s.reclaimed[i]
}

// judgeAll gives the judgement of the rule that takes a product of a user, or of
// several the one that does it first; false: none holds.
func (r *resolver) judgeAll(s *managedUser, sku license.GUID) (judgement, bool) {
	var out judgement
	found := false
	for _, rule := range r.reclaims {
		if !rule.concerns(s.user, sku) {
			continue
		}
		j := r.judge(rule, s, sku)
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
			c.out.findings.add(finding{saying: sayReclaimSoon, user: s.name(), sku: r.sku, source: r.rule.Source, args: []any{product(r.sku), r.rule.Name, r.taken, r.judgement}})
		}
	}
}

// tellReclaim tells of one product that a rule takes.
func (c *comparer) tellReclaim(d *plannedChange, r reclaimed) {
	s, isRemoved := d.managed, d.removes(r.sku)
	f := finding{saying: sayNotGiven, user: s.name(), sku: r.sku, source: r.rule.Source, args: []any{product(r.sku), r.rule.Name, r.judgement}}
	if isRemoved {
		f.saying = sayReclaimed
		c.out.findings.add(f)
	}
	given := s.user.Given(r.sku)
	for _, a := range given {
		f.saying, f.group, f.args = sayGroupReclaim, a.Group, []any{product(r.sku), r.rule.Name, r.judgement, groupID(a.Group)}
		c.out.findings.add(f)
	}
	if !isRemoved && len(given) == 0 {
		c.out.findings.add(f)
	}
}

// reclaimGrounds gives what the removals of a change rest on that rules ask for,
// and the groups whose members they leave out.
func (c *comparer) reclaimGrounds(d *plannedChange) (grounds []plan.ReclaimGround, outside []plan.Query) {
	for _, r := range d.managed.reclaimed {
		if !d.removes(r.sku) {
			continue
		}
		grounds = append(grounds, plan.ReclaimGround{SKUID: r.sku, Rule: r.rule.Name, Disabled: r.rule.Disabled, Signs: r.grounds()})
		outside = append(outside, r.rule.ExceptQueries()...)
	}
	slices.SortFunc(grounds, func(a, b plan.ReclaimGround) int { return license.CompareGUIDs(a.SKUID, b.SKUID) })
	return grounds, outside
}

// sayReclaimed says which rule takes the license, will take it, or cannot tell.
func (g *licenseReasons) sayReclaimed() {
	if g.managed == nil {
		return
	}
	if r := g.managed.reclaimedBy(g.license.SKUID); r != nil {
		g.add(reasonAt(r.rule.Source, reasonReclaimed, r.rule.Name, r.judgement))
	}
	for _, r := range g.managed.announced {
		if r.sku == g.license.SKUID {
			g.add(reasonAt(r.rule.Source, reasonReclaimSoon, r.rule.Name, r.taken, r.judgement))
		}
	}
	for _, rule := range g.reclaims {
		if !g.isReclaimable(g.managed) || !slices.Contains(g.managed.keeps(), g.license.SKUID) || !rule.concerns(g.user, g.license.SKUID) {
			continue
		}
		if j := g.judge(rule, g.managed, g.license.SKUID); len(j.hidden) > 0 && !j.fails {
			g.add(reasonAt(rule.Source, reasonReclaimUntold, rule.Name, hiddenCauses(j.hidden)))
		}
	}
}

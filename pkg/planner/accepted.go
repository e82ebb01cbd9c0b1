package planner

import (
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// acceptedKey is one user and one SKU that somebody answers for.
type acceptedKey struct {
	user string // UPN key, or object id in text form
	sku  license.GUID
}

// acceptance is an entry of the policy's acceptedDrift.
type acceptance struct {
	plan.AcceptedDrift
	over bool // its day has come: nobody answers for the difference any more
	used bool // there is such a difference, a redundant license, or nobody knows
}

// resolveAccepted finds the SKUs of the accepted differences.
func (p *planner) resolveAccepted() {
	p.accepted = map[acceptedKey]*acceptance{}
	for _, drift := range p.in.Policy.AcceptedDrift {
		a := &acceptance{AcceptedDrift: drift, over: !p.day.Before(drift.Until)}
		p.acceptances = append(p.acceptances, a)
		p.doubtUnlisted(a)
		for _, id := range p.policySKU(a.SKU) {
			key := acceptedKey{license.UPNKey(a.User.Name), id}
			if known := p.accepted[key]; known == nil || known.over {
				p.accepted[key] = a
			}
		}
	}
}

// doubtUnlisted lets nobody be taken for unlisted while somebody answers for the
// licenses of a user whom the tenant does not have: whoever was renamed looks
// unlisted, and would lose what was to be left as it is.
func (p *planner) doubtUnlisted(a *acceptance) {
	if _, known := p.users.named(a.User.Name); !known && !a.over {
		p.unlistedDoubts = noted(p.unlistedDoubts, plan.CodeAcceptedUnused)
	}
}

// acceptance gives the entry of the policy for what an action would change;
// nil: none.
func (p *planner) acceptance(u *license.UserState, a plan.Action) *acceptance {
	if len(p.accepted) == 0 || a.Op == plan.OpSetUsageLocation {
		return nil
	}
	return p.acceptedFor(u, a.SKUID)
}

func (p *planner) acceptedFor(u *license.UserState, sku license.GUID) *acceptance {
	if len(p.accepted) == 0 {
		return nil
	}
	if a := p.accepted[acceptedKey{license.UPNKey(u.UserPrincipalName), sku}]; a != nil {
		return a
	}
	return p.accepted[acceptedKey{u.ID.String(), sku}]
}

// accept drops the actions whose difference somebody answers for.
func (p *planner) accept(d *draft) {
	if len(p.accepted) == 0 {
		return
	}
	d.drop(func(a plan.Action) bool { return a.Op != plan.OpSetUsageLocation && p.isAccepted(d.managed, a.SKUID) })
}

// isAccepted reports whether a difference of the user in this SKU is left
// alone, and tells who answers for it, or did until their day came.
func (p *planner) isAccepted(s *managedUser, sku license.GUID) bool {
	a := p.acceptedFor(s.user, sku)
	if a == nil {
		return false
	}
	a.used = true
	f := plan.Finding{
		Severity: plan.SeverityInfo, Code: plan.CodeAcceptedDrift, User: s.name(), Source: at(a.SKU.Source),
		Message: fmt.Sprintf("%s is left as it is until %s: %s (%s)", p.catalog.SKUName(sku), a.Until, a.Reason, a.Owner),
	}
	if a.over {
		f.Severity, f.Code = plan.SeverityWarning, plan.CodeAcceptedExpired
		f.Message = fmt.Sprintf("%s was to be left as it is until %s, which is over: %s (%s)", p.catalog.SKUName(sku), a.Until, a.Reason, a.Owner)
		f.Hint = "agree on a later date with its owner, or remove the entry from acceptedDrift"
	}
	p.findings.add(f)
	if !a.over {
		s.accepted = append(s.accepted, sku)
		p.warnOfAccepted(s, a.AcceptedDrift)
	}
	return !a.over
}

// markAccepted counts the accepted differences of a user as used. It is for one
// whose desired state is not known: the differences may exist.
func (p *planner) markAccepted(s *managedUser) {
	for _, a := range p.acceptances {
		key := license.UPNKey(a.User.Name)
		a.used = a.used || key == license.UPNKey(s.user.UserPrincipalName) || key == s.user.ID.String()
	}
}

// reportUnaccepted warns of accepted differences that do not exist: a misspelt
// user, or a difference that has gone.
func (p *planner) reportUnaccepted() {
	unused := slices.DeleteFunc(slices.Clone(p.acceptances), func(a *acceptance) bool { return a.used })
	if len(unused) == 0 {
		return
	}
	for _, a := range unused {
		f := plan.Finding{
			Severity: plan.SeverityWarning, Code: plan.CodeAcceptedUnused, User: a.User.Name, Source: at(a.User.Source),
			Message: fmt.Sprintf("acceptedDrift names %q, and there is no difference to accept (%s, until %s)", a.SKU.Name, a.Owner, a.Until),
			Hint:    "remove the entry from the policy",
		}
		if _, known := p.users.named(a.User.Name); !known {
			f.Message = fmt.Sprintf("acceptedDrift names a user whom the manifests do not manage, or whom the tenant does not have (%s, until %s)", a.Owner, a.Until)
			f.Hint = "check the spelling, or remove the entry from the policy"
		}
		p.findings.add(f)
	}
}

package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// signInSample is of how many others the sign-ins are asked for, where a rule takes
// something from those who never signed in: if the tenant tells of nobody, it does
// not tell.
const signInSample = 15

// MissingSignals says of whom which signs of use a plan needs that the input does not
// have, by its policy: first those of the rules, of users alone whom one can
// concern, and when these are there, those of the mailboxes that the plan would
// take away. It is nil where nothing is missing. The error is that of Make.
func MissingSignals(in Input) (license.SignalRequest, error) {
	if len(in.Policy.Reclaim) == 0 && in.Policy.MailboxCheck != plan.MailboxCheckHold {
		return nil, nil
	}
	b, err := prepare(in)
	if err != nil {
		return nil, err
	}
	known := in.Observed.Signals.Asked()
	out := b.signalsOfUse()
	if out = without(out, known); out != nil {
		return out, nil
	}
	return without(b.signalsOfMailboxes(), known), nil
}

// without leaves out of a request what is known already; nil: that is all.
func without(request license.SignalRequest, known []license.Signal) license.SignalRequest {
	for signal, users := range request {
		if len(users) == 0 || slices.Contains(known, signal) {
			delete(request, signal)
			continue
		}
		request[signal] = license.SortedGUIDs(users)
	}
	if len(request) == 0 {
		return nil
	}
	return request
}

// signalsOfUse are those that the rules need.
func (b *basis) signalsOfUse() license.SignalRequest {
	out := license.SignalRequest{}
	if len(b.reclaims) == 0 {
		return out
	}
	resolver := newResolver(b, b.index())
	for i := range b.in.Observed.Users {
		s, _ := resolver.user(i)
		if s == nil || !resolver.isReclaimable(s) {
			continue
		}
		for _, sku := range s.keeps() {
			b.askForProduct(out, s.user, sku)
		}
	}
	b.askSignInSample(out)
	return out
}

// askForProduct asks for what rules need about a product of a user.
func (b *basis) askForProduct(out license.SignalRequest, u *license.UserState, sku license.GUID) {
	for _, rule := range b.reclaims {
		if !rule.concerns(u, sku) {
			continue
		}
		_, held := u.DirectLicense(sku)
		for _, signal := range b.signalsOf(rule, sku) {
			if signal != license.SignalAssigned || held {
				out[signal] = append(out[signal], u.ID)
			}
		}
	}
}

// signalsOf are the signals that a rule needs about a product.
func (b *basis) signalsOf(rule *reclaimRule, sku license.GUID) []license.Signal {
	var out []license.Signal
	if rule.Left != nil {
		out = append(out, license.SignalLeave)
	}
	if rule.Never != nil {
		out = append(out, license.SignalSignIns, license.SignalCreated)
	}
	product, _ := b.catalog.SKU(sku)
	switch rule.Idle.By {
	case plan.IdleBySignIn:
		out = append(out, license.SignalSignIns)
	case plan.IdleByReport:
		if len(product.Workloads()) > 0 {
			out = append(out, license.SignalActivity)
		}
		if product.HasCopilot() {
			out = append(out, license.SignalCopilot)
		}
	}
	if rule.dependsOnUse() && rule.Newcomers > 0 {
		out = append(out, license.SignalCreated, license.SignalAssigned)
	}
	return out
}

// askSignInSample asks for the sign-ins of a few others, where it matters that the
// tenant tells of somebody.
func (b *basis) askSignInSample(out license.SignalRequest) {
	matters := slices.ContainsFunc(b.reclaims, func(r *reclaimRule) bool { return r.Never != nil })
	if !matters || len(out[license.SignalSignIns]) == 0 {
		return
	}
	left := signInSample
	for i := range b.in.Observed.Users {
		u := &b.in.Observed.Users[i]
		if left > 0 && u.AccountEnabled && len(u.Assignments) > 0 {
			out[license.SignalSignIns] = append(out[license.SignalSignIns], u.ID)
			left--
		}
	}
}

// signalsOfMailboxes are those of the mailboxes that changes take away.
func (b *basis) signalsOfMailboxes() license.SignalRequest {
	out := license.SignalRequest{}
	if b.in.Policy.MailboxCheck != plan.MailboxCheckHold {
		return out
	}
	declared, groups := b.index(), b.planGroups()
	declared.groups = &groups
	users := groups.membersLosingMailboxes(b)
	for _, d := range b.compareAll(declared).changes {
		if d.mailbox {
			users = append(users, d.User.ID)
		}
	}
	out[license.SignalPurpose], out[license.SignalMailboxUse] = users, slices.Clone(users)
	return out
}

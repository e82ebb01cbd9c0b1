package apply

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// recheckedFacts is what changes rest on, as it is now.
type recheckedFacts struct {
	answers map[plan.Query]plan.Answer
	signals license.Signals
	given   given  // zero: the plan does not speak of groups
	paths   []path // of the user who is judged
}

// signalCache are the signs of use as they were read last, of all users of whom they
// were asked for so far: reports may be had a few times in ten minutes alone.
type signalCache struct {
	wanted  license.SignalRequest
	users   map[license.GUID]license.UserState
	signals license.Signals
	at      time.Time
}

// recheck reads what the removals of changes rest on beside the users themselves.
func (l *rechecker) recheck(ctx context.Context, checked []check) (recheckedFacts, error) {
	answers, err := l.answersTo(ctx, queriesOf(checked))
	if err != nil {
		return recheckedFacts{}, err
	}
	signals, err := l.signalsOf(ctx, checked)
	if err != nil || l.groups == nil {
		return recheckedFacts{answers: answers, signals: signals}, err
	}
	given, err := l.giversOf(ctx, l.pathsOfAll(checked))
	return recheckedFacts{answers: answers, signals: signals, given: given}, err
}

// signalsOf reads the signs of use, and of mailboxes, that removals rest on; nothing
// where none does.
func (l *rechecker) signalsOf(ctx context.Context, checked []check) (license.Signals, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if asked := l.looked.want(checked); !asked || time.Since(l.looked.at) <= recheckAfter {
		return l.looked.signals, nil
	}
	begun := time.Now()
	users := make([]license.UserState, 0, len(l.looked.users))
	for _, u := range l.looked.users {
		users = append(users, u)
	}
	slices.SortFunc(users, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	signals, err := l.reader.Signals(ctx, l.looked.wanted, users)
	if err != nil {
		return license.Signals{}, fmt.Errorf("looking again whether licenses are used: %w", err)
	}
	l.looked.signals, l.looked.at = signals, begun
	return signals, nil
}

// want adds what changes rest on to what is read, and reports whether they rest on
// any sign at all.
func (l *signalCache) want(checked []check) bool {
	asked := false
	for _, c := range checked {
		for _, signal := range c.signals() {
			asked = true
			if l.wanted == nil {
				l.wanted, l.users = license.SignalRequest{}, map[license.GUID]license.UserState{}
			}
			l.users[c.user.ID] = c.user
			if !slices.Contains(l.wanted[signal], c.user.ID) {
				l.wanted[signal] = append(l.wanted[signal], c.user.ID)
				l.at = time.Time{} // it was not read of this user
			}
		}
	}
	return asked
}

// signals lists the signals that a change rests on; nil for none.
func (c check) signals() []license.Signal {
	p := c.change.Preconditions
	if c.readiness != isReady || p == nil || !c.takesAway() {
		return nil
	}
	var out []license.Signal
	for _, g := range p.Reclaims {
		for _, s := range g.Signals {
			out = append(out, s.Signal)
		}
	}
	if c.mailbox {
		out = append(out, license.SignalPurpose, license.SignalMailboxUse)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// laterSignal says why a rule may not take any more what the change takes by it, or
// why the mailbox may not go; empty: they may.
func (c check) laterSignal(signals license.Signals, names Names) string {
	p := c.change.Preconditions
	for _, a := range c.change.Actions {
		_, told := p.Reclaim(a.SKUID)
		if a.Op == plan.OpRemove && a.CausedBy != nil && a.CausedBy.Kind == plan.OriginReclaim && !told {
			return "the plan does not say what the rule " + a.CausedBy.Name + " saw, by which it takes " + names.SKUName(a.SKUID)
		}
	}
	for _, g := range p.Reclaims {
		if g.Disabled && c.user.AccountEnabled {
			return "the account is enabled again"
		}
		for _, s := range g.Signals {
			if why := signalChange(s, signals, c.user.ID); why != "" {
				return why + ", so the rule " + g.Rule + " does not take " + names.SKUName(g.SKUID)
			}
		}
	}
	if risks := signals.MailboxRisks(c.user.ID); c.mailbox && len(risks) > 0 {
		return mailboxText(risks[0])
	}
	return ""
}

// signalChange says what a signal tells that the plan did not see; empty: nothing.
// Rules count days, so another time of the same day says nothing new.
func signalChange(s plan.SignalSeen, signals license.Signals, user license.GUID) string {
	now, told := signalNow(s, signals, user)
	switch {
	case !told || now.IsZero() && !s.At.IsZero():
		return signalText(s.Signal) + " cannot be told any more"
	case plan.DateOf(s.At.UTC()).Before(plan.DateOf(now.UTC())):
		return signalText(s.Signal) + " is " + now.UTC().Format(time.DateOnly) + " now"
	}
	return ""
}

// signalNow gives what a signal tells of a user now; false: nothing.
func signalNow(s plan.SignalSeen, signals license.Signals, user license.GUID) (time.Time, bool) {
	switch s.Signal {
	case license.SignalSignIns:
		last, ok := signals.SignIns.Of(user)
		return last.Latest(), ok
	case license.SignalLeave:
		return signals.Leave.Of(user)
	case license.SignalCopilot:
		return signals.Copilot.Of(user)
	case license.SignalActivity:
		uses, ok := signals.Activity.Of(user)
		var latest time.Time
		for _, use := range uses {
			if slices.Contains(s.Workloads, use.Workload) && use.Day.After(latest) {
				latest = use.Day
			}
		}
		return latest, ok
	}
	return time.Time{}, false // a signal of a later version
}

func signalText(s license.Signal) string {
	switch s {
	case license.SignalSignIns:
		return "the last sign-in"
	case license.SignalLeave:
		return "the day of leaving"
	}
	return "the last use"
}

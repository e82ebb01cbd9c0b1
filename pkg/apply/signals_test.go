package apply_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// Signals tells the signs that the test has put into the tenant.
func (s *tenant) Signals(_ context.Context, wanted license.SignalRequest, users []license.UserState) (license.Signals, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signsAsked = append(s.signsAsked, wanted.Signals()...)
	for _, ids := range wanted {
		for _, id := range ids {
			if !slices.ContainsFunc(users, func(u license.UserState) bool { return u.ID == id }) {
				s.t.Errorf("somebody is asked for who is not among the users")
			}
		}
	}
	return s.signals, nil
}

func (f *fleet) Signals(context.Context, license.SignalRequest, []license.UserState) (license.Signals, error) {
	f.t.Error("no plan here rests on signs of use")
	return license.Signals{}, nil
}

func (g *groupTenant) Signals(_ context.Context, wanted license.SignalRequest, _ []license.UserState) (license.Signals, error) {
	if g.mailboxes == nil {
		g.t.Errorf("no plan here rests on %v", wanted.Signals())
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.asked == nil {
		g.asked = map[license.Signal]int{}
	}
	for _, signal := range wanted.Signals() {
		g.asked[signal]++
	}
	return license.Signals{Purpose: &license.Reading[license.MailboxPurpose]{Users: g.mailboxes}}, nil
}

// lastSeen is when Ada was seen as the plan had it.
func lastSeen() time.Time { return time.Date(2026, 8, 14, 9, 0, 0, 0, time.UTC) }

// reading is what a signal tells of Ada.
func reading[T any](value T) *license.Reading[T] {
	return &license.Reading[T]{Users: map[license.GUID]T{id("ada"): value}}
}

// TestSignsAreLookedAtAgain changes what is told of Ada between plan and apply: who
// was seen since keeps what a rule would take.
func TestSignsAreLookedAtAgain(t *testing.T) {
	later := lastSeen().Add(15 * time.Hour) // the day after
	signIns := func(at time.Time) license.Signals {
		return license.Signals{SignIns: reading(license.SignIns{NonInteractive: at})}
	}
	personal, no, yes, small, large := license.MailboxPurpose{Purpose: "user"}, false, true, int64(1), int64(60<<30)
	mailbox := func(purpose license.MailboxPurpose, use license.MailboxUse) license.Signals {
		return license.Signals{Purpose: reading(purpose), MailboxUse: reading(use)}
	}
	bySignIn := []plan.SignalSeen{{Signal: license.SignalSignIns, At: lastSeen()}}
	byUse := []plan.SignalSeen{{Signal: license.SignalActivity, At: lastSeen(), Workloads: []license.Workload{license.WorkloadTeams}}}
	used := func(w license.Workload, at time.Time) license.Signals {
		return license.Signals{Activity: reading([]license.LastUse{{Workload: w, Day: at}, {Workload: license.WorkloadTeams, Day: lastSeen()}})}
	}
	for _, tc := range []struct {
		name    string
		ground  plan.ReclaimEvidence
		mailbox bool
		signals license.Signals
		enabled bool
		says    string // empty: it is taken
	}{
		{"as it was", plan.ReclaimEvidence{Signals: bySignIn}, false, signIns(lastSeen()), false, ""},
		{"at another time of the day", plan.ReclaimEvidence{Signals: bySignIn}, false, signIns(lastSeen().Add(14 * time.Hour)), false, ""},
		{"seen since", plan.ReclaimEvidence{Signals: bySignIn}, false, signIns(later), false, "the last sign-in is 2026-08-15 now, so the rule idle does not take E3"},
		{"not told any more", plan.ReclaimEvidence{Signals: bySignIn}, false, license.Signals{SignIns: &license.Reading[license.SignIns]{Unavailable: license.UnavailablePremium}}, false, "the last sign-in cannot be told any more"},
		{"null", plan.ReclaimEvidence{Signals: bySignIn}, false, signIns(time.Time{}), false, "the last sign-in cannot be told any more"},
		{"came at last", plan.ReclaimEvidence{Signals: []plan.SignalSeen{{Signal: license.SignalSignIns}}}, false, signIns(later), false, "the last sign-in is 2026-08-15 now"},
		{"never came", plan.ReclaimEvidence{Signals: []plan.SignalSeen{{Signal: license.SignalSignIns}}}, false, signIns(time.Time{}), false, ""},
		{"leaves later", plan.ReclaimEvidence{Signals: []plan.SignalSeen{{Signal: license.SignalLeave, At: lastSeen()}}}, false, license.Signals{Leave: reading(later)}, false, "the day of leaving is 2026-08-15 now"},
		{"leaves no more", plan.ReclaimEvidence{Signals: []plan.SignalSeen{{Signal: license.SignalLeave, At: lastSeen()}}}, false, license.Signals{Leave: reading(time.Time{})}, false, "the day of leaving cannot be told any more"},
		{"used since", plan.ReclaimEvidence{Signals: []plan.SignalSeen{{Signal: license.SignalCopilot, At: lastSeen()}}}, false, license.Signals{Copilot: reading(later)}, false, "the last use is 2026-08-15 now"},
		{"a service used since", plan.ReclaimEvidence{Signals: byUse}, false, used(license.WorkloadTeams, later), false, "the last use is 2026-08-15 now"},
		{"another service used since", plan.ReclaimEvidence{Signals: byUse}, false, used(license.WorkloadYammer, later), false, ""},
		{"a signal of tomorrow", plan.ReclaimEvidence{Signals: []plan.SignalSeen{{Signal: "mood"}}}, false, license.Signals{}, false, "cannot be told any more"},
		{"still disabled", plan.ReclaimEvidence{Disabled: true, Signals: []plan.SignalSeen{}}, false, license.Signals{}, false, ""},
		{"enabled again", plan.ReclaimEvidence{Disabled: true, Signals: []plan.SignalSeen{}}, false, license.Signals{}, true, "the account is enabled again"},
		{"nothing told in the plan", plan.ReclaimEvidence{}, false, license.Signals{}, false, "the plan does not say what the rule idle saw, by which it takes E3"},
		{"a mailbox that may go", plan.ReclaimEvidence{Signals: bySignIn}, true, signIns(lastSeen()).With(mailbox(personal, license.MailboxUse{Bytes: &small, Archive: &no})), false, ""},
		{"a mailbox that is shared now", plan.ReclaimEvidence{Signals: bySignIn}, true, signIns(lastSeen()).With(mailbox(license.MailboxPurpose{Purpose: "shared"}, license.MailboxUse{})), false, "the mailbox that would go is shared"},
		{"a mailbox that grew", plan.ReclaimEvidence{Signals: bySignIn}, true, signIns(lastSeen()).With(mailbox(personal, license.MailboxUse{Bytes: &large, Archive: &no})), false, "larger than 50 GB"},
		{"a mailbox with an archive now", plan.ReclaimEvidence{Signals: bySignIn}, true, signIns(lastSeen()).With(mailbox(personal, license.MailboxUse{Bytes: &small, Archive: &yes})), false, "has an archive"},
		{"a mailbox of which nothing is told", plan.ReclaimEvidence{Signals: bySignIn}, true, signIns(lastSeen()), false, "cannot be told any more"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := []license.UserState{holder("ada", "E3"), holder("ben")}
				p := makePlan(t, users, map[string][]string{"ada": {}, "ben": {"VISIO"}})
				for i := range p.Changes {
					if c := &p.Changes[i]; c.User.ID == id("ada") {
						c.Actions[0].CausedBy = &plan.Origin{Kind: plan.OriginReclaim, Name: "idle"}
						if tc.ground.Signals != nil {
							tc.ground.SKUID, tc.ground.Rule = id("E3"), "idle"
							c.Preconditions.Reclaims = []plan.ReclaimEvidence{tc.ground}
						}
						c.Preconditions.Mailbox = tc.mailbox
					}
				}
				s := newTenant(t, users, map[string]int{"E3": 9, "VISIO": 9})
				s.signals, s.users[id("ada")].AccountEnabled = tc.signals, tc.enabled
				out := carryOut(t, t.Context(), s, p, nil)
				res, want := resultOf(t, out, id("ada")), receipt.Done
				if tc.says != "" {
					want = receipt.Stale
				}
				if res.Outcome != want || !strings.Contains(res.Message, tc.says) {
					t.Errorf("%s: %q, want %s with %q", res.Outcome, res.Message, want, tc.says)
				}
				if want == receipt.Stale && s.writesFor(id("ada")) > 0 {
					t.Error("something was written")
				}
				if ben := result(t, out, "ben"); ben.Outcome != receipt.Done {
					t.Errorf("who only gets something is %s: %s", ben.Outcome, ben.Message)
				}
			})
		})
	}
}

// TestSignsAreReadOnce reads the signs of all users together, and nothing where no
// removal rests on one.
func TestSignsAreReadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada", "E3"), holder("ben", "E3")}
		p := makePlan(t, users, map[string][]string{"ada": {}, "ben": {}})
		s := newTenant(t, users, map[string]int{"E3": 9})
		carryOut(t, t.Context(), s, p, nil)
		if len(s.signsAsked) > 0 {
			t.Errorf("asked for %v, and no removal rests on it", s.signsAsked)
		}
		users = []license.UserState{holder("ada", "E3"), holder("ben", "E3")}
		s = newTenant(t, users, map[string]int{"E3": 9})
		seen := map[license.GUID]license.SignIns{}
		for i := range p.Changes {
			c := &p.Changes[i]
			c.Preconditions.Reclaims = []plan.ReclaimEvidence{{SKUID: id("E3"), Rule: "idle", Signals: []plan.SignalSeen{{Signal: license.SignalSignIns, At: lastSeen()}}}}
			seen[c.User.ID] = license.SignIns{Interactive: lastSeen()}
		}
		s.signals.SignIns = &license.Reading[license.SignIns]{Users: seen}
		carryOut(t, t.Context(), s, p, nil)
		if want := []license.Signal{license.SignalSignIns}; !slices.Equal(s.signsAsked, want) {
			t.Errorf("asked for %v, want %v", s.signsAsked, want)
		}
	})
}

// TestMailboxesOfMembersAreLookedAtAgain: a group that takes mailboxes waits as a
// whole where one of them has become one that must not go.
func TestMailboxesOfMembersAreLookedAtAgain(t *testing.T) {
	for purpose, want := range map[license.MailboxPurpose]string{
		{None: true}:        "sales done verified 2/2",
		{Purpose: "shared"}: "sales stale",
		{}:                  "sales stale",
	} {
		synctest.Test(t, func(t *testing.T) {
			users := people(2)
			g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users, "E3")}}, emulator.Options{})
			c := g.change("sales")
			for _, e := range c.Effects {
				c.Mailboxes = append(c.Mailboxes, e.Members...)
			}
			g.mailboxes = map[license.GUID]license.MailboxPurpose{}
			for _, id := range c.Mailboxes {
				g.mailboxes[id] = license.MailboxPurpose{None: true}
			}
			g.mailboxes[c.Mailboxes[1]] = purpose
			out := g.apply(planOf([]plan.GroupChange{c}))
			g.checkOutcomes(out, want)
			if res := out.Receipt.GroupResults[0]; res.Outcome == receipt.Stale && (out.Sent || !strings.Contains(res.Message, "mailbox would go") && !strings.Contains(res.Message, "the mailbox that would go is shared")) {
				t.Errorf("%q, sent %v", res.Message, out.Sent)
			}
		})
	}
}

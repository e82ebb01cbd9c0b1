package apply_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// mailNames knows products of which the plan MAIL comes with a mailbox, but for VISIO.
type mailNames struct{ names }

func (n mailNames) SKU(sku license.GUID) (license.SKU, bool) {
	out, known := n.names.SKU(sku)
	for i := range out.Plans {
		if sku != id("VISIO") && strings.HasSuffix(n.PlanName(out.Plans[i].ID), "_MAIL") {
			out.Plans[i].Name = "EXCHANGE_S_STANDARD"
		}
	}
	return out, known
}

func withMailboxes(o *apply.Options) { o.Names = mailNames{} }

// TestMailboxesThatThePlanDidNotSeeGo: a member kept their mailbox by another product
// when the plan was made, and has lost that since; so it is looked at before the group
// takes the last one.
func TestMailboxesThatThePlanDidNotSeeGo(t *testing.T) {
	for name, tc := range map[string]struct {
		check   plan.MailboxCheck
		since   []emulator.License // what the member holds of their own by then
		purpose string             // of the mailbox; empty: nobody is to ask
		want    string
	}{
		"they still keep it":            {plan.MailboxCheckHold, gives("E5"), "", "sales done verified 2/2"},
		"it may go":                     {plan.MailboxCheckHold, nil, "none", "sales done verified 2/2"},
		"it must not go":                {plan.MailboxCheckHold, nil, "shared", "sales stale"},
		"what they keep has no mailbox": {plan.MailboxCheckHold, gives("VISIO"), "shared", "sales stale"},
		"nobody looks at mailboxes":     {"", nil, "", "sales done verified 2/2"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := people(2)
				users[0].Licenses, users[1].Licenses = gives("E5"), gives("E5")
				sales := group("sales", users)
				sales.Licenses = gives("E3")
				g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{sales}}, emulator.Options{})
				c := g.change("sales")
				if err := g.emulator.SetLicenses(users[0].UserPrincipalName, tc.since...); err != nil {
					t.Fatal(err)
				}
				if tc.purpose != "" {
					g.mailboxes = map[license.GUID]license.MailboxPurpose{users[0].ID: {Purpose: tc.purpose, None: tc.purpose == "none"}}
				}
				p := planOf([]plan.GroupChange{c})
				p.MailboxCheck = tc.check
				out := g.apply(p, withMailboxes)
				g.checkOutcomes(out, tc.want)
				if res := out.Receipt.GroupResults[0]; res.Outcome == receipt.Stale && (out.Sent || !strings.Contains(res.Message, "of u0000@contoso.com: the mailbox that would go is shared")) {
					t.Errorf("%q, sent %v", res.Message, out.Sent)
				}
			})
		})
	}
}

// TestOwnMailboxesThatThePlanDidNotSeeGo: the same of who loses a license of their own.
func TestOwnMailboxesThatThePlanDidNotSeeGo(t *testing.T) {
	for name, tc := range map[string]struct {
		check plan.MailboxCheck
		left  bool // the group that gave them another mailbox
		want  receipt.Outcome
	}{
		"they still keep it":        {plan.MailboxCheckHold, false, receipt.Done},
		"they have left the group":  {plan.MailboxCheckHold, true, receipt.Stale},
		"nobody looks at mailboxes": {"", true, receipt.Done},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ada := fromGroup(holder("ada", "E3", "VISIO"), "sales", "E5")
				p := makePlan(t, []license.UserState{ada}, map[string][]string{"ada": {"VISIO"}})
				p.MailboxCheck = tc.check
				if tc.left {
					ada = holder("ada", "E3", "VISIO")
				}
				s := newTenant(t, []license.UserState{ada}, map[string]int{"E3": 9, "VISIO": 9, "E5": 9})
				s.signals = license.Signals{Purpose: reading(license.MailboxPurpose{Purpose: "shared"})}
				res := result(t, carryOut(t, t.Context(), s, p, withMailboxes), "ada")
				if res.Outcome != tc.want || tc.want == receipt.Stale && !strings.Contains(res.Message, "the mailbox that would go is shared") {
					t.Errorf("%s: %q, want %s", res.Outcome, res.Message, tc.want)
				}
			})
		})
	}
}

// TestMailboxReportIsReadOnce for all groups that take mailboxes.
func TestMailboxReportIsReadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(3)
		var groups []emulator.Group
		for i, name := range []string{"sales", "pilot", "office"} {
			of := group(name, users[i:i+1])
			of.Licenses = gives("E3")
			groups = append(groups, of)
		}
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: groups}, emulator.Options{})
		g.mailboxes = map[license.GUID]license.MailboxPurpose{}
		var changes []plan.GroupChange
		for i, of := range groups {
			g.mailboxes[users[i].ID] = license.MailboxPurpose{None: true}
			c := g.change(of.Name)
			c.Mailboxes = []license.GUID{users[i].ID}
			changes = append(changes, c)
		}
		out := g.apply(planOf(changes))
		g.checkOutcomes(out, "office done verified 1/1", "pilot done verified 1/1", "sales done verified 1/1")
		if g.asked[license.SignalMailboxUse] != 1 || g.asked[license.SignalPurpose] != 3 {
			t.Errorf("asked %v", g.asked)
		}
	})
}

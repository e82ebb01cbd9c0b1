package browser_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report"
)

const planID = "sha256:8c1e2f6a0b9d4e7f8c1e2f6a0b9d4e7f8c1e2f6a0b9d4e7f8c1e2f6a0b9d4e7f"

// product is a SKU of these tests.
type product struct {
	id         license.GUID
	part, name string
}

var (
	e3    = product{guid(0xe3, 0), "SPE_E3", "Microsoft 365 E3"}
	e5    = product{guid(0xe5, 0), "SPE_E5", "Microsoft 365 E5"}
	visio = product{guid(0x51, 0), "VISIOCLIENT", "Visio Plan 2"}
	power = product{guid(0xb1, 0), "POWER_BI_PRO", "Power BI Pro"}

	yammer = plan.PlanRef{ID: guid(1, 1), Name: "YAMMER_ENTERPRISE"}
	sway   = plan.PlanRef{ID: guid(1, 2), Name: "SWAY"}

	morning = time.Date(2026, 11, 20, 7, 30, 0, 0, time.UTC)
)

// guid makes an id of a kind and a number.
func guid(kind byte, n int) license.GUID {
	out := license.GUID{0: kind, 6: 0x40, 8: 0x80}
	binary.BigEndian.PutUint32(out[12:], uint32(n))
	return out
}

type nameTable map[license.GUID]string

func (t nameTable) SKUName(id license.GUID) string  { return t[id] }
func (t nameTable) PlanName(id license.GUID) string { return t[id] }

func options() report.Options {
	names := nameTable{}
	for _, p := range []product{e3, e5, visio, power} {
		names[p.id] = p.name
	}
	return report.Options{Names: names}
}

func planPage(p *plan.Plan) func(io.Writer) error {
	return func(w io.Writer) error { return report.PlanHTML(w, p, options()) }
}

func receiptPage(r *receipt.Receipt) func(io.Writer) error {
	return func(w io.Writer) error { return report.ReceiptHTML(w, r, options()) }
}

func add(p product, off ...plan.PlanRef) plan.Action {
	return plan.Action{Op: plan.OpAdd, SKUID: p.id, SKUPartNumber: p.part, DisabledPlans: off}
}

func remove(p product) plan.Action {
	return plan.Action{Op: plan.OpRemove, SKUID: p.id, SKUPartNumber: p.part, Before: &plan.Before{}}
}

func update(p product, off ...plan.PlanRef) plan.Action {
	return plan.Action{Op: plan.OpUpdate, SKUID: p.id, SKUPartNumber: p.part, DisabledPlans: off, Before: &plan.Before{}}
}

func locate(before, after string) plan.Action {
	return plan.Action{Op: plan.OpSetUsageLocation, UsageLocation: after, Before: &plan.Before{UsageLocation: &before}}
}

// change is one user's, from the manifest of sales.
func change(n int, user string, actions ...plan.Action) plan.Change {
	return plan.Change{
		User:   plan.UserRef{ID: guid(0xaa, n), UserPrincipalName: user},
		Source: plan.Source{File: "manifests/sales.yaml", Line: 10 + n}, Status: plan.StatusReady, Actions: actions,
		After: plan.State{Licenses: []plan.StateLicense{{SKUID: power.id}}},
	}
}

func blank(users int) *plan.Plan {
	p := &plan.Plan{
		FormatVersion: plan.FormatVersion, PlanID: planID, Applyable: true, CreatedAt: morning,
		Tool:   plan.Tool{Name: "licensectl", Version: "1.0.0"},
		Tenant: plan.Tenant{ID: guid(0x11, 1), DisplayName: "Contoso"}, Cloud: "global",
		Sources: []plan.SourceFile{{Path: "manifests/policy.yaml"}, {Path: "manifests/sales.yaml"}},
		AsOf:    plan.DateOf(morning), Summary: plan.Summary{Users: users, Unchanged: users},
		Seats: []plan.Seats{
			{SKUID: power.id, SKUPartNumber: power.part, Enabled: 1000, Consumed: 12},
			{SKUID: e3.id, SKUPartNumber: e3.part, Enabled: 9000, Consumed: 4120},
			{SKUID: e5.id, SKUPartNumber: e5.part, Enabled: 900, Warning: 25, Consumed: 397},
			{SKUID: visio.id, SKUPartNumber: visio.part, Enabled: 50, Consumed: 48},
		},
	}
	for _, name := range plan.GuardNames() {
		limit := 2000
		p.Guards = append(p.Guards, plan.Guard{Name: name, Limit: &limit})
	}
	return p
}

// summed brings the sums of a plan in order.
func summed(p *plan.Plan) *plan.Plan {
	seats := map[license.GUID]*plan.Seats{}
	for i := range p.Seats {
		seats[p.Seats[i].SKUID] = &p.Seats[i]
	}
	s := &p.Summary
	for _, c := range p.Changes {
		s.Unchanged--
		switch c.Status {
		case plan.StatusBlocked:
			s.Blocked++
		case plan.StatusHeld:
			s.Held++
		default:
			s.Changed++
			for _, a := range c.Actions {
				tally(s, seats, a)
			}
		}
	}
	for _, row := range seats {
		row.After = row.Consumed + row.Add - row.Remove
	}
	return p
}

func tally(s *plan.Summary, seats map[license.GUID]*plan.Seats, a plan.Action) {
	switch a.Op {
	case plan.OpAdd:
		s.Add++
		seats[a.SKUID].Add++
	case plan.OpRemove:
		s.Remove++
		seats[a.SKUID].Remove++
	case plan.OpUpdate:
		s.Update++
	default:
		s.SetUsageLocation++
	}
}

func nothingToDo() *plan.Plan { return blank(60) }

// reorganisation has n changes in a few shapes and a finding for every
// fiftieth.
func reorganisation(n int) *plan.Plan {
	p := blank(n + 211)
	for i := range n {
		c := change(i, fmt.Sprintf("user%05d@contoso.com", i))
		switch {
		case i%100 == 7:
			c.Actions = []plan.Action{remove(e3)}
			c.Before.Licenses, c.After.Licenses = []plan.StateLicense{{SKUID: e3.id}}, nil
		case i%100 == 9:
			c.Actions = []plan.Action{add(visio)}
			c.Status, c.Reasons = plan.StatusBlocked, []plan.Code{plan.CodeSeatShortage}
		case i%10 == 3:
			c.Actions = []plan.Action{remove(e3), add(e5)}
		case i%10 == 4:
			c.Actions = []plan.Action{update(e3, sway, yammer)}
		case i%10 == 5:
			c.Actions = []plan.Action{locate("", "DE"), add(e3)}
		default:
			c.Actions = []plan.Action{add(e3)}
		}
		for j := range c.Actions {
			c.Actions[j].Cause = []plan.Cause{plan.CausePending, plan.CauseDrift}[i%2]
		}
		p.Changes = append(p.Changes, c)
		if i%50 == 0 {
			p.Findings = append(p.Findings, plan.Finding{
				Severity: plan.SeverityWarning, Code: plan.CodeInherited, User: c.User.UserPrincipalName,
				Message: "Power BI Pro is not declared, but comes from group Sales EMEA",
				Hint:    "take the user out of the group, or declare the license", Source: &c.Source,
			})
		}
	}
	p.Findings = append(p.Findings, plan.Finding{
		Severity: plan.SeverityError, Code: plan.CodeSeatShortage, Message: "no seat of Visio Plan 2 is left", Hint: "buy seats",
	})
	price := plan.Money(350_000)
	p.Cost = &plan.Cost{Currency: "USD", MonthlyDelta: price * 300, Products: []plan.ProductCost{
		{SKUID: e3.id, SKUPartNumber: e3.part, Seats: 3400, MonthlyPrice: &price, MonthlyDelta: price * 3400},
		{SKUID: e5.id, SKUPartNumber: e5.part, Seats: 500},
	}}
	return summed(p)
}

// everyone has a shape of their own, so that nothing can be drawn together.
func everyone(n int) *plan.Plan {
	p := blank(n)
	for i := range n {
		p.Changes = append(p.Changes, change(i, fmt.Sprintf("user%06d@contoso.com", i),
			update(e3, plan.PlanRef{ID: guid(2, i), Name: fmt.Sprintf("PLAN_%d", i)})))
	}
	return summed(p)
}

// fiveUsers has one change of every kind, and all that can be told of one.
func fiveUsers() *plan.Plan {
	p := blank(60)
	ada := change(1, "ada@contoso.com", remove(e3), add(e5))
	ada.Selection = `group "Sales EMEA"`
	ada.WaitsFor = []license.GUID{guid(0xaa, 4), guid(0xbb, 1)}
	ada.Audit = []plan.AuditEvent{{At: morning, Activity: "Change user license", Actor: "ops@contoso.com"}}
	leaver := change(4, "leaver@contoso.com", remove(e5), remove(visio))
	leaver.Before.Licenses, leaver.After.Licenses = []plan.StateLicense{{SKUID: e5.id}, {SKUID: visio.id}}, nil
	unlisted := change(5, "zoe@contoso.com", locate("GB", "DE"))
	unlisted.Source = plan.Source{}
	p.Changes = []plan.Change{
		ada, change(2, "ben@contoso.com", locate("", "DE"), add(power, yammer, sway)),
		change(3, "cyd@contoso.com", update(e3, sway, yammer)), leaver, unlisted,
	}
	p.Findings = []plan.Finding{{
		Severity: plan.SeverityInfo, Code: plan.CodeGuestUser, Message: "is a guest that is declared to hold licenses",
		User: "ben_fabrikam.com#EXT#@contoso.com", Source: &plan.Source{File: "manifests/sales.yaml", Line: 31},
	}}
	return summed(p)
}

// guarded takes more away than the policy allows, and lacks seats.
func guarded() *plan.Plan {
	p := blank(400)
	for i := range 12 {
		p.Changes = append(p.Changes, change(i, fmt.Sprintf("user%02d@contoso.com", i), remove(e5)))
	}
	for i := range 7 {
		late := change(20+i, fmt.Sprintf("late%d@contoso.com", i), add(visio))
		if i > 1 {
			late.Status, late.Reasons = plan.StatusBlocked, []plan.Code{plan.CodeSeatShortage}
		}
		p.Changes = append(p.Changes, late)
	}
	ten, many := 10, 25
	p.Applyable = false
	p.Guards = []plan.Guard{
		{Name: plan.GuardMaxRemovals, Limit: &ten, Actual: 12, Tripped: true},
		{Name: plan.GuardMaxRemovalsPerSKU, SKUPartNumber: e5.part, Limit: &ten, Actual: 12, Tripped: true},
		{Name: plan.GuardMaxUsersLosingAll, Limit: &many},
		{Name: plan.GuardMaxUsersChanged, Limit: &ten, Actual: 14, Tripped: true, ApprovedBy: "reorg-2026"},
	}
	return summed(p)
}

// hostileNames try to become part of the page, or to look like it.
func hostileNames() []string {
	return []string{
		`<script>window.pwned=1</script>`,
		`</script><script>window.pwned=2</script>`,
		`<!--<script>window.pwned=3`,
		`"><img src=x onerror="window.pwned=4">`,
		`' onfocus='window.pwned=5' autofocus='`,
		`javascript:window.pwned=6`,
		`{{.Style}}{{template "page" .}}`,
		"${window.pwned=7}`;window.pwned=8;//",
		"\u202emoc.osotnoc@nimda\u202c",
		`</style><style>body{display:none}</style>`,
		`]]><svg onload=window.pwned=9>`,
		"__proto__",
		"constructor",
		"a\u2028b\u2029c\x00d",
		`<base href="https://evil.example/"><meta http-equiv=refresh content="0;url=https://evil.example/">`,
	}
}

// hostile has those names wherever a stranger can put one.
func hostile() *plan.Plan {
	p := blank(100)
	p.Tenant.DisplayName, p.Cloud, p.PlanID = hostileNames()[0], hostileNames()[1], hostileNames()[2]
	p.Cost = &plan.Cost{Currency: hostileNames()[3]}
	for i, text := range hostileNames() {
		strange := product{guid(0xee, i), text, ""}
		c := change(i, text, add(strange, plan.PlanRef{ID: guid(0x0e, i), Name: text}))
		c.Source.File, c.Selection, c.Actions[0].Cause = text, text, plan.Cause(text)
		c.Audit = []plan.AuditEvent{{At: morning, Activity: text, Actor: text}}
		p.Changes = append(p.Changes, c)
		p.Seats = append(p.Seats, plan.Seats{SKUID: strange.id, SKUPartNumber: text, Enabled: 5})
		p.Sources = append(p.Sources, plan.SourceFile{Path: text})
		p.Findings = append(p.Findings, plan.Finding{
			Severity: plan.Severity(text), Code: plan.Code(text), Message: text, Hint: text, User: text, Source: &c.Source,
		})
		p.Guards = append(p.Guards, plan.Guard{Name: plan.GuardName(text), SKUPartNumber: text, Tripped: true})
	}
	p.Applyable = false
	return summed(p)
}

// halfDone is a run in which some of it went wrong.
func halfDone() *receipt.Receipt {
	r := &receipt.Receipt{
		Run: receipt.Run{
			FormatVersion: receipt.FormatVersion, RunID: "0b9f2c1e-1111-4222-8333-444444444444", PlanID: planID,
			Tenant: plan.Tenant{ID: guid(0x11, 1), DisplayName: "Contoso"}, Cloud: "usgov",
			Tool: plan.Tool{Name: "licensectl", Version: "1.0.0"}, StartedAt: morning, Actor: "octo-admin", Commit: "3f2c1ab",
		},
		End: &receipt.End{FinishedAt: morning.Add(192 * time.Second), StopReason: "20 of the last 50 writes were refused"},
	}
	result := func(outcome receipt.Outcome, n int) {
		for range n {
			i := len(r.Results)
			r.Results = append(r.Results, receipt.Result{
				User:    plan.UserRef{ID: guid(0xaa, i), UserPrincipalName: fmt.Sprintf("user%03d@contoso.com", i)},
				Source:  plan.Source{File: "manifests/sales.yaml", Line: 10 + i},
				Actions: []plan.Action{remove(e3), add(e5)}, Outcome: outcome,
			})
		}
	}
	result(receipt.Done, 230)
	result(receipt.NotAttempted, 40)
	result(receipt.Refused, 20)
	result(receipt.Stale, 2)
	for i := range r.Results {
		res := &r.Results[i]
		switch res.Outcome {
		case receipt.Done:
			res.Verification = receipt.Verified
			res.Attempts, res.RequestIDs = 1, []string{guid(0x5f, i).String()}
		case receipt.Refused:
			res.Status, res.ServiceCode, res.Attempts, res.RequestIDs = 400, "Request_BadRequest", 2, []string{guid(0x5f, i).String()}
			res.ServiceMessage = "Subscription with SKU e5 does not have any available licenses."
			res.Reasons, res.Message, res.Hint = []string{"CountViolation"}, "no seat of Microsoft 365 E5 is left", "buy seats, or declare fewer users"
		}
	}
	r.Run.Changes = len(r.Results)
	return r
}

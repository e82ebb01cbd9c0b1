package report_test

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report"
)

// The real catalog can name the products of a report.
var _ report.Names = (*license.Catalog)(nil)

// nameTable is a catalog of the few products of these tests.
type nameTable map[license.GUID]string

func (t nameTable) SKUName(id license.GUID) string  { return t[id] }
func (t nameTable) PlanName(id license.GUID) string { return t[id] }

// product is a SKU of these tests.
type product struct {
	id   license.GUID
	part string
}

// id makes a GUID that tells what it is: the kind in front, a number behind.
func id(kind byte, n int) license.GUID {
	out := license.GUID{0: kind, 6: 0x40, 8: 0x80}
	binary.BigEndian.PutUint32(out[12:], uint32(n))
	return out
}

var (
	e3    = product{id(0xe3, 0), "SPE_E3"}
	e5    = product{id(0xe5, 0), "SPE_E5"}
	visio = product{id(0x51, 0), "VISIOCLIENT"}
	power = product{id(0xb1, 0), "POWER_BI_PRO"}

	names = nameTable{e3.id: "Microsoft 365 E3", e5.id: "Microsoft 365 E5", visio.id: "Visio Plan 2", power.id: "Power BI Pro", id(0xf0, 1): "BRAND_NEW"}

	yammer = plan.PlanRef{ID: id(0x01, 1), Name: "YAMMER_ENTERPRISE"}
	sway   = plan.PlanRef{ID: id(0x01, 2), Name: "SWAY"}

	teams = plan.PlanRef{ID: id(0x01, 3), Name: "TEAMS1"}

	contoso = plan.Tenant{ID: id(0x11, 1), DisplayName: "Contoso"}
	morning = time.Date(2026, 11, 20, 7, 30, 0, 0, time.UTC)
)

func add(p product, off ...plan.PlanRef) plan.Action {
	return plan.Action{Op: plan.OpAdd, SKUID: p.id, SKUPartNumber: p.part, DisabledPlans: off}
}

func remove(p product) plan.Action {
	return plan.Action{Op: plan.OpRemove, SKUID: p.id, SKUPartNumber: p.part, Before: &plan.Before{}}
}

func update(p product, before, after []plan.PlanRef) plan.Action {
	return plan.Action{
		Op: plan.OpUpdate, SKUID: p.id, SKUPartNumber: p.part,
		DisabledPlans: after, Before: &plan.Before{DisabledPlans: before},
	}
}

func locate(before, after string) plan.Action {
	return plan.Action{Op: plan.OpSetUsageLocation, UsageLocation: after, Before: &plan.Before{UsageLocation: &before}}
}

// user is the nth user of the tenant.
func user(n int, name string) plan.UserRef {
	return plan.UserRef{ID: id(0xaa, n), UserPrincipalName: name}
}

// draft builds a plan change by change, and keeps its sums right.
type draft struct{ plan.Plan }

// newDraft begins a plan for a tenant with that many users.
func newDraft(users int) *draft {
	d := &draft{plan.Plan{
		FormatVersion: plan.FormatVersion,
		PlanID:        "sha256:8c1e2f6a0b9d4e7f8c1e2f6a0b9d4e7f8c1e2f6a0b9d4e7f8c1e2f6a0b9d4e7f",
		Applyable:     true,
		CreatedAt:     morning,
		Tool:          plan.Tool{Name: "licensectl", Version: "1.0.0"},
		Tenant:        contoso,
		Cloud:         "global",
		Sources:       []plan.SourceFile{{Path: "manifests/policy.yaml"}, {Path: "manifests/sales.yaml"}},
		AsOf:          plan.DateOf(morning),
	}}
	d.Summary = plan.Summary{Users: users, Unchanged: users}
	d.Seats = []plan.Seats{
		{SKUID: power.id, SKUPartNumber: power.part, Enabled: 1000, Consumed: 12},
		{SKUID: e3.id, SKUPartNumber: e3.part, Enabled: 9000, Consumed: 4120},
		{SKUID: e5.id, SKUPartNumber: e5.part, Enabled: 5000, Warning: 25, Consumed: 97},
		{SKUID: visio.id, SKUPartNumber: visio.part, Enabled: 50, Consumed: 8},
	}
	for _, name := range plan.GuardNames() {
		limit := 2000
		d.Guards = append(d.Guards, plan.Guard{Name: name, Limit: &limit})
	}
	return d
}

// change adds a ready change and gives it for amending.
func (d *draft) change(u plan.UserRef, actions ...plan.Action) *plan.Change {
	c := plan.Change{
		User: u, Status: plan.StatusReady, Actions: actions,
		Source: plan.Source{File: "manifests/sales.yaml", Line: 10 + len(d.Changes)},
		After:  plan.State{Licenses: []plan.StateLicense{{SKUID: power.id}}},
	}
	d.Changes = append(d.Changes, c)
	return &d.Changes[len(d.Changes)-1]
}

// made gives the plan, with its sums.
func (d *draft) made() *plan.Plan {
	s := &d.Summary
	for _, c := range d.Changes {
		s.Unchanged--
		switch c.Status {
		case plan.StatusReady:
			s.Changed++
			d.count(c.Actions)
		case plan.StatusBlocked:
			s.Blocked++
		case plan.StatusHeld:
			s.Held++
		}
	}
	for i := range d.Guards {
		d.measure(&d.Guards[i])
	}
	for i := range d.Seats {
		seats := &d.Seats[i]
		seats.After = seats.Consumed + seats.Add - seats.Remove
	}
	return &d.Plan
}

// measure fills in a guard that the test has not.
func (d *draft) measure(g *plan.Guard) {
	if g.SKUPartNumber != "" || g.Tripped {
		return
	}
	for i := range d.Changes {
		c := &d.Changes[i]
		switch {
		case c.Status != plan.StatusReady:
		case g.Name == plan.GuardMaxUsersChanged:
			*g.Limit = d.Summary.Users
			g.Actual++
		case g.Name == plan.GuardMaxUsersLosingAll && len(c.Before.Licenses) > 0 && len(c.After.Licenses) == 0:
			g.Actual++
		case g.Name == plan.GuardMaxRemovals:
			g.Actual += takenAway(c)
		}
	}
}

func takenAway(c *plan.Change) (n int) {
	for _, a := range c.Actions {
		if a.TakesAway() {
			n++
		}
	}
	return n
}

func (d *draft) count(actions []plan.Action) {
	for _, a := range actions {
		switch a.Op {
		case plan.OpAdd:
			d.Summary.Add++
			d.seats(a).Add++
		case plan.OpRemove:
			d.Summary.Remove++
			d.seats(a).Remove++
		case plan.OpUpdate:
			d.Summary.Update++
		case plan.OpSetUsageLocation:
			d.Summary.SetUsageLocation++
		}
	}
}

func (d *draft) seats(a plan.Action) *plan.Seats {
	for i := range d.Seats {
		if d.Seats[i].SKUID == a.SKUID {
			return &d.Seats[i]
		}
	}
	return &plan.Seats{}
}

func (d *draft) find(severity plan.Severity, code plan.Code, message string) *plan.Finding {
	d.Findings = append(d.Findings, plan.Finding{Severity: severity, Code: code, Message: message})
	return &d.Findings[len(d.Findings)-1]
}

// stop trips a guard.
func (d *draft) stop(name plan.GuardName, sku string, actual int) {
	limit := 10
	d.Guards = append(d.Guards, plan.Guard{Name: name, SKUPartNumber: sku, Limit: &limit, Actual: actual, Tripped: true})
	d.Applyable = false
}

// nobody changes, and everybody is as they should be.
func nothingToDo() *plan.Plan {
	d := newDraft(60)
	d.Cost = &plan.Cost{Currency: "USD", Products: []plan.ProductCost{}}
	return d.made()
}

// fiveUsers has one change of every kind.
func fiveUsers() *plan.Plan {
	d := newDraft(60)
	d.change(user(1, "ada@contoso.com"), remove(e3), add(e5))
	d.change(user(2, "ben@contoso.com"), locate("", "DE"), add(power, yammer, sway))
	d.change(user(3, "cyd@contoso.com"), update(e3, []plan.PlanRef{sway, teams}, []plan.PlanRef{sway, yammer}))
	leaver := d.change(user(4, "leaver@contoso.com"), remove(e5), remove(visio))
	leaver.Before.Licenses, leaver.After.Licenses = []plan.StateLicense{{SKUID: e5.id}, {SKUID: visio.id}}, nil
	unlisted := d.change(user(5, "zoe@contoso.com"), locate("GB", "DE"))
	unlisted.Source = plan.Source{}
	d.Cost = &plan.Cost{Currency: "USD", MonthlyDelta: -1_234_500_000}

	f := d.find(plan.SeverityInfo, plan.CodeGuestUser, "is a guest that is declared to hold licenses")
	f.User, f.Source = "ben_fabrikam.com#EXT#@contoso.com", &plan.Source{File: "manifests/sales.yaml", Line: 31}
	return d.made()
}

// manyUsers has n changes in a few shapes, as a reorganisation brings them.
func manyUsers(n int) *plan.Plan {
	d := newDraft(n + 211)
	for i := range n {
		u := user(i, fmt.Sprintf("user%04d@contoso.com", i))
		switch {
		case i%100 == 7:
			c := d.change(u, remove(e3))
			c.Before.Licenses, c.After.Licenses = []plan.StateLicense{{SKUID: e3.id}}, nil
		case i%10 == 3:
			d.change(u, remove(e3), add(e5))
		case i%10 == 4:
			d.change(u, update(e3, nil, []plan.PlanRef{yammer, sway}))
		case i%10 == 5:
			d.change(u, locate("", "DE"), add(e3))
		default:
			d.change(u, add(e3))
		}
	}
	for i := range n / 50 {
		f := d.find(plan.SeverityWarning, plan.CodeInherited, "Power BI Pro is not declared, but comes from group Sales EMEA")
		f.User, f.Hint = fmt.Sprintf("user%04d@contoso.com", i), "take the user out of the group, or declare the license"
		f.Source = &plan.Source{File: "manifests/sales.yaml", Line: i + 1}
	}
	return d.made()
}

// sprawl has changes in more shapes, and more findings, than a page can hold.
func sprawl(n int) *plan.Plan {
	d := newDraft(n)
	off := func(i int) []plan.PlanRef {
		return []plan.PlanRef{{ID: id(0x02, i), Name: fmt.Sprintf("PLAN_%02d", i)}}
	}
	for i := range n {
		u := user(i, fmt.Sprintf("user%04d@contoso.com", i))
		extra := product{id(0xf0, i%40), fmt.Sprintf("PRODUCT_%02d", i%40)}
		switch i % 5 {
		case 0:
			d.change(u, remove(extra))
		case 1:
			d.change(u, update(e3, nil, off(i%60)))
		case 2:
			d.change(u, add(extra, off(i%30)...))
		case 3:
			c := d.change(u, add(extra))
			c.Status, c.Reasons = plan.StatusBlocked, []plan.Code{plan.CodeSeatShortage}
		case 4:
			c := d.change(u, remove(extra))
			c.Status, c.Reasons = plan.StatusHeld, []plan.Code{plan.CodeAdditionsOnly}
		}
	}
	for i := range 40 {
		d.Seats = append(d.Seats, plan.Seats{SKUID: id(0xf0, i), SKUPartNumber: fmt.Sprintf("PRODUCT_%02d", i), Enabled: 10, Consumed: 9})
		limit := 99
		d.Guards = append(d.Guards, plan.Guard{Name: plan.GuardMaxRemovalsPerSKU, SKUPartNumber: fmt.Sprintf("PRODUCT_%02d", i), Limit: &limit})
		f := d.find(plan.SeverityError, plan.CodeUnknownSKU, fmt.Sprintf("no product is called PRODUKT_%02d", i))
		f.Hint, f.Source = fmt.Sprintf("did you mean PRODUCT_%02d?", i), &plan.Source{File: "manifests/sales.yaml", Line: i}
	}
	return d.made()
}

// guarded takes more away than the policy allows.
func guarded() *plan.Plan {
	d := newDraft(400)
	for i := range 12 {
		d.change(user(i, fmt.Sprintf("user%02d@contoso.com", i)), remove(e5))
	}
	d.Guards = nil
	d.stop(plan.GuardMaxUsersChanged, "", 12)
	d.Guards[0].ApprovedBy = "reorg-2026"
	limit, losingAll := 25, 25
	d.Guards = append(d.Guards,
		plan.Guard{Name: plan.GuardMaxUsersLosingAll, Limit: &losingAll},
		plan.Guard{Name: plan.GuardMaxRemovalsPerSKU, SKUPartNumber: "SPE_E3", Limit: &limit, Actual: 2},
		plan.Guard{Name: plan.GuardMaxRemovalsPerSKU, SKUPartNumber: "VISIOCLIENT", Limit: &limit, Actual: 1})
	d.stop(plan.GuardMaxRemovals, "", 12)
	d.stop(plan.GuardMaxRemovalsPerSKU, "SPE_E5", 12)
	return d.made()
}

// short has fewer seats than users that need one.
func short() *plan.Plan {
	d := newDraft(100)
	d.Seats[3].Enabled = 10
	d.change(user(0, "ada@contoso.com"), add(visio))
	d.change(user(1, "ben@contoso.com"), add(visio))
	for i := range 7 {
		name := fmt.Sprintf("late%d@contoso.com", i)
		c := d.change(user(10+i, name), add(visio))
		c.Status, c.Reasons = plan.StatusBlocked, []plan.Code{plan.CodeSeatShortage}
		f := d.find(plan.SeverityError, plan.CodeSeatShortage, "waits: no seat of Visio Plan 2 is left")
		f.User, f.Hint = name, "buy 7 seats, or declare fewer users"
		f.Source = &plan.Source{File: c.Source.File, Line: c.Source.Line}
	}
	c := d.change(user(30, "vip@contoso.com"), remove(e5))
	c.Status, c.Reasons = plan.StatusHeld, []plan.Code{plan.CodeAdditionsOnly}
	f := d.find(plan.SeverityWarning, plan.CodeUserDeclaredTwice, "declared twice")
	f.User, f.Source = "eve@contoso.com", &plan.Source{File: "manifests/sales.yaml", Line: 4}
	f.Related = []plan.Source{{File: "manifests/ops.yaml", Line: 9}}
	return d.made()
}

// explainedReason has everything that another verb or flag can add to a plan: causes, the
// audit log, selections, users who wait for a seat, and costs.
func explainedReason() *plan.Plan {
	d := newDraft(100)
	d.Seats[3].Enabled = 8
	gone := d.change(user(1, "gone@contoso.com"), remove(visio))
	gone.Actions[0].Cause = plan.CauseDrift
	gone.Audit = []plan.AuditEvent{
		{At: morning.Add(-9 * time.Hour), Activity: "Change user license", Actor: "helpdesk@contoso.com"},
		{At: morning.Add(-90 * time.Hour), Activity: "Update user"},
	}
	d.change(user(2, "taker@contoso.com"), add(visio)).WaitsFor = []license.GUID{id(0xaa, 1)}
	both := d.change(user(3, "both@contoso.com"), remove(e3), add(e5))
	both.Actions[0].Cause, both.Actions[1].Cause = plan.CausePending, plan.CauseUnknown
	for i := range 7 {
		c := d.change(user(10+i, fmt.Sprintf("sales%d@contoso.com", i)), add(e3))
		c.Selection, c.Source = `group "Sales EMEA"`, plan.Source{File: "manifests/sales.yaml", Line: 4}
		c.Actions[0].Cause = plan.CauseDrift
		c.WaitsFor = []license.GUID{id(0xaa, 3)}
		c.Audit = []plan.AuditEvent{{At: morning, Activity: "Change user license", Actor: []string{"helpdesk@contoso.com", "HR sync"}[i%2]}}
	}
	price := plan.Money(570_000)
	d.Cost = &plan.Cost{Currency: "USD", MonthlyDelta: 570_000, Products: []plan.ProductCost{
		{SKUID: visio.id, SKUPartNumber: visio.part}, {SKUID: e3.id, SKUPartNumber: e3.part, Seats: 6},
		{SKUID: e5.id, SKUPartNumber: e5.part, Seats: 1, MonthlyPrice: &price, MonthlyDelta: price},
	}}
	for i := range 2 {
		f := d.find(plan.SeverityWarning, "redundant-license", "Power BI Pro is in Microsoft 365 E5 as well")
		f.User, f.MonthlyCost = fmt.Sprintf("twice%d@contoso.com", i), &price
	}
	return d.made()
}

// unused pays for seats that nobody uses, and for none of Power BI Pro.
func unused() *plan.Plan {
	d := newDraft(60)
	d.change(user(1, "ada@contoso.com"), add(power))
	d.Cost = &plan.Cost{Currency: "USD", Products: []plan.ProductCost{}}
	for _, p := range []struct {
		product
		unused int
		price  plan.Money
	}{{e3, 4880, 360_000}, {visio, 42, 150_000}, {e5, 4903, 570_000}, {product{id(0xf0, 1), "BRAND_NEW"}, 2, 10_000}} {
		cost := p.price * plan.Money(p.unused)
		f := d.find(plan.SeverityInfo, plan.CodeUnusedSeats, fmt.Sprintf("%s: %d seats will be used by nobody", names[p.id], p.unused))
		f.Hint, f.SKUID, f.MonthlyCost = "buy fewer when the subscription is renewed", p.id, &cost
	}
	d.Seats = append(d.Seats, plan.Seats{SKUID: id(0xf0, 1), SKUPartNumber: "BRAND_NEW", Enabled: 3, Consumed: 1})
	return d.made()
}

// hostileText is names as an attacker would choose them.
var hostileText = []string{
	"::error file=x::pwned@contoso.com",
	"##vso[task.setvariable variable=x]y",
	"##[error]boo",
	"\x1b[2J\x1b]8;;https://evil.example\x07click",
	"evil\u202emoc.osotnoc@adA",
	"zero\u200bwidth\u2060joined",
	"line\n- 5,000 users: - Microsoft 365 E5\r\x00",
	"z\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307algo",
	"far            away            from            home",
	"bytes\xff\xfe\x9b",
	"漢字で書かれた名前",
	"\u2028para\u2029graph\u0085next",
}

// hostile is a plan from a tenant full of hostile names.
func hostile() *plan.Plan {
	d := newDraft(len(hostileText))
	d.Tenant.DisplayName = hostileText[0]
	d.Cloud = hostileText[3]
	for i, text := range hostileText {
		c := d.change(user(i, text), add(product{id(0xee, i), text}, plan.PlanRef{ID: id(0x0e, i), Name: text}))
		c.Source.File = text
		f := d.find(plan.SeverityWarning, plan.Code(text), text)
		f.User, f.Hint, f.Source = text, text, &plan.Source{File: text, Line: i}
		d.Seats = append(d.Seats, plan.Seats{SKUID: id(0xee, i), SKUPartNumber: text, Enabled: 5})
	}
	return d.made()
}

// ran gives a receipt of these results.
func ran(results ...receipt.Result) *receipt.Receipt {
	for i := range results {
		res := &results[i]
		res.At = morning.Add(time.Duration(i) * time.Second)
		res.Source = plan.Source{File: "manifests/sales.yaml", Line: 10 + i}
	}
	return &receipt.Receipt{
		Run: receipt.Run{
			FormatVersion: receipt.FormatVersion,
			RunID:         "0b9f2c1e-1111-4222-8333-444444444444",
			PlanID:        "sha256:8c1e2f6a0b9d4e7f8c1e2f6a0b9d4e7f8c1e2f6a0b9d4e7f8c1e2f6a0b9d4e7f",
			Tenant:        contoso,
			Cloud:         "usgov",
			Tool:          plan.Tool{Name: "licensectl", Version: "1.0.0"},
			StartedAt:     morning,
			Actor:         "octo-admin",
			Commit:        "3f2c1ab",
			Changes:       len(results),
		},
		Results: results,
		End:     &receipt.End{FinishedAt: morning.Add(192 * time.Second)},
	}
}

// withGroups adds what became of groups to a receipt: one is as planned, of one
// some members are in error, and one takes nothing because of such.
func withGroups(r *receipt.Receipt) *receipt.Receipt {
	office := plan.Source{File: "manifests/groups.yaml", Line: 7}
	failing := func(n int, name, state, err string) receipt.FailingMember {
		return receipt.FailingMember{User: plan.UserRef{ID: id(0xaa, n), UserPrincipalName: name}, SKUID: e5.id, SKUPartNumber: e5.part, State: state, Error: err}
	}
	r.GroupResults = []receipt.GroupResult{
		{Group: plan.Group{ID: id(0xbb, 1), DisplayName: "Licensing - Office"}, Source: office, Actions: []plan.Action{add(e5)}, Outcome: receipt.Done, Attempts: 1,
			At: morning, Verification: receipt.Verified, Members: &receipt.MemberCounts{Total: 900, Arrived: 898, Gone: 2}, RequestIDs: []string{"5f0c0000-0000-4000-8000-000000000021"}},
		{Group: plan.Group{ID: id(0xbb, 2), DisplayName: "Licensing - Sales"}, Source: office, Actions: []plan.Action{add(e5)}, Outcome: receipt.Done, Attempts: 1,
			At: morning, Verification: receipt.Unverified, Members: &receipt.MemberCounts{Total: 40, Arrived: 36, Waiting: 1, Failing: 3},
			Message: "4 of 40 members not as planned yet: Microsoft 365 E5: Error, CountViolation (3)", Hint: "plan again later",
			Failing: []receipt.FailingMember{failing(41, "eve@contoso.com", "Error", "CountViolation"), failing(42, "fay@contoso.com", "Error", "CountViolation"), failing(43, "gus@contoso.com", "ActiveWithError", "Other")}},
		{Group: plan.Group{ID: id(0xbb, 3), DisplayName: "Pilot"}, Source: office, Actions: []plan.Action{remove(e3), add(e5)}, Outcome: receipt.Refused, Attempts: 1,
			At: morning, Reasons: []string{"refused"}, Message: "the service refused the change: no", Status: 400, ServiceCode: "Request_BadRequest", ServiceMessage: "no"},
	}
	r.Run.GroupChanges = len(r.GroupResults)
	return r
}

func done(n int, name string) receipt.Result {
	return receipt.Result{
		User: user(n, name), Actions: []plan.Action{add(e5)}, Outcome: receipt.Done, Attempts: 1,
		RequestIDs: []string{"5f0c0000-0000-4000-8000-00000000000" + fmt.Sprint(n)}, Verification: receipt.Verified,
	}
}

func allDone() *receipt.Receipt {
	return ran(done(1, "ada@contoso.com"), done(2, "ben@contoso.com"), done(3, "cyd@contoso.com"))
}

// everyOutcome has each outcome at least once.
func everyOutcome() *receipt.Receipt {
	results := []receipt.Result{done(1, "ada@contoso.com"), done(2, "ben@contoso.com")}
	results[1].Verification = receipt.Unverified
	for i, outcome := range receipt.Outcomes()[1:] {
		results = append(results, receipt.Result{
			User: user(10+i, fmt.Sprintf("%s@contoso.com", outcome)), Actions: []plan.Action{remove(e3), add(e5)}, Outcome: outcome,
		})
		explain(&results[len(results)-1])
	}
	waiting := results[len(results)-2] // not attempted
	for i := range 7 {
		last := waiting
		last.User = user(100+i, fmt.Sprintf("late%d@contoso.com", i))
		results = append(results, last)
	}
	r := ran(results...)
	r.End.StopReason = "20 of the last 50 writes were refused"
	return r
}

// explain says why a change ended as it did.
func explain(res *receipt.Result) {
	switch res.Outcome {
	case receipt.Refused:
		res.Status, res.ServiceCode = 400, "Request_BadRequest"
		res.ServiceMessage = "Subscription with SKU e5000000-0000-4000-8000-000000000000 does not have any available licenses."
		res.Reasons, res.Message, res.Hint = []string{"CountViolation"}, "no seat of Microsoft 365 E5 is left", "buy 1 seat, or declare fewer users"
		res.Attempts, res.RequestIDs = 1, []string{"5f0c0000-0000-4000-8000-00000000000a"}
	case receipt.Failed:
		res.Status, res.ServiceCode, res.Attempts = 503, "serviceNotAvailable", 6
		res.RequestIDs = []string{"5f0c0000-0000-4000-8000-00000000000b", "5f0c0000-0000-4000-8000-00000000000c"}
		res.Message = "the service did not answer in 6 attempts"
	case receipt.Stale:
		res.Message, res.Hint = "holds Visio Plan 2 since the plan was made", "plan again"
	case receipt.Blocked:
		res.Reasons = []string{"no-usage-location"}
	case receipt.Held:
		res.Reasons = []string{"additions-only"}
	case receipt.Unknown:
		res.Message, res.Attempts = "the connection broke after the write was sent", 1
	case receipt.NotAttempted:
		res.Message = "the run stopped before"
	}
}

// torn is a receipt whose writer was killed.
func torn() *receipt.Receipt {
	r := allDone()
	r.Run.Changes, r.End, r.Torn = 41, nil, true
	r.Results = append(r.Results, receipt.Result{
		User: user(4, "dan@contoso.com"), Actions: []plan.Action{add(e5)}, Outcome: receipt.Unknown,
		Source:  plan.Source{File: "manifests/sales.yaml", Line: 14},
		Message: "the run ended before the answer was written down",
		Hint:    "apply the plan again: it looks at the user first",
	})
	return r
}

// untold is an inventory whose subscriptions the app may not read.
func untold() report.Inventory {
	inv := inventory()
	inv.SKUs, inv.Subscriptions = inv.SKUs[:1], &license.Subscriptions{Untold: license.UnavailablePermission, Reason: "Insufficient privileges to complete the operation."}
	return inv
}

// inventory is a tenant's products in no order.
func inventory() report.Inventory {
	user := license.AppliesToUser
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
	purchases := &license.Subscriptions{AsOf: day(11, 30), All: []license.Subscription{
		{SKUID: visio.id, Status: "Warning", Seats: 8, Changes: day(11, 27)},
		{SKUID: e5.id, Status: "Enabled", Seats: 4000, Created: day(1, 1), Changes: day(12, 31)},
		{SKUID: e5.id, Status: "Enabled", Seats: 500, Changes: day(12, 20), Trial: true},
		{SKUID: e5.id, Status: "Enabled", Seats: 490, Changes: day(12, 20), Trial: true},
		{SKUID: e5.id, Status: "Suspended", Seats: 10},
		{SKUID: e3.id, Status: "Enabled", Seats: 100, Changes: day(11, 30)},
		{SKUID: id(0xf0, 1), Status: "Enabled", Seats: 3},
	}}
	return report.Inventory{Tenant: contoso, Cloud: "global", Subscriptions: purchases, SKUs: []license.SKU{
		{ID: visio.id, PartNumber: visio.part, AppliesTo: user, CapabilityStatus: "Warning", Units: license.Units{Warning: 8, Consumed: 8}},
		{ID: e5.id, PartNumber: e5.part, AppliesTo: user, CapabilityStatus: "Enabled", Units: license.Units{Enabled: 5000, Consumed: 4120, Suspended: 10}},
		{ID: e3.id, PartNumber: e3.part, Name: "Microsoft 365 E3", AppliesTo: user, CapabilityStatus: "Enabled", Units: license.Units{Enabled: 100, Consumed: 103, LockedOut: 2}},
		{ID: id(0xf0, 1), PartNumber: "BRAND_NEW", AppliesTo: user, CapabilityStatus: "Enabled", Units: license.Units{Enabled: 3}},
		{ID: id(0xf0, 2), PartNumber: "全社プラン", Name: "全社で使う製品", AppliesTo: license.AppliesToCompany, CapabilityStatus: "LockedOut"},
	}}
}

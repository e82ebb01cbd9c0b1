package report_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report"
)

// groupOf is the change of a group in which all members are alike.
func groupOf(n int, name string, e plan.MemberEffect, actions ...plan.Action) plan.GroupChange {
	c := plan.GroupChange{
		Group: plan.Group{ID: id(0x60, n), DisplayName: name}, Source: plan.Source{File: "manifests/groups.yaml", Line: n}, Status: plan.StatusReady,
		Actions: actions, Before: plan.GroupState{Licenses: []plan.StateLicense{}}, After: plan.GroupState{Licenses: []plan.StateLicense{}},
		WaitsFor: []license.GUID{}, Reasons: []plan.Code{}, Effects: []plan.MemberEffect{e},
	}
	for _, a := range actions {
		l := plan.StateLicense{SKUID: a.SKUID, DisabledPlans: []license.GUID{}}
		if a.Op == plan.OpRemove {
			c.Before.Licenses = append(c.Before.Licenses, l)
		} else {
			c.After.Licenses = append(c.After.Licenses, l)
		}
	}
	c.Members = plan.CountMembers(c.Effects)
	return c
}

// namingMembers is a plan that names the members of groups who lose something.
func namingMembers(p *plan.Plan) *plan.Plan {
	for _, c := range p.GroupChanges {
		for i := range c.Effects {
			e := &c.Effects[i]
			for j := range e.Members {
				if len(e.Lose) > 0 {
					e.Names = append(e.Names, fmt.Sprintf("Member%04d@contoso.com", len(e.Members)-j))
				}
			}
		}
	}
	return p
}

func membersOf(n int) []license.GUID {
	var out []license.GUID
	for i := range n {
		out = append(out, id(0x70, i))
	}
	return out
}

// ofGroups is a plan in which a group takes a product from 900 members, others come
// to give some, and nobody has a change of their own.
func ofGroups() *plan.Plan {
	p := nothingToDo()
	taken := groupOf(7, "Licensing - old office", plan.MemberEffect{Lose: []license.GUID{e3.id}, Members: membersOf(900)}, remove(e3))
	taken.KeptBy = &plan.KeptBy{Groups: []license.GUID{id(0x60, 8)}}
	swap := groupOf(8, "Licensing - office", plan.MemberEffect{Gain: []license.GUID{e5.id}, Lose: []license.GUID{e3.id}, Members: membersOf(20)}, remove(e3), add(e5))
	swap.OneCall, swap.WaitsFor = true, []license.GUID{id(0x60, 7)}
	gain := groupOf(9, "Sales, \x1b[31mEMEA", plan.MemberEffect{Gain: []license.GUID{visio.id}, Members: membersOf(3)}, add(visio, sway))
	gain.Effects = append(gain.Effects, plan.MemberEffect{Wait: []plan.Waiting{{SKUID: visio.id, Reason: plan.CodeSeatShortage}}, Members: []license.GUID{id(0x71, 1)}})
	gain.Members = plan.CountMembers(gain.Effects)
	blocked := groupOf(10, "Newsletter", plan.MemberEffect{Members: membersOf(5)}, add(power))
	blocked.Status, blocked.Reasons = plan.StatusBlocked, []plan.Code{plan.CodeGroupNotSecurity}
	p.GroupChanges = []plan.GroupChange{taken, swap, gain, blocked}
	p.Summary = p.Summary.WithGroups(p.GroupChanges, 6)
	p.PlanID = plan.Identify(p)
	return p
}

// TestAGroupThatTakesFrightens: every view says how many lose something by a group,
// where a reader looks first.
func TestAGroupThatTakesFrightens(t *testing.T) {
	for name, write := range map[string]func(io.Writer, *plan.Plan, report.Options) error{
		"text": report.PlanText, "diff": report.PlanDiff, "html": report.PlanHTML, "drift": report.DriftText, "drift html": report.DriftHTML,
		"teams": report.PlanTeams, "slack": report.PlanSlack,
		"markdown": func(w io.Writer, p *plan.Plan, o report.Options) error {
			return report.PlanMarkdown(w, p, report.MarkdownOptions{Options: o})
		},
	} {
		var out bytes.Buffer
		if err := write(&out, ofGroups(), report.Options{Names: names}); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		if at := strings.Index(text, "of 900 members 900 lose something"); at < 0 || strings.Contains(text, "\x1b[31m") || strings.Contains(text, "No changes") {
			t.Errorf("%s does not say that 900 members lose something, or lets a name color it:\n%s", name, text)
		}
	}
}

// TestViewsNameWhoLosesByAGroup: the first of them by name, in every view for people, and
// all of them where there is room.
func TestViewsNameWhoLosesByAGroup(t *testing.T) {
	const first, more, last = "Member0001@contoso.com", "895 more", "Member0900@contoso.com"
	for _, full := range []bool{false, true} {
		o := report.Options{Names: names, Full: full}
		for view, c := range map[string]struct {
			write func(io.Writer) error
			all   bool
		}{
			"text": {planText(namingMembers(ofGroups()), o), full}, "drift text": {driftText(namingMembers(ofGroups()), o), full},
			"markdown":       {planMarkdown(namingMembers(ofGroups()), report.MarkdownOptions{Options: o}), false},
			"drift markdown": {driftMarkdown(namingMembers(ofGroups()), report.MarkdownOptions{Options: o}), false},
			"html":           {planHTML(namingMembers(ofGroups()), o), true}, "drift html": {driftHTML(namingMembers(ofGroups()), o), true}, "json": {planJSON(namingMembers(ofGroups()), o), true},
		} {
			text := written(t, c.write)
			if !strings.Contains(text, first) || c.all != strings.Contains(text, last) || !c.all && !strings.Contains(text, " more") {
				t.Errorf("%s, full %t: it does not name %s, and %s or how many %s:\n%.2000s", view, full, first, last, more, text)
			}
		}
	}
}

// TestDriftSaysWhatGroupsTake: what the command does that puts a tenant right is said in
// full, in every view of drift, each member once, and with a baseline of drift alone.
func TestDriftSaysWhatGroupsTake(t *testing.T) {
	alone, beside := ofGroups(), fiveUsers()
	beside.GroupChanges, beside.Summary = alone.GroupChanges, beside.Summary.WithGroups(alone.GroupChanges, 6)
	const taken = "changes what 3 groups give (900 members lose something)"
	for name, c := range map[string]struct {
		plan         *plan.Plan
		want, absent string
	}{
		"alone": {alone, "Putting it right " + taken, "the time of the baseline"}, "beside users": {beside, "sets 2 usage locations, " + taken, "the time of the baseline"},
		"drift since a baseline":        {caused(beside, plan.CauseDrift), "sets 2 usage locations, " + taken, "something else than declared"},
		"merged since a baseline":       {caused(beside, plan.CausePending), "4 groups merged and not applied yet", taken},
		"a baseline that does not tell": {caused(beside, plan.CauseUnknown), "4 groups not known to the baseline", taken},
	} {
		o := report.Options{Names: names, Apply: "licensectl apply"}
		for view, write := range map[string]func(io.Writer) error{
			"text": func(w io.Writer) error { return report.DriftText(w, c.plan, o) }, "html": func(w io.Writer) error { return report.DriftHTML(w, c.plan, o) },
			"markdown": func(w io.Writer) error { return report.DriftMarkdown(w, c.plan, report.MarkdownOptions{Options: o}) },
		} {
			text := strings.ReplaceAll(written(t, write), "`", "")
			if !strings.Contains(text, c.want) || strings.Contains(text, c.absent) || !strings.Contains(text, "licensectl apply") {
				t.Errorf("%s, %s: no %q, or %q, in\n%s", name, view, c.want, c.absent, text)
			}
		}
	}
}

// TestDriftThatNothingPutsRight: where all that drifted is blocked, no view says what
// putting it right does, or by which command; what of users is blocked is not counted
// beside what is done.
func TestDriftThatNothingPutsRight(t *testing.T) {
	blocked := caused(ofGroups(), plan.CauseDrift)
	for i := range blocked.GroupChanges {
		c := &blocked.GroupChanges[i]
		c.Status, c.Reasons = plan.StatusBlocked, []plan.Code{plan.CodeAcceptedUnused}
	}
	d := newDraft(60)
	ada := d.change(user(1, "ada@contoso.com"), remove(e3))
	ada.Status, ada.Reasons = plan.StatusBlocked, []plan.Code{plan.CodeUnknownSKU}
	users := since(d.made())
	one := newDraft(60)
	one.change(user(1, "ada@contoso.com"), remove(e3)).Status = plan.StatusBlocked
	one.change(user(2, "ben@contoso.com"), add(e5))
	for name, c := range map[string]struct {
		plan  *plan.Plan
		right string // empty: nothing is
	}{
		"groups": {blocked, ""}, "users": {users, ""}, "one of two users": {since(one.made()), "Putting it right gives 1 license."},
	} {
		o := report.Options{Names: names, Apply: "licensectl apply"}
		for view, write := range map[string]func(io.Writer) error{
			"text": driftText(c.plan, o), "html": driftHTML(c.plan, o), "markdown": driftMarkdown(c.plan, report.MarkdownOptions{Options: o}),
		} {
			text := written(t, write)
			if c.right == "" && (strings.Contains(text, "Putting it right") || strings.Contains(text, "licensectl apply")) || !strings.Contains(text, c.right) {
				t.Errorf("%s, %s: want %q:\n%s", name, view, c.right, text)
			}
		}
	}
}

// caused is a plan with a baseline, by which all that groups do has one cause.
func caused(p *plan.Plan, cause plan.Cause) *plan.Plan {
	out := *p
	out.Since = morning
	out.GroupChanges = slices.Clone(p.GroupChanges)
	for i := range out.GroupChanges {
		c := &out.GroupChanges[i]
		c.Actions = slices.Clone(c.Actions)
		for j := range c.Actions {
			c.Actions[j].Cause = cause
		}
	}
	return &out
}

// TestDriftSaysWhatWasDoneToGroups: by its cause a difference of a group is what somebody
// did in the tenant, what is merged, or what nobody knows of.
func TestDriftSaysWhatWasDoneToGroups(t *testing.T) {
	for cause, want := range map[plan.Cause][]string{
		plan.CauseDrift:   {"Microsoft 365 E3 was given", "to put right: - Microsoft 365 E3", "3 groups lost something, 1 group got something"},
		plan.CausePending: {"merged and not applied yet: ", "- Microsoft 365 E3"},
		plan.CauseUnknown: {"Microsoft 365 E3 is there", "to put right: - Microsoft 365 E3"},
	} {
		p := caused(ofGroups(), cause)
		for view, write := range map[string]func(io.Writer) error{
			"text": func(w io.Writer) error { return report.DriftText(w, p, report.Options{Names: names}) }, "html": func(w io.Writer) error { return report.DriftHTML(w, p, report.Options{Names: names}) },
			"markdown": func(w io.Writer) error {
				return report.DriftMarkdown(w, p, report.MarkdownOptions{Options: report.Options{Names: names}})
			},
		} {
			text := strings.ReplaceAll(written(t, write), "`", "")
			for _, part := range want {
				if !strings.Contains(text, part) {
					t.Errorf("%s of %s has no %q:\n%s", view, cause, part, text)
				}
			}
		}
	}
}

// TestViewsTellCausesOfGroups: a plan with a baseline names the cause of what each group
// does.
func TestViewsTellCausesOfGroups(t *testing.T) {
	p := caused(ofGroups(), plan.CauseDrift)
	o := report.Options{Names: names}
	for view, want := range map[string]string{"text": "[drift]", "markdown": "drift", "html": "[drift]", "csv": ",drift,", "prometheus": `licensectl_plan_cause_groups{tenant_id="`} {
		text := written(t, map[string]func(io.Writer) error{
			"text": func(w io.Writer) error { return report.PlanText(w, p, o) }, "html": func(w io.Writer) error { return report.PlanHTML(w, p, o) },
			"csv": func(w io.Writer) error { return report.PlanCSV(w, p, o) }, "prometheus": func(w io.Writer) error { return report.PlanPrometheus(w, p, o) },
			"markdown": func(w io.Writer) error { return report.PlanMarkdown(w, p, report.MarkdownOptions{Options: o}) },
		}[view])
		if !strings.Contains(text, want) {
			t.Errorf("%s has no %q:\n%s", view, want, text)
		}
	}
}

// TestCSVOfGroups: the actions of groups have no user, and come in columns of their own,
// which a plan without groups does not have.
func TestCSVOfGroups(t *testing.T) {
	read := func(p *plan.Plan) [][]string {
		var out bytes.Buffer
		if err := report.PlanCSV(&out, p, report.Options{Names: names}); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	rows := read(ofGroups())
	first := rows[1]
	if got := strings.Join(first[len(first)-8:], ","); got != "Licensing - old office,"+id(0x60, 7).String()+",900,0,900,0,0," || first[0]+first[1] != "" || first[3] != "remove" {
		t.Errorf("got %q", first)
	}
	if without := read(nothingToDo()); len(without[0]) != len(rows[0])-8 {
		t.Errorf("a plan without groups has the columns %q", without[0])
	}
	kept := remove(e3)
	kept.KeptBy = []license.GUID{id(0x60, 7), id(0x60, 20), id(0x60, 21)}
	d := newDraft(10)
	d.change(user(1, "ada@contoso.com"), kept)
	p := d.made()
	p.GroupChanges = ofGroups().GroupChanges[:1]
	p.Groups = []plan.Group{{ID: id(0x60, 20), DisplayName: "licensing - OLD office"}}
	rows = read(p)
	want := "Licensing - old office (" + id(0x60, 7).String() + "); licensing - OLD office (" + id(0x60, 20).String() + "); " + id(0x60, 21).String()
	if last := rows[len(rows)-1]; last[len(last)-1] != want {
		t.Errorf("kept by %q, want %q", last[len(last)-1], want)
	}
}

// explainedGroup is a group that takes a product from 20 members and gives them
// another, with a finding that names one of them.
func explainedGroup() *plan.GroupExplanation {
	p := ofGroups()
	namingMembers(p)
	members := 20
	return &plan.GroupExplanation{
		FormatVersion: plan.FormatVersion, PlanID: p.PlanID, Applyable: true, CreatedAt: p.CreatedAt, Tool: p.Tool, Tenant: p.Tenant, Cloud: p.Cloud,
		Sources: p.Sources, AsOf: p.AsOf,
		Group:   plan.ExplainedGroup{ID: id(0x60, 8), DisplayName: "Licensing - office", SecurityEnabled: true, ProcessingState: "ProcessingComplete", Members: &members},
		Reasons: []plan.Reason{because(`the manifest "groups" lists the group`, "manifests/groups.yaml", 8)},
		Licenses: []plan.ExplainedGroupLicense{
			{SKUID: e3.id, SKUPartNumber: e3.part, Gives: true, DisabledPlans: []plan.PlanRef{sway}, Op: plan.OpRemove, Reasons: []plan.Reason{because("nothing asks for it", "manifests/groups.yaml", 8)}},
			{SKUID: e5.id, SKUPartNumber: e5.part, DisabledPlans: []plan.PlanRef{}, Op: plan.OpAdd, Reasons: []plan.Reason{ofCourse("the entry asks for it")}},
		},
		Change: &p.GroupChanges[1],
		Findings: []plan.Finding{{
			Severity: plan.SeverityWarning, Code: plan.CodeGroupProcessing, Group: id(0x60, 8), User: "ada@contoso.com",
			Message: `ada@contoso.com does not get Microsoft 365 E5 from "Licensing - office"`, Hint: "give ada@contoso.com a usage location",
		}},
	}
}

func explainGroupText(e *plan.GroupExplanation, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.ExplainGroupText(w, e, o) }
}

func explainGroupJSON(e *plan.GroupExplanation, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.ExplainGroupJSON(w, e, o) }
}

// TestMovesToGroups: who keeps a product by a group is not among those who lose one, and
// who loses something by a group and by a change of their own is counted once.
func TestMovesToGroups(t *testing.T) {
	kept := remove(e3)
	kept.KeptBy = []license.GUID{id(0x60, 9)}
	d := newDraft(2000)
	d.change(user(1, "ada@contoso.com"), kept)
	d.change(user(2, "ben@contoso.com"), remove(visio))
	twice := d.change(user(3, "cyd@contoso.com"), remove(visio))
	twice.User.ID = membersOf(1)[0]
	p := d.made()
	p.GroupChanges = ofGroups().GroupChanges
	var out bytes.Buffer
	if err := report.PlanText(&out, p, report.Options{Names: names, Full: true}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"MOVES TO GROUPS (1 user)", `ada@contoso.com: - Microsoft 365 E3, kept by group "Sales, \x1b[31mEMEA"`, "LOSSES (2 licenses of 2 users)",
		"901 users lose a license or a service plan", "900 of them by a group", "1 user keeps the product by a group",
	} {
		if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), want) {
			t.Errorf("it does not say %q:\n%s", want, out.String())
		}
	}
}

// TestViewsNameGroupsThatDoNotChange: whatever form a plan is shown in, a group that it
// mentions is called by its name, with its id where another one has that name, and by
// its id where nobody has read the name.
func TestViewsNameGroupsThatDoNotChange(t *testing.T) {
	groups := []plan.Group{
		{ID: id(0x60, 9), DisplayName: "Office\u202e of ada@contoso.com"}, {ID: id(0x60, 10), DisplayName: "Twins"}, {ID: id(0x60, 11), DisplayName: "twins"},
	}
	for name, tc := range map[string]struct {
		kept   license.GUID
		groups []plan.Group
		want   string
		redact bool
	}{
		"known":     {id(0x60, 9), groups, `kept by group "Office\u202e of ada@contoso.com"`, false},
		"namesakes": {id(0x60, 10), groups, `kept by group "Twins" (` + id(0x60, 10).String() + ")", false},
		"unknown":   {id(0x60, 12), groups, "kept by group " + id(0x60, 12).String(), false},
		"of before": {id(0x60, 9), nil, "kept by group " + id(0x60, 9).String(), false},
		"redacted":  {id(0x60, 9), groups, `kept by group "Office\u202e of u-`, true},
	} {
		d := newDraft(10)
		kept := remove(e3)
		kept.KeptBy = []license.GUID{tc.kept}
		d.change(user(1, "ada@contoso.com"), kept)
		p := d.made()
		p.Groups = tc.groups
		for format, write := range map[string]func(w io.Writer, p *plan.Plan, o report.Options) error{
			"text": report.PlanText, "html": report.PlanHTML, "diff": report.PlanDiff,
			"markdown": func(w io.Writer, p *plan.Plan, o report.Options) error {
				return report.PlanMarkdown(w, p, report.MarkdownOptions{Options: o})
			},
		} {
			var out bytes.Buffer
			if err := write(&out, p, report.Options{Names: names, Redact: tc.redact}); err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(html.UnescapeString(out.String()), `\\`, `\`)
			want := strings.ReplaceAll(tc.want, "\u202e", `\u202e`)
			if !strings.Contains(got, want) || strings.ContainsRune(got, '\u202e') || tc.redact && strings.Contains(got, "ada@") {
				t.Errorf("%s, %s: it does not say %q:\n%s", name, format, want, got)
			}
		}
	}
}

// TestDriftOfLicensesThatGroupsGiveAsWell: to take them is no loss, and what is tried
// again has words of its own.
func TestDriftOfLicensesThatGroupsGiveAsWell(t *testing.T) {
	kept := remove(e3)
	kept.KeptBy = []license.GUID{id(0x60, 9)}
	d := newDraft(20)
	d.change(user(1, "ada@contoso.com"), kept)
	d.change(user(2, "ben@contoso.com"), plan.Action{Op: plan.OpReprocess})
	p := d.made()
	p.Groups = []plan.Group{{ID: id(0x60, 9), DisplayName: "Office"}}
	for format, write := range map[string]func(w io.Writer, p *plan.Plan, o report.Options) error{
		"text": report.DriftText, "html": report.DriftHTML,
		"markdown": func(w io.Writer, p *plan.Plan, o report.Options) error {
			return report.DriftMarkdown(w, p, report.MarkdownOptions{Options: o})
		},
	} {
		got := html.UnescapeString(written(t, func(w io.Writer) error { return write(w, p, report.Options{Names: names}) }))
		for _, want := range []string{
			"Microsoft 365 E3 is there directly, although a group gives it as well", `kept by group "Office"`, "takes 1 license away that groups go on giving", "groups could not give something, and may now",
		} {
			if !strings.Contains(strings.ReplaceAll(got, `\"`, `"`), want) {
				t.Errorf("%s: it does not say %q:\n%s", format, want, got[:min(len(got), 3000)])
			}
		}
	}
}

// TestReceiptsTellNamesakesApart by their ids, in every view.
func TestReceiptsTellNamesakesApart(t *testing.T) {
	r := everyOutcome()
	for i, name := range []string{"Twins", "twins", "Office"} {
		r.GroupResults = append(r.GroupResults, receipt.GroupResult{Group: plan.Group{ID: id(0x60, i), DisplayName: name}, Actions: []plan.Action{add(e3)}, Outcome: receipt.Stale})
	}
	r.Run.GroupChanges = 3
	for format, write := range map[string]func(io.Writer, *receipt.Receipt, report.Options) error{
		"text": report.ReceiptText, "html": report.ReceiptHTML, "teams": report.ReceiptTeams, "slack": report.ReceiptSlack,
		"markdown": func(w io.Writer, r *receipt.Receipt, o report.Options) error {
			return report.ReceiptMarkdown(w, r, report.MarkdownOptions{Options: o})
		},
	} {
		got := written(t, func(w io.Writer) error { return write(w, r, report.Options{Names: names, Full: true}) })
		for i, want := range []string{"Twins (" + id(0x60, 0).String() + ")", "twins (" + id(0x60, 1).String() + ")", "Office"} {
			if !strings.Contains(got, want) || i == 2 && strings.Contains(got, id(0x60, 2).String()) {
				t.Errorf("%s: it does not say %q, or more", format, want)
			}
		}
	}
}

// TestMembersOfWhomNothingIsTold are not taken for none.
func TestMembersOfWhomNothingIsTold(t *testing.T) {
	p := ofGroups()
	hidden := groupOf(7, "Hidden", plan.MemberEffect{}, remove(e3))
	hidden.Status, hidden.Reasons = plan.StatusBlocked, []plan.Code{plan.CodeGroupUntold}
	hidden.Effects, hidden.Members = []plan.MemberEffect{}, plan.MemberCounts{}
	p.GroupChanges = []plan.GroupChange{hidden}
	got := written(t, func(w io.Writer) error { return report.PlanText(w, p, report.Options{Names: names}) })
	if strings.Contains(got, "no members") || !strings.Contains(got, "what it means for members is not told") {
		t.Errorf("it takes the group for empty:\n%s", got)
	}
}

// TestPlansOfGroupsAlone: where no manifest speaks of users, no view counts them.
func TestPlansOfGroupsAlone(t *testing.T) {
	alone := func(changes ...plan.GroupChange) *plan.Plan {
		p := newDraft(0).made()
		p.GroupChanges = append([]plan.GroupChange{}, changes...)
		p.Summary = p.Summary.WithGroups(p.GroupChanges, 3)
		p.PlanID = plan.Identify(p)
		return p
	}
	since := alone()
	since.Since = since.CreatedAt
	gives := groupOf(7, "Office", plan.MemberEffect{Gain: []license.GUID{e3.id}, Members: membersOf(2)}, add(e3))
	left := alone()
	left.LeftOutGroups = new(1)
	for name, tc := range map[string]struct {
		plan *plan.Plan
		says map[string]string
	}{
		"as declared": {alone(), map[string]string{
			"text": "No changes. 3 groups are as declared.", "markdown": "no changes, 3 groups are as declared", "html": "3 groups are as declared.",
			"teams": "for 3 groups.", "slack": "for 3 groups.", "drift": "No drift: 3 groups are as declared", "drift markdown": "No drift: 3 groups are as declared", "drift html": "No drift: 3 groups are as declared",
		}},
		"since a baseline": {since, map[string]string{"drift": "UTC: 3 groups are as declared, tenant"}},
		"one changes": {alone(gives), map[string]string{
			"text": "Plan: 1 group changes (2 members gain something); 2 unchanged.", "markdown": "licensectl plan: 1 group changes (2 members gain something)\n", "html": "1 group changes (2 members gain something)</h2>",
			"drift": "; 2 groups are as declared.", "teams": "licensectl plan: 1 group changes (2 members gain something); 2 unchanged",
		}},
		"none as declared": {alone(gives, gives, gives), map[string]string{"drift": "; 0 groups are as declared."}},
		"left out":         {left, map[string]string{"text": "No changes. 1 group differs in what --user, --sku or --cause leave out."}},
	} {
		for format, write := range map[string]func(w io.Writer, p *plan.Plan, o report.Options) error{
			"text": report.PlanText, "html": report.PlanHTML, "drift": report.DriftText, "drift html": report.DriftHTML, "teams": report.PlanTeams, "slack": report.PlanSlack,
			"markdown": func(w io.Writer, p *plan.Plan, o report.Options) error {
				return report.PlanMarkdown(w, p, report.MarkdownOptions{Options: o})
			},
			"drift markdown": func(w io.Writer, p *plan.Plan, o report.Options) error {
				return report.DriftMarkdown(w, p, report.MarkdownOptions{Options: o})
			},
		} {
			got := written(t, func(w io.Writer) error { return write(w, tc.plan, report.Options{Names: names}) })
			if !strings.Contains(got, tc.says[format]) || strings.Contains(got, "0 users") {
				t.Errorf("%s, %s: it counts users, or does not say %q:\n%s", name, format, tc.says[format], got[:min(len(got), 3000)])
			}
		}
	}
}

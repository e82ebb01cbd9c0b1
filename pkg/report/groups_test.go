package report_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
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

// TestDriftSaysWhatGroupsTake: what the command does that puts a tenant right is said in
// full, in every view of drift, each member once, and with a baseline that it leaves
// groups alone.
func TestDriftSaysWhatGroupsTake(t *testing.T) {
	alone, beside := ofGroups(), fiveUsers()
	beside.GroupChanges, beside.Summary = alone.GroupChanges, beside.Summary.WithGroups(alone.GroupChanges, 6)
	since := *beside
	since.Since = morning
	const taken, left = "changes what 3 groups give (900 members lose something)", "What groups give is left as it is"
	for name, c := range map[string]struct {
		plan         *plan.Plan
		want, absent string
	}{
		"alone": {alone, "Putting it right " + taken, left}, "beside users": {beside, "sets 2 usage locations, " + taken, left}, "with a baseline": {&since, left, taken},
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
	if got := strings.Join(first[len(first)-7:], ","); got != "Licensing - old office,"+id(0x60, 7).String()+",900,0,900,0,0" || first[0]+first[1] != "" || first[3] != "remove" {
		t.Errorf("got %q", first)
	}
	if without := read(nothingToDo()); len(without[0]) != len(rows[0])-7 {
		t.Errorf("a plan without groups has the columns %q", without[0])
	}
}

// explainedGroup is a group that takes a product from 20 members and gives them
// another, with a finding that names one of them.
func explainedGroup() *plan.GroupExplanation {
	p := ofGroups()
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

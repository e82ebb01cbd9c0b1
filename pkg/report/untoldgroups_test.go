package report_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report"
)

// TestGroupsOfWhichItIsNotTold: what a group gives is not told, so that no view says that it
// differs, does not give something, or makes no difference to anybody.
func TestGroupsOfWhichItIsNotTold(t *testing.T) {
	p := nothingToDo()
	c := groupOf(7, "Untold", plan.MemberEffect{Members: membersOf(3)})
	c.Status, c.Reasons = plan.StatusBlocked, []plan.Code{plan.CodeGroupUntold}
	p.GroupChanges = []plan.GroupChange{c}
	p.Summary = p.Summary.WithGroups(p.GroupChanges, 1)
	members := 3
	e := &plan.GroupExplanation{
		Group:    plan.ExplainedGroup{ID: c.Group.ID, DisplayName: c.Group.DisplayName, SecurityEnabled: true, Members: &members, Untold: true},
		Licenses: []plan.ExplainedGroupLicense{{SKUID: e3.id, SKUPartNumber: e3.part}}, Change: &c,
	}
	for name, view := range map[string]struct {
		write func(io.Writer, report.Options) error
		says  []string
	}{
		"text":    {func(w io.Writer, o report.Options) error { return report.PlanText(w, p, o) }, []string{"what it means for members is not told"}},
		"drift":   {func(w io.Writer, o report.Options) error { return report.DriftText(w, p, o) }, []string{"whether it gives what is declared is not told", "of 1 group it is not told"}},
		"explain": {func(w io.Writer, o report.Options) error { return report.ExplainGroupText(w, e, o) }, []string{"whether it gives it is not told", "what it means for members is not told"}},
	} {
		var out bytes.Buffer
		if err := view.write(&out, report.Options{Names: names}); err != nil {
			t.Fatal(err)
		}
		for _, want := range view.says {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s does not say %q:\n%s", name, want, out.String())
			}
		}
		for _, wrong := range []string{"no difference", "without a difference", "does not give it", "something else than declared"} {
			if strings.Contains(out.String(), wrong) {
				t.Errorf("%s says %q:\n%s", name, wrong, out.String())
			}
		}
	}
}

// TestWhatIsTriedAgainAlone: a change that assigns nothing is told all the same.
func TestWhatIsTriedAgainAlone(t *testing.T) {
	var out bytes.Buffer
	e := &plan.Explanation{Status: plan.StatusReady, Applyable: true, Reprocess: true}
	if err := report.ExplainText(&out, e, report.Options{Names: names}); err != nil {
		t.Fatal(err)
	}
	if want := "An apply changes this user: what groups could not give is tried again."; !strings.Contains(out.String(), want) {
		t.Errorf("it does not say %q:\n%s", want, out.String())
	}
}

// TestMembersInAStateWithoutAnError are told with the state alone, or with that none is told.
func TestMembersInAStateWithoutAnError(t *testing.T) {
	for state, want := range map[string]string{"Disabled": "eve@contoso.com: Microsoft 365 E5: Disabled\n", "": "eve@contoso.com: Microsoft 365 E5: no state is told\n"} {
		r := everyOutcome()
		r.Run.GroupChanges = 1
		r.GroupResults = []receipt.GroupResult{{
			Group: plan.Group{ID: id(0x60, 1), DisplayName: "Office"}, Actions: []plan.Action{add(e5)}, Outcome: receipt.Done, Verification: receipt.Unverified,
			Failing: []receipt.FailingMember{{User: plan.UserRef{ID: id(0xaa, 41), UserPrincipalName: "eve@contoso.com"}, SKUID: e5.id, SKUPartNumber: e5.part, State: state}},
		}}
		if got := written(t, func(w io.Writer) error { return report.ReceiptText(w, r, report.Options{Names: names}) }); !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
}

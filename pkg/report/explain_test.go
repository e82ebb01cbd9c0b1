package report_test

import (
	"io"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report"
)

func explainText(e *plan.Explanation, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.ExplainText(w, e, o) }
}

func explainJSON(e *plan.Explanation, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.ExplainJSON(w, e, o) }
}

// because is a reason with its place.
func because(message, file string, line int) plan.Reason {
	return plan.Reason{Message: message, Source: &plan.Source{File: file, Line: line}}
}

// ofCourse is a reason that rests on no manifest.
func ofCourse(message string) plan.Reason { return plan.Reason{Message: message} }

// explained is an explanation of Ada, who is as declared.
func explained(licenses ...plan.ExplainedLicense) *plan.Explanation {
	return &plan.Explanation{
		FormatVersion: plan.FormatVersion, PlanID: planIDOf('a'), Applyable: true, CreatedAt: morning,
		Tool: plan.Tool{Name: "licensectl", Version: "v1.0.0"}, Tenant: contoso, Cloud: "global",
		Sources: []plan.SourceFile{}, AsOf: plan.DateOf(morning),
		User:     plan.ExplainedUser{ID: id(0xaa, 1), UserPrincipalName: "ada@contoso.com", DisplayName: "Ada Brandt", UserType: "Member", AccountEnabled: true},
		Standing: plan.StandingListed,
		Entries: []plan.ExplainedEntry{{
			Name: "ada@contoso.com", Manifest: "engineering", Source: plan.Source{File: "manifests/users.yaml", Line: 7}, Decides: true, ManagesLicenses: true,
		}},
		Reasons: []plan.Reason{because(`the manifest "engineering" lists the user`, "manifests/users.yaml", 7)},
		Location: plan.ExplainedLocation{Verdict: plan.VerdictKeep, Now: "DE", Desired: "DE", Reasons: []plan.Reason{
			because("the entry, or the defaults of its manifest, asks for DE", "manifests/users.yaml", 7)}},
		Licenses: licenses,
		Findings: []plan.Finding{},
	}
}

func planIDOf(digit byte) string {
	id := []byte("sha256:")
	for range 64 {
		id = append(id, digit)
	}
	return string(id)
}

func judged(p product, v plan.Verdict, op plan.Op, reasons ...plan.Reason) plan.ExplainedLicense {
	return plan.ExplainedLicense{SKUID: p.id, SKUPartNumber: p.part, Verdict: v, Op: op, Paths: []plan.Path{}, Asks: []plan.Ask{}, Reasons: reasons}
}

func directly(off ...plan.PlanRef) plan.Path {
	return plan.Path{Kind: plan.PathDirect, DisabledPlans: append([]plan.PlanRef{}, off...), State: "Active", InForce: true}
}

// swapping is a user who loses a product and gets others.
func swapping() *plan.Explanation {
	held := ofCourse("the user holds it directly")
	lost := judged(visio, plan.VerdictLose, plan.OpRemove,
		because("the entry does not ask for it, and neither do its profiles", "manifests/users.yaml", 7),
		because("the policy manages all products", "manifests/policy.yaml", 3), held,
		ofCourse("it frees a seat: 5 bought, 5 used now, 4 after the plan"))
	lost.Paths = []plan.Path{directly()}
	lost.Seats = &plan.Seats{SKUID: visio.id, SKUPartNumber: visio.part, Enabled: 5, Consumed: 5, Remove: 1, After: 4}
	gained := judged(e5, plan.VerdictGain, plan.OpAdd,
		because(`the profile "technical-staff" asks for it`, "manifests/profiles.yaml", 29), ofCourse("the user does not hold it now"),
		because("service plans that will be off: SWAY, YAMMER_ENTERPRISE; disabledPlans says which are off", "manifests/profiles.yaml", 29),
		ofCourse("it takes a seat: 25 bought, 18 used now, 21 after the plan, 2 kept in reserve"))
	gained.Asks = []plan.Ask{{Source: plan.Source{File: "manifests/profiles.yaml", Line: 29}, Profile: "technical-staff", Phase: "active", Until: plan.DateOf(morning)}}
	kept := judged(power, plan.VerdictKeep, "", because("the entry asks for it", "manifests/users.yaml", 8), held)
	kept.Paths = []plan.Path{directly(), {Kind: plan.PathGroup, Group: id(0x6a, 1), GroupName: "Analysts", DisabledPlans: []plan.PlanRef{sway}, State: "Error", Error: "CountViolation"}}
	e := explained(lost, gained, kept)
	e.Status = plan.StatusReady
	e.Reasons = append(e.Reasons, ofCourse("the change is ready: an apply makes it, in one call for all licenses of the user"))
	e.Location = plan.ExplainedLocation{Verdict: plan.VerdictUpdate, Now: "", Desired: "DE", Reasons: e.Location.Reasons}
	cost := plan.Money(140000)
	e.Findings = []plan.Finding{{
		Severity: plan.SeverityInfo, Code: plan.CodeRedundant, User: "ada@contoso.com", MonthlyCost: &cost, Source: &plan.Source{File: "manifests/users.yaml", Line: 8},
		Message: "Power BI Pro (direct) adds nothing to Microsoft 365 E5 (direct), which has every service plan of it that is on", Hint: "take it out of the user's entry",
	}}
	return e
}

// everyVerdict has a license for each verdict, and one for a word that this
// version does not know.
func everyVerdict() *plan.Explanation {
	e := explained()
	for i, v := range append(plan.Verdicts(), "postponed") {
		for _, op := range []plan.Op{"", plan.OpAdd, plan.OpRemove, plan.OpUpdate} {
			if would := v == plan.VerdictBlocked || v == plan.VerdictHeld || v == plan.VerdictProtected; op == "" || would {
				e.Licenses = append(e.Licenses, judged(product{id(0x77, i), string("PRODUCT_" + v)}, v, op, ofCourse("so it is")))
			}
		}
	}
	return e
}

// stuck is a user whose change is blocked; guardedUser one whose change the
// guards stop.
func stuck() *plan.Explanation {
	e := explained(judged(e5, plan.VerdictBlocked, plan.OpAdd, because("the entry asks for it", "manifests/users.yaml", 7)),
		judged(e3, plan.VerdictBlocked, plan.OpRemove, because("the entry does not ask for it, and neither do its profiles", "manifests/users.yaml", 7)))
	e.Status = plan.StatusBlocked
	e.User.UserType, e.User.AccountEnabled = "Guest", false
	e.Location = plan.ExplainedLocation{Verdict: plan.VerdictBlocked, Now: "GB", Desired: "DE", Reasons: []plan.Reason{}}
	e.Reasons = append(e.Reasons, because("the change is blocked: no seat of Microsoft 365 E5 is free: 25 bought, 23 used, 2 kept in reserve", "manifests/users.yaml", 7))
	e.Findings = []plan.Finding{{
		Severity: plan.SeverityError, Code: plan.CodeSeatShortage, User: "ada@contoso.com", Source: &plan.Source{File: "manifests/users.yaml", Line: 7},
		Message: "no seat of Microsoft 365 E5 is free: 25 bought, 23 used, 2 kept in reserve",
		Hint:    "buy seats, take the license from somebody else, or raise the manifest in seats.priority",
	}, {
		Severity: plan.SeverityError, Code: plan.CodeProtectedNotFound, User: "zoe@contoso.com", Source: &plan.Source{File: "manifests/policy.yaml", Line: 9},
		Message: "is protected by the policy, and the tenant has no such user: nobody is protected by this name",
	}}
	return e
}

func guardedUser() *plan.Explanation {
	e := swapping()
	e.Applyable = false
	e.Reasons = append(e.Reasons, because("the guard maxRemovals stops the whole plan, this change included: 12 of 10 allowed", "manifests/policy.yaml", 3))
	return e
}

// unlisted is a user without a license, of whom no manifest speaks.
func unlisted() *plan.Explanation {
	e := explained()
	e.User.DisplayName, e.Standing, e.Entries = "", plan.StandingUnlisted, []plan.ExplainedEntry{}
	e.Location = plan.ExplainedLocation{Verdict: plan.VerdictUnmanaged, Reasons: []plan.Reason{}}
	e.Reasons = []plan.Reason{ofCourse("no manifest lists the user, and the policy leaves such users alone (unlistedUsers: ignore)")}
	return e
}

// hostileUser is explained in hostile words alone.
func hostileUser() *plan.Explanation {
	return renamed(swapping(), func(n int) string { return hostileText[n%len(hostileText)] })
}

// TestExplainTextOfMovesToGroups: whoever goes on having a product by a group does not
// lose it.
func TestExplainTextOfMovesToGroups(t *testing.T) {
	moved, lost := judged(e5, plan.VerdictLose, plan.OpRemove, ofCourse("so it is")), judged(e3, plan.VerdictLose, plan.OpRemove, ofCourse("so it is"))
	moved.KeptBy = []license.GUID{id(0x60, 1)}
	stuck := moved
	stuck.Verdict = plan.VerdictHeld
	for _, tc := range []struct {
		licenses []plan.ExplainedLicense
		says     []string
	}{
		{[]plan.ExplainedLicense{moved, lost}, []string{
			"~ Microsoft 365 E5: gives up a license of their own, and keeps the product by a group", "- Microsoft 365 E3: loses it", "1 license lost, 1 license moved to groups.",
		}},
		{[]plan.ExplainedLicense{moved}, []string{"An apply changes this user: 1 license moved to groups."}},
		{[]plan.ExplainedLicense{stuck}, []string{"! Microsoft 365 E5: held back (would keep it by a group alone)"}},
	} {
		e := explained(tc.licenses...)
		e.Status, e.Applyable, e.Location.Verdict = plan.StatusReady, true, plan.VerdictKeep
		text := written(t, explainText(e, report.Options{Names: names}))
		for _, want := range tc.says {
			if !strings.Contains(text, want) {
				t.Errorf("it does not say %q:\n%s", want, text)
			}
		}
	}
}

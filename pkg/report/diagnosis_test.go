package report_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/doctor"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report"
)

// diagnosis is a setup with a little of everything.
func diagnosis() report.Diagnosis {
	return report.Diagnosis{
		Tool: plan.Tool{Name: "licensectl", Version: "v1.2.3"},
		Identity: &doctor.Identity{
			Name: "0f0e0d0c-0b0a-4908-8706-050403020100", TenantID: "11111111-2222-4333-8444-555555555555",
			Expires: time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC), Permissions: []string{"LicenseAssignment.Read.All", "Organization.Read.All"},
		},
		Report: doctor.Report{
			Verbs: []doctor.VerbStanding{{Verb: "plan", Verdict: doctor.Fail, Required: true, Missing: []string{"User.Read.All"}}},
			Checks: []doctor.Check{
				{ID: doctor.IDCredential, Area: doctor.Environment, Status: doctor.OK, Message: "method env, since AZURE_CLIENT_SECRET is set"},
				{ID: doctor.IDSettings, Area: doctor.Environment, Status: doctor.Warn, Message: "the variable AZURE_TENANTID is set, and nobody reads it", Fix: "did you mean AZURE_TENANT_ID?"},
				{ID: doctor.IDToken, Area: doctor.SignIn, Status: doctor.OK, Message: "signed in as the app 0f0e0d0c-0b0a-4908-8706-050403020100"},
				{ID: doctor.IDVerb + "plan", Area: doctor.Permissions, Status: doctor.Fail, Message: "plan: not enough: User.Read.All is missing, for listing the users", Fix: "grant the app the application permission User.Read.All, with an administrator's consent"},
				{ID: doctor.IDRole, Area: doctor.Permissions, Status: doctor.Skipped, Message: "an app that signs in as itself needs no directory role"},
				{ID: doctor.IDClock, Area: doctor.Service, Status: doctor.OK, Message: "this machine's clock agrees with that of the service"},
				{ID: doctor.IDState, Area: doctor.Local, Status: doctor.OK, Message: ".licensectl can be written"},
			},
		},
	}
}

func TestDiagnosisGoldens(t *testing.T) {
	for file, write := range map[string]func(io.Writer) error{
		"diagnosis.txt": func(w io.Writer) error { return report.DiagnosisText(w, diagnosis(), report.Options{}) },
		"diagnosis-color.txt": func(w io.Writer) error {
			return report.DiagnosisText(w, diagnosis(), report.Options{Style: report.Color})
		},
		"diagnosis.json":      func(w io.Writer) error { return report.DiagnosisJSON(w, diagnosis()) },
		"diagnosis-none.json": func(w io.Writer) error { return report.DiagnosisJSON(w, report.Diagnosis{}) },
	} {
		t.Run(file, func(t *testing.T) {
			var got bytes.Buffer
			if err := write(&got); err != nil {
				t.Fatal(err)
			}
			compareGolden(t, file, got.String())
		})
	}
}

// What a service or a token says is a stranger's text.
func TestDiagnosisIsSafe(t *testing.T) {
	for _, text := range hostileText {
		d := diagnosis()
		d.Tool.Version, d.Identity.Name = text, text
		for i := range d.Report.Checks {
			d.Report.Checks[i].Message, d.Report.Checks[i].Fix = text, text
		}
		var page, document bytes.Buffer
		if err := errors.Join(report.DiagnosisText(&page, d, report.Options{}), report.DiagnosisJSON(&document, d)); err != nil {
			t.Fatal(err)
		}
		checkLines(t, page.String())
		checkLines(t, document.String())
	}
}

func TestDiagnosisTellsOfAWriterThatFails(t *testing.T) {
	broken := brokenWriter{errors.New("broken")}
	if report.DiagnosisText(broken, diagnosis(), report.Options{}) == nil || report.DiagnosisJSON(broken, diagnosis()) == nil {
		t.Error("there is no error")
	}
}

package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/licensectl/licensectl/pkg/doctor"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// Diagnosis is what a look at the setup has shown.
type Diagnosis struct {
	Tool     plan.Tool
	Identity *doctor.Identity // nil: nobody could be signed in, or the token does not say
	Report   doctor.Report
}

// verdict is that of the worst check.
func (d Diagnosis) verdict() doctor.Status {
	for _, v := range []doctor.Status{doctor.Fail, doctor.Warn} {
		if d.Report.Count(v) > 0 {
			return v
		}
	}
	return doctor.OK
}

// DiagnosisText writes the checks for people, area by area, each problem with
// what to do about it below. Where one failed, those that were skipped for want
// of it are counted and not listed.
//
// The error is the writer's.
func DiagnosisText(w io.Writer, d Diagnosis, o Options) error {
	p := o.page(w)
	p.Add(Safe(d.Tool.Name + " " + d.Tool.Version))
	for _, area := range doctor.Areas() {
		if checks := worthTelling(d.Report, area); len(checks) > 0 {
			p.Title(string(area))
			listChecks(p, checks)
		}
	}
	p.Gap()
	p.Add(p.Style.Paint(layout.Strong, verdictSum(d.Report)))
	if err := p.Close(); err != nil {
		return fmt.Errorf("writing the diagnosis: %w", err)
	}
	return nil
}

// worthTelling gives the checks of an area that are listed.
func worthTelling(r doctor.Report, area doctor.Area) []doctor.Check {
	var out []doctor.Check
	for _, c := range r.Checks {
		consequence := c.Status == doctor.Skipped && c.Fix == "" && r.Count(doctor.Fail) > 0
		if c.Area == area && !consequence {
			out = append(out, c)
		}
	}
	return out
}

func listChecks(p *layout.Page, checks []doctor.Check) {
	for _, c := range checks {
		p.Add(p.Style.Paint(verdictTone(c.Status), fmt.Sprintf("  %-8s", verdictWord(c.Status))) + SafeMessage(c.Message))
		if c.Fix != "" {
			p.Add(strings.Repeat(" ", 10) + p.Style.Paint(layout.Faint, "fix: ") + SafeMessage(c.Fix))
		}
	}
}

func verdictWord(v doctor.Status) string {
	switch v {
	case doctor.Fail:
		return "FAIL"
	case doctor.Skipped:
		return "-"
	}
	return string(v)
}

func verdictTone(v doctor.Status) layout.Tone {
	switch v {
	case doctor.Fail:
		return layout.Bad
	case doctor.Warn:
		return layout.Worth
	case doctor.OK:
		return layout.Good
	}
	return layout.Faint
}

// verdictSum counts the checks by verdict, the worst first.
func verdictSum(r doctor.Report) string {
	words := map[doctor.Status]string{doctor.Fail: " failed", doctor.Warn: " to look at", doctor.OK: " ok", doctor.Skipped: " skipped"}
	var parts []string
	for _, v := range doctor.Statuses() {
		if n := r.Count(v); n > 0 {
			parts = append(parts, number(n)+words[v])
		}
	}
	return strings.Join(parts, ", ") + "."
}

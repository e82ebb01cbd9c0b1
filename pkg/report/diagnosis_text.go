package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/licensectl/licensectl/pkg/doctor"
)

// DiagnosisText writes the checks for people, area by area, each problem with
// what to do about it below. Where one failed, those that were skipped for want
// of it are counted and not listed.
//
// The error is the writer's.
func DiagnosisText(w io.Writer, d Diagnosis, o Options) error {
	p := newPage(w, o.Style)
	p.add(Safe(d.Tool.Name + " " + d.Tool.Version))
	for _, area := range doctor.Areas() {
		if checks := worthTelling(d.Report, area); len(checks) > 0 {
			p.title(string(area))
			p.checks(checks)
		}
	}
	p.gap()
	p.add(p.style.paint(strong, verdictSum(d.Report)))
	if err := p.close(); err != nil {
		return fmt.Errorf("writing the diagnosis: %w", err)
	}
	return nil
}

// worthTelling gives the checks of an area that are listed.
func worthTelling(r doctor.Report, area doctor.Area) []doctor.Check {
	var out []doctor.Check
	for _, c := range r.Checks {
		consequence := c.Verdict == doctor.Skipped && c.Fix == "" && r.Count(doctor.Fail) > 0
		if c.Area == area && !consequence {
			out = append(out, c)
		}
	}
	return out
}

func (p *page) checks(checks []doctor.Check) {
	for _, c := range checks {
		p.add(p.style.paint(verdictTone(c.Verdict), fmt.Sprintf("  %-8s", verdictWord(c.Verdict))) + SafeMessage(c.Message))
		if c.Fix != "" {
			p.add(strings.Repeat(" ", 10) + p.style.paint(faint, "fix: ") + SafeMessage(c.Fix))
		}
	}
}

func verdictWord(v doctor.Verdict) string {
	switch v {
	case doctor.Fail:
		return "FAIL"
	case doctor.Skipped:
		return "-"
	}
	return string(v)
}

func verdictTone(v doctor.Verdict) tone {
	switch v {
	case doctor.Fail:
		return bad
	case doctor.Warn:
		return worth
	case doctor.OK:
		return good
	}
	return faint
}

// verdictSum counts the checks by verdict, the worst first.
func verdictSum(r doctor.Report) string {
	words := map[doctor.Verdict]string{doctor.Fail: " failed", doctor.Warn: " to look at", doctor.OK: " ok", doctor.Skipped: " skipped"}
	var parts []string
	for _, v := range doctor.Verdicts() {
		if n := r.Count(v); n > 0 {
			parts = append(parts, number(n)+words[v])
		}
	}
	return strings.Join(parts, ", ") + "."
}

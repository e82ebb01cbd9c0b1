package doctor

// Diagnose says what the facts mean. Checks for which there are no facts are
// skipped, with the reason.
func Diagnose(f Facts) Report {
	j := diagnosis{facts: f}
	j.environment()
	j.signIn()
	j.permissions()
	j.service()
	j.local()
	return Report{Checks: j.checks, Verbs: j.verbs}
}

// diagnosis collects the checks.
type diagnosis struct {
	facts  Facts
	checks []Check
	verbs  []VerbStanding
}

// finding is a check in the making.
type finding struct {
	verdict Status
	message string
	fix     string
}

func ok(message string) finding      { return finding{verdict: OK, message: message} }
func skipped(message string) finding { return finding{verdict: Skipped, message: message} }

func failed(p Problem) finding { return finding{Fail, p.Text, p.Fix} }
func warned(p Problem) finding { return finding{Warn, p.Text, p.Fix} }

func (j *diagnosis) add(area Area, id string, f finding) {
	j.checks = append(j.checks, Check{ID: id, Area: area, Status: f.verdict, Message: f.message, Fix: f.fix})
}

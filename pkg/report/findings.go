package report

import (
	"cmp"
	"slices"

	"github.com/licensectl/licensectl/pkg/plan"
)

// findingsSection is the findings of one severity.
type findingsSection struct {
	severity plan.Severity
	groups   []*findingGroup // in the order of the plan
	count    int             // findings
}

// findingGroup is findings that say the same of several users or places.
type findingGroup struct {
	code    string
	message string
	hint    string
	related []string // other places, of the first finding
	monthly plan.Money
	cost    string // what all of them cost a month; empty where that is not known
	about   crowd
}

// findingKey tells groups apart, by what was found and not by how it is shown.
type findingKey struct {
	severity plan.Severity
	code     plan.Code
	message  string
	hint     string
	named    bool // concerns a user
}

// findingSections groups the findings of a plan, the errors first. Severities
// without a finding are left out; one that nobody knows counts as a note.
func findingSections(all []plan.Finding, currency string) []findingsSection {
	sections := []findingsSection{{severity: plan.SeverityError}, {severity: plan.SeverityWarning}, {severity: plan.SeverityInfo}}
	byKey := make(map[findingKey]*findingGroup)
	for _, f := range all {
		s := &sections[severityRank(f.Severity)]
		s.count++
		key := findingKey{s.severity, f.Code, f.Message, f.Hint, f.User != ""}
		g, known := byKey[key]
		if !known {
			g = newFindingGroup(f)
			byKey[key] = g
			s.groups = append(s.groups, g)
		}
		g.about = append(g.about, member{name: Safe(f.User), place: findingPlace(f)})
		if f.MonthlyCost != nil {
			g.monthly += *f.MonthlyCost
			g.cost = amountText(g.monthly, currency)
		}
	}
	return slices.DeleteFunc(sections, func(s findingsSection) bool { return s.count == 0 })
}

// hintAfter gives what to do about a finding that stands below another one:
// nothing where that has just been said.
func (g *findingGroup) hintAfter(above *findingGroup) string {
	if above != nil && above.code == g.code && above.hint == g.hint {
		return ""
	}
	return g.hint
}

func severityRank(s plan.Severity) int {
	switch s {
	case plan.SeverityError:
		return 0
	case plan.SeverityWarning:
		return 1
	default:
		return 2
	}
}

func newFindingGroup(f plan.Finding) *findingGroup {
	g := &findingGroup{
		code:    Safe(cmp.Or(string(f.Code), "finding")),
		message: SafeMessage(f.Message),
		hint:    SafeMessage(f.Hint),
	}
	for _, r := range f.Related {
		if place := placeName(r); place != "" {
			g.related = append(g.related, place)
		}
	}
	return g
}

func findingPlace(f plan.Finding) string {
	if f.Source == nil {
		return ""
	}
	return placeName(*f.Source)
}

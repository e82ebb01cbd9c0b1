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
	named    bool    // they concern users
	findings []int32 // their places among those of the plan
	monthly  plan.Money
	costs    bool // what they cost is known
}

// findingWords is what is said of a group. All of it is safe.
type findingWords struct {
	code    string
	message string
	hint    string
	newHint string   // the hint where the group above does not say it just as well
	related []string // other places, of the first finding
	cost    string   // what all of them cost a month; empty where that is not known
}

// findingKey tells groups apart, by what was found and not by how it is shown.
type findingKey struct {
	severity plan.Severity
	code     plan.Code
	message  string
	hint     string
	named    bool // concerns a user
}

func newFindingKey(f *plan.Finding) findingKey {
	return findingKey{f.Severity, f.Code, f.Message, f.Hint, f.User != ""}
}

// findingSections groups the findings of a plan, the errors first. Severities
// without a finding are left out; one that nobody knows counts as a note.
func findingSections(all rows[plan.Finding]) []findingsSection {
	sections := []findingsSection{{severity: plan.SeverityError}, {severity: plan.SeverityWarning}, {severity: plan.SeverityInfo}}
	byKey := make(map[findingKey]*findingGroup)
	for i := range all.len() {
		f := all.at(i)
		s := &sections[severityRank(f.Severity)]
		s.count++
		key := newFindingKey(f)
		key.severity = s.severity
		g, known := byKey[key]
		if !known {
			g = &findingGroup{named: key.named}
			byKey[key] = g
			s.groups = append(s.groups, g)
		}
		g.findings = append(g.findings, int32(i))
		if f.MonthlyCost != nil {
			g.monthly += *f.MonthlyCost
			g.costs = true
		}
	}
	return slices.DeleteFunc(sections, func(s findingsSection) bool { return s.count == 0 })
}

// findingWords puts a group of a section into words.
func (v *planView) findingWords(s findingsSection, i int) findingWords {
	f := v.findingRows.at(int(s.groups[i].findings[0]))
	out := findingWords{code: findingCode(f), message: SafeMessage(f.Message), hint: SafeMessage(f.Hint)}
	for _, r := range f.Related {
		if place := placeName(r); place != "" {
			out.related = append(out.related, place)
		}
	}
	if s.groups[i].costs {
		out.cost = amountText(s.groups[i].monthly, v.currency)
	}
	if i == 0 || !v.hintsAlike(s.groups[i-1], out) {
		out.newHint = out.hint
	}
	return out
}

// hintsAlike reports a group that says already what to do about another one.
func (v *planView) hintsAlike(above *findingGroup, g findingWords) bool {
	f := v.findingRows.at(int(above.findings[0]))
	return findingCode(f) == g.code && SafeMessage(f.Hint) == g.hint
}

func findingCode(f *plan.Finding) string { return Safe(cmp.Or(string(f.Code), "finding")) }

// about is the users or places that a group is about.
func (v *planView) about(g *findingGroup) crowd {
	return crowd{len(g.findings), func(i int) member {
		f := v.findingRows.at(int(g.findings[i]))
		m := member{user: plan.UserRef{UserPrincipalName: f.User}}
		if f.Source != nil {
			m.place = placeOf(*f.Source)
		}
		return m
	}}
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

func findingPlace(f plan.Finding) string {
	if f.Source == nil {
		return ""
	}
	return placeName(*f.Source)
}

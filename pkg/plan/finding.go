package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// SortFindings gives every finding once: errors first, then by code, user,
// message and place. It never returns nil.
func SortFindings(all []Finding) []Finding {
	// There may be one for every user of a large tenant: places are moved about
	// faster than findings. Of those that say the same the first one stays.
	order := make([]int32, len(all))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(compareFindings(&all[a], &all[b]), cmp.Compare(a, b)) })
	order = slices.CompactFunc(order, func(a, b int32) bool { return compareFindings(&all[a], &all[b]) == 0 })
	out := make([]Finding, len(order))
	for i, place := range order {
		out[i] = all[place]
	}
	return out
}

func compareFindings(a, b *Finding) int {
	if c := cmp.Compare(a.Severity.Rank(), b.Severity.Rank()); c != 0 {
		return c
	}
	if c := strings.Compare(string(a.Code), string(b.Code)); c != 0 {
		return c
	}
	if c := strings.Compare(a.User, b.User); c != 0 {
		return c
	}
	if c := strings.Compare(a.Message, b.Message); c != 0 {
		return c
	}
	if c := place(a.Source).Compare(place(b.Source)); c != 0 {
		return c
	}
	return license.CompareGUIDs(a.Group, b.Group) // two groups may have one name
}

// Rank is the place of a severity, the worst first.
func (s Severity) Rank() int {
	switch s {
	case SeverityError:
		return 0
	case SeverityWarning:
		return 1
	default:
		return 2
	}
}

// Compare orders places by file, line and column.
func (s Source) Compare(other Source) int {
	if c := strings.Compare(s.File, other.File); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(s.Line, other.Line), cmp.Compare(s.Column, other.Column))
}

func place(s *Source) Source {
	if s == nil {
		return Source{}
	}
	return *s
}

// HasErrors reports whether a finding of the plan is an error.
func (p *Plan) HasErrors() bool {
	return slices.ContainsFunc(p.Findings, func(f Finding) bool { return f.Severity == SeverityError })
}

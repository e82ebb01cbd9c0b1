package plan

import (
	"cmp"
	"slices"
	"strings"
)

// findings collects findings and drops repetitions.
type findings struct {
	all []Finding
}

func (fs *findings) add(f Finding) { fs.all = append(fs.all, f) }

// sorted gives every finding once: errors first, then by code, user, message
// and place. It never returns nil.
func (fs *findings) sorted() []Finding {
	slices.SortStableFunc(fs.all, compareFindings)
	out := slices.CompactFunc(fs.all, func(a, b Finding) bool { return compareFindings(a, b) == 0 })
	if out == nil {
		return []Finding{}
	}
	return out
}

func compareFindings(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(a.Severity.rank(), b.Severity.rank()),
		strings.Compare(string(a.Code), string(b.Code)),
		strings.Compare(a.User, b.User),
		strings.Compare(a.Message, b.Message),
		compareSources(place(a.Source), place(b.Source)),
	)
}

func (s Severity) rank() int {
	return slices.Index([]Severity{SeverityError, SeverityWarning, SeverityInfo}, s)
}

func compareSources(a, b Source) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// at gives the place for a finding: nil for no place.
func at(s Source) *Source {
	if s == (Source{}) {
		return nil
	}
	return &s
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

package planner

import "github.com/licensectl/licensectl/pkg/plan"

// findings collects findings and drops repetitions.
type findings struct {
	all []plan.Finding
}

func (fs *findings) add(f plan.Finding) { fs.all = append(fs.all, f) }

// sorted gives every finding once, in the order of SortFindings.
func (fs *findings) sorted() []plan.Finding { return plan.SortFindings(fs.all) }

// at gives the place for a finding: nil for no place.
func at(s plan.Source) *plan.Source {
	if s == (plan.Source{}) {
		return nil
	}
	return &s
}

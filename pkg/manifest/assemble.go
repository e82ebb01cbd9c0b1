package manifest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/plan"
)

// assemble puts the documents together and checks what they say of one
// another.
func (r *reader) assemble() *Set {
	x := newExpander(r)
	users := make([]plan.DesiredUser, 0, r.countEntries())
	var selections []plan.Selection
	for _, m := range r.manifests {
		users = x.appendUsers(users, m)
		selections = x.appendSelections(selections, m)
	}
	groups := x.desiredGroups()
	r.checkUsersOnce(users)
	r.checkPriority()
	slices.SortFunc(r.files, func(a, b plan.SourceFile) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(r.approvals, func(a, b plan.Approval) int { return strings.Compare(a.Name, b.Name) })
	return &Set{
		Desired:   plan.Desired{Users: users, Groups: groups, Selections: selections, Approvals: r.approvals, Files: r.files},
		Policy:    r.policyOrDefault(),
		Profiles:  r.sortedProfiles(),
		Documents: r.documents,
		Manifests: len(r.manifests) + len(r.groups),
	}
}

func (r *reader) policyOrDefault() plan.Policy {
	if r.policy == nil {
		return plan.DefaultPolicy()
	}
	return *r.policy
}

func (r *reader) countEntries() int {
	n := 0
	for _, m := range r.manifests {
		n += len(m.entries)
	}
	return n
}

// report adds an error at a place that only a plan value remembers.
func (r *reader) report(at plan.Source, code Code, format string, args ...any) *Error {
	e := &Error{Pos: pos(at), Code: code, Msg: fmt.Sprintf(format, args...)}
	r.errs.Add(e)
	return e
}

// pos turns a place that a plan keeps back into one for errors.
func pos(s plan.Source) strictyaml.Pos {
	return strictyaml.Pos{File: s.File, Line: s.Line, Column: s.Column}
}

package manifest

import (
	"regexp"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/plan"
)

var approvalKeys = []string{"planId", "guards"}

var validPlanID = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

func (r *reader) readApproval(m strictyaml.Mapping) {
	name := r.readName(m, KindApproval)
	spec, _ := m.Need("spec").Mapping(approvalKeys)
	r.approvals = append(r.approvals, plan.Approval{
		Name:   name.Name,
		PlanID: readPlanID(spec.Need("planId")),
		Guards: readGuardNames(spec.Need("guards")),
		Source: source(m.Pos()),
	})
}

func readPlanID(v strictyaml.Value) string {
	id, ok := v.Str()
	if ok && !validPlanID.MatchString(id) {
		v.Errorf(CodeBadPlanID, "%q is not a plan id", id).Hint =
			"copy it whole from the plan: sha256: and 64 digits from 0 to f, in lower case"
	}
	return id
}

func readGuardNames(v strictyaml.Value) []plan.GuardName {
	items, ok := v.Items()
	if ok && v.Len() == 0 {
		v.Errorf(strictyaml.CodeBadValue, "guards: name at least one guard")
	}
	var guards []plan.GuardName
	seen := make(itemIndex, v.Len())
	for item := range items {
		guard := oneOf(item, "", plan.GuardNames()...)
		seen.add(item, string(guard))
		guards = append(guards, guard)
	}
	return guards
}

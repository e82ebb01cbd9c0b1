package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/reconcile"
)

// advice says how a plan that is shown can be applied later.
type advice struct {
	file  string // where it is saved; empty: nowhere
	apply string // the command that makes it anew and applies it; empty: none does
}

// adviseFile is for a plan that is saved.
func adviseFile(path string) advice { return advice{file: path} }

// withoutPeople gives the same without what names somebody: a user of --user,
// or a file that is called after one. What is left is general.
func (a advice) withoutPeople() advice {
	const inAddresses = "@"
	if strings.Contains(a.file, inAddresses) {
		a.file = "PLAN.json"
	}
	if strings.Contains(a.apply, inAddresses) {
		a.apply = ""
	}
	return a
}

// adviseFresh is for a plan that apply can make anew, from manifests and the
// tenant of today. A plan that starts from something else has to be saved.
func adviseFresh(p *plan.Plan, req planRequest) advice {
	if req.from != (reconcile.Origin{}) || req.narrowing.at != (plan.Date{}) {
		return advice{}
	}
	words := []string{toolName, "apply"}
	if !slices.Equal(req.paths, pathsOrDefault(nil)) {
		words = append(words, req.paths...)
	}
	return advice{apply: strings.Join(append(append(words, req.narrowing.words()...), "--plan-id", p.PlanID), " ")}
}

// adviseDrift is for differences that apply can put right. With a baseline it
// is drift alone that it is told to: what is merged and not applied yet is
// another matter.
func adviseDrift(req planRequest) advice {
	words := []string{toolName, "apply"}
	if !slices.Equal(req.paths, pathsOrDefault(nil)) {
		words = append(words, req.paths...)
	}
	if n := &req.narrowing; n.baseline != "" && n.only() == "" {
		n.cause = string(plan.CauseDrift)
	}
	return advice{apply: strings.Join(append(words, req.narrowing.words()...), " ")}
}

// words gives the flags that narrow a plan in this way.
func (n *narrowing) words() []string {
	var words []string
	if n.only() != "" {
		words = append(words, "--baseline", n.baseline, "--cause", n.cause)
	}
	for _, user := range n.users {
		words = append(words, "--user", user)
	}
	for _, sku := range n.skus {
		words = append(words, "--sku", sku)
	}
	if n.additionsOnly {
		words = append(words, "--additions-only")
	}
	for _, name := range slices.Sorted(maps.Keys(n.tighten)) {
		words = append(words, "--tighten", fmt.Sprintf("%s=%d", name, n.tighten[name]))
	}
	return words
}

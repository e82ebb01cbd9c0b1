package manifest

import (
	"strconv"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/plan"
)

// guardOff is what has to be written to switch a guard off.
const guardOff = "off"

var limitKeys = []string{"count", "percent"}

// readGuards reads the guards over the defaults.
func readGuards(v strictyaml.Value, guards plan.Guards) plan.Guards {
	m, ok := v.Mapping([]string{
		string(plan.GuardMaxRemovals), string(plan.GuardMaxRemovalsPerSKU),
		string(plan.GuardMaxUsersLosingAll), string(plan.GuardMaxUsersChanged),
	})
	if !ok {
		return guards
	}
	read := func(name plan.GuardName, limit *plan.Limit) {
		if v := m.Get(string(name)); v.Present() {
			*limit = readLimit(v)
		}
	}
	read(plan.GuardMaxRemovals, &guards.MaxRemovals)
	read(plan.GuardMaxRemovalsPerSKU, &guards.MaxRemovalsPerSKU)
	read(plan.GuardMaxUsersLosingAll, &guards.MaxUsersLosingAll)
	read(plan.GuardMaxUsersChanged, &guards.MaxUsersChanged)
	return guards
}

// readLimit reads one guard: off, or a mapping of count and percent, of which
// one that is left out is 0.
func readLimit(v strictyaml.Value) plan.Limit {
	if v.Kind() == strictyaml.KindString && v.Literal() == guardOff {
		return plan.Limit{Off: true}
	}
	if v.Kind() != strictyaml.KindMapping {
		v.WrongType("off, or a mapping of count and percent").Hint = limitHint(v)
		return plan.Limit{}
	}
	m, _ := v.Mapping(limitKeys)
	count, percent := m.Get("count"), m.Get("percent")
	if !count.Present() && !percent.Present() {
		v.Errorf(strictyaml.CodeMissingKey, "neither count nor percent is given").Hint =
			"write off to switch the guard off, {count: 0} to allow none"
	}
	n, _ := count.Count()
	return plan.Limit{Count: n, Percent: readPercent(percent)}
}

func limitHint(v strictyaml.Value) string {
	switch v.Kind() {
	case strictyaml.KindNumber:
		return "write {count: " + v.Literal() + "}"
	case strictyaml.KindString:
		return strictyaml.DidYouMean(v.Literal(), []string{guardOff})
	default:
		return "write off to switch the guard off, {count: 0} to allow none"
	}
}

func readPercent(v strictyaml.Value) float64 {
	text, ok := v.Number()
	if !ok {
		return 0
	}
	percent, err := strconv.ParseFloat(text, 64)
	if err != nil || percent < 0 || percent > 100 {
		v.Errorf(strictyaml.CodeBadNumber, "percent: want a number from 0 to 100, found %s", text)
		return 0
	}
	return percent
}

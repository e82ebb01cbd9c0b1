package manifest

import (
	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/plan"
)

var (
	reclaimKeys = []string{"name", "skus", "idle", "left", "never", "disabled", "newcomers", "notice", "except"}
	idleKeys    = []string{"days", "by"}
	daysKeys    = []string{"days"}
	exceptKeys  = []string{"users", "groups"}
)

// readReclaim reads the rules by which licenses are taken back.
func readReclaim(v strictyaml.Value) []plan.ReclaimRule {
	items, _ := v.Items()
	seen := make(itemIndex, v.Len())
	var out []plan.ReclaimRule
	for item := range items {
		m, ok := item.Mapping(reclaimKeys)
		if !ok {
			continue
		}
		name := m.Need("name")
		rule := plan.ReclaimRule{
			Name: readRuleName(name), Source: source(item.Pos()), SKUs: readRefs(m.Get("skus")),
			Idle: readIdle(m.Get("idle")), Left: readSince(m.Get("left"), 0), Never: readSince(m.Get("never"), 1), Disabled: readDisabled(m.Get("disabled")),
			Newcomers: readDays(m.Get("newcomers"), 0), Notice: readDays(m.Get("notice"), 0),
		}
		seen.add(name, rule.Name)
		rule.ExceptUsers, rule.ExceptGroups = readExcept(m.Get("except"))
		checkRule(item, m, rule)
		out = append(out, rule)
	}
	return out
}

// readRuleName reads a name that people read in plans.
func readRuleName(v strictyaml.Value) string {
	name, ok := v.Str()
	if ok {
		checkName(v, name)
	}
	return name
}

// checkRule reports a rule that would hold for everybody, and one that announces
// what it cannot date.
func checkRule(item strictyaml.Value, m strictyaml.Mapping, rule plan.ReclaimRule) {
	skus := m.Get("skus")
	switch {
	case !m.Get("idle").Present() && !m.Get("left").Present() && !m.Get("never").Present() && !m.Get("disabled").Present():
		item.Errorf(strictyaml.CodeMissingKey, "the rule has no condition: it would hold for everybody").Hint = "write one or several of idle, left, never and disabled"
	case skus.Kind() == strictyaml.KindList && skus.Len() == 0:
		skus.Errorf(strictyaml.CodeBadValue, "the list is empty").Hint = "name the products, or remove the key: then the rule is about all managed products"
	case rule.Notice > 0 && rule.Disabled && !m.Get("idle").Present() && !m.Get("left").Present() && !m.Get("never").Present():
		m.Get("notice").Errorf(strictyaml.CodeBadValue, "nothing tells since when an account is disabled, so the rule cannot give notice").Hint =
			"add a condition that has days, such as idle"
	}
}

// readIdle reads for how long somebody must not have used something.
func readIdle(v strictyaml.Value) plan.Idle {
	if !v.Present() {
		return plan.Idle{}
	}
	m, ok := v.Mapping(idleKeys)
	if !ok {
		return plan.Idle{}
	}
	by := oneOf(m.Need("by"), "", plan.IdleBySignIn, plan.IdleByReport)
	return plan.Idle{Days: readSpan(m.Need("days"), 1), By: by}
}

// readSince reads a condition that has days alone, of which there have to be at
// least so many; nil: it is absent.
func readSince(v strictyaml.Value, least int) *int {
	if !v.Present() {
		return nil
	}
	m, ok := v.Mapping(daysKeys)
	if !ok {
		return nil
	}
	days := readSpan(m.Need("days"), least)
	return &days
}

// readSpan reads a number of days, of which there have to be at least so many.
func readSpan(v strictyaml.Value, least int) int {
	days := readDays(v, least)
	if days < least {
		v.Errorf(strictyaml.CodeBadNumber, "want at least %d, found %d", least, days).Hint = "with no day the rule would hold for everybody of whom the tenant tells something"
	}
	return days
}

// readDisabled reads the condition that the account is disabled.
func readDisabled(v strictyaml.Value) bool {
	disabled, ok := v.Bool()
	if ok && !disabled {
		v.Errorf(strictyaml.CodeBadValue, "false is no condition").Hint = "remove the key: then the rule is about enabled and disabled accounts"
	}
	return disabled
}

func readExcept(v strictyaml.Value) (users, groups []plan.Ref) {
	m, _ := v.Mapping(exceptKeys)
	return readNamedUsers(m.Get("users")), readRefs(m.Get("groups"))
}

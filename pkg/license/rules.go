package license

import (
	"slices"
	"sync"
)

// Rules are what is known of service plans that exclude or need each other.
// The published tables are not kept up to date, so rules are good for warnings
// and for an emulator; the service's own answer always wins. Rules are
// immutable and safe for concurrent use.
type Rules struct {
	exclusive map[GUID][][]GUID // the sets that a plan is in
	needs     map[GUID][][]GUID // what a plan needs any one of, sorted
	named     map[GUID]bool     // the plans of all of these
}

// Conflict is two enabled plans that exclude each other; A comes first by
// CompareGUIDs.
type Conflict struct {
	A, B GUID
}

// Missing is an enabled plan that needs any one of others, none of which is
// enabled.
type Missing struct {
	Plan     GUID
	NeedsAny []GUID // sorted
}

// ObservedRules are the rules that are believed to hold today: what Microsoft
// publishes, without the sets that later reports contradict, and what the
// service has been seen to refuse.
func ObservedRules() *Rules { return observedRules() }

// PublishedRules are the strictest reading: every set that Microsoft
// publishes, the superseded ones too, and what the service has been seen to
// refuse.
func PublishedRules() *Rules { return publishedRules() }

// The two readings of the embedded rules, made when first asked for.
var (
	observedRules = sync.OnceValue(func() *Rules {
		return newRules(embeddedRules(), func(r rule) bool { return r.standing == standingHolds })
	})
	publishedRules = sync.OnceValue(func() *Rules {
		return newRules(embeddedRules(), func(rule) bool { return true })
	})
)

func newRules(list ruleList, keep func(rule) bool) *Rules {
	r := &Rules{exclusive: make(map[GUID][][]GUID), needs: make(map[GUID][][]GUID), named: make(map[GUID]bool)}
	for _, rule := range list.rules {
		if !keep(rule) {
			continue
		}
		for _, id := range rule.plans {
			r.named[id] = true
		}
		if rule.dependent != (GUID{}) {
			r.named[rule.dependent] = true
			r.needs[rule.dependent] = append(r.needs[rule.dependent], rule.plans)
			continue
		}
		for _, id := range rule.plans {
			r.exclusive[id] = append(r.exclusive[id], rule.plans)
		}
	}
	return r
}

// SpeakOf reports whether there is a rule about a plan. Without the others Conflicts and
// Missing return the same.
func (r *Rules) SpeakOf(plan GUID) bool { return r.named[plan] }

// Conflicts returns the pairs that exclude each other among the enabled plans
// of one user, over all their licenses. The plans may come in any order and
// several times; a plan never conflicts with itself. The result is sorted,
// and nil for no conflicts.
func (r *Rules) Conflicts(enabled []GUID) []Conflict {
	var out []Conflict
	for _, a := range enabled {
		for _, set := range r.exclusive[a] {
			for _, b := range set {
				if CompareGUIDs(a, b) < 0 && slices.Contains(enabled, b) {
					out = append(out, Conflict{A: a, B: b})
				}
			}
		}
	}
	slices.SortFunc(out, compareConflicts)
	return slices.Compact(out)
}

func compareConflicts(x, y Conflict) int {
	if c := CompareGUIDs(x.A, y.A); c != 0 {
		return c
	}
	return CompareGUIDs(x.B, y.B)
}

// AnyExcluded reports whether one of some enabled plans excludes any of all the enabled
// ones: whether Conflicts tells of it.
func (r *Rules) AnyExcluded(some, enabled []GUID) bool {
	for _, a := range some {
		for _, set := range r.exclusive[a] {
			if slices.ContainsFunc(set, func(b GUID) bool { return a != b && slices.Contains(enabled, b) }) {
				return true
			}
		}
	}
	return false
}

// Missing returns the enabled plans of one user that need a plan which none of
// their licenses enables. The plans may come in any order and several times.
// The result is sorted by plan, and nil where nothing is missing.
func (r *Rules) Missing(enabled []GUID) []Missing {
	var out []Missing
	for _, plan := range enabled {
		for _, needsAny := range r.needs[plan] {
			if !slices.ContainsFunc(needsAny, func(id GUID) bool { return slices.Contains(enabled, id) }) {
				out = append(out, Missing{Plan: plan, NeedsAny: slices.Clone(needsAny)})
			}
		}
	}
	slices.SortFunc(out, compareMissing)
	return slices.CompactFunc(out, func(x, y Missing) bool { return compareMissing(x, y) == 0 })
}

// AnyLacking reports whether one of some enabled plans needs one that is not among all the
// enabled ones: whether Missing tells of it.
func (r *Rules) AnyLacking(some, enabled []GUID) bool {
	for _, plan := range some {
		for _, needsAny := range r.needs[plan] {
			if !slices.ContainsFunc(needsAny, func(id GUID) bool { return slices.Contains(enabled, id) }) {
				return true
			}
		}
	}
	return false
}

func compareMissing(x, y Missing) int {
	if c := CompareGUIDs(x.Plan, y.Plan); c != 0 {
		return c
	}
	return slices.CompareFunc(x.NeedsAny, y.NeedsAny, CompareGUIDs)
}

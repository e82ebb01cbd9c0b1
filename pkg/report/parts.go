package report

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// sign marks what a part of a change does to its user. Signs are ASCII, so
// that reports can be searched.
type sign string

const (
	gains  sign = "+"
	loses  sign = "-"
	alters sign = "~"

	swapped sign = ">" // of a change as a whole: one license goes, another comes
)

// rank is the order of the parts of one change: what comes, what goes, what
// stays and is altered.
func (s sign) rank() int { return slices.Index([]sign{gains, loses, alters}, s) }

// part is one action in words. All its texts are safe.
type part struct {
	op      plan.Op // one of the five
	sign    sign
	what    string         // "Microsoft 365 E5", "usage location GB -> DE"
	product string         // "Microsoft 365 E5"; empty for a usage location
	off     []string       // service plans: of a new license those that are off, of an altered one those that go off
	on      []string       // service plans that go on
	kept    []license.GUID // groups that go on giving the product that goes

	cause string // why, where a baseline tells; safe. Empty too where the whole change has one cause
}

// parts puts the actions of one change into words.
func (n namer) parts(actions []plan.Action) []part {
	out := make([]part, 0, len(actions))
	for _, a := range actions {
		p := n.part(a)
		p.cause = causeWord(a.Cause)
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b part) int { return cmp.Compare(a.sign.rank(), b.sign.rank()) })
	return out
}

// causeWord says on which side a difference came up.
func causeWord(c plan.Cause) string {
	if c == plan.CauseUnknown {
		return "cause unknown"
	}
	return Safe(string(c))
}

// liftCause gives the cause that all parts share, and takes it off them. Parts
// that differ keep theirs.
func liftCause(parts []part) string {
	for _, p := range parts {
		if p.cause != parts[0].cause {
			return ""
		}
	}
	cause := ""
	for i := range parts {
		cause, parts[i].cause = parts[i].cause, ""
	}
	return cause
}

func (n namer) part(a plan.Action) part {
	if a.Op == plan.OpSetUsageLocation {
		return part{op: a.Op, sign: alters, what: "usage location " + locationChange(a)}
	}
	if a.Op == plan.OpReprocess {
		return part{op: a.Op, sign: alters, what: "try again what groups could not give"}
	}
	product := n.sku(a.SKUID, a.SKUPartNumber)
	p := part{op: a.Op, what: product, product: product}
	switch a.Op {
	case plan.OpAdd:
		p.sign, p.off = gains, n.plans(a.DisabledPlans)
	case plan.OpRemove:
		p.sign, p.kept = loses, a.KeptBy
	default:
		off, on := planDelta(a)
		p.op, p.sign, p.off, p.on = plan.OpUpdate, alters, n.plans(off), n.plans(on)
	}
	return p
}

func locationChange(a plan.Action) string {
	if a.Before == nil || a.Before.UsageLocation == nil || *a.Before.UsageLocation == "" {
		return Safe(a.UsageLocation)
	}
	return Safe(*a.Before.UsageLocation) + " -> " + Safe(a.UsageLocation)
}

// planDelta gives the service plans that an update turns off and on.
func planDelta(a plan.Action) (off, on []plan.PlanRef) {
	if a.Before == nil {
		return a.DisabledPlans, nil
	}
	return without(a.DisabledPlans, a.Before.DisabledPlans), without(a.Before.DisabledPlans, a.DisabledPlans)
}

// without gives the plans of a that b lacks.
func without(a, b []plan.PlanRef) []plan.PlanRef {
	lacking := make(map[license.GUID]bool, len(a))
	for _, ref := range a {
		lacking[ref.ID] = true
	}
	for _, ref := range b {
		delete(lacking, ref.ID)
	}
	var out []plan.PlanRef
	for _, ref := range a {
		if lacking[ref.ID] {
			out = append(out, ref)
		}
	}
	return out
}

// appendShape appends what is the same for changes that do the same. It is made
// of ids, so that two products of one name stay apart.
func appendShape(key []byte, actions []plan.Action) []byte {
	for _, a := range actions {
		off, on := a.DisabledPlans, []plan.PlanRef(nil)
		if a.Op == plan.OpUpdate {
			off, on = planDelta(a)
		}
		key = appendText(key, string(a.Op))
		key = append(key, a.SKUID[:]...)
		key = appendText(key, a.SKUPartNumber)
		key = appendText(key, string(a.Cause))
		key = appendGroups(key, a.KeptBy)
		key = appendPlans(key, off)
		key = appendPlans(key, on)
		if a.Op == plan.OpSetUsageLocation {
			key = appendText(key, locationChange(a))
		}
	}
	return key
}

func appendGroups(key []byte, groups []license.GUID) []byte {
	key = binary.AppendUvarint(key, uint64(len(groups)))
	for _, id := range groups {
		key = append(key, id[:]...)
	}
	return key
}

func appendPlans(key []byte, refs []plan.PlanRef) []byte {
	key = binary.AppendUvarint(key, uint64(len(refs)))
	for _, ref := range refs {
		key = append(key, ref.ID[:]...)
	}
	return key
}

// appendText writes the length first, so that no text can run into the next.
func appendText(key []byte, s string) []byte {
	key = binary.AppendUvarint(key, uint64(len(s)))
	return append(key, s...)
}

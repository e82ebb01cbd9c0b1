package manifest

import (
	"time"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

var (
	policyKeys = []string{"tenantId", "skus", "unlistedUsers", "inherited", "protectedUsers",
		"unlistedGroups", "protectedGroups", "directAndInherited", "groupErrors", "guards", "seats", "prices", "timeZone", "warnDaysBeforeUntil",
		"warnDaysBeforeSubscriptionEnds", "drift", "acceptedDrift", "acceptedFindings", "reclaim", "mailboxCheck"}
	policySKUKeys = []string{"managed", "ignored"}
	driftKeys     = []string{"removals"}
	acceptedKeys  = []string{"user", "group", "sku", "owner", "reason", "until"}

	acceptedFindingKeys = []string{"code", "user", "sku", "group", "owner", "reason", "until"}
)

// managedAll is what stands for every SKU.
const managedAll = "all"

// readPolicy reads a Policy. There may be one in all files.
func (r *reader) readPolicy(m strictyaml.Mapping) {
	name := r.readName(m, KindPolicy)
	spec, _ := m.Need("spec").Mapping(policyKeys)
	p := plan.DefaultPolicy()
	p.Name, p.Source = name.Name, source(m.Pos())
	p.TenantID = readTenantID(spec.Get("tenantId"))
	p.UnlistedUsers = oneOf(spec.Get("unlistedUsers"), p.UnlistedUsers, plan.UnlistedIgnore, plan.UnlistedReport, plan.UnlistedRemove)
	p.Inherited = oneOf(spec.Get("inherited"), p.Inherited, plan.InheritedSatisfies, plan.InheritedAssign)
	p.Protected = readNamedUsers(spec.Get("protectedUsers"))
	readGroupPolicy(spec, &p)
	p.Guards = readGuards(spec.Get("guards"), p.Guards)
	p.Prices = readPrices(spec.Get("prices"))
	p.Location = readTimeZone(spec.Get("timeZone"), p.Location)
	drift, _ := spec.Get("drift").Mapping(driftKeys)
	p.DriftRemovals = oneOf(drift.Get("removals"), p.DriftRemovals, plan.DriftRemovalsHold, plan.DriftRemovalsApply)
	p.AcceptedDrift = readAcceptedDrift(spec.Get("acceptedDrift"))
	p.AcceptedFindings = readAcceptedFindings(spec.Get("acceptedFindings"))
	p.WarnBeforeUntil = readDays(spec.Get("warnDaysBeforeUntil"), p.WarnBeforeUntil)
	p.WarnBeforeSubscriptionEnds = readDays(spec.Get("warnDaysBeforeSubscriptionEnds"), 0)
	p.Reclaim = readReclaim(spec.Get("reclaim"))
	p.MailboxCheck = oneOf(spec.Get("mailboxCheck"), p.MailboxCheck, plan.MailboxCheckOff, plan.MailboxCheckHold)
	readPolicySKUs(spec.Get("skus"), &p)
	r.readSeats(spec.Get("seats"), &p)
	if r.policy != nil {
		r.reportSecondPolicy(m, r.policy.Source)
		return
	}
	r.policy = &p
}

func (r *reader) reportSecondPolicy(m strictyaml.Mapping, first plan.Source) {
	e := m.Errorf(CodeDuplicateName, "there are two policies, the first at %s", first)
	e.Hint = "a tenant has one policy; put everything into it"
	e.Related = []strictyaml.Pos{pos(first)}
}

// oneOf reads one of a few words, over a default.
func oneOf[T ~string](v strictyaml.Value, value T, allowed ...T) T {
	words := make([]string, len(allowed))
	for i, a := range allowed {
		words[i] = string(a)
	}
	if word, ok := v.OneOf(words...); ok {
		return T(word)
	}
	return value
}

func readTenantID(v strictyaml.Value) license.GUID {
	text, ok := v.Str()
	if !ok {
		return license.GUID{}
	}
	id := checkGUID(v, text)
	if license.IsGUID(text) && id == (license.GUID{}) {
		v.Errorf(CodeBadGUID, "the tenant id is all zeros").Hint = "remove the key to allow any tenant"
	}
	return id
}

// readPolicySKUs reads which SKUs take part: all of them, or those listed.
func readPolicySKUs(v strictyaml.Value, p *plan.Policy) {
	m, _ := v.Mapping(policySKUKeys)
	p.IgnoredSKUs = readRefs(m.Get("ignored"))
	managed := m.Get("managed")
	switch managed.Kind() {
	case strictyaml.KindAbsent:
	case strictyaml.KindList:
		p.ManagedSKUs = readRefs(managed)
	default:
		if managed.Literal() != managedAll {
			e := managed.WrongType("all, or a list of SKUs")
			e.Hint = strictyaml.DidYouMean(managed.Literal(), []string{managedAll})
		}
	}
}

// readTimeZone reads the zone in which dates begin.
func readTimeZone(v strictyaml.Value, location *time.Location) *time.Location {
	name, ok := v.Str()
	if !ok {
		return location
	}
	loaded, err := TimeZone(name)
	if err != nil {
		v.Errorf(CodeBadTimeZone, "%v", err).Hint = "write an IANA name such as Europe/Berlin, or UTC"
		return location
	}
	return loaded
}

// mostDays is more than anybody looks ahead.
const mostDays = 3650

// readDays reads a number of days over a default.
func readDays(v strictyaml.Value, days int) int {
	n, ok := v.Count()
	switch {
	case !ok:
		return days
	case n > mostDays:
		v.Errorf(strictyaml.CodeBadNumber, "want at most %d days, found %d", mostDays, n)
	}
	return n
}

func readAcceptedDrift(v strictyaml.Value) []plan.AcceptedDrift {
	items, _ := v.Items()
	var drift []plan.AcceptedDrift
	for item := range items {
		m, _ := item.Mapping(acceptedKeys)
		a := plan.AcceptedDrift{
			SKU:    readRef(m.Need("sku")),
			Owner:  readText(m.Need("owner")),
			Reason: readText(m.Need("reason")),
			Until:  readDate(m.Need("until")),
		}
		switch user, group := m.Get("user"), m.Get("group"); {
		case user.Present() && group.Present():
			item.Errorf(strictyaml.CodeBadValue, "a difference is that of a user or of a group, and this entry names both").Hint = "write an entry for each"
		case group.Present():
			a.Group = refAt(group, readGroup(group))
		default:
			a.User = readNamedUser(m.Need("user"))
		}
		drift = append(drift, a)
	}
	return drift
}

func readAcceptedFindings(v strictyaml.Value) []plan.AcceptedFinding {
	items, _ := v.Items()
	var out []plan.AcceptedFinding
	for item := range items {
		m, _ := item.Mapping(acceptedFindingKeys)
		a := plan.AcceptedFinding{
			Code:   oneOf(m.Need("code"), "", plan.AcceptableCodes()...),
			Source: source(item.Pos()),
			Group:  readGroupID(m.Get("group")),
			Owner:  readText(m.Need("owner")),
			Reason: readText(m.Need("reason")),
			Until:  readDate(m.Need("until")),
		}
		if user := m.Get("user"); user.Present() {
			a.User = readNamedUser(user)
		}
		if sku := m.Get("sku"); sku.Present() {
			a.SKU = readRef(sku)
		}
		out = append(out, a)
	}
	return out
}

// readGroupID reads the object id of a group: what is accepted of one must not
// pass to another that gets its name.
func readGroupID(v strictyaml.Value) license.GUID {
	text, ok := v.Str()
	if !ok {
		return license.GUID{}
	}
	return checkGUID(v, text)
}

// readText reads a text that somebody has to have written.
func readText(v strictyaml.Value) string {
	text, ok := v.Str()
	if ok && text == "" {
		v.Errorf(strictyaml.CodeBadValue, "the text is empty")
	}
	return text
}

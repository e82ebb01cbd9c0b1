package emulator

import (
	"regexp"
	"strconv"
	"time"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/license"
)

// evidenceKeys are the keys of a user that say how they use what they hold.
func evidenceKeys() []string {
	return []string{"createdDateTime", "employeeHireDate", "employeeLeaveDateTime", "signInActivity", "usage", "mailbox"}
}

// evidence reads what is known of a user.
func (p *tenantParser) evidence(m strictyaml.Mapping) Evidence {
	out := Evidence{Created: momentOf(m.Get("createdDateTime")), Hired: momentOf(m.Get("employeeHireDate")), Leaves: momentOf(m.Get("employeeLeaveDateTime"))}
	if s, ok := m.Get("signInActivity").Mapping([]string{"lastSignInDateTime", "lastNonInteractiveSignInDateTime", "lastSuccessfulSignInDateTime"}); ok {
		out.SignIns = &SignIns{
			momentOf(s.Get("lastSignInDateTime")), momentOf(s.Get("lastNonInteractiveSignInDateTime")), momentOf(s.Get("lastSuccessfulSignInDateTime")),
		}
	}
	names := []string{"copilot"}
	for _, w := range license.AllWorkloads() {
		names = append(names, string(w))
	}
	if used, ok := m.Get("usage").Mapping(names); ok {
		out.Copilot, out.Uses = momentOf(used.Get("copilot")), map[license.Workload]Moment{}
		for _, w := range license.AllWorkloads() {
			out.Uses[w] = momentOf(used.Get(string(w)))
		}
	}
	if box, ok := m.Get("mailbox").Mapping([]string{"none", "purpose", "gigabytes", "archive"}); ok {
		out.Mailbox = &Mailbox{}
		out.Mailbox.None, _ = box.Get("none").Bool()
		out.Mailbox.Purpose, _ = box.Get("purpose").OneOf("user", "linked", "shared", "room", "equipment", "others")
		gigabytes, _ := box.Get("gigabytes").Count()
		out.Mailbox.Bytes = int64(gigabytes) << 30
		out.Mailbox.Archive, _ = box.Get("archive").Bool()
	}
	return out
}

// subscriptions reads the subscriptions of a product.
func (p *tenantParser) subscriptions(v strictyaml.Value) []Subscription {
	var out []Subscription
	p.eachItem(v, func(v strictyaml.Value) {
		m, ok := v.Mapping([]string{"status", "trial", "seats", "createdDateTime", "nextLifecycleDateTime"})
		if !ok {
			return
		}
		s := Subscription{Created: momentOf(m.Get("createdDateTime")), Changes: momentOf(m.Get("nextLifecycleDateTime"))}
		s.Status, _ = m.Get("status").OneOf("Enabled", "Warning", "Suspended", "Deleted", "LockedOut")
		s.Trial, _ = m.Get("trial").Bool()
		s.Seats, _ = m.Need("seats").Count()
		out = append(out, s)
	})
	return out
}

// The moments that count from the start of the emulator.
var (
	momentAgo    = regexp.MustCompile(`^(\d{1,5}) days? ago$`)
	momentIn     = regexp.MustCompile(`^in (\d{1,5}) days?$`)
	momentLayout = []string{time.RFC3339, time.DateOnly}
)

// momentOf takes a value as a time: 2026-08-14, 2026-08-14T09:00:00Z, "20 days
// ago", "in 20 days". What is not there is null.
func momentOf(v strictyaml.Value) Moment {
	text, ok := v.DateText()
	if !ok {
		return Moment{}
	}
	if found := momentAgo.FindStringSubmatch(text); found != nil {
		days, _ := strconv.Atoi(found[1])
		return InDays(-days)
	}
	if found := momentIn.FindStringSubmatch(text); found != nil {
		days, _ := strconv.Atoi(found[1])
		return InDays(days)
	}
	for _, layout := range momentLayout {
		if at, err := time.Parse(layout, text); err == nil {
			return At(at)
		}
	}
	v.Errorf(strictyaml.CodeBadValue, "%q is not a time", text).Hint = "write 2026-08-14, 2026-08-14T09:00:00Z, 20 days ago or in 20 days"
	return Moment{}
}

package cli

import (
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// openGroups says how many groups, members and users are not as planned.
func (d *applied) openGroups(groups, users int) string {
	text := quantity.Text(groups) + " of " + quantity.Of(len(d.Plan.GroupChanges), "group")
	if n := d.Outcome.Receipt.FailingMembers(); n > 0 {
		text += ", with " + quantity.Of(n, "member") + " in error"
	}
	if users > 0 {
		text += ", and " + quantity.Text(users) + " of " + quantity.Of(len(d.Plan.Changes), "user")
	}
	return text
}

// groupsUnsent is for a run in which no write was sent, since no group was as
// planned, or was let through. Members of a group that was as planned already may
// be in error all the same.
func (d *applied) groupsUnsent() error {
	counts := d.Outcome.Receipt.GroupCounts()
	switch {
	case counts[receipt.Stale] > 0:
		return unwritten(&failure{code: CodeStale, what: quantity.Of(counts[receipt.Stale], "group") + " changed since the plan was made", next: "plan again"})
	case counts[receipt.Blocked] > 0:
		return unwritten(&failure{code: CodeInput, what: quantity.Of(counts[receipt.Blocked], "group") + " could not be changed, and nothing was ready", next: "see the reasons of the plan, and the receipt"})
	case counts[receipt.Held] > 0:
		return d.heldUnsent()
	}
	open := d.openGroups(d.Outcome.Receipt.OpenGroups(), d.Outcome.Receipt.Counts()[receipt.Blocked])
	return &failure{code: CodePartial, what: "not as planned: " + open + "; nothing was written", next: "the receipt names the members; see to them, and plan again"}
}

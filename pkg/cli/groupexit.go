package cli

import (
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/plan"
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

// blockedGroups counts the groups whose change the plan itself does not let through.
func (d *applied) blockedGroups() int {
	n := 0
	for i := range d.Plan.GroupChanges {
		if d.Plan.GroupChanges[i].Status == plan.StatusBlocked {
			n++
		}
	}
	return n
}

// groupsUnsent is for a run in which no write was sent, since no group was as
// planned, or was let through. Members of a group that was as planned already may
// be in error all the same, and something may have kept a group from its turn that
// goes away by itself: neither is a mistake of the input.
func (d *applied) groupsUnsent() error {
	counts := d.Outcome.Receipt.GroupCounts()
	switch {
	case counts[receipt.Stale] > 0:
		return unwritten(&failure{code: CodeStale, what: quantity.Of(counts[receipt.Stale], "group") + " changed since the plan was made", next: "plan again"})
	case d.blockedGroups() > 0:
		return unwritten(&failure{code: CodeInput, what: "the plan blocks " + quantity.Of(d.blockedGroups(), "group") + ", and nothing was ready", next: "see the reasons of the plan"})
	case counts[receipt.Held] > 0:
		return d.heldUnsent()
	}
	open := d.openGroups(d.Outcome.Receipt.OpenGroups(), d.Outcome.Receipt.Counts()[receipt.Blocked])
	return &failure{code: CodePartial, what: "not as planned: " + open + "; nothing was written", next: "the receipt says why and names the members; see to that, and plan again"}
}

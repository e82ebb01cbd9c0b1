package receipt

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// GroupIntent says that a call about a group is about to be sent. It reaches the
// disk before the request leaves. A group that gains and loses has one for each
// of its two calls.
type GroupIntent struct {
	Group   plan.Group      `json:"group"`
	Source  plan.Source     `json:"source"`
	Actions []plan.Action   `json:"actions"` // of this call
	Before  plan.GroupState `json:"before"`  // what the group gives, as the run found it
	After   plan.GroupState `json:"after"`   // what it gives after this call
	At      time.Time       `json:"at"`
}

// GroupResult says what became of one change of a group, and of its members.
type GroupResult struct {
	Group    plan.Group    `json:"group"`
	Source   plan.Source   `json:"source"`
	Actions  []plan.Action `json:"actions"`
	Outcome  Outcome       `json:"outcome"` // of the calls
	At       time.Time     `json:"at"`
	Attempts int           `json:"attempts"` // writes sent for this group, retries included

	// Reasons are codes of findings or of refusals; Message says the same in plain
	// words and Hint what to do about it.
	Reasons []string `json:"reasons,omitempty"`
	Message string   `json:"message,omitempty"`
	Hint    string   `json:"hint,omitempty"`

	// Left is what the group was seen to give where the change stopped half-way; nil:
	// as before, or as planned.
	Left *plan.GroupState `json:"left,omitempty"`

	// What the service answered last, where it refused or failed.
	Status         int    `json:"status,omitzero"` // HTTP
	ServiceCode    string `json:"serviceCode,omitempty"`
	ServiceMessage string `json:"serviceMessage,omitempty"`

	RequestIDs []string `json:"requestIds,omitempty"` // of every write, in order

	// Verification says whether every member was seen with what the group gives, and
	// without what it took: only then verified.
	Verification Verification `json:"verification,omitempty"`

	// Members count the members whom the plan knew by what they were seen with; nil
	// where nobody was looked at.
	Members *MemberCounts `json:"members,omitempty"`

	// Failing are members for whom a license of the group is not in force, with what
	// the service says of it, by name and product; nil where there is none.
	Failing []FailingMember `json:"failing,omitempty"`

	// SwitchedOff are service plans that the change asks for and that the group was last
	// seen without: the service switches some off by itself. Nil: it was seen with all.
	SwitchedOff []plan.StateLicense `json:"switchedOff,omitempty"`
}

// ReasonNotSeen is the reason of a change that was sent and accepted, where the group
// was not seen to give what was sent.
const ReasonNotSeen = "not-seen"

// MemberCounts count members by what they were last seen with. They add up to
// Total.
type MemberCounts struct {
	Total   int `json:"total"`
	Arrived int `json:"arrived"` // all that was carried out has reached them
	Waiting int `json:"waiting"` // something is still to come, or to go
	Failing int `json:"failing"` // the service says that it cannot give them something
	Gone    int `json:"gone"`    // no members any more, or no users of the tenant
}

// FailingMember is a license of a group that is not in force for a member.
type FailingMember struct {
	User          plan.UserRef `json:"user"`
	SKUID         license.GUID `json:"skuId"`
	SKUPartNumber string       `json:"skuPartNumber"`
	State         string       `json:"state,omitempty"` // of the assignment; the service's word
	Error         string       `json:"error,omitempty"` // the same, such as CountViolation
}

// Open reports whether the change is not as planned: it did not come about, or
// not for all members as far as could be seen.
func (r *GroupResult) Open() bool {
	if !r.Outcome.Succeeded() {
		return true
	}
	return r.Verification == Unverified || r.Members != nil && r.Members.Failing > 0
}

// GroupCounts tells how many changes of groups ended in each outcome. They add up
// to those of the plan.
func (r *Receipt) GroupCounts() map[Outcome]int {
	counts := map[Outcome]int{}
	for _, res := range r.GroupResults {
		counts[res.Outcome]++
	}
	if missing := r.Run.GroupChanges - len(r.GroupResults); missing > 0 {
		counts[NotAttempted] += missing
	}
	return counts
}

// OpenGroups counts the changes of groups that are not as planned.
func (r *Receipt) OpenGroups() int {
	n := max(r.Run.GroupChanges-len(r.GroupResults), 0)
	for i := range r.GroupResults {
		if r.GroupResults[i].Open() {
			n++
		}
	}
	return n
}

// FailingMembers counts the members of all groups for whom something is not in
// force, each once a group.
func (r *Receipt) FailingMembers() int {
	n := 0
	for _, res := range r.GroupResults {
		if res.Members != nil {
			n += res.Members.Failing
		}
	}
	return n
}

// closeOpenGroups gives every announced call of a group a result.
func (r *Receipt) closeOpenGroups() {
	ended := map[license.GUID]bool{}
	for _, res := range r.GroupResults {
		ended[res.Group.ID] = true
	}
	sent := map[license.GUID]GroupIntent{} // the latest
	for _, i := range r.GroupIntents {
		if !ended[i.Group.ID] {
			sent[i.Group.ID] = i
		}
	}
	for _, i := range slices.SortedFunc(maps.Values(sent), func(a, b GroupIntent) int { return license.CompareGUIDs(a.Group.ID, b.Group.ID) }) {
		r.GroupResults = append(r.GroupResults, GroupResult{
			Group: i.Group, Source: i.Source, Actions: i.Actions, Outcome: Unknown, At: i.At,
			Message: "the run ended before it was written down what became of the change",
			Hint:    "apply the plan again: it looks at the group and its members first",
		})
	}
}

// sortGroups puts the results of groups in the order of a plan's changes.
func (r *Receipt) sortGroups() {
	slices.SortStableFunc(r.GroupResults, func(a, b GroupResult) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Group.DisplayName), strings.ToLower(b.Group.DisplayName)), license.CompareGUIDs(a.Group.ID, b.Group.ID))
	})
}

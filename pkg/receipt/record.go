package receipt

import (
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// FormatVersion is the version of the receipt's lines. Readers refuse another
// one.
const FormatVersion = "1"

// Outcome is what became of one planned change. Every change of a plan ends
// in exactly one.
type Outcome string

// The outcomes.
const (
	Done         Outcome = "done"          // acknowledged by the service, or seen afterwards
	Already      Outcome = "already"       // the user had the after-state; nothing was sent
	Stale        Outcome = "stale"         // the user is not as the plan saw them; nothing was sent
	Refused      Outcome = "refused"       // the service said no
	Failed       Outcome = "failed"        // retries used up, and the change is known not to be complete
	Blocked      Outcome = "blocked"       // what it needs (a seat, a usage location) is not there
	Held         Outcome = "held"          // kept back on purpose
	NotAttempted Outcome = "not_attempted" // the run stopped before its turn
	Unknown      Outcome = "unknown"       // sent, and nobody could find out what happened
)

// Outcomes lists every outcome, in the order in which they are shown.
func Outcomes() []Outcome {
	return []Outcome{Done, Already, Stale, Refused, Failed, Blocked, Held, NotAttempted, Unknown}
}

// Succeeded reports whether the change is as planned, as far as the calls go.
func (o Outcome) Succeeded() bool { return o == Done || o == Already }

// Verification says whether the after-state was seen in the tenant.
type Verification string

// The results of verifying a change.
const (
	NotVerified Verification = ""           // not looked at: nothing was done
	Verified    Verification = "verified"   // the after-state was read back
	Unverified  Verification = "unverified" // not seen before the time ran out; reads may lag
)

// Run opens a receipt: which plan is carried out, by whom, from where.
type Run struct {
	FormatVersion string      `json:"formatVersion"`
	RunID         string      `json:"runId"` // a GUID made for this run
	PlanID        string      `json:"planId"`
	Tenant        plan.Tenant `json:"tenant"`
	Cloud         string      `json:"cloud"`
	Tool          plan.Tool   `json:"tool"`
	StartedAt     time.Time   `json:"startedAt"`
	Actor         string      `json:"actor,omitempty"`       // who started it, as the CI system tells
	Commit        string      `json:"commit,omitempty"`      // of the manifests, as the CI system tells
	Changes       int         `json:"changes"`               // how many results a complete receipt has
	GroupChanges  int         `json:"groupChanges,omitzero"` // how many group results it has
	Scope         plan.Scope  `json:"scope"`                 // the SKUs that took part

	// What the plan was made from: those whom it has no change for were as
	// declared there. Receipts of earlier versions do not have it.
	Sources []plan.SourceFile `json:"sources,omitempty"`
	AsOf    plan.Date         `json:"asOf,omitzero"`
	LeftOut int               `json:"leftOut,omitzero"`  // users of whom options left something out
	Limits  LimitsFrom        `json:"limits,omitempty"`  // of a saved plan; empty: it was planned on the spot, or an older receipt does not tell
	Missing []string          `json:"missing,omitempty"` // users as the manifests name them whom the tenant did not have

	// LeftOutGroups counts the groups of which options left something out, and the
	// entries for which the tenant had no group, or several; nil: the plan does not
	// tell of groups.
	LeftOutGroups *int `json:"leftOutGroups,omitempty"`

	// Groups are the names of the groups by which something is kept, as Plan.Groups
	// has them; nil: none was read, or it is an older receipt.
	Groups []plan.Group `json:"groups,omitempty"`
}

// LimitsFrom says where the limits and approvals come from under which a saved
// plan was carried out.
type LimitsFrom string

// Where limits come from.
const (
	LimitsOfManifests LimitsFrom = "manifests" // they were there, as the plan was made from them
	LimitsOfPlan      LimitsFrom = "plan"      // the file of the plan says so, and nothing else was there to ask
)

// Intent says that a write is about to be sent. It reaches the disk before
// the request leaves.
type Intent struct {
	User    plan.UserRef  `json:"user"`
	Source  plan.Source   `json:"source"`
	Actions []plan.Action `json:"actions"`
	Before  plan.State    `json:"before"`
	After   plan.State    `json:"after"`
	At      time.Time     `json:"at"`

	// Found is what the user held when the run began, where that was not Before:
	// a part of the change was there already. nil: Before.
	Found *plan.State `json:"found,omitempty"`
}

// Result says what became of one change.
type Result struct {
	User     plan.UserRef  `json:"user"`
	Source   plan.Source   `json:"source"`
	Actions  []plan.Action `json:"actions"`
	Outcome  Outcome       `json:"outcome"`
	At       time.Time     `json:"at"`
	Attempts int           `json:"attempts"` // writes sent for this user, retries included

	// Reasons are codes of findings or of refusals; Message says the same in
	// plain words and Hint what to do about it.
	Reasons []string `json:"reasons,omitempty"`
	Message string   `json:"message,omitempty"`
	Hint    string   `json:"hint,omitempty"`

	// Left is what the user was seen to hold where a change stopped half-way;
	// nil: as before, or as planned.
	Left *plan.State `json:"left,omitempty"`

	// What the service answered last, where it refused or failed.
	Status         int    `json:"status,omitzero"` // HTTP
	ServiceCode    string `json:"serviceCode,omitempty"`
	ServiceMessage string `json:"serviceMessage,omitempty"`

	RequestIDs   []string     `json:"requestIds,omitempty"` // of every write, in order
	Verification Verification `json:"verification,omitempty"`

	// VerificationMessage says why the user could not be looked at; empty where
	// they could, and did not show the change.
	VerificationMessage string `json:"verificationMessage,omitempty"`
}

// Verify says what reading a changed user back showed. It follows the result
// that it completes.
type Verify struct {
	User         license.GUID `json:"userId"`
	Verification Verification `json:"verification"`
	Message      string       `json:"message,omitempty"` // as in Result.VerificationMessage
	At           time.Time    `json:"at"`
}

// End closes a receipt. A receipt without one was cut short.
type End struct {
	FinishedAt time.Time       `json:"finishedAt"`
	Counts     map[Outcome]int `json:"counts"`
	Unverified int             `json:"unverified"`
	StopReason string          `json:"stopReason,omitempty"` // why the run ended before its end

	GroupCounts    map[Outcome]int `json:"groupCounts,omitempty"`   // of the changes of groups
	FailingMembers int             `json:"failingMembers,omitzero"` // members for whom something of a group is not in force
}

// Line is one line of the file: exactly one of its fields is set.
type Line struct {
	Run    *Run    `json:"run,omitempty"`
	Intent *Intent `json:"intent,omitempty"`
	Result *Result `json:"result,omitempty"`
	Verify *Verify `json:"verify,omitempty"`

	GroupIntent *GroupIntent `json:"groupIntent,omitempty"`
	GroupResult *GroupResult `json:"groupResult,omitempty"`

	End *End `json:"end,omitempty"`
}

package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// receiptView is what every format says of a receipt: grouped, ordered, named
// and made safe.
type receiptView struct {
	runID    string
	planID   string
	tenant   string
	started  time.Time
	took     time.Duration // zero where the run was cut short
	actor    string
	commit   string
	planned  int
	counts   map[receipt.Outcome]int // adding up to planned
	seen     int                     // done and read back
	unseen   int                     // done and not seen before the time ran out
	missing  int                     // changes of which the receipt says nothing
	stopped  string                  // why the run ended before its end
	complete bool
	closed   bool // the run came to write its last line
	torn     bool
	outcomes []outcomeSection
}

// outcomeSection is the changes that ended alike.
type outcomeSection struct {
	outcome    receipt.Outcome
	unverified bool // of the done ones, those that were not seen afterwards
	groups     []*resultGroup
	users      int
}

// resultGroup is changes that do the same and ended the same way, for the same
// reason.
type resultGroup struct {
	parts    []part
	reasons  []string
	cause    string // on which side the difference came up, where all parts share that
	message  string
	hint     string
	service  string // what the service answered
	request  string // the last request of the first user
	attempts int    // of the first user
	users    crowd
	results  []*receipt.Result // of the users
}

// newReceiptView sorts a receipt for reading. What went wrong comes first, what
// was done last.
func newReceiptView(r *receipt.Receipt, n namer) *receiptView {
	v := &receiptView{
		runID:    Safe(r.Run.RunID),
		planID:   Safe(r.Run.PlanID),
		tenant:   tenantName(r.Run.Tenant, r.Run.Cloud),
		started:  r.Run.StartedAt,
		actor:    Safe(r.Run.Actor),
		commit:   Safe(r.Run.Commit),
		planned:  max(r.Run.Changes, len(r.Results)),
		counts:   countOutcomes(r),
		missing:  max(0, r.Run.Changes-len(r.Results)),
		complete: isComplete(r),
		closed:   r.End != nil,
		torn:     r.Torn,
		outcomes: outcomesOf(sortedResults(r.Results), n),
	}
	v.seen, v.unseen = countVerified(r.Results)
	if r.End != nil {
		v.stopped = SafeMessage(r.End.StopReason)
		v.took = r.End.FinishedAt.Sub(r.Run.StartedAt)
	}
	return v
}

// results gives every result in the order of the sections and groups.
func (v *receiptView) results() []*receipt.Result {
	var out []*receipt.Result
	for _, s := range v.outcomes {
		for _, g := range s.groups {
			out = append(out, g.results...)
		}
	}
	return out
}

// isComplete reports a receipt that was closed and tells of every change.
func isComplete(r *receipt.Receipt) bool {
	return r.End != nil && !r.Torn && len(r.Results) >= r.Run.Changes
}

// countOutcomes counts results by a known outcome. Changes without a result
// were not attempted: a write is announced before it is sent.
func countOutcomes(r *receipt.Receipt) map[receipt.Outcome]int {
	counts := make(map[receipt.Outcome]int)
	for _, res := range r.Results {
		counts[known(res.Outcome)]++
	}
	counts[receipt.NotAttempted] += max(0, r.Run.Changes-len(r.Results))
	return counts
}

// known maps what is no outcome to receipt.Unknown.
func known(o receipt.Outcome) receipt.Outcome {
	if slices.Contains(receipt.Outcomes(), o) {
		return o
	}
	return receipt.Unknown
}

// countVerified counts the done changes that were seen afterwards and those
// that were looked for and not seen.
func countVerified(results []receipt.Result) (seen, unseen int) {
	for _, res := range results {
		switch {
		case res.Outcome != receipt.Done:
		case res.Verification == receipt.Verified:
			seen++
		case res.Verification == receipt.Unverified:
			unseen++
		}
	}
	return seen, unseen
}

// outcomeOrder is the order in which a reader needs the outcomes.
var outcomeOrder = [...]outcomeSection{
	{outcome: receipt.Refused},
	{outcome: receipt.Failed},
	{outcome: receipt.Unknown},
	{outcome: receipt.Stale},
	{outcome: receipt.Done, unverified: true},
	{outcome: receipt.Blocked},
	{outcome: receipt.Held},
	{outcome: receipt.NotAttempted},
	{outcome: receipt.Done},
	{outcome: receipt.Already},
}

// outcomesOf sorts results into sections and groups. Sections without a result
// are left out.
func outcomesOf(results []receipt.Result, n namer) []outcomeSection {
	sections := slices.Clone(outcomeOrder[:])
	byKey := make(map[string]*resultGroup)
	for i := range results {
		res := &results[i]
		at := slices.IndexFunc(sections, func(s outcomeSection) bool {
			return s.outcome == known(res.Outcome) && s.unverified == isUnseen(*res)
		})
		s := &sections[at]
		s.users++
		key := resultKey(at, *res)
		g, seen := byKey[key]
		if !seen {
			g = newResultGroup(*res, n)
			byKey[key] = g
			s.groups = append(s.groups, g)
		}
		g.users = append(g.users, member{name: userName(res.User), place: placeName(res.Source)})
		g.results = append(g.results, res)
	}
	for _, s := range sections {
		slices.SortStableFunc(s.groups, func(a, b *resultGroup) int { return cmp.Compare(len(b.users), len(a.users)) })
	}
	return slices.DeleteFunc(sections, func(s outcomeSection) bool { return s.users == 0 })
}

func isUnseen(res receipt.Result) bool {
	return res.Outcome == receipt.Done && res.Verification == receipt.Unverified
}

func resultKey(section int, res receipt.Result) string {
	key := []byte{byte(section)}
	key = appendText(key, res.Message)
	key = appendText(key, res.Hint)
	key = appendText(key, strconv.Itoa(res.Status)+res.ServiceCode)
	key = appendText(key, res.ServiceMessage)
	for _, reason := range res.Reasons {
		key = appendText(key, reason)
	}
	return shapeKey(res.Actions) + string(key)
}

func newResultGroup(res receipt.Result, n namer) *resultGroup {
	g := &resultGroup{
		parts:    n.parts(res.Actions),
		message:  SafeMessage(res.Message),
		hint:     SafeMessage(res.Hint),
		service:  serviceText(res),
		attempts: res.Attempts,
	}
	g.cause = liftCause(g.parts)
	for _, reason := range res.Reasons {
		g.reasons = append(g.reasons, Safe(reason))
	}
	if len(res.RequestIDs) > 0 {
		g.request = Safe(res.RequestIDs[len(res.RequestIDs)-1])
	}
	return g
}

// serviceText gives "400 Request_BadRequest: …", as far as it is known.
func serviceText(res receipt.Result) string {
	var words []string
	if res.Status != 0 {
		words = append(words, strconv.Itoa(res.Status))
	}
	if res.ServiceCode != "" {
		words = append(words, Safe(res.ServiceCode))
	}
	text := strings.Join(words, " ")
	if res.ServiceMessage == "" {
		return text
	}
	return strings.TrimPrefix(text+": "+SafeMessage(res.ServiceMessage), ": ")
}

// sortedResults gives the results by user principal name, then id. It never
// returns nil.
func sortedResults(results []receipt.Result) []receipt.Result {
	out := append([]receipt.Result{}, results...)
	slices.SortStableFunc(out, func(a, b receipt.Result) int {
		return cmp.Or(
			strings.Compare(license.UPNKey(a.User.UserPrincipalName), license.UPNKey(b.User.UserPrincipalName)),
			license.CompareGUIDs(a.User.ID, b.User.ID),
		)
	})
	return out
}

package report

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/receipt"
)

// receiptView is what every format says of a receipt: grouped, ordered, named
// and made safe.
type receiptView struct {
	namer
	receiptRows

	runID    string
	planID   string
	tenant   string
	started  time.Time
	took     time.Duration // zero where the run was cut short
	actor    string
	commit   string
	limits   string // where a saved plan was believed; empty: the manifests were asked
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

// receiptRows is a receipt as it is to be read.
type receiptRows struct {
	head       *receipt.Receipt     // all but the results
	resultRows rows[receipt.Result] // sorted by user principal name, then id
}

func newReceiptRows(r *receipt.Receipt, o Options) receiptRows {
	if o.Redact {
		return redactReceipt(r)
	}
	head := *r
	head.Results = nil
	return receiptRows{&head, rows[receipt.Result]{all: r.Results, order: byUser(r.Results)}}
}

// byUser gives the places of results by user principal name, then id.
func byUser(results []receipt.Result) []int32 {
	out := indexes(len(results))
	slices.SortStableFunc(out, func(a, b int32) int { return results[a].User.Compare(results[b].User) })
	return out
}

// outcomeSection is the changes that ended alike.
type outcomeSection struct {
	outcome    receipt.Outcome
	unverified bool // of the done ones, those that were not seen afterwards
	batches    []*resultBatch
	users      int
}

// resultBatch is changes that do the same and ended the same way, for the same
// reason: their places among the results.
type resultBatch struct{ results []int32 }

// resultWords is what is said of a batch. All of it is safe.
type resultWords struct {
	changeWords
	message  string
	hint     string
	service  string // what the service answered
	request  string // the last request of the first user
	attempts int    // of the first user
}

// newReceiptView sorts a receipt for reading. What went wrong comes first, what
// was done last.
func newReceiptView(r *receipt.Receipt, o Options) *receiptView {
	read := newReceiptRows(r, o)
	run, results := read.head.Run, read.resultRows.len()
	v := &receiptView{
		namer:       newReceiptNamer(o.Names, read),
		receiptRows: read,
		runID:       Safe(run.RunID),
		planID:      Safe(run.PlanID),
		tenant:      tenantName(run.Tenant, run.Cloud),
		started:     run.StartedAt,
		actor:       Safe(run.Actor),
		commit:      Safe(run.Commit),
		limits:      limitsWords(run.Limits),
		planned:     max(run.Changes, results),
		counts:      countOutcomes(read),
		missing:     max(0, run.Changes-results),
		complete:    isComplete(read),
		closed:      read.head.End != nil,
		torn:        read.head.Torn,
		outcomes:    outcomesOf(read.resultRows),
	}
	v.seen, v.unseen = countVerified(read.resultRows)
	if end := read.head.End; end != nil {
		v.stopped = SafeMessage(end.StopReason)
		v.took = end.FinishedAt.Sub(run.StartedAt)
	}
	return v
}

// limitsWords says that a saved plan was believed where nobody could be asked;
// empty: its limits are those of the manifests.
func limitsWords(from receipt.LimitsFrom) string {
	if from != receipt.LimitsOfPlan {
		return ""
	}
	return "limits and approvals as the saved plan has them: its manifests were not there"
}

// results gives every result in the order of the sections and batches.
func (v *receiptView) results() iter.Seq[*receipt.Result] {
	return func(yield func(*receipt.Result) bool) {
		for _, s := range v.outcomes {
			for _, b := range s.batches {
				for _, i := range b.results {
					if !yield(v.resultRows.at(int(i))) {
						return
					}
				}
			}
		}
	}
}

// isComplete reports a receipt that was closed and tells of every change.
func isComplete(r receiptRows) bool {
	return r.head.End != nil && !r.head.Torn && r.resultRows.len() >= r.head.Run.Changes && len(r.head.GroupResults) >= r.head.Run.GroupChanges
}

// countOutcomes counts results by a known outcome. Changes without a result
// were not attempted: a write is announced before it is sent.
func countOutcomes(r receiptRows) map[receipt.Outcome]int {
	counts := make(map[receipt.Outcome]int)
	for i := range r.resultRows.len() {
		counts[known(r.resultRows.raw(i).Outcome)]++
	}
	counts[receipt.NotAttempted] += max(0, r.head.Run.Changes-r.resultRows.len())
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
func countVerified(results rows[receipt.Result]) (seen, unseen int) {
	for i := range results.len() {
		res := results.raw(i)
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

// outcomesOf sorts results into sections and batches. Sections without a result
// are left out.
func outcomesOf(all rows[receipt.Result]) []outcomeSection {
	sections := slices.Clone(outcomeOrder[:])
	byKey := make(map[string]*resultBatch)
	var key []byte
	for i := range all.len() {
		res := all.at(i)
		at := slices.IndexFunc(sections, func(s outcomeSection) bool {
			return s.outcome == known(res.Outcome) && s.unverified == isUnseen(res)
		})
		s := &sections[at]
		s.users++
		key = appendResult(append(key[:0], byte(at)), res)
		b, seen := byKey[string(key)]
		if !seen {
			b = &resultBatch{}
			byKey[string(key)] = b
			s.batches = append(s.batches, b)
		}
		b.results = append(b.results, int32(i))
	}
	for _, s := range sections {
		slices.SortStableFunc(s.batches, func(a, b *resultBatch) int { return cmp.Compare(len(b.results), len(a.results)) })
		byReason(all, s.batches)
	}
	return slices.DeleteFunc(sections, func(s outcomeSection) bool { return s.users == 0 })
}

// byReason brings batches together that ended for the same reason, and leaves
// them in their order otherwise.
func byReason(all rows[receipt.Result], groups []*resultBatch) {
	rank := make(map[string]int)
	ranks := make(map[*resultBatch]int, len(groups))
	for _, b := range groups {
		key := string(appendReason(nil, all.at(int(b.results[0]))))
		if _, known := rank[key]; !known {
			rank[key] = len(rank)
		}
		ranks[b] = rank[key]
	}
	slices.SortStableFunc(groups, func(a, b *resultBatch) int { return cmp.Compare(ranks[a], ranks[b]) })
}

func isUnseen(res *receipt.Result) bool {
	return res.Outcome == receipt.Done && res.Verification == receipt.Unverified
}

// appendResult appends what is the same for changes that do the same and ended
// alike.
func appendResult(key []byte, res *receipt.Result) []byte {
	key = appendReason(key, res)
	for _, reason := range res.Reasons {
		key = appendText(key, reason)
	}
	return appendShape(append(key, 0), res.Actions)
}

// appendReason appends why a change ended as it did.
func appendReason(key []byte, res *receipt.Result) []byte {
	key = appendText(appendText(key, res.Message), res.VerificationMessage)
	key = appendText(key, res.Hint)
	key = appendText(key, strconv.Itoa(res.Status)+res.ServiceCode)
	return appendText(key, res.ServiceMessage)
}

// words puts into words what a batch did and how it ended.
func (v *receiptView) words(b *resultBatch) resultWords {
	res := v.resultRows.at(int(b.results[0]))
	out := resultWords{
		changeWords: changeWords{parts: v.parts(res.Actions)},
		message:     SafeMessage(cmp.Or(res.Message, res.VerificationMessage)),
		hint:        SafeMessage(res.Hint),
		service:     serviceText(res),
		attempts:    res.Attempts,
	}
	out.cause = liftCause(out.parts)
	for _, reason := range res.Reasons {
		out.reasons = append(out.reasons, Safe(reason))
	}
	if len(res.RequestIDs) > 0 {
		out.request = Safe(res.RequestIDs[len(res.RequestIDs)-1])
	}
	return out
}

// users are those of a batch.
func (v *receiptView) users(b *resultBatch) userList {
	return userList{len(b.results), func(i int) member {
		res := v.resultRows.at(int(b.results[i]))
		return member{user: res.User, source: sourceOf(res.Source)}
	}}
}

// serviceText gives "400 Request_BadRequest: …", as far as it is known.
func serviceText(res *receipt.Result) string {
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

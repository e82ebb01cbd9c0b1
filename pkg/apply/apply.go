package apply

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// Reader reads users and seats as they are now. A user that is missing from the answer
// is not in the tenant; a read that is not complete is an error.
type Reader interface {
	Users(ctx context.Context, ids []license.GUID) ([]license.UserState, error)
	SubscribedSKUs(ctx context.Context) ([]license.SKU, error)

	// Answers tells whom each of the queries selects. It is asked where something is
	// taken away that rests on it.
	Answers(ctx context.Context, queries []plan.Query) (map[plan.Query]plan.Answer, error)

	// Signals tells what is wanted of users, who are sorted by id. It is asked where
	// something is taken away that rests on signs of use, or a mailbox goes. What is
	// not told is told as such.
	Signals(ctx context.Context, wanted license.SignalRequest, users []license.UserState) (license.Signals, error)
}

// Writer changes one user, in one attempt. A *graph.Writer is one.
type Writer interface {
	AssignLicense(ctx context.Context, user license.GUID, change graph.LicenseChange) (graph.Reply, error)
	SetUsageLocation(ctx context.Context, user license.GUID, country string) (graph.Reply, error)
}

// GroupReader reads groups as they are now.
type GroupReader interface {
	// Groups gives groups without their members, sorted by id; one that is not in
	// the tenant is missing.
	Groups(ctx context.Context, ids []license.GUID) ([]license.Group, error)

	// Members gives the users who are direct members of a group, sorted. That it is
	// not known of everybody is a graph.ErrUntoldMembers.
	Members(ctx context.Context, group license.GUID) ([]license.GUID, error)
}

// GroupWriter changes what a group gives, or has the service try again what groups
// could not give a user, in one attempt. A *graph.Writer is one.
type GroupWriter interface {
	AssignGroupLicense(ctx context.Context, group license.GUID, change graph.LicenseChange) (graph.Reply, error)
	Reprocess(ctx context.Context, user license.GUID) (graph.Reply, error)
}

// Journal takes down what happens. A *receipt.Writer is one. Intent returns
// when it is safe on disk; once a call has failed, nothing more is sent.
type Journal interface {
	Begin(receipt.Run) error
	Intent(receipt.Intent) error
	Result(receipt.Result) error
	Verify(receipt.Verify) error
	GroupIntent(receipt.GroupIntent) error
	GroupResult(receipt.GroupResult) error
	End(receipt.End) error
}

// Shared is a quota that several runs have together. Wait returns when one write
// may be sent, or with the error of ctx.
type Shared interface {
	Wait(ctx context.Context) error
}

// Names puts products and service plans into words. A *license.Catalog does.
type Names interface {
	SKU(license.GUID) (license.SKU, bool)
	SKUName(license.GUID) string
	PlanName(license.GUID) string
}

// Options says how to carry a plan out. The zero value of each field is its
// default.
type Options struct {
	Reader  Reader
	Writer  Writer
	Journal Journal
	Names   Names
	Run     receipt.Run // what the receipt begins with; plan and counts are filled in

	// For plans that speak of groups; nil where the plan does not.
	GroupReader GroupReader
	GroupWriter GroupWriter

	Parallelism       int           // most users at once; default 64
	WriteRate         float64       // writes per second; default 20, the tenant's 3,000 in 150 s
	MaxAttempts       int           // writes per user, throttled ones aside; default 6
	StopAfterFailures int           // users refused or failed that end the run; 0: only a streak does
	VerifyTimeout     time.Duration // how long to wait for the after-states; default 2 min; negative: do not look
	DoubtTimeout      time.Duration // how long to look for a write whose answer was lost before it is sent again; default 1 min
	ThrottleTimeout   time.Duration // how long throttling may hold up one change, and the run; default 15 min
	GroupTimeout      time.Duration // how long members are waited for after each call for their group; default 30 min
	Canary            int           // users to carry out and verify before all others; 0: none
	RefuseStale       bool          // write nothing if any user is stale

	// Shared is waited for before every write, after the run's own pace: what
	// several runs may write together; nil: nothing is shared.
	Shared Shared

	// Permitted reports whether the identity is known to have the permission
	// for a call, as by the roles of its token; nil: that is not known.
	Permitted func(graph.Op) bool

	// Restricted reads whether a user is in a restricted management
	// administrative unit. It is asked of users alone who may not be changed
	// where others may; nil: it is not.
	Restricted func(ctx context.Context, user license.GUID) (bool, error)

	Jitter   func() float64 // 0 ≤ x < 1, spreads back-off; default: random
	Progress func(Progress) // called after every change, and every second, by several goroutines at once; may be nil
}

// Progress tells how far a run is.
type Progress struct {
	Done, Total int
	PausedUntil time.Time // the tenant asked to wait until then; zero: no

	Setbacks int   // writes that were turned away for now, or not answered: they are tried again
	Why      error // what came in place of the answer of the last of them; nil: none was
	Failures int   // users who were refused or failed, or of whom it is not known
	Unseen   int   // users who are done and looked for in the tenant

	Groups  int // of Total, changes of groups
	Members int // members of groups who are waited for
	Busy    int // groups that wait until the service is done with somebody else's change of them
}

// StaleError says that users are no longer as the plan saw them, and that
// nothing was written because of it.
type StaleError struct {
	Users  []plan.UserRef
	Groups []plan.Group
}

func (e *StaleError) Error() string {
	if len(e.Users) == 0 {
		return quantity.Of(len(e.Groups), "group") + " changed since the plan was made, the first is " + strconv.Quote(e.Groups[0].DisplayName)
	}
	return quantity.Of(len(e.Users), "user") + " changed since the plan was made, the first is " + e.Users[0].UserPrincipalName
}

// Outcome is how a run ended: the receipt as it was written.
type Outcome struct {
	Receipt receipt.Receipt
	Sent    bool  // at least one write was sent
	Touched bool  // at least one write was carried out, or may have been
	Cause   error // what ended the run early; nil where it came to its end
	Unread  error // why users who were changed could not be looked at afterwards; nil where they could
}

// Run carries the plan out. Canceling ctx stops it in order: no new write is
// sent, those under way are finished and everything is written down.
//
// The error tells of what kept the run from beginning; then nothing was sent:
// a *StaleError, a failed read, or a journal that cannot be begun. Whatever
// happens later is in the outcome.
func Run(ctx context.Context, p *plan.Plan, o Options) (*Outcome, error) {
	o = o.withDefaults()
	ready := readyChanges(p)
	looker := newRechecker(p, o)
	r := newRun(o, looker)
	checked, err := looker.look(ctx, ready)
	free, held := splitWaiting(checked)
	if err == nil {
		err = looker.checkAll(ctx, free)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the planned users again: %w", err)
	}
	groups, err := r.precheckGroups(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("reading the planned groups again: %w", err)
	}
	if stale := (&StaleError{Users: staleUsers(free), Groups: groups.stale()}); o.RefuseStale && len(stale.Users)+len(stale.Groups) > 0 {
		return nil, stale
	}
	skus, err := o.Reader.SubscribedSKUs(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the seats again: %w", err)
	}
	run := o.Run.Carries(p)
	if err := o.Journal.Begin(run); err != nil {
		return nil, err
	}
	r.setAside(p)
	jobs := r.triage(free)
	defer r.heartbeat()()
	q := &queue{waiting: jobs, ledger: newSeatLedger(skus, p.Seats, jobs)}
	r.carryOut(ctx, q, r.newGroupRun(groups, held, q.ledger))
	return r.finish(ctx, run), nil
}

// newRechecker makes what looks again at what changes rest on.
func newRechecker(p *plan.Plan, o Options) *rechecker {
	l := &rechecker{reader: o.Reader, scope: p.Scope, names: planNames{o.Names, p.GroupNames()}, mailboxes: p.MailboxCheck == plan.MailboxCheckHold}
	if p.Summary.Groups+len(p.GroupChanges) == 0 {
		return l // nobody may be allowed to read groups
	}
	l.groups, l.promises, l.members = o.GroupReader, map[license.GUID]plan.GroupState{}, map[license.GUID]memberList{}
	for i := range p.GroupChanges {
		l.promises[p.GroupChanges[i].Group.ID] = p.GroupChanges[i].After
	}
	return l
}

// carryOut works through the queue: the canary first, then all others, and the
// groups between them.
func (r *run) carryOut(ctx context.Context, q *queue, groups *groupRun) {
	if len(q.waiting) > r.canary || groups.any() {
		r.tryFirst(ctx, q)
	}
	if groups.any() {
		groups.carryOut(ctx, q)
	}
	r.dispatch(ctx, q, len(q.waiting))
	q.ledger.stopMoving()
	r.dispatch(ctx, q, len(q.waiting))
	r.leftover(ctx, q)
	r.verify(ctx)
}

// heartbeat tells how far the run is while nothing happens, as in a long pause.
// It gives the function that ends it.
func (r *run) heartbeat() func() {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				r.o.Progress(r.progress())
			case <-done:
				return
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// progress tells how far the run is.
func (r *run) progress() Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Progress{
		Done: len(r.results) + len(r.groupResults), Total: r.total, PausedUntil: r.pace.PausedUntil(),
		Setbacks: r.setbacks, Why: r.why, Failures: r.failures, Unseen: r.unseen,
		Groups: r.totalGroups, Members: r.awaited, Busy: r.busy,
	}
}

func (o Options) withDefaults() Options {
	if o.Parallelism <= 0 {
		o.Parallelism = defaultParallelism
	}
	if o.WriteRate <= 0 {
		o.WriteRate = defaultWriteRate
	}
	if o.MaxAttempts <= 0 {
		o.MaxAttempts = defaultMaxAttempts
	}
	if o.VerifyTimeout == 0 {
		o.VerifyTimeout = defaultVerifyTimeout
	}
	if o.DoubtTimeout == 0 {
		o.DoubtTimeout = defaultDoubtTimeout
	}
	if o.GroupTimeout <= 0 {
		o.GroupTimeout = defaultGroupTimeout
	}
	if o.ThrottleTimeout <= 0 {
		o.ThrottleTimeout = defaultThrottleTimeout
	}
	if o.Jitter == nil {
		o.Jitter = randomJitter
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	return o
}

const (
	defaultParallelism   = 64
	defaultWriteRate     = 20
	defaultMaxAttempts   = 6
	defaultVerifyTimeout = 2 * time.Minute
	defaultDoubtTimeout  = time.Minute

	defaultThrottleTimeout = 15 * time.Minute
	defaultGroupTimeout    = 30 * time.Minute
)

func readyChanges(p *plan.Plan) []*plan.Change {
	var out []*plan.Change
	for i := range p.Changes {
		if p.Changes[i].Status == plan.StatusReady {
			out = append(out, &p.Changes[i])
		}
	}
	return out
}

func staleUsers(checked []check) []plan.UserRef {
	var out []plan.UserRef
	for _, c := range checked {
		if c.readiness == isStale {
			out = append(out, c.change.User)
		}
	}
	slices.SortFunc(out, func(a, b plan.UserRef) int { return license.CompareGUIDs(a.ID, b.ID) })
	return out
}

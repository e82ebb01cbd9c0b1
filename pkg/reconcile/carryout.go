package reconcile

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// Applier carries plans out. Nothing else here can write to a tenant, and only
// what applies is given one.
type Applier struct {
	session *Session
}

// NewApplier lets a session write.
func NewApplier(s *Session) *Applier { return &Applier{s} }

// RunRequest says how to carry out a plan.
type RunRequest struct {
	// How are the numbers and times of the run, and who is told how far it is.
	// What it reads and writes with and what its receipt begins with is filled
	// in.
	How apply.Options

	// Receipt is the path of the receipt, which must not exist. Empty: it is
	// below the state folder, and made only where something is to be written.
	Receipt string

	// Actor and Commit say in the receipt who applies what; may be empty.
	Actor, Commit string

	// Writing is called before the first write can be sent; nil: nobody wants
	// to know.
	Writing func()
}

// Applied is what became of a plan.
type Applied struct {
	Plan    *plan.Plan
	Outcome *apply.Outcome
	Receipt string // the path of the receipt file; empty: there is none
	Trouble error  // with the receipt file after the run; nil: none
}

// CarryOut carries an approved plan out. The caller holds the lock. The error
// tells of what kept the run from beginning: then nothing was sent.
func (a *Applier) CarryOut(ctx context.Context, p *Planned, req RunRequest) (*Applied, error) {
	if p.conn == nil {
		return nil, misused("the plan is of a snapshot, and that cannot be written to", "plan again from the tenant")
	}
	if err := CheckGuards(p.Plan); err != nil {
		return nil, err
	}
	run, err := a.options(ctx, p, req)
	if err != nil {
		return nil, err
	}
	kept := &journal{path: req.Receipt, secrets: a.session.Secrets}
	if req.Receipt == "" {
		kept.path = receiptPath(a.session.StateFolder, run.Run.StartedAt, p.Plan.PlanID)
	}
	if run.Writer != nil || req.Receipt != "" {
		// Whoever names a file wants it: it is the baseline of the nightly run.
		run.Journal = kept
	}
	outcome, err := apply.Run(ctx, p.Plan, run)
	closed := kept.close()
	if err != nil {
		return nil, err
	}
	out := &Applied{Plan: p.Plan, Outcome: outcome, Trouble: closed}
	if kept.file != nil {
		out.Receipt = kept.path
	}
	return out, nil
}

// options are those of the run, with a writer where there is something to
// write.
func (a *Applier) options(ctx context.Context, p *Planned, req RunRequest) (apply.Options, error) {
	run := req.How
	run.Reader, run.Journal, run.Names = liveUsers{p.Reader, a.session.Now}, noJournal{}, p.Catalog
	run.GroupReader = liveUsers{p.Reader, a.session.Now}
	run.Permitted, run.Restricted = p.conn.permits(ctx), p.Reader.ManagementRestricted
	run.Run = receipt.Run{
		RunID: uuid.NewString(), Tool: a.session.Tool, StartedAt: a.session.Now().UTC(), Actor: req.Actor, Commit: req.Commit, Limits: p.Limits,
	}
	if !p.Plan.Summary.ChangesSomething() {
		return run, nil
	}
	writer, err := graph.NewWriter(p.conn.target.Graph)
	if err != nil {
		return run, p.conn.misaddressed(err)
	}
	run.Writer, run.GroupWriter = writer, writer
	if req.Writing != nil {
		req.Writing()
	}
	return run, nil
}

// liveUsers reads users, groups and seats as they are now.
type liveUsers struct {
	*graph.Reader
	now func() time.Time
}

// Users reads the users with the ids.
func (r liveUsers) Users(ctx context.Context, ids []license.GUID) ([]license.UserState, error) {
	return observe.Users(ctx, r.Reader, ids)
}

// Groups reads groups without their members.
func (r liveUsers) Groups(ctx context.Context, ids []license.GUID) ([]license.Group, error) {
	return observe.Groups(ctx, r.Reader, ids)
}

// Members reads who is in a group.
func (r liveUsers) Members(ctx context.Context, group license.GUID) ([]license.GUID, error) {
	return observe.Members(ctx, r.Reader, group)
}

// Answers asks who is selected.
func (r liveUsers) Answers(ctx context.Context, queries []plan.Query) (map[plan.Query]plan.Answer, error) {
	return observe.Answers(ctx, r.Reader, queries)
}

// Signals tells what is wanted of users.
func (r liveUsers) Signals(ctx context.Context, wanted license.SignalRequest, users []license.UserState) (license.Signals, error) {
	return observe.Signals(ctx, r.Reader, observe.SignalsRequest{Wanted: wanted, Users: users, At: r.now().UTC().Truncate(time.Second)})
}

package cli

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/reconcile"
)

type applyOptions struct {
	app *app

	paths      []string
	saved      string // the file of a saved plan; empty: plan from the paths
	connection connectionFlags
	narrowing  narrowing
	consent    consentFlags
	run        runFlags
	output     outputFlags
	timeout    time.Duration
	maxAge     reconcile.PlanAge // of a saved plan
}

// consentFlags say that a plan may be applied.
type consentFlags struct {
	planID      string
	autoApprove bool
	allow       []plan.GuardName
}

// runFlags say how a plan is carried out.
type runFlags struct {
	onStale           string
	canary            int
	stopAfterFailures int
	receipt           string
	writeRate         float64
	parallelism       int
	verifyTimeout     time.Duration
	throttleTimeout   time.Duration
	groupTimeout      time.Duration
}

// The words of --on-stale.
const (
	staleSkip   = "skip"
	staleRefuse = "refuse"
)

func newApplyCommand(a *app) *cobra.Command {
	o := applyOptions{app: a}
	cmd := &cobra.Command{
		Use:   "apply [PATH... | PLAN.json [PATH...]]",
		Short: "Carry a plan out",
		Long: `Apply carries out a saved plan, exactly as it was reviewed, or plans from manifests
and carries that out. A fresh plan has to be approved: at a terminal by typing the
word apply, else by --plan-id (the id that was reviewed) or --auto-approve. A plan
that trips a guard is not applied. Where --allow lets it pass, it is asked about at a
terminal by a piece of its id, also if it is a saved one.

A saved plan is good on the day that it is for, in the time zone of its policy, and for
fourteen days after it, unless --max-plan-age says otherwise. The manifests that it was
made from are looked at where they were, or below the paths beside the plan: where one
was changed, added or taken away the plan is refused, and limits and approvals are
theirs, not those of the file. Where none of them is there, that is said.

Every user is read again before the first write, and so is what a removal rests on:
a license that a group gives, who is selected. Users who are no longer as the plan
saw them are left alone and named, so applying a plan again resumes it. What was sent
and what became of it is written to a receipt while the run goes on.
A run that is interrupted finishes what is under way; a second signal stops it at
once.

The document on standard output is the receipt. A fresh plan is shown on standard
error. Where apply ends before a receipt is begun, there is no
document, and standard error tells why. A plan in which nothing is ready has a
receipt without writes, which is printed, and kept only where --receipt names a
file.

With --baseline and --cause drift only what was changed in the tenant since the
baseline is corrected: what is merged and not applied yet stays as it is, and what
takes something away is held, unless the policy says otherwise.`,
		Example: `  # plan, look, confirm
  licensectl apply
  # exactly what was reviewed
  licensectl plan --out plan.json
  licensectl apply plan.json
  # in a pipeline, with the id from the review
  licensectl apply --plan-id sha256:8c1e…
  # at night: correct what was changed in the tenant, and roll nothing out
  licensectl apply --baseline last.jsonl --cause drift --auto-approve
  # let this one plan pass a guard
  licensectl apply --plan-id sha256:8c1e… --allow maxRemovals`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return runApply(cmd.Context(), o)
		},
	}
	o.register(cmd)
	return withExits(cmd, CodeOK, CodeInput, CodeAuth, CodeRefused, CodeStale, CodePartial, CodeLive, CodeBusy, CodeInterrupted)
}

func (o *applyOptions) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	o.output.register(cmd, receiptFormats().names()...)
	o.output.registerViews(cmd)
	flags.StringVar(&o.consent.planID, "plan-id", "", "apply only if the plan has this `ID`")
	flags.BoolVar(&o.consent.autoApprove, "auto-approve", false, "do not ask; guards hold all the same")
	o.maxAge = reconcile.DefaultMaxPlanAge()
	flags.Var(ageFlag{&o.maxAge}, flagMaxPlanAge, "how old a saved plan may be: days after the day that it is for, such as 14d, or hours since it was made, such as 36h")
	flags.Var(guardsFlag{&o.consent.allow}, "allow", "let this plan pass a guard; with a saved plan or --plan-id only; repeatable")
	o.run.onStale = staleSkip
	choiceVar(cmd, flagSpec{name: "on-stale", usage: "what to do where users have changed since the plan: leave them alone, or write nothing"}, &o.run.onStale, staleSkip, staleRefuse)
	flags.Var(positive[int]{&o.run.canary}, "canary", "change this many users first, and go on only when all of them show what was planned")
	flags.Var(positive[int]{&o.run.stopAfterFailures}, "stop-after-failures", "stop when this many users were refused or failed")
	flags.StringVar(&o.run.receipt, "receipt", "", "write the receipt to this `FILE`, which must not exist (default "+stateFolder+"/receipts/TIME-PLANID.jsonl)")
	flags.Var(positive[float64]{&o.run.writeRate}, "write-rate", "writes per second (default 20, the tenant's quota)")
	flags.Var(positive[int]{&o.run.parallelism}, "parallelism", "most users to change at once (default 64)")
	flags.DurationVar(&o.run.verifyTimeout, "verify-timeout", defaultVerifyTimeout, "how long to wait until the changes show; 0 does not look")
	flags.DurationVar(&o.run.throttleTimeout, "throttle-timeout", defaultThrottleTimeout, "how long the tenant may turn one user, or everybody, away before that is given up")
	flags.DurationVar(&o.run.groupTimeout, "group-timeout", defaultGroupTimeout, "how long the members of a group are waited for after each change of it, until its license is in force for them")
	flags.DurationVar(&o.timeout, "timeout", 0, "stop in order after this long; 0 is never")
	o.narrowing.register(cmd)
	o.connection.register(cmd)
	completeWith(cmd, "allow", guardWords(plan.GuardNames()))
}

const (
	defaultVerifyTimeout   = 2 * time.Minute
	defaultThrottleTimeout = 15 * time.Minute
	defaultGroupTimeout    = 30 * time.Minute
)

// complete settles what the arguments mean and refuses what cannot go
// together.
func (o *applyOptions) complete(cmd *cobra.Command, args []string) error {
	o.paths = pathsOrDefault(args)
	if err := o.connection.checkEmulate(cmd); err != nil {
		return err
	}
	if err := o.narrowing.checkCause(cmd); err != nil && !slices.ContainsFunc(args, isSavedPlan) {
		return err
	}
	if err := o.takeSaved(cmd, args); err != nil {
		return err
	}
	switch {
	case o.run.canary > 0 && o.run.verifyTimeout == 0:
		return usagef("--canary has to look at what it did, and --verify-timeout 0 does not look")
	case o.timeout < 0 || o.run.verifyTimeout < 0:
		return usagef("a time cannot be negative")
	case o.run.throttleTimeout <= 0:
		return usagef("--throttle-timeout has to be more than 0").withHint("--timeout ends a whole run")
	case o.run.groupTimeout <= 0:
		return usagef("--group-timeout has to be more than 0").withHint("what the members of a group hold has to be seen before anything is taken from them")
	case len(o.consent.allow) > 0 && o.saved == "" && o.consent.planID == "":
		return usagef("--allow lets one plan pass, so it has to be said which").withHint("add --plan-id, or apply a saved plan")
	}
	return nil
}

// takeSaved finds the saved plan among the arguments. Paths beside it are of
// the manifests that it was made from.
func (o *applyOptions) takeSaved(cmd *cobra.Command, args []string) error {
	i := slices.IndexFunc(args, isSavedPlan)
	if i < 0 {
		if cmd.Flags().Changed(flagMaxPlanAge) {
			return usagef("--%s is about a saved plan, and none is given", flagMaxPlanAge).withHint("name the file of plan --out")
		}
		return nil
	}
	o.saved, o.paths = args[i], slices.Delete(slices.Clone(args), i, i+1)
	if other := slices.IndexFunc(o.paths, isSavedPlan); other >= 0 {
		return usagef("apply takes one saved plan, not two").withHint("%s and %s are saved plans", o.saved, o.paths[other])
	}
	for _, name := range narrowingFlags() {
		if cmd.Flags().Changed(name) {
			return usagef("--%s narrows a plan when it is made, and %s is made already", name, o.saved).withHint("give the flag to licensectl plan")
		}
	}
	return nil
}

func runApply(ctx context.Context, o applyOptions) error {
	limited := ctx
	if o.timeout > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeoutCause(ctx, o.timeout, timeUp{})
		defer cancel()
	}
	done, err := o.applyLocked(limited)
	if err != nil {
		return unwritten(classify(ctx, err))
	}
	return done.verdict(ctx)
}

// timeUp is why a run ends whose time is up.
type timeUp struct{}

func (timeUp) Error() string { return "the time was up that --timeout gives" }
func (timeUp) Unwrap() error { return context.DeadlineExceeded }

// applyLocked has a plan approved and carries it out, alone in this working
// folder. The lock is taken before the tenant is read: what another apply
// changes meanwhile would make the plan stale before it is asked about.
func (o *applyOptions) applyLocked(ctx context.Context) (*applied, error) {
	release, err := o.app.session().Lock()
	if err != nil {
		return nil, err
	}
	defer release()
	d, err := o.approved(ctx)
	if err != nil {
		return nil, err
	}
	return o.carryOut(ctx, d)
}

// unwritten adds to a failure that the tenant was not touched.
func unwritten(f *failure) *failure {
	if f.code.row().Written == "no" {
		f.what += "; nothing was written"
	}
	return f
}

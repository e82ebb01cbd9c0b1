package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/reconcile"
	"github.com/licensectl/licensectl/pkg/report"
	"github.com/spf13/cobra"
)

type planOptions struct {
	app *app

	paths      []string
	connection connectionFlags
	narrowing  narrowing
	output     outputFlags
	out        string // file for the plan
	from       reconcile.Origin
	detailed   bool // changes have an exit code of their own
}

func newPlanCommand(a *app) *cobra.Command {
	o := planOptions{app: a}
	cmd := &cobra.Command{
		Use:   "plan [PATH...]",
		Short: "Show what has to change",
		Long: `Plan reads the manifests and the tenant and shows what has to change: as text, as
markdown for a pull request, as a diff, as CSV, as one HTML page, or as the JSON plan
that apply takes. It cannot write to the tenant.

The plan is the document on standard output, and it is there in full also where it
has error findings (exit 3) or where a guard has tripped (exit 5). Where it cannot
be made, nothing stands there, and standard error tells why.

With --undo the plan leads back to what the users of a receipt held before, with
--restore to what the users of a snapshot held; of the manifests such a plan takes
the policy and the approvals. With --live a snapshot stands for the tenant, and no
network is touched.

With --baseline each difference has a cause: drift where the tenant was changed
since, pending where the manifests were, unknown where the baseline does not tell.
--cause narrows the plan to one of them; with --cause drift what takes something
away is held, unless the policy says otherwise.

A path is a file, a folder (*.yaml and *.yml below it are read) or - for standard
input; without one, the folder manifests is read.`,
		Example: `  licensectl plan
  # save it, to apply exactly this plan later
  licensectl plan --out plan.json
  # for a pull request
  licensectl plan --out plan.json -o markdown > comment.md
  # what will have to change at the end of the year
  licensectl plan --at 2026-12-31
  # correct what was changed in the tenant, and roll nothing out
  licensectl plan --baseline last.jsonl --cause drift --out night.json
  # take back what an apply did, under the same guards
  licensectl plan --undo .licensectl/receipts/20261121T021000.000Z-8c1e0f6a93b2.jsonl --out undo.json
  # try it without a tenant
  licensectl plan --emulate examples/contoso/tenant.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = pathsOrDefault(args)
			if err := o.check(cmd); err != nil {
				return err
			}
			return runPlan(cmd.Context(), o)
		},
	}
	o.register(cmd)
	return withExits(withTimeout(cmd), CodeOK, CodeChanges, CodeInput, CodeAuth, CodeRefused, CodeLive, CodeInterrupted)
}

func (o *planOptions) register(cmd *cobra.Command) {
	o.output.register(cmd, planFormats().names()...)
	o.output.registerViews(cmd)
	cmd.Flags().StringVar(&o.out, "out", "", "also save the plan to this `FILE`, for apply")
	cmd.Flags().StringVar(&o.from.Undo, "undo", "", "plan back to what was before the apply of this receipt `FILE`")
	cmd.Flags().StringVar(&o.from.Restore, "restore", "", "plan back to what this snapshot `FILE` has")
	cmd.Flags().StringVar(&o.from.Live, "live", "", "take this snapshot `FILE` for the tenant")
	cmd.Flags().BoolVar(&o.detailed, "detailed-exitcode", false, "exit with 2 where something has to change")
	o.narrowing.register(cmd)
	o.narrowing.registerAt(cmd)
	o.connection.register(cmd)
}

// check refuses flags that cannot go together.
func (o *planOptions) check(cmd *cobra.Command) error {
	switch {
	case o.from.Undo != "" && o.from.Restore != "":
		return usagef("--undo and --restore lead to different places").withHint("leave one of the two out")
	case o.narrowing.baseline != "" && (o.from.Undo != "" || o.from.Restore != ""):
		return usagef("--baseline tells changes of the manifests, and --undo and --restore do not plan from these").withHint("leave --baseline out")
	}
	if err := o.narrowing.checkCause(cmd); err != nil {
		return err
	}
	return o.connection.checkEmulate(cmd)
}

func runPlan(ctx context.Context, o planOptions) error {
	req := planRequest{paths: o.paths, connection: o.connection, narrowing: o.narrowing, from: o.from}
	p, err := o.app.plan(ctx, req)
	if err != nil {
		return err
	}
	if err := o.app.session().Attribute(ctx, p.Planned); err != nil {
		return err
	}
	// Saving comes first: whoever closes standard output early ends the process.
	saved := o.app.savePlan(p, o.out)
	advice := adviseFresh(p.Plan, req)
	if o.out != "" {
		advice = adviseFile(o.out)
	}
	if err := o.app.printPlan(p.Plan, p.Catalog, o.output.advising(advice)); err != nil {
		return err
	}
	if saved != nil {
		return saved
	}
	codes := []Code{CodeInput, CodeRefused}
	if o.detailed {
		codes = append(codes, CodeChanges)
	}
	return planExit(p.Plan, codes...)
}

// savePlan writes the plan where apply finds it. No path is nothing to do.
func (a *app) savePlan(p *planned, path string) error {
	if path == "" {
		return nil
	}
	defer a.took("saved the plan", a.env.Now())
	err := a.store(path, func(w io.Writer) error { return report.PlanJSON(w, p.Plan, report.Options{}) })
	if err != nil {
		return err
	}
	if !disk.IsRegular(path) {
		a.console.Info("the plan was written to " + path + ", which keeps nothing: no apply can read it from there")
		return nil
	}
	next := ""
	if p.Plan.Applyable && p.Plan.Summary.ChangesSomething() {
		next = fmt.Sprintf("; `licensectl apply %s` carries it out", path)
	}
	a.console.Info("the plan is saved as " + path + next)
	return nil
}

package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/plan"
)

type driftOptions struct {
	app *app

	paths      []string
	connection connectionFlags
	narrowing  narrowing
	output     outputFlags
}

func newDriftCommand(a *app) *cobra.Command {
	o := driftOptions{app: a}
	cmd := &cobra.Command{
		Use:   "drift [PATH...]",
		Short: "Tell whether the tenant differs from the manifests",
		Long: `Drift tells by its exit code whether the tenant differs from the manifests: 0 where
it does not, 2 where it does, be the changes ready, blocked or held. As text it tells
what was done in the tenant, by whom where the audit log tells, and what puts it right;
where nothing differs that is one line. In the other formats the document is the plan.
It cannot write to the tenant, so that a nightly job can run it with permissions to
read alone.

With --baseline it tells what was changed in the tenant since then from what is
merged and not applied yet, and ends with 2 only where the tenant was changed, or
where the baseline does not tell. With --cause it shows changes of that cause alone,
and ends with 2 where there are any.`,
		Example: `  licensectl drift
  # at night: leave to the merge job what is merged and not applied
  licensectl drift --baseline last.jsonl
  # a JSON plan for whoever looks into it
  licensectl drift -o json > drift.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = pathsOrDefault(args)
			if err := o.connection.checkEmulate(cmd); err != nil {
				return err
			}
			if err := o.narrowing.checkCause(cmd); err != nil {
				return err
			}
			return runDrift(cmd.Context(), o)
		},
	}
	o.output.register(cmd, driftFormats().names()...)
	o.output.registerViews(cmd)
	o.narrowing.registerSelection(cmd)
	o.narrowing.registerCause(cmd)
	o.connection.register(cmd)
	return withExits(withTimeout(cmd), CodeOK, CodeChanges, CodeInput, CodeAuth, CodeLive, CodeInterrupted)
}

func runDrift(ctx context.Context, o driftOptions) error {
	req := planRequest{paths: o.paths, connection: o.connection, narrowing: o.narrowing}
	p, err := o.app.plan(ctx, req)
	if err != nil {
		return err
	}
	if err := o.app.session().Attribute(ctx, p.Planned); err != nil {
		return err
	}
	if err := printAs(o.app, driftFormats(), p.Plan, printing{o.output.advising(adviseDrift(req)), p.Catalog}); err != nil {
		return err
	}
	if o.narrowing.baseline == "" || o.narrowing.only() != "" {
		return planExit(p.Plan, CodeInput, CodeChanges)
	}
	if who := whoHas(p.Plan, plan.CausePending); who != "" {
		o.app.console.Info("merged and not applied yet: changes of " + who)
	}
	if moved := p.Plan.CountCause(plan.CauseSignal); moved > 0 {
		o.app.console.Info("by signs of use, which is no drift: changes of " + quantity.Of(moved, "user"))
	}
	return driftExit(p.Plan)
}

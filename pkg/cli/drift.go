package cli

import (
	"context"

	"github.com/spf13/cobra"
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
it does not, 2 where it does, be the changes ready, blocked or held. The document
on standard output is the plan. It cannot write to the tenant, so that a nightly
job can run it with permissions to read alone.`,
		Example: `  licensectl drift
  # a JSON plan for whoever looks into it
  licensectl drift -o json > drift.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = pathsOrDefault(args)
			if err := o.connection.checkEmulate(cmd); err != nil {
				return err
			}
			return runDrift(cmd.Context(), o)
		},
	}
	o.output.register(cmd, formatNames(planFormats())...)
	o.output.registerViews(cmd)
	o.narrowing.registerSelection(cmd)
	o.connection.register(cmd)
	return withExits(cmd, CodeOK, CodeChanges, CodeInput, CodeAuth, CodeLive, CodeInterrupted)
}

func runDrift(ctx context.Context, o driftOptions) error {
	req := planRequest{paths: o.paths, connection: o.connection, options: o.narrowing.options()}
	d, err := o.app.draw(ctx, req)
	if err != nil {
		return err
	}
	if err := o.app.printPlan(d.plan, d.catalog, o.output.advising(adviseFresh(d.plan, req))); err != nil {
		return err
	}
	return judge(d.plan, CodeInput, CodeChanges)
}

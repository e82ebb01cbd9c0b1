package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/reconcile"
)

type explainOptions struct {
	app *app

	user       string
	group      string // instead of a user
	paths      []string
	connection connectionFlags
	at         plan.Date
	live       string // a snapshot file
	baseline   string // a receipt or a snapshot; empty: no causes
	output     outputFlags
}

func newExplainCommand(a *app) *cobra.Command {
	o := explainOptions{app: a}
	cmd := &cobra.Command{
		Use:   "explain USER [PATH...]",
		Short: "Tell why a user has, gets or loses each license",
		Long: `Explain makes the plan and tells of one user what becomes of each license, and why:
the manifest line or profile that asks for it, or that nobody does; the group that
gives it; what the policy says; the seats, and the guards. It cannot write to the
tenant.

USER is a user principal name, an object id, or me for whoever is signed in. It may be
anybody of the tenant, in the manifests or not. The plan behind it is that of all
users, as licensectl plan makes it for the same paths, so the two never differ. The
exit code does not depend on what is explained.

With --group it tells the same of a group: what it gives its members and will give
them, who asks for it, and how many gain or lose something by it.

With --baseline each difference has its cause, as plan and drift tell it.

A path is a file, a folder (*.yaml and *.yml below it are read) or - for standard
input; without one, the folder manifests is read.`,
		Example: `  licensectl explain ada@contoso.com
  # what will have become of it at the end of the year
  licensectl explain ada@contoso.com --at 2026-12-31
  # what a group gives, will give, and to whom that makes a difference
  licensectl explain --group "Licensing - Sales"
  # without a network, for a program
  licensectl explain ada@contoso.com manifests --live before.json -o json
  # who changed it: the tenant, or the manifests
  licensectl explain ada@contoso.com --baseline last.jsonl
  # try it without a tenant
  licensectl explain oskar.lind@contoso.com --emulate examples/contoso/tenant.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.connection.checkEmulate(cmd); err != nil {
				return err
			}
			if o.group != "" {
				o.paths = pathsOrDefault(args)
				return runExplainGroup(cmd.Context(), o)
			}
			if len(args) == 0 {
				return usagef("explain takes a user, and none was given").withHint("see %s --help", cmd.CommandPath())
			}
			o.user, o.paths = args[0], pathsOrDefault(args[1:])
			return runExplain(cmd.Context(), o)
		},
	}
	o.output.register(cmd, explainFormats().names()...)
	o.output.registerRedact(cmd)
	cmd.Flags().Var(dateFlag{&o.at}, "at", "explain the plan for this day instead of today, such as 2026-12-31")
	cmd.Flags().StringVar(&o.group, "group", "", "explain this `GROUP` instead of a user, by display name or object id: all arguments are paths")
	cmd.Flags().StringVar(&o.live, "live", "", "take this snapshot `FILE` for the tenant")
	registerBaseline(cmd, &o.baseline)
	o.connection.register(cmd)
	return withExits(withTimeout(cmd), CodeOK, CodeInput, CodeAuth, CodeLive, CodeInterrupted)
}

func runExplain(ctx context.Context, o explainOptions) error {
	e, names, err := o.app.explain(ctx, o)
	if err != nil {
		return err
	}
	return printAs(o.app, explainFormats(), e, printing{o.output, names})
}

func runExplainGroup(ctx context.Context, o explainOptions) error {
	req := planRequest{paths: o.paths, connection: o.connection, narrowing: narrowing{at: o.at, baseline: o.baseline}, from: reconcile.Origin{Live: o.live}, groups: []string{o.group}}
	prepared, err := o.app.prepared(req)
	if err != nil {
		return err
	}
	conn, err := o.app.connectFor(prepared, req)
	if err != nil {
		return err
	}
	e, names, err := o.app.session().ExplainGroup(ctx, conn.Connection, prepared, o.group)
	if err != nil {
		return err
	}
	return printAs(o.app, explainGroupFormats(), e, printing{o.output, names})
}

// explain makes the plan for the sake of one user. It reads what a plan reads,
// and the user.
func (a *app) explain(ctx context.Context, o explainOptions) (*plan.Explanation, *license.Catalog, error) {
	req := planRequest{paths: o.paths, connection: o.connection, narrowing: narrowing{at: o.at, baseline: o.baseline}, from: reconcile.Origin{Live: o.live}}
	if manifest.NamesUser(o.user) {
		req.users = []string{o.user} // nobody has any other name, so it is not asked for
	}
	prepared, err := a.prepared(req)
	if err != nil {
		return nil, nil, err
	}
	conn, err := a.connectFor(prepared, req)
	if err != nil {
		return nil, nil, err
	}
	return a.session().Explain(ctx, conn.Connection, reconcile.ExplainRequest{Prepared: prepared, User: o.user})
}

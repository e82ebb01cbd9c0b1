package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/report"
)

type seatsOptions struct {
	app *app

	connection connectionFlags
	output     outputFlags
}

func newSeatsCommand(a *app) *cobra.Command {
	o := seatsOptions{app: a}
	cmd := &cobra.Command{
		Use:   "seats",
		Short: "List the products of the tenant with their seats",
		Long: `Seats lists the products of the tenant by name and part number, with the seats
bought, used and free, and the subscriptions that they come from: their state, and
when they end unless they are renewed. Whether they renew by themselves Microsoft
Graph does not tell. It reads no user.`,
		Args: noArgs,
		Example: `  licensectl seats
  licensectl seats -o json`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.connection.checkEmulate(cmd); err != nil {
				return err
			}
			return runSeats(cmd.Context(), o)
		},
	}
	o.output.register(cmd, seatsFormats().names()...)
	o.connection.register(cmd)
	return withExits(withTimeout(cmd), CodeOK, CodeInput, CodeAuth, CodeLive, CodeInterrupted)
}

func runSeats(ctx context.Context, o seatsOptions) error {
	conn, err := o.app.connect(o.connection)
	if err != nil {
		return err
	}
	inventory, err := o.app.session().ReadInventory(ctx, conn.Connection)
	if err != nil {
		return err
	}
	if s := inventory.Subscriptions; s.Untold != "" && o.output.format != formatText {
		o.app.console.Warn("the subscriptions are not known: " + report.Safe(report.UnknownSubscriptions(*s)))
	}
	names := license.NewCatalog(inventory.SKUs)
	return printAs(o.app, seatsFormats(), report.Inventory(inventory), printing{o.output, names})
}

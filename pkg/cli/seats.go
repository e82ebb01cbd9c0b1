package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
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
bought, used and free. It reads no user.`,
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
	inventory, err := o.app.readInventory(ctx, o.connection)
	if err != nil {
		return err
	}
	names := license.NewCatalog(inventory.SKUs)
	return printAs(o.app, seatsFormats(), inventory, printing{o.output, names})
}

// readInventory reads the products of the tenant.
func (a *app) readInventory(ctx context.Context, f connectionFlags) (report.Inventory, error) {
	var none report.Inventory
	conn, err := a.connect(f)
	if err != nil {
		return none, err
	}
	reader, err := conn.Reader()
	if err != nil {
		return none, err
	}
	org, err := reader.Organization(ctx)
	if err != nil {
		return none, err
	}
	tenant := plan.Tenant{ID: org.ID, DisplayName: org.DisplayName}
	expected, err := conn.Expects(license.GUID{})
	if err == nil && expected != (license.GUID{}) && expected != tenant.ID {
		err = &observe.TenantError{Expected: expected, Actual: tenant}
	}
	if err != nil {
		return none, err
	}
	skus, err := reader.SubscribedSKUs(ctx)
	if err != nil {
		return none, err
	}
	return report.Inventory{Tenant: tenant, Cloud: conn.Cloud().Name, SKUs: skus}, nil
}

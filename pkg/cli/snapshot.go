package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/reconcile"
	"github.com/licensectl/licensectl/pkg/report"
)

type snapshotOptions struct {
	app *app

	paths      []string // manifests; none: nobody's selections are asked
	connection connectionFlags
	out        string // the file; empty: standard output
	redact     bool
	since      bool // it has when licenses were given
	output     outputFlags
	by         string // byProduct or byUser
}

func newSnapshotCommand(a *app) *cobra.Command {
	o := snapshotOptions{app: a}
	cmd := &cobra.Command{
		Use:   "snapshot [PATH...]",
		Short: "Keep the live state of the tenant in one file",
		Long: `Snapshot reads the products of the tenant and every user with their licenses, and
writes them as one JSON document. plan --live takes it for the tenant, without a
network or a secret; plan --restore plans back to it. It cannot write to the tenant.

Where manifests select users, by group or by filter, name them: the snapshot then
holds whom the tenant selects, which plan --live needs to know. Without a path
nobody is asked.

With --redact users are named by their object ids alone, without departments, and
the tenant by its id, so that the file can be shown to others. It restores all the
same. It does not go together with a path: what selections ask for names groups and
people.

With --by user it is a list for people in place of the document, in the format of
--output: who holds what, directly or from which group, since when, at what price, by
department. Prices are those of the policy in the manifests. With --since the
snapshot has when each license was given, for show --by user; it reads all users
once more.`,
		Example: `  licensectl snapshot --out before.json
  # manifests that select users
  licensectl snapshot manifests --out before.json
  # who holds what, for a spreadsheet
  licensectl snapshot manifests --by user -o csv --out holders.csv
  licensectl plan --live before.json
  licensectl plan --restore before.json --out back.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			if o.redact && len(args) > 0 && o.by != byUser {
				return usagef("--redact leaves out the names that selections ask for").withHint("leave the path out, or --redact")
			}
			if o.by == byProduct && cmd.Flags().Changed("output") && !o.output.json() {
				return usagef("a snapshot is one JSON document").withHint("add --by user for a list of who holds what, or read it with show")
			}
			if err := o.connection.checkEmulate(cmd); err != nil {
				return err
			}
			return runSnapshot(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.out, "out", "", "write to this `FILE` instead of standard output")
	cmd.Flags().BoolVar(&o.redact, "redact", false, "leave out the names of users and of the tenant")
	cmd.Flags().BoolVar(&o.since, "since", false, "keep when each license was given, or changed last")
	o.output.register(cmd, holdersFormats().names()...)
	registerBy(cmd, &o.by)
	o.connection.register(cmd)
	return withExits(withTimeout(cmd), CodeOK, CodeInput, CodeAuth, CodeLive, CodeInterrupted)
}

func runSnapshot(ctx context.Context, o snapshotOptions) error {
	conn, err := o.app.connect(o.connection)
	if err != nil {
		return err
	}
	set, err := o.manifests()
	if err != nil {
		return err
	}
	isByUser := o.by == byUser
	s, err := o.app.session().TakeSnapshot(ctx, conn.Connection, reconcile.SnapshotRequest{Set: set, Dates: o.since || isByUser, Names: o.since || isByUser})
	if err != nil {
		return err
	}
	if isByUser {
		return o.writeHolders(s, set)
	}
	if o.redact {
		s = s.Redacted()
	}
	return o.app.writeSnapshot(s, o.out)
}

// manifests loads those that select users; nil: there are none.
func (o *snapshotOptions) manifests() (*manifest.Set, error) {
	if len(o.paths) == 0 {
		return nil, nil
	}
	return o.app.session().LoadManifests(o.paths)
}

// writeSnapshot writes a snapshot to a file, or prints it as the document.
func (a *app) writeSnapshot(s observe.Snapshot, path string) error {
	if path == "" {
		return a.document(func(w io.Writer) error { return writeSnapshotJSON(w, s) })
	}
	err := a.store(path, func(w io.Writer) error { return writeSnapshotJSON(w, s) })
	if err != nil {
		return err
	}
	a.console.Info("the snapshot of " + quantity.Of(len(s.Observed.Users), "user") + " is saved as " + path)
	return nil
}

// writeSnapshotJSON writes a snapshot so that it is safe to print.
func writeSnapshotJSON(w io.Writer, s observe.Snapshot) error {
	safe := report.NewSafeJSONWriter(w)
	if err := s.Encode(safe); err != nil {
		return err
	}
	return safe.Close()
}

// showSnapshot prints a snapshot as the document.
func (a *app) showSnapshot(s observe.Snapshot, o outputFlags) error {
	if o.redacts() {
		s = s.Redacted()
	}
	if !o.json() {
		a.console.Info("a snapshot of " + quantity.Of(len(s.Observed.Users), "user") + ", taken " + s.TakenAt.Format("2006-01-02 15:04:05 UTC"))
	}
	return printAs(a, snapshotFormats(), s, printing{o, s.Catalog()})
}

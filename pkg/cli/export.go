package cli

import (
	"context"
	"errors"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/docs"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
	"github.com/licensectl/licensectl/pkg/manifest/export"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/reconcile"
	"github.com/licensectl/licensectl/pkg/report"
)

type exportOptions struct {
	app *app

	folder     string
	connection connectionFlags
	live       string // a snapshot: take it for the tenant, without a network
	layout     string
	skus       []string
	ignored    []string
	groups     bool // say what groups give
	update     bool
	check      bool
}

func newExportCommand(a *app) *cobra.Command {
	o := exportOptions{app: a, layout: string(compose.ByDepartment)}
	cmd := &cobra.Command{
		Use:   "export [DIR]",
		Short: "Write manifests of what the tenant holds now",
		Long: `Export reads the tenant and writes manifests of what its users hold in their own
name into a folder, manifests unless another is given: a policy, profiles that are
named after what is in them, the users, sorted into files, what groups give, and the
JSON Schema for editors. A plan from them has no change in it, which is checked before
anything is written. Licenses that come from groups are named in comments of their
users. Who may not read groups leaves them out with --groups=false. It cannot write to
the tenant.

A license of which every service plan is on is written without a word about plans,
so that the plan choice is not managed; disabledPlans: [] would manage it.

It writes everything or nothing, and refuses a folder that has manifests in it
(exit 5). The paths of the files that were written are the document on standard
output.

With --update it brings the manifests of the folder up to date instead. Users that
the tenant no longer has lose their entry, users that stand nowhere get one where it
fits, and of the others only what differs is changed; and so it is with groups, where
a document speaks of them. Comments, order and layout stay, line by line. What the
policy does not manage, protects or accepts is left alone. Where something cannot be
brought up to date, that is said, and no file is touched. With --check the document
is what would become different, and the exit code is 2 where anything would.`,
		Example: `  licensectl export
  licensectl export licenses --layout single
  # without the products that people sign up for by themselves
  licensectl export --ignore FLOW_FREE --ignore POWER_BI_STANDARD
  # without a network
  licensectl export --live before.json
  # what has changed in the tenant since, into the manifests
  licensectl export --update --check
  licensectl export --update`,
		Args: atMostOneArg("folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.folder = pathsOrDefault(args)[0]
			if err := o.refuse(cmd); err != nil {
				return err
			}
			if o.update {
				return runUpdate(cmd.Context(), o)
			}
			return runExport(cmd.Context(), o)
		},
	}
	o.register(cmd)
	return withExits(withTimeout(cmd), CodeOK, CodeChanges, CodeInput, CodeAuth, CodeRefused, CodeLive, CodeInterrupted)
}

func (o *exportOptions) register(cmd *cobra.Command) {
	choiceVar(cmd, flagSpec{name: "layout", usage: "how to spread users over files"}, &o.layout, layoutWords()...)
	cmd.Flags().StringVar(&o.live, "live", "", "take this snapshot `FILE` for the tenant")
	cmd.Flags().StringArrayVar(&o.skus, "sku", nil, "only this `SKU`, which the policy then manages alone; repeatable")
	cmd.Flags().StringArrayVar(&o.ignored, "ignore", nil, "leave this `SKU` out, which the policy then ignores; repeatable")
	cmd.Flags().BoolVar(&o.groups, "groups", true, "say what groups give as well, which takes the permission to read groups")
	cmd.Flags().BoolVar(&o.update, "update", false, "bring the manifests of the folder up to date, and touch nothing else in them")
	cmd.Flags().BoolVar(&o.check, "check", false, "with --update: write nothing; exit with 2 where something would change")
	o.connection.register(cmd)
}

// refuse refuses flags that cannot go together.
func (o *exportOptions) refuse(cmd *cobra.Command) error {
	if err := o.connection.checkEmulate(cmd); err != nil {
		return err
	}
	if o.check && !o.update {
		return usagef("--check goes with --update")
	}
	if !o.update {
		return nil
	}
	return refuseBeside(cmd, "update", "layout", "sku", "ignore", "groups")
}

func layoutWords() []string {
	var out []string
	for _, l := range compose.Layouts() {
		out = append(out, string(l))
	}
	return out
}

func runExport(ctx context.Context, o exportOptions) error {
	if err := o.app.checkEmpty(o.folder); err != nil {
		return err
	}
	observed, err := o.app.observeWhole(ctx, o, nil)
	if err != nil {
		return withoutGroups(err)
	}
	made, err := export.Make(observed, export.Options{
		Layout: compose.Layout(o.layout), Managed: o.skus, Ignored: o.ignored, Schema: compose.SchemaFile, Now: o.app.env.Now(), Tool: o.app.tool(),
	})
	if err != nil {
		return exportFailure(err)
	}
	files, err := withSchema(o.folder, made.Files)
	if err != nil {
		return err
	}
	if err := disk.WriteNew(o.folder, o.app.cleanedNew(files)); err != nil {
		return err
	}
	for _, u := range made.LeftOut {
		o.app.console.Warn(u.User + " is left out: " + u.Reason)
	}
	o.app.console.Info("exported: " + exported(made) + "; `licensectl plan " + o.folder + "` shows no change")
	if made.NotInForce > 0 {
		o.app.console.Warn(quantity.Of(made.NotInForce, "user") + " with a license that is assigned and not in force: the plan shows it as blocked until it is in force")
	}
	return o.app.document(func(w io.Writer) error { return writePaths(w, o.folder, files) })
}

// withoutGroups says of groups that may not be read how to do without them.
func withoutGroups(err error) error {
	call, ok := errors.AsType[*graph.Error](err)
	if !ok || !call.Forbidden() || call.Op != graph.OpReadGroups && call.Op != graph.OpListMembers {
		return err
	}
	f := authFailure(err)
	return f.because(errors.New("what groups give can be left out"), "export with --groups=false")
}

// exported counts what manifests were made of.
func exported(made export.Result) string {
	text := quantity.Of(made.Users, "user") + ", " + quantity.Of(made.Profiles, "profile")
	if made.Groups > 0 {
		text = quantity.Of(made.Groups, "group") + ", " + text
	}
	return text
}

// withSchema puts the JSON Schema of manifests beside them, for editors, unless
// the folder has one.
func withSchema(folder string, files []manifest.File) ([]manifest.File, error) {
	if disk.IsThere(filepath.Join(folder, compose.SchemaFile)) {
		return files, nil
	}
	text, err := docs.Schema("manifest")
	if err != nil {
		return nil, err
	}
	return append([]manifest.File{{Path: compose.SchemaFile, Data: text}}, files...), nil
}

// writePaths lists files, one a line.
func writePaths(w io.Writer, folder string, files []manifest.File) error {
	for _, f := range files {
		path := filepath.ToSlash(filepath.Join(folder, filepath.FromSlash(f.Path)))
		if _, err := io.WriteString(w, report.Safe(path)+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// checkEmpty refuses a folder that has manifests in it.
func (a *app) checkEmpty(folder string) error {
	switch {
	case !disk.IsThere(folder):
		return nil
	case disk.IsRegular(folder):
		return usagef("%s is a file, and a folder is needed", folder)
	}
	files, err := manifest.Load(disk.System{}, []string{folder}, a.env.Stdin)
	if list, ok := errors.AsType[manifest.Errors](err); ok && len(list) == 1 && list[0].Code == manifest.CodeEmptyFolder {
		return nil
	}
	if err != nil {
		return err
	}
	return (&failure{code: CodeRefused, what: "nothing was written"}).because(
		usagef("%s has manifests in it, such as %s", folder, files[0].Path),
		"give a folder without manifests")
}

// observeWhole reads the whole tenant, or takes a snapshot for it, which has to
// be the one of the policy if there are manifests. The names of groups, which
// stand in comments, are read as well where that is allowed.
func (a *app) observeWhole(ctx context.Context, o exportOptions, set *manifest.Set) (plan.Observed, error) {
	var request reconcile.WholeRequest
	if set != nil {
		request = reconcile.WholeRequest{Policy: set.Policy, Users: reconcile.Named(set.Desired), Queries: set.Desired.Queries()}
		if set.Desired.ReadsGroups(set.Policy) {
			request.Groups = &observe.GroupRequest{Named: set.Desired.NamedGroups(set.Policy), Giving: set.Desired.Groups != nil}
		}
	} else if o.groups {
		request.Groups = &observe.GroupRequest{Giving: true}
	}
	if o.live != "" {
		s, err := a.session().ReadSnapshotOf(request.Policy.TenantID, o.live)
		if set == nil && !o.groups {
			s.Observed.LicensedGroups = nil
		}
		return s.Observed, err
	}
	conn, err := a.connect(o.connection)
	if err != nil {
		return plan.Observed{}, err
	}
	observed, err := a.session().ReadWhole(ctx, conn.Connection, request)
	if err != nil {
		return plan.Observed{}, err
	}
	groups := export.Groups(observed)
	if len(groups) == 0 {
		return observed, nil
	}
	reader, err := conn.Reader()
	if err != nil {
		return plan.Observed{}, err
	}
	observed.Groups, err = a.session().GroupNames(ctx, reader, groups)
	return observed, err
}

// exportFailure words what export finds wrong.
func exportFailure(err error) error {
	name, ok := errors.AsType[*export.NameError](err)
	if !ok {
		return err
	}
	out := usagef("%s", name)
	if hinter, ok := errors.AsType[interface {
		error
		Hint() string
	}](name.Err); ok {
		return out.withHint("%s", hinter.Hint())
	}
	return out
}

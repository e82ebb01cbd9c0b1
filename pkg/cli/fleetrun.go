package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/fleet/runner"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/plan"
)

// fleetRun is one run over a fleet.
type fleetRun struct {
	*fleetOptions
	fleet   fleet.Fleet
	tenants []fleet.Tenant // those that take part, sorted by name
	quotas  *runner.Quotas
	secrets []string // the variables of the fleet that hold secrets; sorted
	folder  string   // what the run leaves
	passing bool     // the folder is to be removed at the end
	report  fleet.Report
	plans   *fleet.Report // what an apply carries out, with the limits that it has passed; nil: nothing yet
	others  []fleet.Row   // of tenants that were planned and do not take part in this apply
	noting  sync.Mutex    // of the problems in the report
}

// begin reads the fleet, picks tenants and makes the folder.
func (o *fleetOptions) begin() (*fleetRun, error) {
	f, file, err := o.readFleet()
	if err != nil {
		return nil, err
	}
	tenants, err := f.Pick(o.selection)
	if err != nil {
		return nil, unknownTenant(err)
	}
	r := &fleetRun{fleetOptions: o, fleet: f, tenants: tenants, quotas: runner.NewQuotas(f.Writes, o.selection.Shard.Count()), folder: o.out}
	r.secrets = f.SecretVariables()
	for _, name := range r.secrets {
		o.app.secrets.Add(o.app.env.getenv(name))
	}
	r.report = fleet.Begin(f, tenants)
	r.report.Verb, r.report.Tool, r.report.Shard, r.report.Selected = o.verb.name, o.app.tool(), o.selection.Shard.String(), !o.selection.All()
	r.report.Source = plan.SourceFile{Path: file.Path, SHA256: file.SHA256}
	return r, r.makeFolder()
}

// makeFolder makes the folder of the run: that of --out, or one for a time.
func (r *fleetRun) makeFolder() (err error) {
	if r.folder != "" {
		return disk.MakeFolder(r.folder)
	}
	r.folder, err = disk.Passing("licensectl-fleet-")
	r.passing = err == nil
	return err
}

// close removes what nobody asked to keep.
func (r *fleetRun) close() {
	if r.passing {
		disk.Discard(r.folder)
	}
}

// all runs the work for every tenant.
func (r *fleetRun) all(ctx context.Context, work runner.Work) {
	ended := 0
	runner.Run(ctx, runner.Job{Report: &r.report, Tenants: r.tenants, Work: work}, runner.Options{
		AtOnce: r.atOnce, StopAfter: r.stopAfter, Now: r.app.env.Now,
		Ended: func(row fleet.Row) {
			ended++
			r.tell(ended, row)
		},
		Bug: r.bugIn,
	})
	r.app.console.screen.clear()
}

// bugIn makes the row of a tenant whose work has panicked. Of an apply nobody knows
// what was sent.
func (r *fleetRun) bugIn(row fleet.Row, with any) fleet.Row {
	row = resultOf(r.app, r.app.bug(with, string(debug.Stack()))).into(failedRow(row))
	row.Written = r.verb.name == "apply"
	return row
}

// tell says how a tenant has ended. On a terminal those that need nobody are a
// count.
func (r *fleetRun) tell(ended int, row fleet.Row) {
	so := fmt.Sprintf("%d of %s", ended, quantity.Of(len(r.tenants), "tenant"))
	console := r.app.console
	if console.screen.terminal && !console.json && !row.Outcome.NeedsPerson() {
		console.screen.show(so)
		return
	}
	text := so + ": " + row.Name + ": " + string(row.Outcome)
	if row.Message != "" {
		text += ": " + row.Message
	}
	console.Info(text)
}

// pathOf gives a path of the tenant within the folder of the run.
func (r *fleetRun) pathOf(t fleet.Tenant, name string) string {
	return filepath.Join(r.folder, t.Name, name)
}

// beside gives a path of the fleet's document as one to open.
func (r *fleetRun) beside(path string) string {
	return filepath.Join(filepath.Dir(r.file), filepath.FromSlash(path))
}

// manifests gives the paths of a tenant's manifests.
func (r *fleetRun) manifests(t fleet.Tenant) []string {
	out := make([]string, len(t.Paths))
	for i, path := range t.Paths {
		out[i] = r.beside(path)
	}
	return out
}

// child is the program as a tenant has it: with an environment, a way to the
// service, a lock and a log of its own. Nothing in it knows of another tenant.
type child struct {
	*app
	done func()
}

// child makes the program of a tenant. What it prints goes to out.
func (r *fleetRun) child(t fleet.Tenant, out io.Writer) (*child, error) {
	environ, err := r.environ(t)
	if err != nil {
		return nil, err
	}
	if err := disk.MakeFolder(filepath.Join(r.folder, t.Name)); err != nil {
		return nil, err
	}
	log, err := disk.Append(r.pathOf(t, r.verb.name+".log"))
	if err != nil {
		return nil, err
	}
	quota := r.quotas.Of(t.Application())
	way, leave := r.way()
	parent := r.app.env
	env := Env{
		Stdin: strings.NewReader(""), Stdout: out, Stderr: log, Environ: environ, Now: parent.Now, EmulatedGroupDelay: parent.EmulatedGroupDelay, HoldPipes: parent.HoldPipes, Version: parent.Version,
		Transport: graph.WatchApplication(way, quota), Shared: quota, State: filepath.Join(parent.State, "tenants", t.TenantID.String()),
	}
	return &child{app: newApp(env), done: func() {
		leave()
		_ = log.Close() // every line has been written
	}}, nil
}

// way gives what carries the requests of one tenant, and what ends that.
func (r *fleetRun) way() (http.RoundTripper, func()) {
	if given := r.app.env.Transport; given != nil {
		return given, func() {}
	}
	own := graph.NewTransport()
	return own, own.CloseIdleConnections
}

// result is how a verb ended for one tenant.
type result struct {
	code    Code
	message string // empty: there is nothing to say
	hint    string
}

// try runs a verb for a tenant. What it prints goes to out.
func (r *fleetRun) try(ctx context.Context, t fleet.Tenant, out io.Writer, args ...string) result {
	c, err := r.child(t, out)
	if err != nil {
		return resultOf(r.app, classify(ctx, err))
	}
	defer c.done()
	failed := c.run(ctx, args)
	if failed == nil {
		return result{}
	}
	c.console.failed(failed)
	return resultOf(c.app, failed)
}

// resultOf puts a failure into words that may be shown: the first thing that is
// wrong, with what to do about it.
func resultOf(a *app, f *failure) result {
	out := result{code: f.code, message: f.what, hint: f.next}
	if len(f.problems) > 0 {
		first := f.problems[0]
		out.message += ": " + first.text
		if first.hint != "" {
			out.hint = first.hint
		}
		if more := len(f.problems) - 1; more > 0 {
			out.message += fmt.Sprintf(" (and %d more)", more)
		}
	}
	out.message, out.hint = a.console.screen.safe(out.message), a.console.screen.safe(out.hint)
	return out
}

// into writes the result into a row.
func (res result) into(row fleet.Row) fleet.Row {
	code := int(res.code)
	row.ExitCode, row.Exit = &code, res.code.row().Name
	row.Message, row.Hint = res.message, res.hint
	return row
}

// flagsFor gives the flags of a verb that were given for all tenants, without some.
func (o *fleetOptions) flagsFor(verb string, without ...string) []string {
	var out []string
	for _, v := range fleetVerbs() {
		if v.name != verb {
			continue
		}
		for _, name := range v.flags {
			if slices.Contains(without, name) {
				continue
			}
			for _, value := range o.passed[name] {
				out = append(out, "--"+name+"="+value)
			}
		}
	}
	return out
}

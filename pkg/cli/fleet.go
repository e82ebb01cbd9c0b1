package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/report"
)

// defaultFleet is the file of the fleet if none is named.
const defaultFleet = "fleet.yaml"

// maxFleetFile bounds the file of a fleet, in bytes.
const maxFleetFile = 50 << 20

// defaultAtOnce is how many tenants are run at once: so many write at full pace
// within the quota of one application over all of them.
const defaultAtOnce = 5

// fleetOptions are the flags of fleet.
type fleetOptions struct {
	app *app

	verb    fleetVerb
	folders []string // what apply carries out and show joins

	file      string
	selection fleet.Selection
	atOnce    int
	stopAfter int
	out       string
	emulate   string
	output    outputFlags
	addresses connectionFlags // of these the URLs alone
	detailed  bool
	consent   fleetConsent

	passed map[string][]string // flags for each tenant, as they were given, by name
}

// fleetConsent says that the plans of a fleet may be applied.
type fleetConsent struct {
	planID      string
	autoApprove bool
	allow       []fleet.GuardName
}

// fleetVerb is a verb that can be run for every tenant of a fleet.
type fleetVerb struct {
	name  string
	flags []string // of the verb alone, that can be given for all tenants
	make  func(*app) *cobra.Command
}

// fleetVerbs lists the verbs in the order of the help.
func fleetVerbs() []fleetVerb {
	return []fleetVerb{
		{"validate", []string{"strict"}, newValidateCommand},
		{"plan", []string{"additions-only", "tighten", "at", "full", "redact", "timeout"}, newPlanCommand},
		{"apply", []string{"additions-only", "tighten", "full", "redact", "on-stale", "canary", "stop-after-failures", "write-rate", "parallelism",
			"verify-timeout", "throttle-timeout", "max-plan-age", "timeout"}, newApplyCommand},
		{"drift", []string{"full", "redact", "timeout"}, newDriftCommand},
		{"doctor", []string{"timeout"}, newDoctorCommand},
		{"seats", []string{"timeout"}, newSeatsCommand},
		{"snapshot", []string{"redact", "timeout"}, newSnapshotCommand},
		{"show", []string{"full"}, newShowCommand},
	}
}

func fleetVerbNames() []string {
	var out []string
	for _, v := range fleetVerbs() {
		out = append(out, v.name)
	}
	return out
}

func newFleetCommand(a *app) *cobra.Command {
	o := &fleetOptions{app: a, passed: map[string][]string{}}
	cmd := &cobra.Command{
		Use:   "fleet VERB [DIR...]",
		Short: "Run a verb for each of many tenants",
		Long: `Fleet runs a verb for each tenant of a fleet: validate, plan, apply, drift, doctor,
seats or snapshot. Each tenant is run as if it were alone, with a sign-in, a pace, a
lock, limits and a receipt of its own; --at-once of them together. What goes wrong in
one is a row in the report, and nothing to the others.

The file of --fleet, of kind Fleet, names the tenants. --tenant and --label pick some;
--shard I/N, I from 0, takes one of N parts, for several machines.

The document on standard output has a row for each tenant, those first that need a
person. With --out there is a folder for each tenant, with its plan, its receipt, pages
to look at and a log, and beside them fleet.json and fleet.html. The exit code is that
of one run with all of it.

fleet apply DIR carries out exactly the plans that fleet plan --out DIR has saved there,
unless a limit of the fleet over all tenants stands in the way. Without DIR it plans
first, and has all of it approved at once. fleet show DIR... shows what runs left, and
joins the parts of several machines.`,
		Example: `  licensectl fleet validate
  licensectl fleet plan --out plans
  licensectl fleet apply plans
  # one customer, or a group of them
  licensectl fleet plan --tenant contoso
  licensectl fleet drift --label tier=gold
  # three machines, and what they left
  licensectl fleet plan --shard 0/3 --out part-0
  licensectl fleet show part-0 part-1 part-2 --out plans`,
		ValidArgs: fleetVerbNames(),
		Args:      cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return o.perform(cmd.Context())
		},
	}
	o.register(cmd)
	return withExits(cmd, CodeOK, CodeChanges, CodeInput, CodeAuth, CodeRefused, CodeStale, CodePartial, CodeLive, CodeBusy, CodeInterrupted)
}

func (o *fleetOptions) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	o.output.register(cmd, fleetFormats().names()...)
	o.output.budget = report.DefaultMarkdownBudget
	flags.Var(budgetFlag{&o.output.budget}, "markdown-budget", "most bytes of a markdown document; what does not fit is counted")
	flags.StringVar(&o.file, "fleet", defaultFleet, "the `FILE` that names the tenants")
	flags.StringArrayVar(&o.selection.Names, "tenant", nil, "only the tenant of this `NAME`; repeatable")
	flags.Var(labelsFlag{&o.selection.Labels}, "label", "only tenants with this label; repeatable, all have to fit")
	flags.Var(shardFlag{&o.selection.Shard}, "shard", "only the I-th of N parts of the fleet, I from 0; each part gets its share of the limits")
	o.atOnce = defaultAtOnce
	flags.Var(positive[int]{&o.atOnce}, "at-once", "how many tenants to run at once")
	flags.Var(positive[int]{&o.stopAfter}, "stop-after-tenants", "begin no other tenant when so many have failed")
	flags.StringVar(&o.out, "out", "", "keep everything in this `DIR`: a folder for each tenant, fleet.json and fleet.html")
	flags.BoolVar(&o.detailed, "detailed-exitcode", false, "plan: exit with 2 where something has to change; show: exit as the run did")
	flags.StringVar(&o.consent.planID, "plan-id", "", "apply: only if all plans together have this `ID`")
	flags.BoolVar(&o.consent.autoApprove, "auto-approve", false, "apply: do not ask; limits hold all the same")
	flags.Var(fleetGuardsFlag{&o.consent.allow}, "allow", "apply: let these plans pass a limit of the fleet; with DIR or --plan-id only; repeatable")
	flags.StringVar(&o.emulate, "emulate", "", "run each tenant against the emulated one of the file DIR/NAME.yaml in this `DIR`; changes are kept beside it")
	for _, s := range connectionSettings(&o.addresses) {
		if s.flag == "graph-url" || s.flag == "authority-url" {
			s.register(cmd, flags)
			inGroup(flags, groupConnection, s.flag)
		}
	}
	inGroup(flags, groupConnection, "emulate")
	o.registerPassed(cmd)
}

// registerPassed takes over the flags of the verbs that mean the same for every
// tenant.
func (o *fleetOptions) registerPassed(cmd *cobra.Command) {
	for _, verb := range fleetVerbs() {
		own := verb.make(o.app).Flags()
		for _, name := range verb.flags {
			if cmd.Flags().Lookup(name) != nil {
				continue
			}
			flag := *own.Lookup(name)
			flag.Value = passedFlag{flag.Value, name, o.passed}
			cmd.Flags().AddFlag(&flag)
		}
	}
}

// passedFlag is a flag that every tenant is given as it was typed.
type passedFlag struct {
	pflag.Value
	name   string
	passed map[string][]string
}

// Set checks a value and takes it down.
func (p passedFlag) Set(text string) error {
	if err := p.Value.Set(text); err != nil {
		return err
	}
	p.passed[p.name] = append(p.passed[p.name], text)
	return nil
}

// on reports whether a switch that all tenants are given is on: what was said last
// counts.
func (o *fleetOptions) on(name string) bool {
	given := o.passed[name]
	if len(given) == 0 {
		return false
	}
	on, _ := strconv.ParseBool(given[len(given)-1]) // Set has taken it
	return on
}

// complete settles what the arguments mean and refuses what cannot go together.
func (o *fleetOptions) complete(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("fleet takes a verb").withHint("the verbs are %s", strings.Join(fleetVerbNames(), ", "))
	}
	i := slices.IndexFunc(fleetVerbs(), func(v fleetVerb) bool { return v.name == args[0] })
	if i < 0 {
		err := usagef("fleet has no verb %q", args[0])
		if near, ok := nearest(args[0], fleetVerbNames()); ok {
			return err.withHint("did you mean %s?", near)
		}
		return err.withHint("the verbs are %s", strings.Join(fleetVerbNames(), ", "))
	}
	o.verb, o.folders = fleetVerbs()[i], args[1:]
	o.output.full = o.on("full")
	if err := o.checkFlags(cmd); err != nil {
		return err
	}
	switch {
	case o.verb.name == "show" && len(o.folders) == 0:
		return usagef("fleet show takes the folders that runs have left").withHint("name the folder of --out")
	case o.verb.name != "show" && o.verb.name != "apply" && len(o.folders) > 0:
		return usagef("fleet %s takes no folder: the fleet says where manifests are", o.verb.name).withHint("name the file of the fleet with --fleet")
	case o.verb.name == "apply" && len(o.folders) > 1:
		return usagef("fleet apply takes one folder, not %d", len(o.folders)).withHint("join them first: licensectl fleet show DIR... --out DIR")
	case len(o.consent.allow) > 0 && len(o.folders) == 0 && o.consent.planID == "":
		return usagef("--allow lets these plans pass, so it has to be said which").withHint("add --plan-id, or name the folder of saved plans")
	}
	return nil
}

// checkFlags refuses flags that the verb does not have.
func (o *fleetOptions) checkFlags(cmd *cobra.Command) error {
	own := map[string][]string{
		"detailed-exitcode": {"plan", "show"}, "plan-id": {"apply"}, "auto-approve": {"apply"}, "allow": {"apply"},
	}
	for _, v := range fleetVerbs() {
		for _, name := range v.flags {
			own[name] = append(own[name], v.name)
		}
	}
	if o.verb.name == "show" {
		for _, name := range []string{"tenant", "label", "shard", "at-once", "stop-after-tenants", "emulate"} {
			own[name] = []string{"validate", "plan", "apply", "drift", "doctor", "seats", "snapshot"}
		}
	}
	var wrong error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if verbs, some := own[f.Name]; some && wrong == nil && !slices.Contains(verbs, o.verb.name) {
			wrong = usagef("fleet %s has no flag --%s", o.verb.name, f.Name).withHint("it is for fleet %s", strings.Join(verbs, ", "))
		}
	})
	if wrong != nil {
		return wrong
	}
	for _, name := range narrowingFlags() {
		if o.verb.name == "apply" && len(o.folders) > 0 && len(o.passed[name]) > 0 {
			return usagef("--%s narrows plans when they are made, and those of %s are made already", name, o.folders[0]).withHint("give the flag to licensectl fleet plan")
		}
	}
	return nil
}

// perform runs the verb.
func (o *fleetOptions) perform(ctx context.Context) error {
	switch o.verb.name {
	case "show":
		return o.show()
	case "apply":
		return o.apply(ctx)
	}
	r, err := o.begin()
	if err != nil {
		return err
	}
	defer r.close()
	r.all(ctx, r.work(o.verb.name))
	return o.finish(ctx, r)
}

// readFleet reads the file of the fleet.
func (o *fleetOptions) readFleet() (fleet.Fleet, manifest.File, error) {
	data, err := disk.ReadBytes(o.file, maxFleetFile)
	if missing, ok := errors.AsType[*disk.Error](err); ok && missing.Hint == "" {
		missing.Hint = "name the file of the fleet with --fleet"
	}
	if err != nil {
		return fleet.Fleet{}, manifest.File{}, err
	}
	file := manifest.File{Path: filepath.ToSlash(o.file), Data: data}
	file.SHA256 = manifest.Sources([]manifest.File{file})[0].SHA256
	if file.Data, err = disk.Decode(o.file, data); err != nil {
		return fleet.Fleet{}, file, err
	}
	f, err := manifest.ParseFleet(file)
	return f, file, err
}

// unknownTenant is the usage error of a tenant or label that is not there.
func unknownTenant(err error) error {
	unknown, ok := errors.AsType[*fleet.UnknownError](err)
	if !ok {
		return err
	}
	const most = 10
	hint := "there is no label at all"
	if len(unknown.Known) > 0 {
		hint = "there are " + strings.Join(unknown.Known[:min(len(unknown.Known), most)], ", ")
		if left := len(unknown.Known) - most; left > 0 {
			hint += fmt.Sprintf(" and %d more", left)
		}
	}
	return usagef("%s", unknown).withHint("%s", hint)
}

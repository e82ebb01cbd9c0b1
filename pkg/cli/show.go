package cli

import (
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

type showOptions struct {
	app *app

	file   string
	drift  bool
	output outputFlags
	by     string   // byProduct or byUser, of a snapshot
	prices []string // the manifests whose policy has the prices; nil: none
}

func newShowCommand(a *app) *cobra.Command {
	o := showOptions{app: a}
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "Show a saved plan, a receipt or a snapshot",
		Long: `Show prints a plan that plan --out has saved, a receipt that apply has written, or a
snapshot, in any of the formats that it has: a plan in all of them, a receipt in all
but diff, a snapshot as text, JSON and CSV, of which text and CSV have the products
with their seats. A receipt that was cut short by a crash is shown as far as it
goes. A snapshot with --by user is the list of who holds what: text, JSON and CSV.
With --drift a plan that drift -o json has written is shown as drift does: what was
done in the tenant, and not what is to be done. It touches no network, and it exits
with 0 whatever the plan or receipt says.`,
		Args: oneArg("file"),
		Example: `  licensectl show plan.json
  licensectl show plan.json -o markdown > comment.md
  # a page to open in a browser
  licensectl show plan.json -o html > plan.html
  licensectl show --full .licensectl/receipts/20261121T021000.000Z-8c1e0f6a93b2.jsonl`,
		RunE: func(_ *cobra.Command, args []string) error {
			o.file = args[0]
			return runShow(o)
		},
	}
	o.output.register(cmd, anyFormat()...)
	o.output.registerViews(cmd)
	registerBy(cmd, &o.by)
	cmd.Flags().StringSliceVar(&o.prices, "prices", nil, "with --by user: the manifests (`PATH`) whose policy has the prices")
	cmd.Flags().BoolVar(&o.drift, "drift", false, "show a plan as drift does (text, markdown, html)")
	return withExits(cmd, CodeOK, CodeInput)
}

func runShow(o showOptions) error {
	file, err := disk.Open(o.file, disk.MaxDocument)
	if err != nil {
		return err
	}
	defer file.Close()
	unreadable := func(err error, hint string) error {
		return &disk.Error{Doing: "reading", Path: o.file, Err: err, Hint: hint}
	}
	// Names of the products stand in the file, and the published ones explain
	// them as far as they are known.
	names := license.Published()
	r, err := receipt.ReadResults(file.Again())
	if err == nil {
		return o.listed("a receipt", func() error { return o.app.printReceipt(r, names, o.output) })
	}
	if !errors.Is(err, receipt.ErrNotReceipt) {
		return unreadable(err, "")
	}
	if isSnapshot(file.Again()) {
		s, err := observe.DecodeSnapshot(file.Again())
		if err == nil {
			o.app.session().NoteUnchecked(o.file, s)
			return o.showSnapshot(s)
		}
		if !errors.Is(err, observe.ErrNotSnapshot) {
			return unreadable(err, "")
		}
	}
	p, err := plan.Decode(file.Again())
	if err != nil {
		return unreadable(err, "show takes a plan of plan --out, a receipt, or a snapshot")
	}
	if o.drift {
		return o.listed("a plan", func() error {
			return printAs(o.app, driftFormats(), p, printing{o.output, namesOf(p)})
		})
	}
	return o.listed("a plan", func() error { return o.app.printPlan(p, namesOf(p), o.output.advising(adviseFile(o.file))) })
}

// listed prints a document that is listed in one way alone.
func (o showOptions) listed(what string, write func() error) error {
	if o.by == byUser || len(o.prices) > 0 {
		return usagef("--by user and --prices are for a snapshot, and %s is %s", o.file, what)
	}
	return write()
}

// showSnapshot prints a snapshot: its products with their seats, or who holds
// what.
func (o showOptions) showSnapshot(s observe.Snapshot) error {
	if o.by == byProduct {
		if len(o.prices) > 0 {
			return usagef("--prices is for --by user")
		}
		return o.app.showSnapshot(s, o.output)
	}
	var set *manifest.Set
	if len(o.prices) > 0 {
		var err error
		if set, err = o.app.session().LoadManifests(o.prices); err != nil {
			return err
		}
	}
	return printAs(o.app, holdersFormats(), o.app.holders(s, set), printing{o.output, s.Catalog()})
}

// isSnapshot reports whether a document says that it is a snapshot. It reads no
// further than it has to.
func isSnapshot(document io.Reader) bool {
	dec := jsontext.NewDecoder(document, jsontext.AllowDuplicateNames(true))
	if begin, err := dec.ReadToken(); err != nil || begin.Kind() != '{' {
		return false
	}
	for {
		key, err := dec.ReadToken()
		switch {
		case err != nil || key.Kind() != '"' || key.String() == "formatVersion": // of a plan
			return false
		case key.String() == "snapshotVersion":
			return true
		}
		if dec.SkipValue() != nil {
			return false
		}
	}
}

// namesOf names the products of a plan as the plan did when it was made: by the
// products of its tenant. (Of all published products many share a name.) Those
// that the policy ignores are known by their ids. Where the policy manages only
// some, the plan does not tell the others, so the published names have to do: a
// few more qualifiers than needed, and never too few.
func namesOf(p *plan.Plan) *license.Catalog {
	published := license.Published()
	if p.Scope.Managed != nil {
		return published
	}
	var skus []license.SKU
	for _, s := range p.Seats {
		skus = append(skus, license.SKU{ID: s.SKUID, PartNumber: s.SKUPartNumber})
	}
	for _, id := range p.Scope.Ignored {
		if sku, ok := published.SKU(id); ok {
			skus = append(skus, license.SKU{ID: id, PartNumber: sku.PartNumber})
		}
	}
	return license.NewCatalog(skus)
}

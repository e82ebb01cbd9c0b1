package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report"
)

// The words of --redact.
const (
	redactNone = "none"
	redactUPN  = "upn"
)

// outputFlags say what the document looks like.
type outputFlags struct {
	format string
	full   bool
	budget int    // bytes of markdown
	redact string // redactNone or redactUPN

	advice advice // on the plan that is shown
}

// advising gives the same with advice on how the plan can be applied.
func (o outputFlags) advising(a advice) outputFlags {
	o.advice = a
	if o.redacts() {
		o.advice = a.withoutPeople()
	}
	return o
}

// register adds --output to a command.
func (o *outputFlags) register(cmd *cobra.Command, formats ...string) {
	const few = 6 // so many fit before the text of the flag
	o.format = formatText
	spec := flagSpec{name: "output", short: "o", usage: "the format of the document on standard output"}
	if len(formats) <= few {
		choiceVar(cmd, spec, &o.format, formats...)
		return
	}
	cmd.Flags().VarP(&choice{target: &o.format, words: formats, label: "FORMAT"}, spec.name, spec.short, spec.usage+": "+strings.Join(formats, ", "))
	completeWith(cmd, spec.name, formats)
}

// registerViews adds what changes the look of plans and receipts.
func (o *outputFlags) registerViews(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&o.full, "full", false, "list every user, however long it gets (text, html; markdown, as far as the budget goes)")
	o.budget = report.DefaultMarkdownBudget
	flags.Var(budgetFlag{&o.budget}, "markdown-budget", "most bytes of a markdown document; what does not fit is counted")
	o.registerRedact(cmd)
}

// registerRedact adds what leaves people out of a document.
func (o *outputFlags) registerRedact(cmd *cobra.Command) {
	o.redact = redactNone
	choiceVar(cmd, flagSpec{name: "redact", usage: "what to replace in the document: upn calls users u- and eight digits"}, &o.redact, redactNone, redactUPN)
}

// redacts reports whether names are to be replaced.
func (o outputFlags) redacts() bool { return o.redact == redactUPN }

func (o *outputFlags) json() bool { return o.format == formatJSON }

// document prints the one document of a command on standard output. It is
// written while it is made: that of a million users would fill the memory. What
// renders cannot fail but for the writer, so it is there as a whole or ends
// where standard output did.
func (a *app) document(render func(io.Writer) error) error {
	defer a.took("wrote the document", a.env.Now())
	a.console.screen.clear()
	if err := a.through(a.env.Stdout, render); err != nil {
		return fmt.Errorf("writing to standard output: %w", err)
	}
	return nil
}

// printAs prints a document in the format of the flags, of those that its kind
// has.
func printAs[T any](a *app, f formats[T], document T, o printing) error {
	write, err := f.writer(o.format)
	if err != nil {
		return err
	}
	return a.document(func(w io.Writer) error { return write(w, document, a.reportOptions(o)) })
}

// printing is the flags of a document, and the names of the products in it.
type printing struct {
	outputFlags
	names *license.Catalog
}

// reportOptions are what a document on standard output looks like.
func (a *app) reportOptions(o printing) report.MarkdownOptions {
	style := report.Plain
	if a.env.wantsColor() {
		style = report.Color
	}
	return report.MarkdownOptions{
		Options: report.Options{
			Names: o.names, Style: style, Width: a.env.Width, Full: o.full, Redact: o.redacts(), PlanFile: o.advice.file, Apply: o.advice.apply,
		},
		Budget: o.budget,
	}
}

// printPlan prints a plan as the document.
func (a *app) printPlan(p *plan.Plan, names *license.Catalog, o outputFlags) error {
	return printAs(a, planFormats(), p, printing{o, names})
}

// printReceipt prints a receipt as the document.
func (a *app) printReceipt(r *receipt.Receipt, names *license.Catalog, o outputFlags) error {
	return printAs(a, receiptFormats(), r, printing{o, names})
}

package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report"
)

// The formats of documents and of messages.
const (
	formatText   = "text"
	formatJSON   = "json"
	formatGitHub = "github"
)

// outputFlags say what the document looks like.
type outputFlags struct {
	format string
	full   bool

	advice advice // on the plan that is shown
}

// advising gives the same with advice on how the plan can be applied.
func (o outputFlags) advising(a advice) outputFlags {
	o.advice = a
	return o
}

// register adds --output to a command.
func (o *outputFlags) register(cmd *cobra.Command, formats ...string) {
	o.format = formatText
	choiceVar(cmd, flagSpec{name: "output", short: "o", usage: "the format of the document on standard output"}, &o.format, formats...)
}

// registerFull adds --full to a command.
func (o *outputFlags) registerFull(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.full, "full", false, "list every user, however long it gets (text)")
}

func (o *outputFlags) json() bool { return o.format == formatJSON }

// document prints the one document of a command on standard output, in one
// piece: it is there as a whole or not at all.
func (a *app) document(render func(io.Writer) error) error {
	defer a.took("wrote the document", a.env.Now())
	var page bytes.Buffer
	if err := render(&page); err != nil {
		return err
	}
	a.console.screen.clear()
	if _, err := a.env.Stdout.Write(a.secrets.bytes(page.Bytes())); err != nil {
		return fmt.Errorf("writing to standard output: %w", err)
	}
	return nil
}

// reportOptions are what text for people on standard output looks like.
func (a *app) reportOptions(names *license.Catalog, o outputFlags) report.Options {
	style := report.Plain
	if a.env.wantsColor() {
		style = report.Color
	}
	return report.Options{Names: names, Style: style, Full: o.full, PlanFile: o.advice.file, Apply: o.advice.apply}
}

// planJSON gives the document of a plan. It is safe to print, and the same
// whether it is printed or saved.
func (a *app) planJSON(p *plan.Plan) ([]byte, error) {
	var page bytes.Buffer
	if err := plan.Encode(&page, p); err != nil {
		return nil, err
	}
	return a.secrets.bytes(report.SafeJSON(page.Bytes())), nil
}

// writeJSON writes one indented document that is safe to print.
func writeJSON(w io.Writer, document any) error {
	var page bytes.Buffer
	enc := json.NewEncoder(&page)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(document); err != nil {
		return err
	}
	_, err := w.Write(report.SafeJSON(page.Bytes()))
	return err
}

// printPlan prints a plan as the document.
func (a *app) printPlan(p *plan.Plan, names *license.Catalog, o outputFlags) error {
	return a.document(func(w io.Writer) error {
		if !o.json() {
			return report.PlanText(w, p, a.reportOptions(names, o))
		}
		page, err := a.planJSON(p)
		if err == nil {
			_, err = w.Write(page)
		}
		return err
	})
}

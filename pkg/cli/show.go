package cli

import (
	"bytes"
	"errors"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// maxShownFile is the largest plan or receipt that is read, in bytes.
const maxShownFile = 2 << 30

type showOptions struct {
	app *app

	file   string
	output outputFlags
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
goes. It touches no network, and it exits with 0 whatever the plan or receipt says.`,
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
	return withExits(cmd, CodeOK, CodeInput)
}

func runShow(o showOptions) error {
	data, err := readFile(o.file, maxShownFile)
	if err != nil {
		return err
	}
	// Names of the products stand in the file, and the published ones explain
	// them as far as they are known.
	names := license.Published()
	r, err := receipt.Read(bytes.NewReader(data))
	if err == nil {
		return o.app.printReceipt(r, names, o.output)
	}
	if !errors.Is(err, receipt.ErrNotReceipt) {
		return &fileError{doing: "reading", path: o.file, err: err}
	}
	if s, err := observe.DecodeSnapshot(bytes.NewReader(data)); !errors.Is(err, observe.ErrNotSnapshot) {
		if err != nil {
			return &fileError{doing: "reading", path: o.file, err: err}
		}
		return o.app.showSnapshot(s, o.output)
	}
	p, err := plan.Decode(bytes.NewReader(data))
	if err != nil {
		return &fileError{doing: "reading", path: o.file, err: err, hint: "show takes a plan of plan --out, a receipt, or a snapshot"}
	}
	return o.app.printPlan(p, names, o.output.advising(adviseFile(o.file)))
}

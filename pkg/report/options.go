package report

import (
	"fmt"
	"io"
	"regexp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// Style is how text is dressed. The zero Style is plain, which every reader
// understands.
type Style = layout.Style

// The styles.
const (
	Plain = layout.Plain
	Color = layout.Color // with ANSI colours, for a terminal that shows them
)

// Options say how a report is made. The zero Options are a short, plain report
// without product names.
type Options struct {
	Names Names // nil: part numbers stand in for product names
	Style Style
	Width int  // columns of the terminal, at which text is broken; 0: lines are as long as they are
	Full  bool // every user with their place, and every service plan, however long it gets

	// Losses is how many kinds of changes that take a license away, or turn a
	// service plan off, a short text shows in any case, however long it gets; 0:
	// a few, and no more than there is room for.
	Losses int

	// Redact leaves no user principal name and no other address of a person in
	// the report, for readers who should not know who is who. Whoever it was is
	// called "u-" and eight digits, the same in every plan and receipt of the
	// tenant. Object ids stay, and with them the plan id and everything that an
	// apply needs; so do the names of products, groups and files that are no
	// addresses. Changes, findings and results come in the order of the new
	// names.
	//
	// The digits are a hash of the object id, with the tenant id as its key: of
	// a name they could be found by trying names. Whoever the document gives no
	// object id of, such as a user who was not found, or is named in a finding
	// alone, is u-unknown-1 and so on, by their first appearance in it. An
	// explanation loses the display name of its user.
	Redact bool

	// PlanFile is where the plan is saved, for advice; empty: nowhere that is
	// known.
	PlanFile string

	// Apply is the command that applies just this plan, for advice; empty: that
	// for a saved plan. Where PlanFile or Apply hold anything that a shell does
	// not take for itself the advice is general.
	Apply string
}

// Names knows what products and service plans are called. *license.Catalog is
// one. Where it knows nothing it gives an empty string or the id itself.
type Names interface {
	SKUName(id license.GUID) string
	PlanName(id license.GUID) string
}

// planFile stands for the name of a saved plan where it is not known.
const planFile = "PLAN.json"

// maxCommand bounds a command that is given as advice, in bytes: it has to fit
// on every page.
const maxCommand = 400

// Words that mean themselves in any shell, one and several.
var (
	shellWord  = regexp.MustCompile(`^[A-Za-z0-9./][A-Za-z0-9._/@=+:,-]*$`)
	shellWords = regexp.MustCompile(`^[A-Za-z]+(?: [A-Za-z0-9._/@=+:,-]+)*$`)
)

// page begins a text. Whoever begins one closes it.
func (o Options) page(w io.Writer) *layout.Page {
	p := layout.NewPage(w, o.Style)
	p.Width = o.Width
	return p
}

// wording puts things into words as the options say.
func (o Options) wording() wording {
	return wording{style: o.Style, full: o.Full, losses: o.Losses, width: o.Width}
}

// planFile gives the name of the saved plan, to stand in a command.
func (o Options) planFile() string {
	if len(o.PlanFile) <= maxCommand && shellWord.MatchString(o.PlanFile) {
		return o.PlanFile
	}
	return planFile
}

// knowsCommand reports that there is a command that applies the plan as it is.
func (o Options) knowsCommand() bool {
	return len(o.Apply) <= maxCommand && shellWords.MatchString(o.Apply)
}

// applyCommand gives the command that applies the plan.
func (o Options) applyCommand() string {
	if o.knowsCommand() {
		return o.Apply
	}
	return "licensectl apply " + o.planFile()
}

// hasToBeSaved reports a plan that nothing leads back to.
func (o Options) hasToBeSaved() bool { return o.PlanFile == "" && !o.knowsCommand() }

// showCommand gives the command that shows all of the plan.
func (o Options) showCommand() string { return "licensectl show --full " + o.planFile() }

// The sizes of a markdown report, in bytes.
const (
	// DefaultMarkdownBudget keeps below the 65,536 characters that GitHub takes
	// for a comment, with room for what a poster adds.
	DefaultMarkdownBudget = 60_000

	// MinMarkdownBudget is enough for the headline, the titles of all parts and
	// what is left out of them, whatever names are in it.
	MinMarkdownBudget = 6_000
)

// MarkdownOptions say how a markdown report is made.
type MarkdownOptions struct {
	Options

	// Budget is the most bytes that the report takes; zero:
	// DefaultMarkdownBudget. Less than MinMarkdownBudget is an error.
	Budget int
}

// budget gives the bytes that a report may take.
func (o MarkdownOptions) budget() (int, error) {
	switch {
	case o.Budget == 0:
		return DefaultMarkdownBudget, nil
	case o.Budget < MinMarkdownBudget:
		return 0, fmt.Errorf("a markdown report cannot do with %d bytes: it takes at least %d", o.Budget, MinMarkdownBudget)
	}
	return o.Budget, nil
}

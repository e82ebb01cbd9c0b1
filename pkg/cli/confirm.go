package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report"
)

// What is typed at the question of apply: the word to apply a plan, and the one
// to see every user of it first.
const (
	confirmWord = "apply"
	showWord    = "show"
)

// shownLosses is how many kinds of losses are shown before the question, however
// long the plan gets.
const shownLosses = 40

// canAsk reports whether a person can be asked: both ends of a terminal are
// there, and standard input is not taken by manifests.
func (a *app) canAsk(paths []string) bool {
	return a.env.Terminals.Stdin && a.env.Terminals.Stderr && !slices.Contains(paths, manifest.Stdin)
}

// confirm has a plan approved in which there is something to do. What --allow
// lets pass is asked about wherever there is somebody to ask: they may have
// reviewed the plan, and not its guards.
func (o *applyOptions) confirm(ctx context.Context, p *planned) error {
	byAllow := slices.ContainsFunc(p.Plan.Guards, func(g plan.Guard) bool { return g.ApprovedBy == plan.ByAllow })
	canAsk := o.app.canAsk(o.paths)
	switch {
	case o.consent.autoApprove || !p.Plan.Summary.ChangesSomething():
		return nil
	case byAllow && canAsk:
		return o.ask(ctx, p)
	case o.saved != "" || o.consent.planID != "":
		return nil
	case !canAsk:
		return &failure{code: CodeRefused, what: "nobody has approved the plan",
			next: "give --plan-id " + p.Plan.PlanID + " after a review, or --auto-approve"}
	}
	return o.ask(ctx, p)
}

// ask asks for the word, and shows every user to whoever wants that. Where the
// plan is let pass by its guards it tells once more what it takes away, and
// asks for a few characters of its id: a word is typed too easily.
func (o *applyOptions) ask(ctx context.Context, p *planned) error {
	word := confirmWord
	if slices.ContainsFunc(p.Plan.Guards, func(g plan.Guard) bool { return g.Tripped }) {
		word = p.Plan.ShortID()
		if err := report.PlanDamage(o.app.console.screen, p.Plan, o.shownPlan(p)); err != nil {
			return err
		}
	}
	question := whoChanges(p.Plan) + " of " + tenantName(p.Plan.Tenant) + " will be changed."
	answers := newAnswers(o.app.env.Stdin)
	for {
		fmt.Fprintf(o.app.console.screen, "%s Type %q to go on, or %q to see every user first: ", question, word, showWord)
		answer, err := o.app.answer(ctx, answers)
		switch {
		case err != nil:
			return err
		case answer == word:
			return nil
		case answer != showWord:
			return &failure{code: CodeRefused, what: "not confirmed"}
		}
		every := o.shownPlan(p)
		every.Full = true
		if err := report.PlanText(o.app.console.screen, p.Plan, every); err != nil {
			return err
		}
	}
}

// whoChanges counts whom a plan changes: users, and groups with all who are in
// them.
func whoChanges(p *plan.Plan) string {
	if p.Summary.GroupsChanged == 0 {
		return quantity.Of(p.Summary.Changed, "user")
	}
	members := 0
	for _, c := range p.GroupChanges {
		if c.Status == plan.StatusReady {
			members += c.Members.Total
		}
	}
	groups := quantity.Of(p.Summary.GroupsChanged, "group") + " with " + quantity.Of(members, "member")
	if p.Summary.Changed == 0 {
		return groups
	}
	return quantity.Of(p.Summary.Changed, "user") + ", and " + groups + ","
}

// answer waits for a line from the terminal.
func (a *app) answer(ctx context.Context, from *answers) (string, error) {
	answer := make(chan string, 1)
	// Reading cannot be interrupted. The goroutine ends with the process.
	go func() { answer <- from.line() }()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.console.screen)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return "", &failure{code: CodeRefused, what: "not confirmed before the time was up"}
		}
		return "", ctx.Err()
	case line := <-answer:
		return line, nil
	}
}

// answers are the lines of a terminal.
type answers struct{ in *bufio.Reader }

// longestAnswer is how long a line can be, in bytes.
const longestAnswer = 1 << 10

func newAnswers(r io.Reader) *answers { return &answers{bufio.NewReaderSize(r, longestAnswer)} }

// line reads one line of a sane length, without its end. A line that is not
// ended is none.
func (a *answers) line() string {
	line, err := a.in.ReadSlice('\n')
	if err != nil {
		return ""
	}
	return strings.TrimRight(string(line), "\r\n")
}

package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report"
)

// choice is a flag that takes one of a few words.
type choice struct {
	target *string
	words  []string
	label  string // stands for the value in the help; empty: the words do
}

// choiceVar registers a choice. The words also complete it in the shell.
func choiceVar(cmd *cobra.Command, f flagSpec, target *string, words ...string) {
	cmd.Flags().VarP(&choice{target: target, words: words}, f.name, f.short, f.usage)
	completeWith(cmd, f.name, words)
}

// flagSpec is how a flag is called and explained.
type flagSpec struct {
	name  string
	short string // a letter; empty: none
	usage string
}

// wordsAnnotation keeps the words that complete the value of a flag.
const wordsAnnotation = "words"

// completeWith has a shell complete the value of a flag with these words.
func completeWith(cmd *cobra.Command, flag string, words []string) {
	// It fails for a flag that does not exist, which the help test would show.
	_ = cmd.Flags().SetAnnotation(flag, wordsAnnotation, words)
	_ = cmd.PersistentFlags().SetAnnotation(flag, wordsAnnotation, words)
}

// offerWords tells cobra of the words of all flags, where a shell asks for them.
// cobra remembers that for as long as the process lives, and with each flag the
// command line that it belongs to: of the hundreds that a fleet has, none could
// be let go.
func offerWords(root *cobra.Command) {
	for _, cmd := range append(root.Commands(), root) {
		offer := func(f *pflag.Flag) {
			words, some := f.Annotations[wordsAnnotation]
			if !some {
				return
			}
			// It fails where a flag has been offered, by another command.
			_ = cmd.RegisterFlagCompletionFunc(f.Name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
				return words, cobra.ShellCompDirectiveNoFileComp
			})
		}
		cmd.Flags().VisitAll(offer)
		cmd.PersistentFlags().VisitAll(offer)
	}
}

func (c *choice) String() string { return *c.target }

// Type is what stands for the value in the help.
func (c *choice) Type() string {
	if c.label != "" {
		return c.label
	}
	return strings.Join(c.words, "|")
}

// Set takes a word.
func (c *choice) Set(word string) error {
	if slices.Contains(c.words, word) {
		*c.target = word
		return nil
	}
	known := "one of " + strings.Join(c.words, ", ")
	if near, ok := nearest(word, c.words); ok {
		return fmt.Errorf("%q is not %s; did you mean %s?", word, known, near)
	}
	return fmt.Errorf("%q is not %s", word, known)
}

// dateFlag is a flag that takes a day.
type dateFlag struct{ target *plan.Date }

func (d dateFlag) String() string { return d.target.String() }

// Type is what stands for the value in the help.
func (dateFlag) Type() string { return "DATE" }

// Set takes a day of the form 2026-12-31.
func (d dateFlag) Set(text string) error {
	date, err := plan.ParseDate(text)
	*d.target = date
	return err
}

// guardsFlag is a flag that takes names of guards.
type guardsFlag struct{ target *[]plan.GuardName }

func (g guardsFlag) String() string {
	if g.target == nil {
		return ""
	}
	return strings.Join(guardWords(*g.target), ",")
}

// Type is what stands for the value in the help.
func (guardsFlag) Type() string { return "GUARD" }

// Set takes one more name, or several with commas.
func (g guardsFlag) Set(text string) error {
	for word := range strings.SplitSeq(text, ",") {
		name, err := parseGuard(word)
		if err != nil {
			return err
		}
		*g.target = append(*g.target, name)
	}
	return nil
}

// limitsFlag is a flag that takes lower limits for guards.
type limitsFlag struct{ target *map[plan.GuardName]int }

func (l limitsFlag) String() string {
	if l.target == nil {
		return ""
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(*l.target)) {
		parts = append(parts, fmt.Sprintf("%s=%d", name, (*l.target)[name]))
	}
	return strings.Join(parts, ",")
}

// Type is what stands for the value in the help.
func (limitsFlag) Type() string { return "GUARD=N" }

// Set takes one more limit. Of two for one guard the lower counts.
func (l limitsFlag) Set(text string) error {
	word, number, found := strings.Cut(text, "=")
	limit, err := strconv.Atoi(number)
	if !found || err != nil || limit < 0 {
		return fmt.Errorf("%q is not of the form GUARD=N, such as %s=5", text, plan.GuardMaxRemovals)
	}
	name, err := parseGuard(word)
	if err != nil {
		return err
	}
	if *l.target == nil {
		*l.target = map[plan.GuardName]int{}
	}
	if known, given := (*l.target)[name]; given {
		limit = min(limit, known)
	}
	(*l.target)[name] = limit
	return nil
}

func parseGuard(word string) (plan.GuardName, error) {
	var name string
	err := (&choice{target: &name, words: guardWords(plan.GuardNames())}).Set(word)
	return plan.GuardName(name), err
}

func guardWords(names []plan.GuardName) []string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = string(name)
	}
	return words
}

// positive is a flag that takes a number above zero.
type positive[T int | float64] struct{ target *T }

func (p positive[T]) String() string {
	if p.target == nil || *p.target == 0 {
		return ""
	}
	return fmt.Sprint(*p.target)
}

// Type is what stands for the value in the help.
func (positive[T]) Type() string { return "N" }

// Set takes a number.
func (p positive[T]) Set(text string) error {
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || !(number > 0) || number > 1e6 || float64(T(number)) != number {
		var example T
		return fmt.Errorf("%q is not a number above zero%s", text, wholeOnly(any(example)))
	}
	*p.target = T(number)
	return nil
}

func wholeOnly(example any) string {
	if _, isInt := example.(int); isInt {
		return ", without a fraction"
	}
	return ""
}

// budgetFlag is a flag that takes the bytes of a markdown document.
type budgetFlag struct{ target *int }

func (b budgetFlag) String() string {
	if b.target == nil {
		return ""
	}
	return strconv.Itoa(*b.target)
}

// Type is what stands for the value in the help.
func (budgetFlag) Type() string { return "BYTES" }

// Set takes a number that such a document can do with.
func (b budgetFlag) Set(text string) error {
	bytes, err := strconv.Atoi(text)
	if err != nil || bytes < report.MinMarkdownBudget {
		return fmt.Errorf("%q is not a number of bytes from %d", text, report.MinMarkdownBudget)
	}
	*b.target = bytes
	return nil
}

// Every type here is a flag's value.
var (
	_ pflag.Value = (*choice)(nil)
	_ pflag.Value = dateFlag{}
	_ pflag.Value = guardsFlag{}
	_ pflag.Value = limitsFlag{}
	_ pflag.Value = positive[int]{}
	_ pflag.Value = budgetFlag{}
)

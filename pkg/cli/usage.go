package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usageError is a command line or an environment that cannot be meant.
type usageError struct {
	msg  string
	hint string
}

func (e *usageError) Error() string { return e.msg }

func usagef(format string, args ...any) *usageError {
	return &usageError{msg: fmt.Sprintf(format, args...)}
}

// withHint completes the error with what to do about it.
func (e *usageError) withHint(format string, args ...any) *usageError {
	e.hint = fmt.Sprintf(format, args...)
	return e
}

// flagError words what pflag finds wrong with the flags of a command.
func flagError(cmd *cobra.Command, err error) error {
	out := usagef("%s: %s", cmd.Name(), err).withHint("see %s --help", cmd.CommandPath())
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		out.msg = fmt.Sprintf("%s: --%s: %s", cmd.Name(), invalid.GetFlag().Name, invalid.Unwrap())
	}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		if habit, known := otherToolsFlags()[unknown.GetSpecifiedName()]; known {
			return out.withHint("%s", habit)
		}
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		if near, ok := nearest(unknown.GetSpecifiedName(), known); ok {
			return out.withHint("did you mean --%s?", near)
		}
	}
	return out
}

// unknownVerb is the error of a verb that does not exist.
func unknownVerb(root *cobra.Command, word string) error {
	var known []string
	for _, cmd := range root.Commands() {
		if !cmd.Hidden {
			known = append(known, cmd.Name())
		}
	}
	out := usagef("unknown verb %q", word)
	if habit, known := otherToolsVerbs()[strings.ToLower(word)]; known {
		return out.withHint("%s", habit)
	}
	if near, ok := nearest(word, known); ok {
		return out.withHint("did you mean %s?", near)
	}
	return out.withHint("the verbs are %s", strings.Join(known, ", "))
}

// noArgs is for verbs that take no path.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument, and %q is one", cmd.Name(), args[0]).withHint("see %s --help", cmd.CommandPath())
	}
	return nil
}

// oneArg is for verbs that take one thing, which the error calls by name.
func oneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usagef("%s takes one %s, not %d", cmd.Name(), what, len(args)).withHint("see %s --help", cmd.CommandPath())
		}
		return nil
	}
}

// atMostOneArg is for verbs that take one thing or none.
func atMostOneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usagef("%s takes one %s, not %d", cmd.Name(), what, len(args)).withHint("see %s --help", cmd.CommandPath())
		}
		return nil
	}
}

// refuseBeside refuses flags that have no meaning beside another.
func refuseBeside(cmd *cobra.Command, flag string, others ...string) error {
	for _, other := range others {
		if cmd.Flags().Changed(other) {
			return usagef("--%s has no meaning with --%s", other, flag).withHint("leave one of the two out")
		}
	}
	return nil
}

// nearest gives the known word that was most likely meant: one mistake in
// three characters is let pass.
func nearest(word string, known []string) (string, bool) {
	best, least := "", len(word)/3+1
	for _, k := range slices.Sorted(slices.Values(known)) {
		if d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best, best != ""
}

// almost is nearest for words that are much alike: two letters may differ,
// no more.
func almost(word string, known []string) (string, bool) {
	const letters = 2
	for _, k := range known {
		if levenshtein.ComputeDistance(word, k) <= letters {
			return k, true
		}
	}
	return "", false
}

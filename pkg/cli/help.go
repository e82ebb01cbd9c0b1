package cli

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The groups of flags in the help, beside those of the verb itself.
const (
	groupConnection = "Connection"
	groupMessages   = "General"
)

// The annotations of commands and flags.
const (
	groupAnnotation    = "group"
	exitsAnnotation    = "exits"
	offlineAnnotation  = "offline"
	planExitAnnotation = "judges"
)

// inGroup puts a flag into a group of the help.
func inGroup(flags *pflag.FlagSet, group, name string) {
	// It fails for a flag that does not exist, which the help test would show.
	_ = flags.SetAnnotation(name, groupAnnotation, []string{group})
}

// withExits notes which exit codes a verb can give, apart from 1, which all of
// them can.
func withExits(cmd *cobra.Command, codes ...Code) *cobra.Command {
	var words []string
	for _, c := range codes {
		words = append(words, strconv.Itoa(int(c)))
	}
	annotate(cmd, exitsAnnotation, strings.Join(words, " "))
	return cmd
}

// withoutEnvironment notes that a verb takes no setting, so that a wrong one
// does not keep it from working.
func withoutEnvironment(cmd *cobra.Command) *cobra.Command {
	annotate(cmd, offlineAnnotation, "yes")
	return cmd
}

// readsEnvironment reports whether a verb takes settings. The hidden ones of
// cobra, which complete a command line, do not.
func readsEnvironment(cmd *cobra.Command) bool {
	return !cmd.Hidden && cmd.Annotations[offlineAnnotation] == ""
}

// checkingEnvironment notes that a verb tells of variables that do not exist by
// itself, so that they do not keep it from telling the rest.
func checkingEnvironment(cmd *cobra.Command) *cobra.Command {
	annotate(cmd, planExitAnnotation, "yes")
	return cmd
}

func annotate(cmd *cobra.Command, key, value string) {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[key] = value
}

// newHelpCommand makes `licensectl help VERB` the same as
// `licensectl VERB --help`.
func newHelpCommand(a *app) *cobra.Command {
	return withoutEnvironment(withExits(&cobra.Command{
		Use:   "help [VERB]",
		Short: "Explain a verb",
		Long:  "Help explains a verb: what it does, its flags and the exit codes that it can give.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				a.writeHelp(a.env.Stdout, cmd.Root())
				return nil
			}
			for _, verb := range cmd.Root().Commands() {
				if verb.Name() == args[0] {
					a.writeHelp(a.env.Stdout, verb)
					return nil
				}
			}
			return unknownVerb(cmd.Root(), args[0])
		},
	}, CodeOK, CodeInput))
}

// writeHelp explains a command on standard output, or on another stream of the
// same terminal.
func (a *app) writeHelp(w io.Writer, cmd *cobra.Command) {
	p := helpPage{width: a.env.Width}
	p.text(cmd.Long)
	fmt.Fprintf(&p, "\nUsage:\n  %s\n", useLine(cmd))
	if cmd.Example != "" {
		fmt.Fprintf(&p, "\nExamples:\n%s\n", cmd.Example)
	}
	p.verbs(cmd)
	p.flags(cmd)
	p.exits(cmd)
	// Whoever closed the stream does not want to read it.
	_, _ = io.WriteString(w, p.String())
}

func useLine(cmd *cobra.Command) string {
	if !cmd.HasParent() {
		return toolName + " VERB [PATH...] [flags]"
	}
	return toolName + " " + cmd.Use + " [flags]"
}

// verbs lists the verbs by what people want to do.
func (p *helpPage) verbs(cmd *cobra.Command) {
	if !cmd.HasSubCommands() {
		return
	}
	p.WriteString("\nVerbs:\n")
	for _, task := range tasks() {
		fmt.Fprintf(p, " %s\n", task.title)
		for _, name := range task.verbs {
			verb, _, err := cmd.Find([]string{name})
			if err == nil {
				p.row(fmt.Sprintf("  %-11s ", verb.Name()), verb.Short)
			}
		}
	}
	fmt.Fprintf(p, "\nSee %s VERB --help for each of them.\n", toolName)
}

// flags lists the flags by group, those of the verb itself first.
func (p *helpPage) flags(cmd *cobra.Command) {
	cmd.InitDefaultHelpFlag() // which brings the flags of all verbs in as well
	own := "Flags"
	groups := map[string]*pflag.FlagSet{}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		group := own
		if g := f.Annotations[groupAnnotation]; len(g) > 0 {
			group = g[0]
		}
		if groups[group] == nil {
			groups[group] = pflag.NewFlagSet(group, pflag.ContinueOnError)
		}
		groups[group].AddFlag(f)
	})
	for _, group := range []string{own, groupConnection, groupMessages} {
		if groups[group] != nil {
			fmt.Fprintf(p, "\n%s:\n%s", group, groups[group].FlagUsagesWrapped(p.width))
		}
	}
}

// exits lists the exit codes of a command.
func (p *helpPage) exits(cmd *cobra.Command) {
	p.WriteString("\nExit codes:\n")
	for _, row := range ExitsOf(cmd) {
		p.row(fmt.Sprintf("  %3d  %-11s ", row.Code, row.Name), row.When)
	}
}

// ExitsOf lists the exit codes that a verb can give, in ascending order; the
// root has them all.
func ExitsOf(cmd *cobra.Command) []ExitCode {
	mine := strings.Fields(cmd.Annotations[exitsAnnotation])
	var out []ExitCode
	for _, row := range ExitCodes() {
		listed := slices.Contains(mine, strconv.Itoa(int(row.Code))) || row.Code == CodeInternal
		if special := exitTexts()[cmd.Name()][row.Code]; special != "" {
			row.When = special
		}
		if listed || !cmd.HasParent() {
			out = append(out, row)
		}
	}
	return out
}

package cli

import (
	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/internal/disk"
)

// newRootCommand builds the whole command line.
func newRootCommand(a *app) *cobra.Command {
	var log logOptions
	var version bool
	root := &cobra.Command{
		Use:   toolName,
		Short: "Microsoft 365 and Microsoft Entra licenses of users as code",
		Long: `licensectl keeps the Microsoft 365 and Microsoft Entra licenses of users as code.
YAML manifests say what every user should hold. licensectl reads what they hold
now through Microsoft Graph, works out the smallest set of changes that makes the
two equal, shows it as a plan, and applies it.`,
		Example: `  # check the manifests, without a tenant
  licensectl validate
  # see what would change
  licensectl plan --out plan.json
  # carry out exactly that
  licensectl apply plan.json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownVerb(cmd, args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				return a.printVersion(outputFlags{format: formatText})
			}
			a.writeHelp(a.console.screen, cmd)
			return usagef("no verb was given").withHint("see the verbs above")
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.prepare(cmd, &log) },
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetOut(a.env.Stdout)
	root.SetErr(a.env.Stderr)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { a.writeHelp(a.env.Stdout, cmd) })
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(newHelpCommand(a))
	root.AddCommand(verbs(a)...)
	registerLog(root, &log)
	root.Flags().BoolVar(&version, "version", false, "the same as the verb version")
	return root
}

// verbs lists the verbs. The help sorts them.
func verbs(a *app) []*cobra.Command {
	return []*cobra.Command{
		newValidateCommand(a),
		newPlanCommand(a),
		newShowCommand(a),
		newApplyCommand(a),
		newDriftCommand(a),
		newFleetCommand(a),
		newExplainCommand(a),
		newSeatsCommand(a),
		newSnapshotCommand(a),
		newDoctorCommand(a),
		newSchemaCommand(a),
		newExportCommand(a),
		newImportCommand(a),
		newFmtCommand(a),
		newDemoCommand(a),
		newEmulatorCommand(a),
		newVersionCommand(a),
		newCompletionCommand(a),
	}
}

// registerLog adds the flags about messages to all verbs.
func registerLog(root *cobra.Command, o *logOptions) {
	o.format, o.level = formatText, "info"
	flags := root.PersistentFlags()
	for _, s := range logSettings(o) {
		s.register(root, flags)
		inGroup(flags, groupMessages, s.flag)
	}
	flags.BoolVarP(&o.verbose, "verbose", "v", false, "the same as --log-level debug")
	inGroup(flags, groupMessages, "verbose")
	flags.StringVarP(&o.folder, "directory", "C", "", "work in the folder `DIR`, as if the command were given there")
	inGroup(flags, groupMessages, "directory")
}

// prepare runs before every verb, once its flags are parsed.
func (a *app) prepare(cmd *cobra.Command, log *logOptions) error {
	if err := disk.WorkIn(log.folder); err != nil {
		return err
	}
	if !readsEnvironment(cmd) {
		return nil
	}
	if err := bindVariables(cmd, a.env); err != nil {
		return err
	}
	a.setUpConsole(*log)
	if cmd.Annotations[planExitAnnotation] != "" {
		return nil
	}
	return checkVariables(a.env)
}

package cli

import (
	"io"

	"github.com/spf13/cobra"
)

// completers are the shells that can be completed for.
func completers(root *cobra.Command) map[string]func(io.Writer) error {
	return map[string]func(io.Writer) error{
		"bash":       func(w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"zsh":        root.GenZshCompletion,
		"fish":       func(w io.Writer) error { return root.GenFishCompletion(w, true) },
		"powershell": root.GenPowerShellCompletionWithDesc,
	}
}

func newCompletionCommand(a *app) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	cmd := &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a script that completes commands in a shell",
		Long: `Completion prints a script for a shell (bash, zsh, fish or powershell) that
completes verbs, flags and their values.`,
		Args:      oneArg("shell"),
		ValidArgs: shells,
		Example: `  # for this session
  source <(licensectl completion bash)
  # for good, in fish
  licensectl completion fish > ~/.config/fish/completions/licensectl.fish`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var shell string
			if err := (&choice{target: &shell, words: shells}).Set(args[0]); err != nil {
				return usagef("completion: %s", err)
			}
			return a.document(completers(cmd.Root())[shell])
		},
	}
	return withoutEnvironment(withExits(cmd, CodeOK, CodeInput))
}

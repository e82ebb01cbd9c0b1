package cli

import (
	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/plan"
)

// causeAll is the word of --cause for every cause.
const causeAll = "all"

// registerCause adds the flags that tell drift from what is pending.
func (n *narrowing) registerCause(cmd *cobra.Command) {
	registerBaseline(cmd, &n.baseline)
	n.cause = causeAll
	choiceVar(cmd, flagSpec{name: "cause", usage: "only changes of this cause, which takes --baseline"}, &n.cause,
		string(plan.CauseDrift), string(plan.CausePending), string(plan.CauseSignal), causeAll)
}

func registerBaseline(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "baseline", "", "tell changes of the tenant since this receipt or snapshot `FILE` from changes of the manifests")
}

// checkCause refuses a cause that nothing can be known of.
func (n *narrowing) checkCause(cmd *cobra.Command) error {
	if cmd.Flags().Changed("cause") && n.baseline == "" {
		return usagef("--cause takes a baseline to compare with").
			withHint("add --baseline with the receipt of the last apply, or with a snapshot from after it")
	}
	return nil
}

// only gives the cause that the plan is narrowed to; empty: none.
func (n *narrowing) only() plan.Cause {
	if n.cause == causeAll {
		return ""
	}
	return plan.Cause(n.cause)
}

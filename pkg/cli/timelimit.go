package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/reconcile"
)

// defaultTimeout is how long a verb that only reads may take, if nobody says
// otherwise: more than a tenant of a million users takes, with a service that
// asks for patience (docs/performance.md).
const defaultTimeout = time.Hour

// withTimeout gives a verb that only reads the flag --timeout: a service that
// sends an answer byte by byte would keep it for ever.
func withTimeout(cmd *cobra.Command) *cobra.Command {
	limit := defaultTimeout
	cmd.Flags().DurationVar(&limit, "timeout", limit, "give up after this long; 0 is never")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if limit < 0 {
			return usagef("a time cannot be negative")
		}
		if limit == 0 {
			return run(cmd, args)
		}
		ctx := cmd.Context()
		limited, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		cmd.SetContext(limited)
		err := run(cmd, args)
		if err == nil || ctx.Err() != nil || limited.Err() == nil || errors.As(err, new(*failure)) || errors.As(err, new(*reconcile.Failure)) {
			return err
		}
		return (&failure{code: CodeLive, what: "the time was up before everything was read", next: "give more with --timeout"}).because(err, "")
	}
	return cmd
}

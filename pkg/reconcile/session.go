package reconcile

import (
	"io"
	"log/slog"
	"time"

	"github.com/licensectl/licensectl/pkg/internal/blot"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Session is what the use cases of one tenant share. All fields are needed.
type Session struct {
	// Log takes warnings and notes for people, and what took how long. It makes
	// the text safe: what comes from a tenant or a file is passed on as it is.
	Log *slog.Logger

	// Secrets learns what signing in sends and gets.
	Secrets *blot.Secrets

	// Now is the clock.
	Now func() time.Time

	// Stdin is where manifests come from that are called "-".
	Stdin io.Reader

	// StateFolder is where receipts and the lock are. Sessions that may write to
	// different tenants at once have different ones.
	StateFolder string

	// Tool is who makes plans, snapshots and requests.
	Tool plan.Tool
}

// took says how long a stage took, for whoever looks for the time.
func (s *Session) took(stage string, begun time.Time) {
	s.Log.Debug(stage, "took", s.Now().Sub(begun).Round(time.Microsecond).String())
}

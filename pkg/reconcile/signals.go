package reconcile

import (
	"context"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/planner"
)

// signals gives an input the signs of use that its plan needs by the policy, and of
// the mailboxes that it would take away. Without a reader, and without such a
// policy, nothing is asked.
func (s *Session) signals(ctx context.Context, reader *graph.Reader, in planner.Input) (license.Signals, error) {
	known := in.Observed.Signals
	for reader != nil {
		missing, err := planner.MissingSignals(in)
		if err != nil || missing == nil {
			return known, err
		}
		begun := s.Now()
		read, err := observe.Signals(ctx, reader, observe.SignalsRequest{
			Wanted: missing, Users: in.Observed.Users, AtLeast: usersAtLeast(in), At: begun.UTC().Truncate(time.Second),
		})
		if err != nil {
			return known, err
		}
		s.Log.Debug("read the signs of use", "signals", missing.Signals(), "took", s.Now().Sub(begun).Round(time.Microsecond).String())
		known = known.With(read)
		in.Observed.Signals = known
	}
	return known, nil
}

// usersAtLeast is how many users the tenant has at the least.
func usersAtLeast(in planner.Input) int {
	most := len(in.Observed.Users)
	for _, sku := range in.Observed.SKUs {
		most = max(most, sku.Units.Consumed)
	}
	return most
}

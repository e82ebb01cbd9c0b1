package apply_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// TestComplaintsOfOneMomentCountOnce: calls that were under way together and
// are refused together halve the window once, and not once each.
func TestComplaintsOfOneMomentCountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := crowd(t, 300)
		s.latency = 500 * time.Millisecond
		concurrent := status(409, "Error due to concurrent requests being made to the tenant.")
		s.fault = func(w *write) *fault {
			if w.total > 60 && w.total <= 124 {
				return &fault{err: concurrent}
			}
			return nil
		}
		begun := time.Now()
		out := carryOut(t, t.Context(), s, p, func(o *apply.Options) { o.WriteRate = 10_000 })
		if n := out.Receipt.Counts()[receipt.Done]; n != 300 {
			t.Errorf("%d done", n)
		}
		// With a window that is halved once for each, it takes over a minute.
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

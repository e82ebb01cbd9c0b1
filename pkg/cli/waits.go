package cli

import (
	"sync"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
)

// waits tells why nothing seems to happen while the tenant is read: at once for
// the first pause, and then from time to time. It is safe for concurrent use.
type waits struct {
	console *console
	now     func() time.Time

	mu   sync.Mutex
	told time.Time // when one was last told; zero: never
}

func (a *app) newWaits() *waits { return &waits{console: a.console, now: a.env.Now} }

// tell tells of a pause if it is time. Pauses that the service does not ask for
// are short, and their length is chance. The audit log is not told of: a plan
// does without it after some seconds.
func (w *waits) tell(p graph.Wait) {
	if p.Op == graph.OpReadAudits {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	if !w.told.IsZero() && now.Sub(w.told) < progressInLog {
		return
	}
	w.told = now
	length := "some seconds"
	if p.For >= time.Second {
		length = p.For.Round(time.Second).String()
	}
	w.console.Info("waiting " + length + ", then asking again: " + p.Why.Error())
}

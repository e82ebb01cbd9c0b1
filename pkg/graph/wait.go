package graph

import (
	"context"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/licensectl/licensectl/pkg/internal/pace"
)

// Wait is a pause before a call that reads is made again.
type Wait struct {
	Op  Op
	Why error         // what came instead of an answer
	For time.Duration // how long; 0: some seconds, which nobody has named
}

// pause waits before a document is asked for again whose answer was not to be
// believed, or that a batch lacks. The error is that of the context.
func (c *client) pause(ctx context.Context, w Wait) error {
	c.tell(ctx, w)
	return pace.Sleep(ctx, w.For)
}

// tell tells of a pause, unless nobody goes on after it: what is cut off because
// it is no longer wanted fails as well.
func (c *client) tell(ctx context.Context, w Wait) {
	if c.waiting != nil && ctx.Err() == nil {
		c.waiting(w)
	}
}

// foretell tells of the pause that azcore makes after an attempt, where it makes
// one: it repeats what is worth it, so many times, and gives up where the
// service asks for too long a wait.
func (a attempt) foretell(req *policy.Request, resp *http.Response, err error) {
	var ex *exchange
	req.OperationValue(&ex)
	if a.waiting == nil || ex.single || ex.tries > maxRetries || req.Raw().Context().Err() != nil || !worthRepeating(resp, err) {
		return
	}
	call := request{op: ex.op, method: req.Raw().Method, url: req.Raw().URL.String()}
	if why := callError(call, ex, err); why.RetryAfter <= maxWait {
		a.waiting(Wait{Op: ex.op, Why: withoutReference(why), For: why.RetryAfter})
	}
}

// withoutReference is an error that is told while there is nothing to ask
// support about yet.
func withoutReference(e *Error) error {
	out := *e
	out.RequestID, out.ClientRequestID = "", ""
	return &out
}

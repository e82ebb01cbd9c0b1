package graph

import (
	"context"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"golang.org/x/sync/errgroup"

	"github.com/licensectl/licensectl/pkg/internal/caught"
)

// MostAbreast is how many things are asked for at once at the most, where each
// takes requests of its own: pages of groups are larger than batches are many.
const MostAbreast = 64

// abreast is the policy of requests that go side by side and in no batch. They
// share the limit of lookups: its window, its quota, and its pauses. A request of
// no units is none of them.
type abreast struct{ limit *lookupLimit }

var _ policy.Policy = abreast{}

// Do sends a request that is turned away again for as long as others get
// through. Where nobody does, the pipeline counts it as an attempt.
func (a abreast) Do(req *policy.Request) (*http.Response, error) {
	var ex *exchange
	req.OperationValue(&ex)
	if ex.units == 0 {
		return req.Next()
	}
	others := a.limit.answered()
	for {
		resp, err := a.once(req, ex)
		if resp == nil || resp.StatusCode < http.StatusBadRequest {
			return resp, err
		}
		refused := callError(request{op: ex.op}, ex, err)
		if !refused.Throttled() && !refused.Concurrent() {
			return resp, err
		}
		a.limit.complain(max(backoff(1), min(refused.RetryAfter, maxWait)))
		now := a.limit.answered()
		if now == others || refused.RetryAfter > maxWait {
			return resp, err
		}
		others = now
	}
}

// once sends the request within the limit and the quota.
func (a abreast) once(req *policy.Request, ex *exchange) (*http.Response, error) {
	ctx := req.Raw().Context()
	if err := a.limit.enter(ctx); err != nil {
		return nil, err
	}
	defer a.limit.leave()
	units := ex.units
	if err := a.limit.pace.Wait(ctx, units); err != nil {
		return nil, err
	}
	resp, err := req.Next()
	a.limit.pace.Answered(units)
	if err == nil && resp.StatusCode < http.StatusBadRequest {
		a.limit.went(1, throttlePercentage(resp.Header))
		a.limit.window.Widen()
	}
	return resp, err
}

// abreast marks a request that may go beside others, with the resource units
// that it costs (Graph docs, throttling limits).
func (r request) abreast(units int) request {
	r.units = units
	return r
}

// sideBySide asks for n things at once, and gives them in order. The error is the
// first that came; then nothing goes on.
func sideBySide[T any](ctx context.Context, n int, ask func(ctx context.Context, i int) (T, error)) ([]T, error) {
	out := make([]T, n)
	asking, ctx := errgroup.WithContext(ctx)
	asking.SetLimit(MostAbreast)
	for i := range n {
		asking.Go(caught.In(func() (err error) {
			out[i], err = ask(ctx, i)
			return err
		}))
	}
	if err := asking.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

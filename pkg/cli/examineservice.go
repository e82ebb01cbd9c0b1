package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/doctor"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/network"
)

// examineService asks Microsoft Graph three short questions, once each. Where
// the first one does not get there, neither would the others.
func (a *app) examineService(ctx context.Context, prober *graph.Prober, f *doctor.Facts) {
	ask := func(question question) *doctor.Call {
		limited, cancel := context.WithTimeout(ctx, answerTimeout)
		defer cancel()
		answer, err := question(limited)
		a.noteAnswer(answer, &f.Service)
		return callOf(answer, err)
	}
	var reached bool
	f.Service.Organization = ask(func(ctx context.Context) (graph.Answer, error) {
		org, answer, err := prober.Organization(ctx)
		if err == nil {
			f.Tenant.ID, f.Tenant.Name = org.ID.String(), org.DisplayName
		}
		reached = !isUnreached(err)
		return answer, err
	})
	if !reached {
		return
	}
	f.Service.Products = ask(prober.Products)
	if slices.ContainsFunc(f.Needs, func(n doctor.Need) bool { return n.Call == string(graph.OpListUsers) && n.Concerns(f.Required) }) {
		f.Service.Users = ask(prober.FirstUser)
	}
}

// question is one of those that a prober asks.
type question func(context.Context) (graph.Answer, error)

// callOf says how a question was answered.
func callOf(answer graph.Answer, err error) *doctor.Call {
	call := &doctor.Call{Took: answer.Took}
	if err == nil {
		return call
	}
	call.Problem = wordedProblem(err)
	failed, isCall := errors.AsType[*graph.Error](err)
	call.Denied = isCall && (failed.Forbidden() || failed.Unauthorized())
	if isUnreached(err) {
		call.Problem.Fix = network.Advice(err)
	}
	return call
}

// isUnreached reports whether no answer came at all.
func isUnreached(err error) bool {
	failed, isCall := errors.AsType[*graph.Error](err)
	return isCall && failed.Status == 0 && !failed.Unauthorized()
}

// noteAnswer keeps what an answer tells beside what it says.
func (a *app) noteAnswer(answer graph.Answer, s *doctor.ServiceFacts) {
	if !answer.ServerTime.IsZero() {
		skew := skewOf(answer, a.env.Now())
		s.Skew = &skew
	}
	s.Throttle = max(s.Throttle, answer.ThrottlePercentage)
}

// skewOf is how far the service's clock is ahead of ours. It told the time, to
// the second, some time between the question and the end of the answer.
func skewOf(answer graph.Answer, now time.Time) time.Duration {
	return answer.ServerTime.Sub(now.Add(-answer.Took / 2))
}

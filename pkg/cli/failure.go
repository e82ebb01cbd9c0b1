package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/auth"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/planner"
	"github.com/licensectl/licensectl/pkg/reconcile"
)

// failure is how a command ends with another code than 0. It need not be a
// mishap: changes that were found are one as well.
type failure struct {
	code     Code
	what     string    // what happened
	next     string    // what to do next; may be empty
	problems []problem // said before; empty where the document has told everything
}

// Error gives one line.
func (f *failure) Error() string { return f.what }

// because adds an error to what is said.
func (f *failure) because(err error, hint string) *failure {
	f.problems = append(f.problems, problem{err.Error(), hint})
	return f
}

// failureOf gives the failure of a use case its exit code.
func failureOf(f *reconcile.Failure) *failure {
	out := &failure{code: CodeInternal, what: f.What, next: f.Next}
	for _, row := range ExitCodes() {
		if row.Name == string(f.Kind) {
			out.code = row.Code
		}
	}
	for _, p := range f.Problems {
		out.problems = append(out.problems, problem{p.Text, p.Hint})
	}
	return out
}

// classify finds out what an error means for the exit code. A command whose
// context a signal has canceled ends as interrupted, whatever error that led
// to.
func classify(ctx context.Context, err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if f, ok := errors.AsType[*reconcile.Failure](err); ok {
		return failureOf(f)
	}
	if ctx.Err() != nil {
		return &failure{code: CodeInterrupted, what: "interrupted; nothing was written"}
	}
	for _, kind := range []func(error) *failure{inputFailure, authFailure, staleFailure, liveFailure} {
		if f := kind(err); f != nil {
			return f
		}
	}
	return (&failure{code: CodeInternal, what: "something went wrong that should not"}).because(err, "")
}

// inputFailure recognises what was typed or written wrongly.
func inputFailure(err error) *failure {
	if list, ok := errors.AsType[manifest.Errors](err); ok {
		return manifestFailure(list)
	}
	if usage, ok := errors.AsType[*usageError](err); ok {
		return &failure{code: CodeInput, what: "the command was not understood", problems: []problem{{usage.msg, usage.hint}}}
	}
	if option, ok := errors.AsType[*planner.OptionError](err); ok {
		return (&failure{code: CodeInput, what: "an option names nothing"}).because(option, option.Hint)
	}
	if user, ok := errors.AsType[*planner.UnknownUserError](err); ok {
		return (&failure{code: CodeInput, what: "there is no such user"}).because(user, user.Hint())
	}
	if group, ok := errors.AsType[*planner.UnknownGroupError](err); ok {
		what := "there is no such group"
		if len(group.Found) > 0 {
			what = "the name of the group is not clear"
		}
		return (&failure{code: CodeInput, what: what}).because(group, group.Hint())
	}
	if unread, ok := errors.AsType[*planner.UnreadGroupsError](err); ok {
		return (&failure{code: CodeInput, what: "the snapshot does not tell what groups give"}).
			because(unread, "name the manifests where the snapshot is taken: licensectl snapshot PATH... --out FILE")
	}
	if unanswered, ok := errors.AsType[*planner.UnansweredError](err); ok {
		return (&failure{code: CodeInput, what: "the snapshot does not tell who is selected"}).
			because(unanswered, "name the manifests where the snapshot is taken: licensectl snapshot PATH... --out FILE")
	}
	if file, ok := errors.AsType[*disk.Error](err); ok {
		return (&failure{code: CodeInput, what: "a file could not be used"}).because(file, file.Hint)
	}
	return nil
}

// manifestFailure has a problem for every error of the manifests.
func manifestFailure(list manifest.Errors) *failure {
	f := &failure{code: CodeInput, what: quantity.Of(len(list), "error") + " in the input", next: "correct the files"}
	for _, e := range list {
		f.problems = append(f.problems, problem{e.Error(), e.Hint})
	}
	return f
}

// authFailure recognises who is not allowed to, or is somewhere else.
func authFailure(err error) *failure {
	if tenant, ok := errors.AsType[*observe.TenantError](err); ok {
		hint := "sign in to the expected tenant, or correct tenantId in the policy"
		if isSample(tenant.Expected) {
			hint = ownFolder
		}
		return (&failure{code: CodeAuth, what: "this is the wrong tenant"}).because(tenant, hint)
	}
	signIn, isSignIn := errors.AsType[*auth.Error](err)
	if isSignIn && signIn.Unreached {
		return (&failure{code: CodeLive, what: "the token service was not reached", next: "try again later"}).because(signIn, signIn.Hint())
	}
	if isSignIn {
		return (&failure{code: CodeAuth, what: "not signed in"}).because(signIn, signIn.Hint())
	}
	if masked, ok := errors.AsType[*observe.MaskedError](err); ok {
		return (&failure{code: CodeAuth, what: "a permission is missing"}).because(err, masked.Hint())
	}
	call, isCall := errors.AsType[*graph.Error](err)
	switch {
	case isCall && call.Unauthorized():
		return (&failure{code: CodeAuth, what: "not signed in"}).because(err, call.Hint())
	case isCall && call.Forbidden():
		return (&failure{code: CodeAuth, what: "a permission is missing", next: needs(call)}).because(err, call.Hint())
	case isCall && call.Op == graph.OpReadMe && call.Status == http.StatusBadRequest:
		return (&failure{code: CodeAuth, what: "not signed in as a user"}).because(err, call.Hint())
	}
	return nil
}

// needs names the permission that a refused call takes, and what tells to which app it
// has to be granted; empty: it is not about one.
func needs(err error) string {
	call, ok := errors.AsType[*graph.Error](err)
	if !ok || !call.Forbidden() || call.Op.Permission().String() == "" {
		return ""
	}
	return string(call.Op) + " takes " + call.Op.Permission().String() + "; `licensectl doctor` names the app, and what else is missing"
}

// staleFailure recognises a plan that the users no longer fit.
func staleFailure(err error) *failure {
	stale, ok := errors.AsType[*apply.StaleError](err)
	if !ok {
		return nil
	}
	f := &failure{code: CodeStale, what: groupsAndUsers(len(stale.Groups), len(stale.Users)) + " changed since the plan was made", next: "plan again"}
	for _, g := range stale.Groups {
		f.problems = append(f.problems, problem{fmt.Sprintf("the group %q (%s) has changed since the plan was made", g.DisplayName, g.ID), ""})
	}
	for _, u := range stale.Users {
		f.problems = append(f.problems, problem{fmt.Sprintf("%s has changed since the plan was made", u.UserPrincipalName), ""})
	}
	return f
}

// liveFailure recognises a tenant that could not be read completely.
func liveFailure(err error) *failure {
	f := &failure{code: CodeLive, what: "the tenant could not be read completely", next: "try again later"}
	if errors.Is(err, context.DeadlineExceeded) {
		f.what, f.next = "the time was up before everything was read", "give more with --timeout"
		return f.because(err, "")
	}
	if call, ok := errors.AsType[*graph.Error](err); ok {
		return f.because(err, call.Hint())
	}
	_, incomplete := errors.AsType[*graph.IncompleteError](err)
	_, link := errors.AsType[*graph.LinkError](err)
	if incomplete || link {
		return f.because(err, "")
	}
	return nil
}

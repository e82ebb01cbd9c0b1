package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/auth"
	"github.com/licensectl/licensectl/pkg/doctor"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/network"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
)

// answerTimeout is how long a doctor waits for one answer.
const answerTimeout = 30 * time.Second

// Examination is what a doctor fills in of one tenant.
type Examination struct {
	Facts *doctor.Facts // with the needs and what has to work
	Set   *manifest.Set // nil: there are none, or they have errors

	// Word words an error for people.
	Word func(error) *doctor.Problem
}

// Examine finds out what there is to know about a connection: how somebody
// would sign in, whether they can, and whether Microsoft Graph answers. What
// cannot be found out is a fact as well, so that there is no error. It asks
// short questions, once each.
func (s *Session) Examine(ctx context.Context, c *Connection, e Examination) {
	e.expectTenant(c)
	prober := e.examineSetup(c)
	if prober == nil {
		return
	}
	e.examineSignIn(ctx, c)
	if e.Facts.SignIn.Identity != nil || e.Facts.SignIn.Opaque {
		e.examineService(ctx, prober, s.Now)
	}
}

// expectTenant says which tenant is the only one, and who says so.
func (e Examination) expectTenant(c *Connection) {
	t := &e.Facts.Tenant
	policy := license.GUID{}
	if e.Set != nil {
		policy = e.Set.Policy.TenantID
	}
	expected, err := c.Expects(policy)
	if err != nil {
		t.Disagreement = e.Word(err)
		return
	}
	if expected == (license.GUID{}) {
		return
	}
	t.Expected, t.ExpectedBy = expected.String(), c.target.Names.TenantID
	if expected == policy {
		t.ExpectedBy = "the tenantId of the policy"
	}
}

// examineSetup says how somebody would sign in. It gives what to ask Microsoft
// Graph with; nil where that cannot be.
func (e Examination) examineSetup(c *Connection) *graph.Prober {
	env := &e.Facts.Environment
	setup, err := auth.Describe(c.target.SignIn)
	if err == nil {
		env.Credential = credentialText(setup)
		for _, conflict := range setup.Conflicts {
			env.Conflicts = append(env.Conflicts, doctor.Problem{Text: conflict.Text, Fix: conflict.Advice})
		}
		err = c.Authenticate()
	}
	if _, isSignIn := errors.AsType[*auth.Error](err); isSignIn {
		env.Incomplete = e.Word(err)
		return nil
	}
	var prober *graph.Prober
	if err == nil {
		prober, err = graph.NewProber(c.target.Graph)
	}
	if err != nil {
		env.Mistakes = append(env.Mistakes, doctor.Problem{Text: e.Word(err).Text, Fix: "see licensectl doctor --help"})
		return nil
	}
	return prober
}

func credentialText(s auth.Setup) string {
	text := fmt.Sprintf("method %s, since %s; cloud %s, tokens from %s", s.Method, s.Because, s.Cloud.Name, s.Authority)
	if s.TenantID != "" {
		text += ", tenant " + s.TenantID
	}
	if s.ClientID != "" {
		text += ", client " + s.ClientID
	}
	return text
}

// examineSignIn gets a token, which costs nothing beside the questions that
// need one anyway.
func (e Examination) examineSignIn(ctx context.Context, c *Connection) {
	s := &e.Facts.SignIn
	s.Audiences = []string{c.Cloud().GraphRoot, graphAppID}
	if setup, err := auth.Describe(c.target.SignIn); err == nil && setup.AsksAuthority() {
		if s.TokenService = reachTokenService(ctx, c); s.TokenService.Problem != nil {
			return
		}
	}
	claims, err := c.identify(ctx)
	switch {
	case errors.Is(err, auth.ErrOpaque):
		s.Opaque = true
	case isOffline(err):
		s.TokenService = &doctor.Call{Problem: e.Word(err)}
	case err != nil:
		s.Problem = e.Word(err)
	default:
		s.Identity = identityOf(claims)
	}
}

func reachTokenService(ctx context.Context, c *Connection) *doctor.Call {
	limited, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	took, err := auth.Reach(limited, c.target.SignIn)
	if err != nil {
		return &doctor.Call{Problem: &doctor.Problem{Text: err.Error(), Fix: network.Advice(err)}}
	}
	return &doctor.Call{Took: took}
}

// isOffline reports whether a sign-in failed for want of a network.
func isOffline(err error) bool {
	signIn, ok := errors.AsType[*auth.Error](err)
	return ok && signIn.Unreached
}

func identityOf(c auth.Claims) *doctor.Identity {
	out := &doctor.Identity{
		Name: c.Actor(), Delegated: c.Delegated(), TenantID: c.TenantID, Audience: c.Audience, Expires: c.Expires,
		Permissions: c.Roles, DirectoryRoles: c.DirectoryRoles,
	}
	if c.Delegated() {
		out.Permissions = c.Scopes
	} else if c.AppID != "" {
		out.Name = c.AppID
	}
	return out
}

// graphAppID is the id of Microsoft Graph itself, which tokens of version 2
// have for an audience.
const graphAppID = "00000003-0000-0000-c000-000000000000"

// examineService asks Microsoft Graph three short questions, once each. Where
// the first one does not get there, neither would the others.
func (e Examination) examineService(ctx context.Context, prober *graph.Prober, now func() time.Time) {
	f := e.Facts
	ask := func(question question) *doctor.Call {
		limited, cancel := context.WithTimeout(ctx, answerTimeout)
		defer cancel()
		answer, err := question(limited)
		noteAnswer(answer, now(), &f.Service)
		return e.callOf(answer, err)
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
func (e Examination) callOf(answer graph.Answer, err error) *doctor.Call {
	call := &doctor.Call{Took: answer.Took}
	if err == nil {
		return call
	}
	call.Problem = e.Word(err)
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
func noteAnswer(answer graph.Answer, now time.Time, s *doctor.ServiceFacts) {
	if !answer.ServerTime.IsZero() {
		skew := skewOf(answer, now)
		s.Skew = &skew
	}
	s.Throttle = max(s.Throttle, answer.ThrottlePercentage)
}

// skewOf is how far the service's clock is ahead of ours. It told the time, to
// the second, some time between the question and the end of the answer.
func skewOf(answer graph.Answer, now time.Time) time.Duration {
	return answer.ServerTime.Sub(now.Add(-answer.Took / 2))
}

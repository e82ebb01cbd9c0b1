package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/auth"
	"github.com/licensectl/licensectl/pkg/doctor"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/network"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
)

// answerTimeout is how long a doctor waits for one answer.
const answerTimeout = 30 * time.Second

// examine finds out what there is to know about a setup. What cannot be found
// out is a fact as well, so that there is no error.
func (a *app) examine(ctx context.Context, o doctorOptions) doctor.Facts {
	f := doctor.Facts{Needs: Needs(), Required: readingVerbs(), Now: a.env.Now()}
	if len(o.verbs) > 0 {
		f.Required, f.Chosen = o.verbs, true
	}
	set := a.examineManifests(o.paths, &f.Local)
	a.examineFolder(&f.Local)
	settle(f.Needs, set)
	a.examineVariables(&f.Environment)
	conn, err := a.address(o.connection)
	if err != nil {
		f.Environment.Mistakes = append(f.Environment.Mistakes, *wordedProblem(err))
		return f
	}
	expectTenant(conn, set, &f.Tenant)
	prober := a.examineSetup(conn, &f.Environment)
	if prober == nil {
		return f
	}
	a.examineSignIn(ctx, conn, &f)
	if f.SignIn.Identity != nil || f.SignIn.Opaque {
		a.examineService(ctx, prober, &f)
	}
	return f
}

// settle says which of the cases that only the manifests know arise.
func settle(needs []doctor.Need, set *manifest.Set) {
	if set == nil {
		return
	}
	for i := range needs {
		arises, known := cases()[graph.Op(needs[i].Call)]
		if !known || needs[i].When == "" {
			continue
		}
		needs[i].Arises = doctor.NeverArises
		if arises(set.Desired) {
			needs[i].Arises = doctor.Arises
		}
	}
}

// cases tell by the manifests whether the calls are made that are not always.
func cases() map[graph.Op]func(plan.Desired) bool {
	return map[graph.Op]func(plan.Desired) bool{
		graph.OpReadMe: func(d plan.Desired) bool {
			return slices.ContainsFunc(d.Users, func(u plan.DesiredUser) bool { return u.User.Name == plan.Me })
		},
		graph.OpSetUsageLocation: func(d plan.Desired) bool {
			return slices.ContainsFunc(d.Users, func(u plan.DesiredUser) bool { return u.UsageLocation != "" }) ||
				slices.ContainsFunc(d.Selections, func(s plan.Selection) bool { return s.Entry.UsageLocation != "" })
		},
		graph.OpListMembers: func(d plan.Desired) bool {
			return slices.ContainsFunc(d.Queries(), func(q plan.Query) bool { return q.Group != "" })
		},
	}
}

// expectTenant says which tenant is the only one, and who says so.
func expectTenant(conn connection, set *manifest.Set, t *doctor.TenantFacts) {
	policy := license.GUID{}
	if set != nil {
		policy = set.Policy.TenantID
	}
	expected, err := conn.Expects(policy)
	if err != nil {
		t.Disagreement = wordedProblem(err)
		return
	}
	if expected == (license.GUID{}) {
		return
	}
	t.Expected, t.ExpectedBy = expected.String(), "--tenant-id"
	if expected == policy {
		t.ExpectedBy = "the tenantId of the policy"
	}
}

// examineSignIn gets a token, which costs nothing beside the questions that
// need one anyway.
func (a *app) examineSignIn(ctx context.Context, conn connection, f *doctor.Facts) {
	s := &f.SignIn
	s.Audiences = []string{conn.Cloud().GraphRoot, graphAppID}
	if setup, err := auth.Describe(conn.SignIn()); err == nil && setup.AsksAuthority() {
		if s.TokenService = reachTokenService(ctx, conn); s.TokenService.Problem != nil {
			return
		}
	}
	claims, err := conn.Identify(ctx)
	switch {
	case errors.Is(err, auth.ErrOpaque):
		s.Opaque = true
	case isOffline(err):
		s.TokenService = &doctor.Call{Problem: wordedProblem(err)}
	case err != nil:
		s.Problem = wordedProblem(err)
	default:
		s.Identity = identityOf(claims)
	}
}

func reachTokenService(ctx context.Context, conn connection) *doctor.Call {
	limited, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	took, err := auth.Reach(limited, conn.SignIn())
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

// wordedProblem words an error as the end of a command would.
func wordedProblem(err error) *doctor.Problem {
	said := classify(context.Background(), err)
	if len(said.problems) > 0 {
		return &doctor.Problem{Text: said.problems[0].text, Fix: said.problems[0].hint}
	}
	return &doctor.Problem{Text: said.what, Fix: said.next}
}

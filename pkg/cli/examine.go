package cli

import (
	"context"
	"slices"

	"github.com/licensectl/licensectl/pkg/doctor"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/reconcile"
)

// examine finds out what there is to know about a setup. What cannot be found
// out is a fact as well, so that there is no error.
func (a *app) examine(ctx context.Context, o doctorOptions) doctor.Facts {
	f := doctor.Facts{Needs: Needs(), Required: readingVerbs(), Now: a.env.Now()}
	if len(o.verbs) > 0 {
		f.Required, f.Chosen = o.verbs, true
	}
	set := a.examineManifests(o.paths, &f.Local)
	a.examineFolder(&f.Local)
	resolveNeeds(f.Needs, set)
	a.examineVariables(&f.Environment)
	conn, err := a.address(o.connection)
	if err != nil {
		f.Environment.Mistakes = append(f.Environment.Mistakes, *wordedProblem(err))
		return f
	}
	if conn.emulated == nil {
		a.examineProxy(conn.Root(), &f.Environment)
	}
	a.session().Examine(ctx, conn.Connection, reconcile.Examination{Facts: &f, Set: set, Word: wordedProblem})
	if conn.emulated != nil {
		f.Environment.Credential = "the tenant is emulated: no secret is needed"
	}
	return f
}

// resolveNeeds says which of the cases that only the manifests know arise.
func resolveNeeds(needs []doctor.Need, set *manifest.Set) {
	if set == nil {
		return
	}
	for i := range needs {
		arises, known := cases()[graph.Op(needs[i].Call)]
		if !known || needs[i].When == "" {
			continue
		}
		needs[i].Arises = doctor.NeverArises
		if arises(set) {
			needs[i].Arises = doctor.Arises
		}
	}
}

// cases tell by the manifests whether the calls are made that are not always.
func cases() map[graph.Op]func(*manifest.Set) bool {
	readsGroups := func(set *manifest.Set) bool { return set.Desired.ReadsGroups(set.Policy) }
	return map[graph.Op]func(*manifest.Set) bool{
		graph.OpReadMe: func(set *manifest.Set) bool {
			return slices.ContainsFunc(set.Desired.Users, func(u plan.DesiredUser) bool { return u.User.Name == plan.Me })
		},
		graph.OpSetUsageLocation: func(set *manifest.Set) bool {
			return slices.ContainsFunc(set.Desired.Users, func(u plan.DesiredUser) bool { return u.UsageLocation != "" }) ||
				slices.ContainsFunc(set.Desired.Selections, func(s plan.Selection) bool { return s.Entry.UsageLocation != "" })
		},
		graph.OpListMembers: func(set *manifest.Set) bool {
			isGroup := func(q plan.Query) bool { return q.Group != "" }
			return readsGroups(set) || slices.ContainsFunc(set.Desired.Queries(), isGroup) || slices.ContainsFunc(set.Policy.Queries(), isGroup)
		},
		graph.OpReadGroups: readsGroups,
		graph.OpLicenseGroup: func(set *manifest.Set) bool {
			return set.Desired.Groups != nil || set.Policy.UnlistedGroups == plan.UnlistedRemove
		},
		graph.OpReprocess:   func(set *manifest.Set) bool { return set.Policy.GroupErrors == plan.GroupErrorsReprocess },
		graph.OpReadSignIns: anyRule(func(r plan.ReclaimRule) bool { return r.Idle.By == plan.IdleBySignIn || r.Never != nil }),
		graph.OpReadLeave:   anyRule(func(r plan.ReclaimRule) bool { return r.Left != nil }),
		graph.OpReadReports: func(set *manifest.Set) bool {
			return looksAtMailboxes(set) || anyRule(func(r plan.ReclaimRule) bool { return r.Idle.By == plan.IdleByReport })(set)
		},
		graph.OpReadPurposes: looksAtMailboxes,
	}
}

// anyRule reports whether something is so of a rule of the policy.
func anyRule(is func(plan.ReclaimRule) bool) func(*manifest.Set) bool {
	return func(set *manifest.Set) bool { return slices.ContainsFunc(set.Policy.Reclaim, is) }
}

func looksAtMailboxes(set *manifest.Set) bool {
	return set.Policy.MailboxCheck == plan.MailboxCheckHold
}

// wordedProblem words an error as the end of a command would.
func wordedProblem(err error) *doctor.Problem {
	said := classify(context.Background(), err)
	if len(said.problems) > 0 {
		return &doctor.Problem{Text: said.problems[0].text, Fix: said.problems[0].hint}
	}
	return &doctor.Problem{Text: said.what, Fix: said.next}
}

package export

import (
	"cmp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// Make writes manifests of what the tenant holds, which has to be observed as
// a whole. The error is a *NameError for an option that names no product of
// the tenant, or says that what was made does not stand the check, of which
// nothing should come.
func Make(observed plan.Observed, o Options) (Result, error) {
	catalog := license.NewCatalog(observed.SKUs)
	scope, err := o.scope(catalog)
	if err != nil {
		return Result{}, err
	}
	t := newTenant(observed, catalog, scope)
	in := compose.Input{Layout: o.Layout, Policy: t.policy(), Schema: o.Schema}
	var out Result
	in.Persons = make([]compose.Person, 0, holders(observed.Users))
	for i := range observed.Users {
		u := &observed.Users[i]
		direct := t.direct(u)
		obstacle := t.obstacle(u, direct)
		switch {
		case obstacle != "":
			out.LeftOut = append(out.LeftOut, LeftOut{User: t.userName(u), Reason: obstacle})
			in.Omitted = append(in.Omitted, t.omittedUser(u, "left out: "+obstacle))
		case len(direct) > 0:
			in.Persons = append(in.Persons, t.person(u, direct))
			if slices.ContainsFunc(direct, func(a license.Assignment) bool { return !u.Holds(a.SKUID) }) {
				out.NotInForce++
			}
		case t.inherits(u):
			in.Omitted = append(in.Omitted, t.omittedUser(u, t.remark(u, called{name: t.userName(u)})))
		}
	}
	slices.SortFunc(out.LeftOut, func(a, b LeftOut) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.User), strings.ToLower(b.User)), strings.Compare(a.User, b.User))
	})
	var left []LeftOut
	in.Groups, left = t.groups()
	out.LeftOut = append(out.LeftOut, left...)
	out.Files, out.Users, out.Groups = compose.Files(in), len(in.Persons), len(in.Groups)
	set, err := check(out.Files, observed, o)
	if err != nil {
		return Result{}, err
	}
	out.Profiles = len(set.Profiles)
	return out, nil
}

// holders counts the users who hold a license in their own name.
func holders(users []license.UserState) int {
	count := 0
	for i := range users {
		if slices.ContainsFunc(users[i].Assignments, license.Assignment.Direct) {
			count++
		}
	}
	return count
}

func (t *tenant) omittedUser(u *license.UserState, remark string) compose.OmittedUser {
	return compose.OmittedUser{Name: t.userName(u), Department: t.Departments[u.ID], Remark: remark}
}

// policy is the policy that goes with the manifests.
func (t *tenant) policy() *compose.Policy {
	out := &compose.Policy{TenantID: t.Tenant.ID.String(), TenantName: t.Tenant.DisplayName}
	if t.Tenant.ID == (license.GUID{}) {
		out.TenantID = ""
	}
	out.Managed, out.Ignored = t.spellAll(t.scope.Managed), t.spellAll(t.scope.Ignored)
	return out
}

func (t *tenant) spellAll(ids []license.GUID) []string {
	var out []string
	for _, id := range ids {
		if sku, owned := t.catalog.SKU(id); owned {
			out = append(out, t.spelling.SKU(sku))
		}
	}
	slices.Sort(out)
	return out
}

// check reads the files as every command does and plans with them against the
// tenant that they come from.
func check(files []manifest.File, observed plan.Observed, o Options) (*manifest.Set, error) {
	set, err := manifest.Parse(files)
	if err != nil {
		return nil, err
	}
	p, err := planner.Make(planner.Input{Desired: set.Desired, Policy: ofEntries(set.Policy), Observed: observed, Now: o.Now, Tool: o.Tool})
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(p.Changes, differs) || len(p.GroupChanges) > 0 || p.HasErrors() {
		return nil, &CheckError{Plan: p}
	}
	return set, nil
}

// ofEntries is a policy without what it has done whatever an entry says: what its rules
// take back, or give way to a group, is declared all the same.
func ofEntries(policy plan.Policy) plan.Policy {
	policy.Reclaim, policy.MailboxCheck = nil, plan.MailboxCheckOff
	policy.DirectAndInherited, policy.GroupErrors = plan.DirectAndInheritedKeep, plan.GroupErrorsReport
	return policy
}

// differs reports a change that is about what the manifests say. That a license
// is assigned as they say and is not in force they cannot alter.
func differs(c plan.Change) bool { return !c.OnlyAwaitsForce() }

// CheckError says that manifests which were made do not say what the tenant
// holds. It is a defect, or a state that nobody has thought of.
type CheckError struct{ Plan *plan.Plan }

// Error names a user with a difference, or a finding.
func (e *CheckError) Error() string {
	msg := "what was made does not say what the tenant holds: "
	if i := slices.IndexFunc(e.Plan.Changes, differs); i >= 0 {
		return msg + "the plan would change " + e.Plan.Changes[i].User.UserPrincipalName
	}
	if len(e.Plan.GroupChanges) > 0 {
		return msg + "the plan would change the group " + e.Plan.GroupChanges[0].Group.DisplayName
	}
	f := e.Plan.Findings[0]
	return msg + strings.TrimPrefix(f.User+": ", ": ") + f.Message
}

func compareFiles(a, b manifest.File) int { return strings.Compare(a.Path, b.Path) }

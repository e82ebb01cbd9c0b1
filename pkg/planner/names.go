package planner

import (
	"cmp"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// CheckNames gives the errors in what the manifests and the policy name: the
// findings that Make would have about products, service plans, users and groups
// that the tenant does not know, or knows by two names. It looks at every entry
// and every license, those too whose time has not come, and judges no change:
// whether seats are free or a guard trips is another question. An entry for Me
// is passed by where Observed does not say who that is, and a selection where
// it does not say whom it selects.
//
// The findings are sorted as Make sorts them; it never returns nil.
func CheckNames(in Input) []plan.Finding {
	entries, selections := in.Desired.Users, in.Desired.Selections
	in.Desired.Selections = slices.DeleteFunc(slices.Clone(selections), func(s plan.Selection) bool { return !knowsSelected(in.Observed, s) })
	b := newBasis(in)
	declared := b.index()
	resolver := newResolver(b, declared)
	said := slices.Concat(b.rules.findings, declared.findings, resolver.findings)
	for i := range in.Observed.Users {
		_, about := resolver.user(i)
		said.addAll(about)
	}
	called := declared.calls(in.Observed.Users)
	for i := range entries {
		said.addAll(b.checkLicenses(&entries[i], cmp.Or(called[&entries[i]], entries[i].User.Name)))
	}
	for i := range selections {
		said.addAll(b.checkLicenses(&selections[i].Entry, ""))
	}
	return slices.DeleteFunc(newWords(b.catalog, in.Observed.Groups).findings(nil, said), func(f plan.Finding) bool {
		nobodyAsked := f.Code == plan.CodeUserNotFound && f.User == plan.Me && in.Observed.Me == license.GUID{}
		return f.Severity != plan.SeverityError || !isAboutNames(f.Code) || nobodyAsked
	})
}

// calls gives what the tenant calls the users of the entries that it has.
func (d *declaredUsers) calls(users []license.UserState) map[*plan.DesiredUser]string {
	out := map[*plan.DesiredUser]string{}
	for i := range users {
		for _, e := range d.entries.of(i) {
			out[e] = users[i].UserPrincipalName
		}
	}
	return out
}

// checkLicenses resolves every license of an entry by itself, whatever its
// time and whether the user exists.
func (b *basis) checkLicenses(e *plan.DesiredUser, user string) findings {
	var out findings
	for _, l := range e.Licenses {
		l.Window = plan.Window{}
		out.addAbout(user, b.want([]plan.DesiredLicense{l}).findings)
	}
	return out
}

// isAboutNames tells the findings that depend on names alone.
func isAboutNames(c plan.Code) bool {
	switch c {
	case plan.CodeUnknownSKU, plan.CodeSKUNotInTenant, plan.CodeAmbiguousSKU, plan.CodeSKUNotForUsers, plan.CodeSKUDeclaredTwice, plan.CodeUnknownPlan,
		plan.CodeUserNotFound, plan.CodeUserDeclaredTwice, plan.CodeProtectedNotFound, plan.CodePolicyUnknownSKU,
		plan.CodeGroupNotFound, plan.CodeAmbiguousGroup, plan.CodeFilterRefused, plan.CodeSelectionEmpty:
		return true
	}
	return false
}

package planner

import (
	"cmp"
	"maps"
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
// it does not say whom it selects. Where Observed does not tell what groups give,
// nothing is said of the names of groups.
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
	said.addAll(b.checkGroupNames())
	return slices.DeleteFunc(newWords(b.catalog, plan.NamesOf(b.namesOfGroups())).findings(said), func(f plan.Finding) bool {
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

// checkGroupNames resolves the groups of entries and of the policy, where groups are
// known, and every license of an entry, whatever its time and whether the group exists.
func (b *basis) checkGroupNames() findings {
	var out findings
	for _, e := range b.in.Desired.Groups {
		out.addAll(b.checkLicenses(&plan.DesiredUser{Licenses: e.Licenses}, ""))
	}
	if b.in.Observed.LicensedGroups == nil || !b.in.Desired.ReadsGroups(b.in.Policy) {
		return out
	}
	for _, f := range b.manageGroups().findings {
		switch f.code {
		case plan.CodeGroupNotFound, plan.CodeAmbiguousGroup, plan.CodeGroupDeclaredTwice, plan.CodeSKUDeclaredTwice:
			out.add(f)
		}
	}
	out.addAll(b.unknownProtectedGroups())
	return out
}

// namesOfGroups are those that the input has, by id: as the tenant calls them now, and
// of a group that it does not have as the run did that is undone.
func (b *basis) namesOfGroups() map[license.GUID]string {
	out := make(map[license.GUID]string, len(b.in.Observed.LicensedGroups)+len(b.in.Observed.Groups))
	for _, n := range b.in.Desired.NotUndone {
		if n.Group != (plan.Group{}) {
			out[n.Group.ID] = n.Group.DisplayName
		}
	}
	for _, g := range b.in.Observed.LicensedGroups {
		out[g.ID] = g.DisplayName
	}
	maps.Copy(out, b.in.Observed.Groups)
	return out
}

// isAboutNames tells the findings that depend on names alone.
func isAboutNames(c plan.Code) bool {
	switch c {
	case plan.CodeUnknownSKU, plan.CodeSKUNotInTenant, plan.CodeAmbiguousSKU, plan.CodeSKUNotForUsers, plan.CodeSKUDeclaredTwice, plan.CodeUnknownPlan,
		plan.CodeUserNotFound, plan.CodeUserDeclaredTwice, plan.CodeProtectedNotFound, plan.CodePolicyUnknownSKU,
		plan.CodeGroupNotFound, plan.CodeAmbiguousGroup, plan.CodeGroupDeclaredTwice, plan.CodeProtectedGroupAbsent, plan.CodeFilterRefused, plan.CodeSelectionEmpty:
		return true
	}
	return false
}

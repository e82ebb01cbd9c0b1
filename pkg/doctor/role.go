package doctor

import (
	"slices"
	"strings"
)

// directoryRole is a role of Microsoft Entra ID by the id of its template
// (Microsoft Entra built-in roles), which is the same in every tenant.
type directoryRole struct{ id, name string }

// assigners are the roles that may assign licenses, the least privileged first
// (Graph docs, user-assignlicense). The last one may do everything.
func assigners() []directoryRole {
	return []directoryRole{
		{"4d6ac14f-3453-41d0-bef9-a3e0c569773a", "License Administrator"},
		{"9360feb5-f418-4baa-8175-e2a00bac4301", "Directory Writers"},
		{"fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator"},
		{"62e90394-69f5-4237-9190-012177145e10", "Global Administrator"},
	}
}

// role looks at the roles of a signed-in user. A role of the tenant's own
// making may allow it too, and the token does not say what such a role allows,
// so that this is never a failure.
func (j *diagnosis) role(scope []string, id Identity) finding {
	writing := func(verb string) bool { return writes(j.facts.Needs, verb) }
	switch {
	case !id.Delegated:
		return skipped("an app that signs in as itself needs no directory role")
	case !slices.ContainsFunc(scope, writing):
		return skipped("reading takes no directory role")
	case len(id.DirectoryRoles) == 0:
		return skipped("the token does not say which directory roles the user has; assigning licenses takes License Administrator")
	}
	for _, role := range assigners() {
		if slices.ContainsFunc(id.DirectoryRoles, func(held string) bool { return strings.EqualFold(held, role.id) }) {
			return ok("the user is " + role.name)
		}
	}
	message := "none of the user's directory roles is known to allow assigning licenses"
	if !slices.ContainsFunc(j.facts.Required, writing) {
		return skipped(message)
	}
	return warned(Problem{message, "assign the user the role License Administrator, unless a role of your own allows microsoft.directory/users/assignLicense"})
}

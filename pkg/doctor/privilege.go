package doctor

import (
	"fmt"
	"slices"
	"strings"
)

// privilege tells of permissions that the verbs do not need.
func (j *diagnosis) privilege(scope []string, id Identity) finding {
	needs := slices.DeleteFunc(j.needsOf(scope), func(n Need) bool { return n.Arises == NeverArises })
	var texts []string
	risky := false
	for _, p := range sortedOnce(id.Permissions) {
		if id.cannotHelp(p) {
			continue
		}
		if text := excess(p, needs, id); text != "" {
			texts = append(texts, text)
			risky = risky || mayWrite(p)
		}
	}
	switch {
	case len(texts) == 0:
		return ok("nothing is held that is not needed")
	case risky && !slices.ContainsFunc(scope, func(verb string) bool { return writes(j.facts.Needs, verb) }):
		return warned(Problem{
			limited(texts) + "; " + strings.Join(scope, ", ") + " only reads, and whoever gets hold of its token, such as a pull request, could write",
			"give reading and writing an identity of its own each, and take from this one what it does not need",
		})
	}
	return warned(Problem{limited(texts), "take from the app what it does not need"})
}

// excess says why a permission is too much; nothing where it is not.
func excess(p string, needs []Need, id Identity) string {
	var instead []string
	for _, n := range needs {
		accepted := n.accepted(id)
		by, granted := n.grantedBy(id)
		switch {
		case slices.Contains(accepted, p) && (accepted[0] == p || mayStandFor(p, accepted)):
			return ""
		case granted && slices.Contains(n.Also, p):
			return ""
		case !granted || by != p:
			continue
		}
		instead = append(instead, accepted[0])
	}
	if len(instead) == 0 {
		return p + " is held and not needed"
	}
	return fmt.Sprintf("%s is held where %s would do", p, strings.Join(sortedOnce(instead), ", "))
}

// mayStandFor passes a permission in place of a narrower one where that is
// what people are told to grant: User.ReadUpdate.All is newer than most
// consents, and User.Read shows no more of the organization than its name.
func mayStandFor(p string, accepted []string) bool {
	return slices.Contains([][2]string{
		{"User.ReadUpdate.All", "User.ReadWrite.All"},
		{"User.Read", "Organization.Read.All"},
	}, [2]string{accepted[0], p})
}

// cannotHelp reports a permission that every sign-in of a user brings along.
func (id Identity) cannotHelp(p string) bool {
	return id.Delegated && slices.Contains([]string{"openid", "profile", "email", "offline_access", "User.Read"}, p)
}

// mayWrite recognises a permission that changes something, by its name.
func mayWrite(p string) bool {
	for _, word := range []string{"ReadWrite", "ReadUpdate", "Write.", "Manage", "AccessAsUser", "FullControl"} {
		if strings.Contains(p, word) {
			return true
		}
	}
	return false
}

// shownExcess is how many permissions are named.
const shownExcess = 8

func limited(texts []string) string {
	if more := len(texts) - shownExcess; more > 0 {
		texts = append(slices.Clone(texts[:shownExcess]), fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, "; ")
}

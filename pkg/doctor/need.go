package doctor

import (
	"slices"
)

// Need is a call that verbs make, and what it takes.
type Need struct {
	Verbs []string // that make the call
	Call  string   // such as "reading users"

	// Application and Delegated are permissions, the least privileged first,
	// any one of which is enough for an app of its own, or on behalf of a user.
	// None: such an identity cannot make the call at all.
	Application []string
	Delegated   []string

	Also []string // permissions that it takes besides, each of them

	Writes bool // changes the tenant; on behalf of a user it takes a role too

	// Without says what is lost without the permission, where the verb works
	// all the same. Empty: the verb does not work.
	Without string

	// When says in which case the call is made; empty: always. Arises tells
	// whether it is.
	When   string
	Arises Arising
}

// Arising tells whether a case is given.
type Arising int

// Whether the case of a Need is given.
const (
	PerhapsArises Arising = iota // nobody knows
	Arises
	NeverArises
)

// accepted gives the permissions of which one is enough for an identity.
func (n Need) accepted(id Identity) []string {
	if id.Delegated {
		return n.Delegated
	}
	return n.Application
}

// isOf reports whether a verb makes the call.
func (n Need) isOf(verb string) bool { return slices.Contains(n.Verbs, verb) }

// isCertain reports whether the call is made for sure, and the verb does not
// work without it.
func (n Need) isCertain() bool {
	return n.Without == "" && (n.When == "" || n.Arises == Arises)
}

// grantedBy gives the least privileged of the held permissions that is enough,
// where those that are needed besides are held as well.
func (n Need) grantedBy(id Identity) (string, bool) {
	for _, p := range n.accepted(id) {
		if slices.Contains(id.Permissions, p) {
			return p, len(n.missing(id)) == 0
		}
	}
	return "", false
}

// missing gives the least privileged permissions that are not held; none for
// an identity that cannot make the call at all.
func (n Need) missing(id Identity) []string {
	var out []string
	accepted := n.accepted(id)
	held := func(p string) bool { return slices.Contains(id.Permissions, p) }
	if len(accepted) > 0 && !slices.ContainsFunc(accepted, held) {
		out = append(out, accepted[0])
	}
	for _, p := range n.Also {
		if !held(p) {
			out = append(out, p)
		}
	}
	return out
}

// verbs lists the verbs of all needs, each once, in their order.
func verbs(needs []Need) []string {
	var out []string
	for _, n := range needs {
		for _, v := range n.Verbs {
			if !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// writes reports whether a verb changes the tenant.
func writes(needs []Need, verb string) bool {
	return slices.ContainsFunc(needs, func(n Need) bool { return n.Writes && n.isOf(verb) })
}

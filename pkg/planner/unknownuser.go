package planner

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// UnknownUserError is a user of whom nothing is known: they are not in the
// tenant.
type UnknownUserError struct {
	Name     string
	Declared *plan.Source // of an entry that names them all the same; nil: none does
	Near     []string     // users that may be meant, the likeliest first; a few at most
}

// Error says who is not known.
func (e *UnknownUserError) Error() string {
	switch {
	case e.Name == plan.Me:
		return fmt.Sprintf("nobody is signed in, so %q is nobody", plan.Me)
	case e.Declared != nil:
		return fmt.Sprintf("%s lists %q, and the tenant has no such user", e.Declared, e.Name)
	default:
		return fmt.Sprintf("the tenant has no user %q", e.Name)
	}
}

// Hint says what to do about it.
func (e *UnknownUserError) Hint() string {
	switch {
	case e.Name == plan.Me:
		return "give the user principal name or object id"
	case len(e.Near) > 0:
		return "did you mean " + strings.Join(e.Near, " or ") + "?"
	default:
		return "give the user principal name in full, or the object id; deleted users are not found, and a renamed user has a new name"
	}
}

// unknownUser looks for users of a similar name, in the manifests and among
// those who were read.
func (b *basis) unknownUser(name string) error {
	out := &UnknownUserError{Name: name}
	var known []string
	seen := map[string]bool{license.UPNKey(name): true}
	add := func(name string) {
		if key := license.UPNKey(name); !seen[key] && name != plan.Me && !license.IsGUID(name) {
			seen[key] = true
			known = append(known, name)
		}
	}
	for _, u := range b.in.Observed.Users {
		add(u.UserPrincipalName)
	}
	for i := range b.in.Desired.Users {
		e := &b.in.Desired.Users[i]
		if license.UPNKey(e.User.Name) == license.UPNKey(name) && out.Declared == nil {
			out.Declared = &e.User.Source
		}
		add(e.User.Name)
	}
	out.Near = nearUsers(name, known)
	return out
}

// nearUsers compares what stands before the @: people mistake that, or mix
// up the domains, which are all alike.
func nearUsers(name string, known []string) []string {
	byLocal := map[string][]string{}
	for _, k := range known {
		local, _, _ := strings.Cut(k, "@")
		byLocal[local] = append(byLocal[local], k)
	}
	local, _, _ := strings.Cut(name, "@")
	var near []string
	for _, l := range license.NearNames(local, slices.Collect(maps.Keys(byLocal))) {
		near = append(near, byLocal[l]...)
	}
	return near[:min(len(near), maxNamed)]
}

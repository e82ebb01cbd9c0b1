package doctor

import (
	"fmt"
	"slices"
	"strings"
)

// VerbStanding is whether the permissions are enough for a verb.
type VerbStanding struct {
	Verb     string   `json:"verb"`
	Verdict  Status   `json:"verdict"`  // ok, fail, or skipped where it is not known
	Required bool     `json:"required"` // it has to work
	Missing  []string `json:"missing"`  // the least privileged permissions that are not there; sorted
}

func (j *diagnosis) permissions() {
	id := j.facts.SignIn.Identity
	if id == nil {
		j.unknownPermissions()
		return
	}
	scope := j.facts.Required
	if !j.facts.Chosen {
		scope = verbs(j.facts.Needs)
	}
	for _, verb := range scope {
		j.verb(verb, *id)
	}
	j.add(Permissions, IDOptional, j.optional(scope, *id))
	j.add(Permissions, IDRole, j.role(scope, *id))
	j.add(Permissions, IDPrivilege, j.privilege(scope, *id))
}

// unknownPermissions skips what takes a token that can be read.
func (j *diagnosis) unknownPermissions() {
	for _, verb := range j.facts.Required {
		j.verbs = append(j.verbs, VerbStanding{Verb: verb, Verdict: Skipped, Required: true, Missing: []string{}})
		j.add(Permissions, IDVerb+verb, unknown(verb))
	}
	j.add(Permissions, IDOptional, unknown("permissions that help"))
	j.add(Permissions, IDRole, unknown("directory roles"))
	j.add(Permissions, IDPrivilege, unknown("permissions that are not needed"))
}

// verb judges the permissions that a verb cannot do without.
func (j *diagnosis) verb(verb string, id Identity) {
	standing := VerbStanding{Verb: verb, Verdict: OK, Required: slices.Contains(j.facts.Required, verb), Missing: []string{}}
	var held, why []string
	for _, n := range j.facts.Needs {
		if !n.isOf(verb) || !n.isCertain() {
			continue
		}
		if p, granted := n.grantedBy(id); granted {
			held = append(held, p)
			continue
		}
		standing.Verdict = Fail
		why = append(why, n.lack(id))
		standing.Missing = append(standing.Missing, n.missing(id)...)
	}
	slices.Sort(standing.Missing)
	standing.Missing = slices.Compact(standing.Missing)
	j.verbs = append(j.verbs, standing)
	j.add(Permissions, IDVerb+verb, j.standing(standing, sortedOnce(held), why))
}

func (j *diagnosis) standing(s VerbStanding, held, why []string) finding {
	switch {
	case s.Verdict == OK:
		return ok(s.Verb + ": enough, by " + strings.Join(held, ", "))
	case !s.Required:
		return skipped(s.Verb + ": not enough: " + strings.Join(why, "; "))
	case len(s.Missing) == 0:
		return failed(Problem{s.Verb + ": not enough: " + strings.Join(why, "; "), "sign in as a user, or name the user in the manifests"})
	}
	return failed(Problem{s.Verb + ": not enough: " + strings.Join(why, "; "), j.facts.SignIn.Identity.howToGrant(s.Missing) + j.facts.SignIn.Identity.afterGranting()})
}

// lack says what is missing for a call.
func (n Need) lack(id Identity) string {
	missing := n.missing(id)
	if len(missing) == 0 {
		return n.Call + " is not possible for an app that signs in as itself"
	}
	return strings.Join(missing, ", ") + " is missing, for " + n.Call
}

// howToGrant says what to do for an identity to get permissions.
func (id Identity) howToGrant(permissions []string) string {
	kind := "application"
	if id.Delegated {
		kind = "delegated"
	}
	return fmt.Sprintf("grant the app the %s permission %s, with an administrator's consent", kind, strings.Join(permissions, ", "))
}

// afterGranting says why a permission may be granted and missing all the same
// (Microsoft Entra docs, managed identities: tokens are kept for a day).
func (id Identity) afterGranting() string {
	if id.Delegated {
		return "; then sign in again"
	}
	return "; where that was done a moment ago, it is in new tokens alone, and a managed identity keeps its token for up to 24 hours"
}

// optional tells of the permissions without which the verbs work, and warns of
// those for a case that nobody knows not to arise.
func (j *diagnosis) optional(scope []string, id Identity) finding {
	var losses, missing []string
	verdict := OK
	for _, n := range j.needsOf(scope) {
		lacking := n.missing(id)
		if len(lacking) == 0 || n.isCertain() || n.Arises == NeverArises {
			continue
		}
		if verdict == OK {
			verdict = Skipped
		}
		if n.Without == "" && n.Concerns(j.facts.Required) {
			verdict = Warn
		}
		missing = append(missing, lacking...)
		losses = append(losses, strings.Join(lacking, ", ")+" is not held: "+n.loss())
	}
	if verdict == OK {
		return ok("nothing that a verb could use is missing")
	}
	return finding{verdict, strings.Join(losses, "; "), "if that matters, " + id.howToGrant(sortedOnce(missing))}
}

func (n Need) loss() string {
	if n.Without != "" {
		return n.Without
	}
	return n.Call + " fails, which is needed " + n.When
}

// Concerns reports whether one of the verbs makes the call.
func (n Need) Concerns(scope []string) bool { return slices.ContainsFunc(scope, n.isOf) }

func (j *diagnosis) needsOf(scope []string) []Need {
	var out []Need
	for _, n := range j.facts.Needs {
		if n.Concerns(scope) {
			out = append(out, n)
		}
	}
	return out
}

func sortedOnce(texts []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(texts)))
}

package manifest

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// maxUserLength is more than Entra ID allows for a user principal name, in
// characters.
const maxUserLength = 256

const userHint = "write a user principal name such as ada@contoso.com, or an object id"

// readUser reads a user of an entry: a user principal name, an object id, or
// me for the signed-in user.
func readUser(v strictyaml.Value) plan.Ref {
	name, ok := v.Str()
	switch {
	case !ok:
	case strings.EqualFold(name, plan.Me) && name != plan.Me:
		v.Errorf(CodeBadUser, "%q is not a user", name).Hint = strictyaml.DidYouMean(name, []string{plan.Me})
	case name != plan.Me:
		checkUser(v, name)
	}
	return refAt(v, name)
}

// readNamedUser reads a user of a policy, who must be the same whoever is
// signed in.
func readNamedUser(v strictyaml.Value) plan.Ref {
	name, ok := v.Str()
	if ok {
		checkUser(v, name)
	}
	return refAt(v, name)
}

// readNamedUsers reads a list of users that may hold each one once.
func readNamedUsers(v strictyaml.Value) []plan.Ref {
	items, ok := v.Items()
	if !ok {
		return nil
	}
	users := make([]plan.Ref, 0, v.Len())
	seen := make(itemIndex, v.Len())
	for item := range items {
		user := readNamedUser(item)
		seen.add(item, user.Name)
		users = append(users, user)
	}
	return users
}

func checkUser(v strictyaml.Value, name string) {
	if e := userProblem(name); e != nil {
		v.Errorf(e.Code, "%s", e.Msg).Hint = e.Hint
	}
}

// userProblem says what is wrong with the name of a user, without a place; nil
// where nothing is.
func userProblem(name string) *Error {
	badUser := func(format string, args ...any) *Error {
		return &Error{Code: CodeBadUser, Msg: fmt.Sprintf(format, args...), Hint: userHint}
	}
	switch {
	case !isVisible(name) && strings.ContainsFunc(name, isInvisible):
		return badUser("the user %q has blanks or invisible characters in it", name)
	case utf8.RuneCountInString(name) > maxUserLength:
		return badUser("the user is longer than %d characters", maxUserLength)
	case looksLikeGUID(name):
		return guidProblem(name)
	case !isUserPrincipalName(name):
		return badUser("%q is not a user", name)
	}
	return nil
}

// NamesUser reports whether a text has a form in which an entry names a user: a
// user principal name, an object id or plan.Me. Whether there is such a user
// the tenant knows.
func NamesUser(text string) bool {
	hidden := strings.ContainsFunc(text, isInvisible)
	fits := utf8.RuneCountInString(text) <= maxUserLength
	return text == plan.Me || fits && !hidden && (license.IsGUID(text) || isUserPrincipalName(text))
}

// IsUser reports whether an entry can name a user so: by a user principal name
// or an object id. A tenant has users whose principal name no manifest takes,
// for the blanks or invisible characters in it; their object ids do.
func IsUser(name string) bool {
	switch {
	case !isVisible(name) && (!isPrintable(name) || strings.ContainsFunc(name, isInvisible)), utf8.RuneCountInString(name) > maxUserLength:
		return false
	case looksLikeGUID(name):
		return license.IsGUID(name)
	default:
		return isUserPrincipalName(name)
	}
}

// isVisible reports a text of visible ASCII characters alone, as most names are: of others
// it takes tables to tell.
func isVisible(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] >= 0x7f {
			return false
		}
	}
	return true
}

// isPrintable reports whether a text can stand in a manifest as it is.
func isPrintable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// isUserPrincipalName reports whether a name has the form something@domain.
// What else it may hold the tenant decides: guests have #EXT# in theirs, and
// apostrophes, a leading dollar sign and letters beyond ASCII are found.
func isUserPrincipalName(name string) bool {
	local, domain, found := strings.Cut(name, "@")
	return found && local != "" && !strings.Contains(domain, "@") && isDomain(domain)
}

func isDomain(s string) bool {
	hasEmptyLabel := s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..")
	return !hasEmptyLabel && !strings.ContainsAny(s, `/\:;,<>()[]"`)
}

// isInvisible finds what comes with names that are pasted from elsewhere: a
// blank of any width, a mark that shows nothing, or, in a table, a control
// character.
func isInvisible(r rune) bool {
	if r < utf8.RuneSelf {
		return r <= ' ' || r == 0x7f // the tables take longer, and most names are ASCII
	}
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// userKey folds a user for comparison. Object ids are alike in any case too.
func userKey(name string) string { return license.UPNKey(name) }

package emulator

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// longestOf is how many characters the texts of users and groups have at most
// (Graph docs, user and group resources; the description was found by trying,
// microsoft-graph-docs#6675).
var longestOf = map[string]map[string]int{
	"User": {
		"city": 128, "companyName": 64, "country": 128, "department": 64, "displayName": 256, "employeeId": 16, "givenName": 64, "jobTitle": 128,
		"mailNickname": 64, "postalCode": 40, "state": 128, "streetAddress": 1024, "surname": 64,
	},
	"Group": {"description": 1024, "displayName": 256, "mailNickname": 64},
}

// checkText refuses a text that its property does not take. A value that is no
// text is the affair of whoever reads the property.
func checkText(resource, property string, raw json.RawMessage) *apiError {
	var text *string
	if json.Unmarshal(raw, &text) != nil || text == nil {
		return nil
	}
	most, bounded := longestOf[resource][property]
	switch {
	case bounded && utf8.RuneCountInString(*text) > most:
		return ptr(tooLong(resource, property))
	case property == "mailNickname" && !isNickname(*text):
		return ptr(invalidValue(resource, property))
	}
	return nil
}

// isNickname reports whether a text can stand before the @ of an address (Graph
// docs, group-post-groups).
func isNickname(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`@()\[]";:<>,`, r) })
}

// The bounds of a principal name: of what stands before the @, and of the whole
// (Microsoft 365 docs, prepare-for-directory-synchronization).
const (
	mostLocal = 64
	mostName  = 113
)

// isPrincipalName reports whether a text has the form of a principal name (Graph
// docs, user resource).
func isPrincipalName(text string) bool {
	local, domain, ok := strings.Cut(text, "@")
	isOdd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("'.-_!#^~", r)
	}
	return ok && local != "" && domain != "" && len(local) <= mostLocal && len(text) <= mostName && !strings.ContainsFunc(local+domain, isOdd)
}

package report

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// RedactPlan gives a plan in which no user principal name and no other address
// of a person is left, for readers who should not know who is who. Whoever it
// was is called "u-" and eight digits, the same in every plan and receipt of the
// tenant. Object ids stay, and with them the plan id and everything that an
// apply needs; so do the names of products, groups and files that are no
// addresses. Changes and findings are in the order of the new names.
//
// The digits are a hash of the object id, with the tenant id as its key: of a
// name they could be found by trying names. Whoever the plan gives no object id
// of, such as a user who was not found, or is named in a finding alone, is
// u-unknown-1 and so on, by their first appearance in the document.
func RedactPlan(p *plan.Plan) *plan.Plan {
	users := make([]plan.UserRef, len(p.Changes))
	for i := range p.Changes {
		users[i] = p.Changes[i].User
	}
	out := redacted(newVeil(p.Tenant.ID, users), p)
	slices.SortStableFunc(out.Changes, func(a, b plan.Change) int { return compareUsers(a.User, b.User) })
	slices.SortStableFunc(out.Findings, func(a, b plan.Finding) int {
		return cmp.Or(cmp.Compare(severityRank(a.Severity), severityRank(b.Severity)),
			strings.Compare(string(a.Code), string(b.Code)), strings.Compare(a.User, b.User), strings.Compare(a.Message, b.Message))
	})
	return out
}

// RedactReceipt does the same with a receipt. Who started the run is not told
// either: it may be a name that looks like any word.
func RedactReceipt(r *receipt.Receipt) *receipt.Receipt {
	users := make([]plan.UserRef, 0, len(r.Results)+len(r.Intents))
	for i := range r.Results {
		users = append(users, r.Results[i].User)
	}
	for i := range r.Intents {
		users = append(users, r.Intents[i].User)
	}
	v := newVeil(r.Run.Tenant.ID, users)
	out := &receipt.Receipt{Run: *redacted(v, &r.Run), Intents: *redacted(v, &r.Intents), Results: *redacted(v, &r.Results), Torn: r.Torn}
	if r.End != nil {
		out.End = redacted(v, r.End)
	}
	if out.Run.Actor != "" {
		out.Run.Actor = "redacted"
	}
	out.Sort()
	return out
}

// RedactExplanation does the same with an explanation. The display name of the
// user is left out.
func RedactExplanation(e *plan.Explanation) *plan.Explanation {
	user := plan.UserRef{ID: e.User.ID, UserPrincipalName: e.User.UserPrincipalName}
	v := newVeil(e.Tenant.ID, []plan.UserRef{user})
	out := redacted(v, e)
	out.User.UserPrincipalName, out.User.DisplayName = v.users[user.ID], ""
	return out
}

func compareUsers(a, b plan.UserRef) int {
	return cmp.Or(
		strings.Compare(license.UPNKey(a.UserPrincipalName), license.UPNKey(b.UserPrincipalName)),
		license.CompareGUIDs(a.ID, b.ID),
	)
}

// veil knows who is called what.
type veil struct {
	users   map[license.GUID]string // pseudonyms
	names   map[string]string       // the same by license.UPNKey
	longest int                     // bytes of a key of names
	unknown map[string]string       // of those who have no object id
}

func newVeil(tenant license.GUID, users []plan.UserRef) *veil {
	v := &veil{users: make(map[license.GUID]string), names: make(map[string]string), unknown: make(map[string]string)}
	for short, ids := range bySum(tenant, users, shortSum) {
		for _, id := range ids {
			v.users[id] = "u-" + short
			if len(ids) > 1 {
				v.users[id] = "u-" + sumOf(tenant, id)[:longSum]
			}
		}
	}
	for _, u := range users {
		if u.UserPrincipalName != "" {
			key := license.UPNKey(u.UserPrincipalName)
			v.names[key], v.longest = v.users[u.ID], max(v.longest, len(key))
		}
	}
	return v
}

// How many digits of a sum make a pseudonym. Among 5,000 users two share the
// first eight once in 340 documents; both then get the longer form.
const (
	shortSum = 8
	longSum  = 16
)

// bySum groups users by the first digits of their sums.
func bySum(tenant license.GUID, users []plan.UserRef, digits int) map[string][]license.GUID {
	out := make(map[string][]license.GUID)
	for _, u := range users {
		short := sumOf(tenant, u.ID)[:digits]
		if !slices.Contains(out[short], u.ID) {
			out[short] = append(out[short], u.ID)
		}
	}
	return out
}

func sumOf(tenant, user license.GUID) string {
	mac := hmac.New(sha256.New, tenant[:])
	mac.Write(user[:]) // a hash takes every byte
	return hex.EncodeToString(mac.Sum(nil))
}

// address is what could be a user principal name or a mail address in a text.
// What may stand around one in a sentence or a path is no part of it.
var address = regexp.MustCompile("[^\\s<>\"(),;:|=\\[\\]{}\\\\/`@]+@[^\\s<>\"(),;:|=\\[\\]{}\\\\/`]*|@[^\\s<>\"(),;:|=\\[\\]{}\\\\/`]+")

func isAddress(s string) bool { return strings.Contains(s, "@") }

// text replaces a text that is a name, and the addresses within any other.
func (v *veil) text(s string) string {
	if name, known := v.names[license.UPNKey(s)]; known {
		return name
	}
	return address.ReplaceAllStringFunc(s, v.word)
}

// word replaces an address, with whatever may stick to it: the end of a
// sentence, the ending of a file.
func (v *veil) word(word string) string {
	key := license.UPNKey(word)
	if name, known := v.names[key]; known {
		return name
	}
	best := v.longestIn(key)
	// Folding to lower case may change the length of other scripts' letters:
	// then nothing but the whole is safe to replace.
	if i := strings.Index(key, best); best != "" && len(key) == len(word) {
		if rest := word[:i] + v.names[best] + word[i+len(best):]; !isAddress(rest) {
			return rest
		}
	}
	return v.stranger(strings.TrimRight(key, "."))
}

// longestIn gives the longest address of a known user that stands in a text,
// the first of several, or an empty text. It tries the parts of the text: there
// may be a hundred thousand users, and a word for each of as many strangers.
func (v *veil) longestIn(key string) string {
	for length := min(len(key), v.longest); length > 0; length-- {
		for i := range len(key) - length + 1 {
			part := key[i : i+length]
			if _, known := v.names[part]; known && isAddress(part) {
				return part
			}
		}
	}
	return ""
}

// stranger gives the pseudonym of somebody without an object id.
func (v *veil) stranger(key string) string {
	if _, known := v.unknown[key]; !known {
		v.unknown[key] = "u-unknown-" + strconv.Itoa(len(v.unknown)+1)
	}
	return v.unknown[key]
}

// redacted gives a deep copy of a document in which every text is redacted,
// whatever field it stands in: so that no field can be forgotten that a
// document gets later.
func redacted[T any](v *veil, document *T) *T {
	out := new(T)
	v.copy(reflect.ValueOf(out).Elem(), reflect.ValueOf(document).Elem())
	return out
}

func (v *veil) copy(to, from reflect.Value) {
	switch {
	case from.Type() == reflect.TypeFor[plan.UserRef]():
		user := from.Interface().(plan.UserRef)
		user.UserPrincipalName = v.users[user.ID]
		to.Set(reflect.ValueOf(user))
	case from.Kind() == reflect.String:
		to.SetString(v.text(from.String()))
	case from.Kind() == reflect.Pointer && !from.IsNil():
		to.Set(reflect.New(from.Type().Elem()))
		v.copy(to.Elem(), from.Elem())
	case from.Kind() == reflect.Slice && !from.IsNil():
		to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
		for i := range from.Len() {
			v.copy(to.Index(i), from.Index(i))
		}
	case from.Kind() == reflect.Struct && isOpen(from.Type()):
		for i := range from.NumField() {
			v.copy(to.Field(i), from.Field(i))
		}
	default: // ids, numbers, times, and counts by outcome
		to.Set(from)
	}
}

// isOpen reports a struct of which every field can be seen; a time is none.
func isOpen(t reflect.Type) bool {
	for i := range t.NumField() {
		if !t.Field(i).IsExported() {
			return false
		}
	}
	return true
}

package report

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// What a redacted report is like is told at Options.Redact. Nothing is copied:
// entries are redacted when they are looked at, and what is kept of a user is
// where they stand and the sum of their id.

// redactPlan gives a plan to be read without names.
func redactPlan(p *plan.Plan) planRows {
	v := newVeil(p.Tenant.ID, len(p.Changes), func(i int32) plan.UserRef { return p.Changes[i].User })
	head := *p
	head.Changes, head.Findings = nil, nil
	out := planRows{redacted(v, &head), rows[plan.Change]{all: p.Changes, veil: v}, rows[plan.Finding]{all: p.Findings, veil: v}}
	meet(out.changeRows)
	out.changeRows.order = v.byPseudonym()
	out.findingRows.order = findingOrder(out.findingRows)
	return out
}

// findingOrder gives the places of findings by severity, code, user and
// message. It meets whoever is in them.
func findingOrder(all rows[plan.Finding]) []int32 {
	users := make([]string, all.len())
	for i := range users {
		users[i] = all.at(i).User
	}
	order := places(all.len())
	slices.SortStableFunc(order, func(a, b int32) int {
		f, g := &all.all[a], &all.all[b]
		return cmp.Or(cmp.Compare(severityRank(f.Severity), severityRank(g.Severity)), compareTexts(all.veil, string(f.Code), string(g.Code)),
			strings.Compare(users[a], users[b]), compareTexts(all.veil, f.Message, g.Message))
	})
	return order
}

// compareTexts compares what two texts become.
func compareTexts(v *veil, a, b string) int {
	if a == b {
		return 0
	}
	return strings.Compare(v.text(a), v.text(b))
}

// redactReceipt gives a receipt to be read without names. Who started the run
// is not told either: it may be a name that looks like any word.
func redactReceipt(r *receipt.Receipt) receiptRows {
	v := newVeil(r.Run.Tenant.ID, len(r.Results), func(i int32) plan.UserRef { return r.Results[i].User })
	head := &receipt.Receipt{Run: *redacted(v, &r.Run), Torn: r.Torn}
	if head.Run.Actor != "" {
		head.Run.Actor = "redacted"
	}
	out := receiptRows{head, rows[receipt.Result]{all: r.Results, veil: v}}
	meet(out.resultRows)
	if r.End != nil {
		head.End = redacted(v, r.End)
	}
	out.resultRows.order = v.byPseudonym()
	return out
}

// redactExplanation gives a copy of an explanation without names; the display
// name of the user is left out.
func redactExplanation(e *plan.Explanation) *plan.Explanation {
	user := plan.UserRef{ID: e.User.ID, UserPrincipalName: e.User.UserPrincipalName}
	v := newVeil(e.Tenant.ID, 1, func(int32) plan.UserRef { return user })
	out := redacted(v, e)
	out.User.UserPrincipalName, out.User.DisplayName = v.pseudonym(user.ID), ""
	return out
}

// meet lets a veil know whoever is in the entries, in their order.
func meet[T any](all rows[T]) {
	for i := range all.len() {
		all.at(i)
	}
}

func compareUsers(a, b plan.UserRef) int {
	return cmp.Or(
		strings.Compare(license.UPNKey(a.UserPrincipalName), license.UPNKey(b.UserPrincipalName)),
		license.CompareGUIDs(a.ID, b.ID),
	)
}

// veil knows who is called what.
type veil struct {
	mac     hash.Hash                      // keyed with the tenant
	user    func(place int32) plan.UserRef // of the document
	sums    []uint64                       // the first digits of the sums of all users, sorted, each once
	byName  []int32                        // the places of users by license.UPNKey
	domains map[string]bool                // what is behind the first @ of their names, as license.UPNKey has it
	longest int                            // of their names, in bytes
	odd     bool                           // a name is no address
	unknown map[string]string              // pseudonyms of those who have no object id
}

func newVeil(tenant license.GUID, users int, user func(place int32) plan.UserRef) *veil {
	v := &veil{mac: hmac.New(sha256.New, tenant[:]), user: user, domains: make(map[string]bool), unknown: make(map[string]string)}
	v.sums, v.byName = make([]uint64, users), places(users)
	for i := range v.sums {
		u := user(int32(i))
		v.sums[i] = v.sum(u.ID)
		v.longest = max(v.longest, len(v.key(int32(i))))
		if _, domain, isAddress := strings.Cut(license.UPNKey(u.UserPrincipalName), "@"); isAddress {
			v.domains[domain] = true
		} else if u.UserPrincipalName != "" {
			v.odd = true
		}
	}
	slices.Sort(v.sums)
	v.sums = slices.Compact(v.sums)
	slices.SortStableFunc(v.byName, func(a, b int32) int { return strings.Compare(v.key(a), v.key(b)) })
	return v
}

func (v *veil) key(place int32) string { return license.UPNKey(v.user(place).UserPrincipalName) }

// byPseudonym gives the places of the users in the order of their new names:
// those are the digits of the sums.
func (v *veil) byPseudonym() []int32 {
	sums := make([]uint64, len(v.byName))
	for i := range sums {
		sums[i] = v.sum(v.user(int32(i)).ID)
	}
	order := places(len(sums))
	slices.SortStableFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(sums[a], sums[b]), license.CompareGUIDs(v.user(a).ID, v.user(b).ID))
	})
	return order
}

// How many digits of a sum make a pseudonym. Among 5,000 users two share the
// first eight once in 340 documents; both then get the longer form, which is
// all that is kept of a sum.
const (
	shortSum = 8
	longSum  = 16
)

// sum is the first digits of the sum of a user.
func (v *veil) sum(user license.GUID) uint64 {
	v.mac.Reset()
	v.mac.Write(user[:]) // a hash takes every byte
	var sum [sha256.Size]byte
	return binary.BigEndian.Uint64(v.mac.Sum(sum[:0]))
}

// pseudonym gives the new name of a user.
func (v *veil) pseudonym(user license.GUID) string {
	sum := v.sum(user)
	digits := fmt.Sprintf("%0*x", longSum, sum)
	if v.isShared(sum) {
		return "u-" + digits
	}
	return "u-" + digits[:shortSum]
}

// isShared reports whether another user's sum begins with the same digits.
func (v *veil) isShared(sum uint64) bool {
	const rest = 4 * (longSum - shortSum)
	first, _ := slices.BinarySearch(v.sums, sum>>rest<<rest)
	return first+1 < len(v.sums) && v.sums[first+1]>>rest == sum>>rest
}

// named gives the pseudonym of whoever has a name, as license.UPNKey gives it.
func (v *veil) named(key string) (string, bool) {
	end, _ := slices.BinarySearchFunc(v.byName, key, func(place int32, key string) int {
		if v.key(place) <= key {
			return -1
		}
		return 1
	})
	if key == "" || end == 0 || v.key(v.byName[end-1]) != key {
		return "", false
	}
	return v.pseudonym(v.user(v.byName[end-1]).ID), true
}

// address is what could be a user principal name or a mail address in a text.
// What may stand around one in a sentence or a path is no part of it.
var address = regexp.MustCompile("[^\\s<>\"(),;:|=\\[\\]{}\\\\/`@]+@[^\\s<>\"(),;:|=\\[\\]{}\\\\/`]*|@[^\\s<>\"(),;:|=\\[\\]{}\\\\/`]+")

func isAddress(s string) bool { return strings.Contains(s, "@") }

// text replaces a text that is a name, and the names within any other, also
// where they are spelled as parts of URLs, of names of files, and of guests.
func (v *veil) text(s string) string {
	if !mayName(s) && !v.odd {
		return s
	}
	if name, known := v.named(license.UPNKey(s)); known {
		return name
	}
	return v.hidden(s)
}

// word replaces an address, with whatever may stick to it: the end of a
// sentence, the ending of a file.
func (v *veil) word(word string) string {
	key := license.UPNKey(word)
	if name, known := v.named(key); known {
		return name
	}
	// Folding to lower case may change the length of other scripts' letters:
	// then nothing but the whole is safe to replace.
	if from, to := v.nameWithin(key); from < to && len(key) == len(word) {
		name, _ := v.named(key[from:to])
		if rest := word[:from] + name + word[to:]; !isAddress(rest) {
			return rest
		}
	}
	return v.stranger(strings.TrimRight(key, "."))
}

// nameWithin finds the longest name within a word, the first of those: a known
// domain behind an @, and a known name with it. What that takes depends on the
// length of the word and of names, not on how many users there are.
func (v *veil) nameWithin(key string) (from, to int) {
	begin := 0 // behind the last @
	for at := range len(key) {
		if key[at] != '@' {
			continue
		}
		for end := at + 1; end <= min(len(key), at+v.longest); end++ {
			if !v.domains[key[at+1:end]] {
				continue
			}
			for start := max(begin, end-v.longest); start <= at && end-start > to-from; start++ {
				if _, known := v.named(key[start:end]); known {
					from, to = start, end
				}
			}
		}
		begin = at + 1
	}
	return from, to
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
		user.UserPrincipalName = v.pseudonym(user.ID)
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

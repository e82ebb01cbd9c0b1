package pseudonym

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
)

// Set is the pseudonyms of the users of one document. It keeps of each user an
// index and the first digits of the sum of their id, so that it has room for a
// million.
type Set struct {
	mac     hash.Hash                  // keyed with the tenant
	user    func(i int32) plan.UserRef // of the document
	sums    []uint64                   // the first digits of the sums of all users, sorted, each once
	byName  []int32                    // the indexes of users by license.UPNKey
	domains map[string]bool            // what is behind the first @ of their names, as license.UPNKey has it
	longest int                        // of their names, in bytes
	odd     bool                       // a name is no address
	unknown map[string]string          // pseudonyms of those who have no object id
}

// New makes up pseudonyms for so many users of a document; user gives each by
// their index. The tenant keys them, so that a user is called the same in every
// document of it.
func New(tenant license.GUID, users int, user func(i int32) plan.UserRef) *Set {
	p := &Set{mac: hmac.New(sha256.New, tenant[:]), user: user, domains: make(map[string]bool), unknown: make(map[string]string)}
	p.sums, p.byName = make([]uint64, users), indexes(users)
	for i := range p.sums {
		u := user(int32(i))
		p.sums[i] = p.sum(u.ID)
		p.longest = max(p.longest, len(p.key(int32(i))))
		if _, domain, isAddress := strings.Cut(license.UPNKey(u.UserPrincipalName), "@"); isAddress {
			p.domains[domain] = true
		} else if u.UserPrincipalName != "" {
			p.odd = true
		}
	}
	slices.Sort(p.sums)
	p.sums = slices.Compact(p.sums)
	slices.SortStableFunc(p.byName, func(a, b int32) int { return strings.Compare(p.key(a), p.key(b)) })
	return p
}

func (p *Set) key(i int32) string { return license.UPNKey(p.user(i).UserPrincipalName) }

// Order gives the indexes of the users in the order of their new names:
// those are the digits of the sums.
func (p *Set) Order() []int32 {
	sums := make([]uint64, len(p.byName))
	for i := range sums {
		sums[i] = p.sum(p.user(int32(i)).ID)
	}
	order := indexes(len(sums))
	slices.SortStableFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(sums[a], sums[b]), license.CompareGUIDs(p.user(a).ID, p.user(b).ID))
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
func (p *Set) sum(user license.GUID) uint64 {
	p.mac.Reset()
	p.mac.Write(user[:]) // a hash takes every byte
	var sum [sha256.Size]byte
	return binary.BigEndian.Uint64(p.mac.Sum(sum[:0]))
}

// Of gives the pseudonym of a user.
func (p *Set) Of(user license.GUID) string {
	sum := p.sum(user)
	digits := fmt.Sprintf("%0*x", longSum, sum)
	if p.isShared(sum) {
		return "u-" + digits
	}
	return "u-" + digits[:shortSum]
}

// isShared reports whether another user's sum begins with the same digits.
func (p *Set) isShared(sum uint64) bool {
	const rest = 4 * (longSum - shortSum)
	first, _ := slices.BinarySearch(p.sums, sum>>rest<<rest)
	return first+1 < len(p.sums) && p.sums[first+1]>>rest == sum>>rest
}

// named gives the pseudonym of whoever has a name, as license.UPNKey gives it.
func (p *Set) named(key string) (string, bool) {
	end, _ := slices.BinarySearchFunc(p.byName, key, func(i int32, key string) int {
		if p.key(i) <= key {
			return -1
		}
		return 1
	})
	if key == "" || end == 0 || p.key(p.byName[end-1]) != key {
		return "", false
	}
	return p.Of(p.user(p.byName[end-1]).ID), true
}

// address is what could be a user principal name or a mail address in a text.
// What may stand around one in a sentence or a path is no part of it.
var address = regexp.MustCompile("[^\\s<>\"(),;:|=\\[\\]{}\\\\/`@]+@[^\\s<>\"(),;:|=\\[\\]{}\\\\/`]*|@[^\\s<>\"(),;:|=\\[\\]{}\\\\/`]+")

func isAddress(s string) bool { return strings.Contains(s, "@") }

// In replaces a text that is a name, and the names within any other, also
// where they are spelled as parts of URLs, of names of files, and of guests.
func (p *Set) In(s string) string {
	if !mayName(s) && !p.odd {
		return s
	}
	if name, known := p.named(license.UPNKey(s)); known {
		return name
	}
	return p.hidden(s)
}

// word replaces an address, with whatever may stick to it: the end of a
// sentence, the ending of a file.
func (p *Set) word(word string) string {
	key := license.UPNKey(word)
	if name, known := p.named(key); known {
		return name
	}
	// Folding to lower case may change the length of other scripts' letters:
	// then nothing but the whole is safe to replace.
	if from, to := p.nameWithin(key); from < to && len(key) == len(word) {
		name, _ := p.named(key[from:to])
		if rest := word[:from] + name + word[to:]; !isAddress(rest) {
			return rest
		}
	}
	return p.stranger(strings.TrimRight(key, "."))
}

// nameWithin finds the longest name within a word, the first of those: a known
// domain behind an @, and a known name with it. What that takes depends on the
// length of the word and of names, not on how many users there are.
func (p *Set) nameWithin(key string) (from, to int) {
	begin := 0 // behind the last @
	for at := range len(key) {
		if key[at] != '@' {
			continue
		}
		for end := at + 1; end <= min(len(key), at+p.longest); end++ {
			if !p.domains[key[at+1:end]] {
				continue
			}
			for start := max(begin, end-p.longest); start <= at && end-start > to-from; start++ {
				if _, known := p.named(key[start:end]); known {
					from, to = start, end
				}
			}
		}
		begin = at + 1
	}
	return from, to
}

// stranger gives the pseudonym of somebody without an object id.
func (p *Set) stranger(key string) string {
	if _, known := p.unknown[key]; !known {
		p.unknown[key] = "u-unknown-" + strconv.Itoa(len(p.unknown)+1)
	}
	return p.unknown[key]
}

// Copy gives a deep copy of a document in which every text is redacted,
// whatever field it stands in: so that no field can be forgotten that a
// document gets later.
func Copy[T any](p *Set, document *T) *T {
	out := new(T)
	p.copy(reflect.ValueOf(out).Elem(), reflect.ValueOf(document).Elem())
	return out
}

func (p *Set) copy(to, from reflect.Value) {
	switch {
	case from.Type() == reflect.TypeFor[plan.UserRef]():
		user := from.Interface().(plan.UserRef)
		user.UserPrincipalName = p.Of(user.ID)
		to.Set(reflect.ValueOf(user))
	case from.Kind() == reflect.String:
		to.SetString(p.In(from.String()))
	case from.Kind() == reflect.Pointer && !from.IsNil():
		to.Set(reflect.New(from.Type().Elem()))
		p.copy(to.Elem(), from.Elem())
	case from.Kind() == reflect.Slice && !from.IsNil():
		to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
		for i := range from.Len() {
			p.copy(to.Index(i), from.Index(i))
		}
	case from.Kind() == reflect.Struct && isOpen(from.Type()):
		for i := range from.NumField() {
			p.copy(to.Field(i), from.Field(i))
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

// indexes gives 0 to n-1, to be sorted.
func indexes(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

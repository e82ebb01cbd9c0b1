package fleet

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Shard is one part of a fleet: the I-th of N, I from 0. The zero Shard is the
// whole fleet.
type Shard struct{ I, N int }

// mostShards is more machines than anybody runs at once.
const mostShards = 1000

// ParseShard reads I/N.
func ParseShard(text string) (Shard, error) {
	first, rest, found := strings.Cut(text, "/")
	i, errI := strconv.Atoi(first)
	n, errN := strconv.Atoi(rest)
	switch {
	case !found || errI != nil || errN != nil:
		return Shard{}, fmt.Errorf("%q is not I/N, such as 0/3 for the first of three", text)
	case n < 1 || n > mostShards:
		return Shard{}, fmt.Errorf("%q: N is from 1 to %d", text, mostShards)
	case i < 0 || i >= n:
		return Shard{}, fmt.Errorf("%q: I is from 0 to %d, one less than N", text, n-1)
	}
	return Shard{I: i, N: n}, nil
}

// String gives I/N; empty for the whole fleet.
func (s Shard) String() string {
	if s.N == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.I, s.N)
}

// Count is how many parts there are, 1 for the whole fleet.
func (s Shard) Count() int { return max(s.N, 1) }

// Has reports whether a tenant is in the part. The name decides alone, so that
// a tenant that comes or goes moves no other from one part to another.
func (s Shard) Has(name string) bool {
	if s.N == 0 {
		return true
	}
	sum := sha256.Sum256([]byte(name))
	return binary.BigEndian.Uint64(sum[:8])%uint64(s.N) == uint64(s.I)
}

// Label is a label that tenants are picked by.
type Label struct{ Key, Value string }

// ParseLabel reads KEY=VALUE.
func ParseLabel(text string) (Label, error) {
	key, value, found := strings.Cut(text, "=")
	if !found || key == "" {
		return Label{}, fmt.Errorf("%q is not KEY=VALUE, such as tier=gold", text)
	}
	return Label{key, value}, nil
}

// Selection says which tenants take part. The zero Selection is all of them.
type Selection struct {
	Names  []string // any of these; nil: any name
	Labels []Label  // all of these
	Shard  Shard
}

// All reports whether every tenant takes part, be it in another shard.
func (s Selection) All() bool { return len(s.Names) == 0 && len(s.Labels) == 0 }

// UnknownError is a tenant or a label that the fleet does not have.
type UnknownError struct {
	What  string   // `tenant "fabrikan"`
	Known []string // what there is of the kind, sorted
}

func (e *UnknownError) Error() string { return "the fleet has no " + e.What }

// Pick gives the tenants that take part, sorted by name. Names and labels that
// no tenant has are an *UnknownError: a misspelt one would leave somebody out
// without a word. A shard may be empty.
func (f Fleet) Pick(s Selection) ([]Tenant, error) {
	if err := f.check(s); err != nil {
		return nil, err
	}
	var out []Tenant
	for _, t := range f.Tenants {
		if s.has(t) && s.Shard.Has(t.Name) {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, byName)
	return out, nil
}

func (s Selection) has(t Tenant) bool {
	if len(s.Names) > 0 && !slices.Contains(s.Names, t.Name) {
		return false
	}
	return !slices.ContainsFunc(s.Labels, func(l Label) bool { value, has := t.Labels[l.Key]; return !has || value != l.Value })
}

func (f Fleet) check(s Selection) error {
	names := make([]string, len(f.Tenants))
	var labels []string
	for i, t := range f.Tenants {
		names[i] = t.Name
		for key, value := range t.Labels {
			labels = append(labels, key+"="+value)
		}
	}
	slices.Sort(names)
	slices.Sort(labels)
	labels = slices.Compact(labels)
	for _, name := range s.Names {
		if !slices.Contains(names, name) {
			return &UnknownError{fmt.Sprintf("tenant %q", name), names}
		}
	}
	for _, l := range s.Labels {
		if text := l.Key + "=" + l.Value; !slices.Contains(labels, text) {
			return &UnknownError{fmt.Sprintf("tenant with the label %q", text), labels}
		}
	}
	return nil
}

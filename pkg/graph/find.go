package graph

import (
	"context"
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// What one request can ask for.
const (
	// maxFilterValues is how many values an "in" takes; the 16th is refused
	// with "Too many child clauses" (microsoft-graph-docs#21098).
	maxFilterValues = 15

	// maxBatch is how many requests a $batch takes (Graph docs, json-batching).
	maxBatch = 20
)

// MostRefs is how many users one request asks for at the most.
const MostRefs = maxFilterValues * maxBatch

// FindTime is how long looking up that many object ids and user principal names
// takes at the least: as long as their resource units last for.
func FindTime(ids, names int) time.Duration {
	over := ceilDiv(ids, maxFilterValues) + ceilDiv(names, maxFilterValues) - lookupUnits
	return time.Duration(max(0, over)) * unitSpan / lookupUnits
}

// FindRequests is how many requests FindEach sends for that many object ids
// and user principal names when none is throttled: one for every 300, if they
// are all of one kind.
func FindRequests(ids, names int) int {
	filters := ceilDiv(ids, maxFilterValues) + ceilDiv(names, maxFilterValues)
	return ceilDiv(filters, maxBatch)
}

func ceilDiv(n, d int) int { return (n + d - 1) / d }

// Lookups are the users to look up. Both functions are called from other goroutines.
type Lookups struct {
	// Next gives some object ids or user principal names; none: there is nobody else.
	Next func() []string

	// Wanted reports whether any of these, whom Next gave, is needed still. It is
	// called by several at once; nil: they all are needed, always.
	Wanted func(refs []string) bool
}

// Found is what came for some refs.
type Found struct {
	Refs  []string            // that were asked for, and answered
	Users []license.UserState // all users whom they name
	Took  time.Duration       // from sending to the answer, with what was repeated
}

// FindEach reads the users whom Next names, each by a user principal name or an
// object id, in any order, until it names none, and gives them as they come. A
// ref that no user has is not an error: there is simply no such user among those
// found. Every user found is complete; a lookup that was not answered is an
// error, so absence is the tenant's word. The sequence ends with the first error;
// one that ends without has answered for every ref that stayed wanted.
//
// Batches go side by side, as many as the tenant bears. Next is asked when there is
// room for one, so that it can leave out who is not needed any more, and what waits
// is sent only as far as it is Wanted. Of what Next gives every 15 ids or names take
// a query, and 20 queries a request.
func (r *Reader) FindEach(ctx context.Context, whom Lookups) iter.Seq2[Found, error] {
	var pending []query[license.UserState]
	batch := func() []query[license.UserState] {
		for len(pending) < maxBatch {
			refs := whom.Next()
			if len(refs) == 0 {
				break
			}
			pending = append(pending, lookups(refs)...)
		}
		some := pending[:min(len(pending), maxBatch)]
		pending = pending[len(some):]
		return some
	}
	find := r.userFinder()
	if whom.Wanted != nil {
		find.wanted = func(q query[license.UserState]) bool { return whom.Wanted(q.refs) }
	}
	return func(yield func(Found, error) bool) {
		for got, err := range find.each(ctx, batch) {
			found := Found{Users: got.items, Took: got.took}
			for _, q := range got.queries {
				found.Refs = append(found.Refs, q.refs...)
			}
			if !yield(found, err) {
				return
			}
		}
	}
}

// userFinder looks users up. With $select that costs one resource unit a query
// (Graph docs, throttling limits).
func (r *Reader) userFinder() finder[license.UserState] {
	return finder[license.UserState]{
		client: r.client, op: OpFindUsers, units: 1,
		called:  func(u license.UserState) string { return "user " + u.ID.String() },
		decoder: func() pageDecoder[license.UserState] { return newUserReader(maxFilterValues).page },
	}
}

// lookups are the queries that find the refs, those by id first.
func lookups(refs []string) []query[license.UserState] {
	var ids, names []string
	for _, ref := range refs {
		if license.IsGUID(ref) {
			ids = append(ids, ref)
		} else {
			names = append(names, ref)
		}
	}
	return append(lookupsBy("id", ids), lookupsBy("userPrincipalName", names)...)
}

func lookupsBy(property string, values []string) []query[license.UserState] {
	var out []query[license.UserState]
	for some := range slices.Chunk(values, maxFilterValues) {
		filter := property + " in (" + quoteAll(some) + ")"
		asked := asked{byName: property != "id"}
		for _, ref := range some {
			asked.keys = append(asked.keys, license.UPNKey(ref))
		}
		out = append(out, query[license.UserState]{
			url:  "/users?$select=" + userProperties + "&$filter=" + escapeQuery(filter),
			refs: some, fits: asked.has,
		})
	}
	return out
}

// asked are the users that a query asks for.
type asked struct {
	byName bool
	keys   []string // ids or user principal names, as license.UPNKey folds them
}

// has reports whether a user is one of them. One whose name did not come may be.
func (a asked) has(u license.UserState) bool {
	if !a.byName {
		return slices.Contains(a.keys, u.ID.String())
	}
	name := license.UPNKey(u.UserPrincipalName)
	return slices.Contains(a.keys, name) || name == u.ID.String()
}

// idFilter asks for what has one of the ids.
func idFilter(ids []license.GUID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return "id in (" + quoteAll(texts) + ")"
}

func quoteAll(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quote(v)
	}
	return strings.Join(quoted, ",")
}

// quote makes an OData string: an apostrophe within is doubled.
func quote(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }

// escapeQuery escapes the value of a query option. A space becomes %20: "+"
// stands for one in forms alone, and an address within a batch is not a form.
func escapeQuery(value string) string {
	return strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
}

package graph

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

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

// batchesInFlight is how many batches are under way at once. A lookup with
// $select costs one resource unit, and the smallest tenants are given 3,500 in
// 10 seconds (Graph docs, throttling limits): 80 lookups at a time stay below
// that as long as a batch takes a quarter of a second.
const batchesInFlight = 4

// FindRequests is how many requests FindUsers sends for that many object ids
// and user principal names when none is throttled: one for every 300, if they
// are all of one kind.
func FindRequests(ids, names int) int {
	filters := ceilDiv(ids, maxFilterValues) + ceilDiv(names, maxFilterValues)
	return ceilDiv(filters, maxBatch)
}

func ceilDiv(n, d int) int { return (n + d - 1) / d }

// FindUsers reads the users that the refs name, each a user principal name or
// an object id, in any order. A ref that no user has is not an error: there is
// simply no such user among those returned. Every user found is complete; a
// lookup that was not answered is an error, so absence is the tenant's word.
func (r *Reader) FindUsers(ctx context.Context, refs []string) ([]license.UserState, error) {
	batches := slices.Collect(slices.Chunk(lookups(refs), maxBatch))
	found := make([][]license.UserState, len(batches))
	group, ctx := errgroup.WithContext(ctx)
	for first := range min(batchesInFlight, len(batches)) {
		group.Go(func() error {
			f := finder{client: r.client, users: newUserReader()}
			for i := first; i < len(batches); i += batchesInFlight {
				users, err := f.all(ctx, batches[i])
				if err != nil {
					return err
				}
				found[i] = users
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}

// lookup is one query for some users.
type lookup struct {
	url    string // within a batch
	byName bool
	asked  []string // ids or user principal names, as license.UPNKey folds them; nobody else may be in the answer
}

// asksFor reports whether a user is one of those that the lookup is for. One
// whose name did not come may be.
func (l lookup) asksFor(u license.UserState) bool {
	id, name := u.ID.String(), license.UPNKey(u.UserPrincipalName)
	if !l.byName {
		return slices.Contains(l.asked, id)
	}
	return name == id || slices.Contains(l.asked, name)
}

// lookups are the filters that find the refs.
func lookups(refs []string) []lookup {
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

func lookupsBy(property string, values []string) []lookup {
	var out []lookup
	for some := range slices.Chunk(values, maxFilterValues) {
		filter := property + " in (" + quoteAll(some) + ")"
		asked := make([]string, len(some))
		for i, ref := range some {
			asked[i] = license.UPNKey(ref)
		}
		out = append(out, lookup{
			url:    "/users?$select=" + userProperties + "&$filter=" + escapeQuery(filter),
			byName: property != "id", asked: asked,
		})
	}
	return out
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

// finder looks users up, one batch after the other.
type finder struct {
	client *client
	users  *userReader
}

// all carries out up to maxBatch lookups and gives the users of all. Lookups
// that fail for a passing reason, or whose answer makes no sense, are asked
// again, and they alone.
func (f finder) all(ctx context.Context, pending []lookup) ([]license.UserState, error) {
	var users []license.UserState
	for attempt := 1; len(pending) > 0; attempt++ {
		urls := make([]string, len(pending))
		for i, l := range pending {
			urls[i] = l.url
		}
		items, err := f.client.batch(ctx, urls)
		if err != nil {
			return nil, err
		}
		found, again, err := f.sortOut(ctx, pending, items)
		if err != nil {
			return nil, err
		}
		users = append(users, found...)
		if pending = again.lookups; len(pending) == 0 {
			break
		}
		if attempt > maxRetries || again.wait > maxWait {
			return nil, again.why
		}
		if err := f.client.pause(ctx, Wait{OpFindUsers, again.why, backoff(attempt, again.wait)}); err != nil {
			return nil, fmt.Errorf("%s: %w", OpFindUsers, err)
		}
	}
	return users, nil
}

package observe

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/caught"
	"github.com/licensectl/licensectl/pkg/license"
)

// GroupRequest says which groups to read, with what they give and who is in
// them.
type GroupRequest struct {
	// Named are display names, in any case, and object ids. Order and repetitions
	// do not matter. A name that several groups have brings all of them.
	Named []string

	// Giving asks besides for every group that gives a product of the tenant.
	Giving bool
}

// licensedGroups reads the groups that are asked for, with their members, sorted
// by id; nil where nobody asks. It takes a request for every name and for every
// 15 ids; where all that give licenses are wanted, one for every product for
// users; and for each group found one for every graph.PageSize of its members, or
// one where it has none. A read that failed is an error.
func licensedGroups(ctx context.Context, r GroupReader, req *GroupRequest, skus []license.SKU) ([]license.Group, error) {
	if req == nil {
		return nil, nil
	}
	found, err := findGroups(ctx, r, lookupsOf(req, skus))
	if err != nil {
		return nil, err
	}
	return withMembers(ctx, r, found)
}

// groupLookup is one way to some groups.
type groupLookup func(context.Context, GroupReader) ([]license.Group, error)

func lookupsOf(req *GroupRequest, skus []license.SKU) []groupLookup {
	var out []groupLookup
	if req.Giving {
		for _, s := range skus {
			if s.AppliesTo == license.AppliesToUser {
				out = append(out, func(ctx context.Context, r GroupReader) ([]license.Group, error) { return r.GroupsGiving(ctx, s.ID) })
			}
		}
	}
	var ids []license.GUID
	for _, name := range slices.Compact(slices.Sorted(slices.Values(req.Named))) {
		if id, err := license.ParseGUID(name); err == nil {
			ids = append(ids, id)
			continue
		}
		out = append(out, func(ctx context.Context, r GroupReader) ([]license.Group, error) { return r.GroupsCalled(ctx, name) })
	}
	if ids = license.SortedGUIDs(ids); len(ids) > 0 {
		out = append(out, func(ctx context.Context, r GroupReader) ([]license.Group, error) { return r.GroupsByID(ctx, ids) })
	}
	return out
}

// findGroups gives the groups of all lookups, each once, sorted by id. One that
// came by several and has changed meanwhile is as one of them says: an apply looks
// at it again.
func findGroups(ctx context.Context, r GroupReader, lookups []groupLookup) ([]license.Group, error) {
	found := make([][]license.Group, len(lookups))
	asking, ctx := errgroup.WithContext(ctx)
	asking.SetLimit(graph.MostAbreast)
	for i, lookUp := range lookups {
		asking.Go(caught.In(func() (err error) {
			found[i], err = lookUp(ctx, r)
			return err
		}))
	}
	if err := asking.Wait(); err != nil {
		return nil, err
	}
	return sortGroups(append([]license.Group{}, slices.Concat(found...)...)), nil
}

// sortGroups sorts groups by id, and leaves each once.
func sortGroups(groups []license.Group) []license.Group {
	slices.SortStableFunc(groups, func(a, b license.Group) int { return license.CompareGUIDs(a.ID, b.ID) })
	return slices.CompactFunc(groups, func(a, b license.Group) bool { return a.ID == b.ID })
}

// withMembers reads who is in groups. A group that was deleted meanwhile is not
// in the result.
func withMembers(ctx context.Context, r GroupReader, groups []license.Group) ([]license.Group, error) {
	gone := make([]bool, len(groups))
	asking, ctx := errgroup.WithContext(ctx)
	asking.SetLimit(graph.MostAbreast)
	for i := range groups {
		asking.Go(caught.In(func() error {
			members, err := r.DirectMembers(ctx, groups[i].ID)
			if missing, ok := errors.AsType[*graph.Error](err); ok && missing.NotFound() {
				gone[i] = true
				return nil
			}
			if err != nil {
				return fmt.Errorf("%q: %w", groups[i].DisplayName, err)
			}
			if groups[i].Members = whoAre(members); isHidden(groups[i], members) {
				groups[i].Members = nil
			}
			return nil
		}))
	}
	if err := asking.Wait(); err != nil {
		return nil, err
	}
	out := groups[:0]
	for i, g := range groups {
		if !gone[i] {
			out = append(out, g)
		}
	}
	return out, nil
}

// whoAre are the users among members, sorted; nil where that was not told: by an
// index that lags, or of somebody of whom nobody says what they are.
func whoAre(members graph.Selected) []license.GUID {
	if members.Lagging || len(members.Untold) > 0 {
		return nil
	}
	return append([]license.GUID{}, license.SortedGUIDs(members.Users)...)
}

// isHidden reports whether it is not told who is in a group, because membership is
// hidden: whoever may not see the members is told of none (Graph docs,
// group-list-members, Member.Read.Hidden).
func isHidden(g license.Group, members graph.Selected) bool {
	return g.HiddenMembership && len(members.Users) == 0
}

// Groups reads groups, sorted by id and without their members; for looking again
// at groups that are about to be changed, or were. One that the tenant does not
// have is missing.
func Groups(ctx context.Context, r GroupReader, ids []license.GUID) ([]license.Group, error) {
	found, err := r.GroupsByID(ctx, license.SortedGUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("reading groups: %w", err)
	}
	return sortGroups(found), nil
}

// Members reads the users who are direct members of a group, sorted. That it
// cannot be told of everybody is a graph.ErrUntoldMembers. Of a group that looks empty it asks, with
// one request more, whether its members are hidden.
func Members(ctx context.Context, r GroupReader, group license.GUID) ([]license.GUID, error) {
	found, err := r.DirectMembers(ctx, group)
	if err != nil {
		return nil, err
	}
	who := whoAre(found)
	switch {
	case who == nil:
		return nil, graph.ErrUntoldMembers
	case len(who) > 0:
		return who, nil
	}
	groups, err := r.GroupsByID(ctx, []license.GUID{group})
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(groups, func(g license.Group) bool { return isHidden(g, found) }) {
		return nil, fmt.Errorf("%w: they are hidden, which takes the permission Member.Read.Hidden", graph.ErrUntoldMembers)
	}
	return who, nil
}

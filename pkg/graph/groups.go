package graph

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// OpFindGroups reads the names of groups. What it gives is for people alone,
// so a caller can do without it.
const OpFindGroups Op = "looking up groups"

// GroupNames reads the display names of groups. Those that the tenant does
// not have are missing from the result. It takes a request for every 15, which go
// side by side.
func (r *Reader) GroupNames(ctx context.Context, ids []license.GUID) (map[license.GUID]string, error) {
	chunks := slices.Collect(slices.Chunk(ids, maxFilterValues))
	found, err := sideBySide(ctx, len(chunks), func(ctx context.Context, i int) ([]Group, error) {
		req := get(OpFindGroups, r.client.root.url("/groups?$select=id,displayName&$filter="+escapeQuery(idFilter(chunks[i])))).abreast(1)
		asked := func(g Group) bool { return slices.Contains(chunks[i], g.ID) }
		found, err := gather(ctx, r.client, req, listOf(groupsThat(asked)))
		return found.items, err
	})
	if err != nil {
		return nil, err
	}
	names := make(map[license.GUID]string, len(ids))
	for _, g := range slices.Concat(found...) {
		names[g.ID] = g.DisplayName
	}
	return names, nil
}

// groupsThat reads groups, of which each has to be one that was asked for.
func groupsThat(asked func(Group) bool) func(*walk) (Group, error) {
	return func(w *walk) (Group, error) {
		var g Group
		_, err := w.fields(field{"id", w.idInto(&g.ID)}, field{"displayName", w.stringInto(&g.DisplayName)})
		switch {
		case err != nil:
			return Group{}, err
		case g.ID == license.GUID{}:
			return Group{}, errors.New("a group without an id")
		case !asked(g):
			return Group{}, fmt.Errorf("group %s (%q) is not one that was asked for", g.ID, oneLine(g.DisplayName))
		}
		return g, nil
	}
}

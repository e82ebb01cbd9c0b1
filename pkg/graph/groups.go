package graph

import (
	"context"
	"errors"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// OpFindGroups reads the names of groups. What it gives is for people alone,
// so a caller can do without it.
const OpFindGroups Op = "looking up groups"

// GroupNames reads the display names of groups. Those that the tenant does
// not have are missing from the result.
func (r *Reader) GroupNames(ctx context.Context, ids []license.GUID) (map[license.GUID]string, error) {
	names := make(map[license.GUID]string, len(ids))
	for some := range slices.Chunk(ids, maxFilterValues) {
		texts := make([]string, len(some))
		for i, id := range some {
			texts[i] = id.String()
		}
		filter := "id in (" + quoteAll(texts) + ")"
		req := get(OpFindGroups, r.client.root.url("/groups?$select=id,displayName&$filter="+escapeQuery(filter)))
		for page, err := range pages(ctx, r.client, req, listOf(wireGroup.decode)) {
			if err != nil {
				return nil, err
			}
			for _, g := range page {
				names[license.GUID(g.ID)] = g.DisplayName
			}
		}
	}
	return names, nil
}

type wireGroup struct {
	ID          guid   `json:"id"`
	DisplayName string `json:"displayName"`
}

func (w wireGroup) decode() (wireGroup, error) {
	if w.ID.isZero() {
		return wireGroup{}, errors.New("a group without an id")
	}
	return w, nil
}

package graph

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// OpReadAttributes reads texts of users, such as the country, which selections
// compare with what the manifests say.
const OpReadAttributes Op = "reading the attributes of users"

// maxAttributeRequests is how many requests Attributes takes for single users;
// where it would take more it lists everybody.
const maxAttributeRequests = 20

// Attributes reads text properties of the users with these ids, or of everybody
// where ids is nil: by property and user, without those who have none. It takes
// a request for every 15 users, side by side, and where these are more than 300
// one for every PageSize of the tenant. A user without an answer is an *IncompleteError: what
// nobody told is not "none".
func (r *Reader) Attributes(ctx context.Context, properties []string, ids []license.GUID) (map[string]map[license.GUID]string, error) {
	out := make(map[string]map[license.GUID]string, len(properties))
	for _, property := range properties {
		out[property] = map[license.GUID]string{}
	}
	requests := r.attributeRequests(properties, ids)
	users, err := sideBySide(ctx, len(requests), func(ctx context.Context, i int) ([]textsOf, error) {
		found, err := gather(ctx, r.client, requests[i], listOf(func(w *walk) (textsOf, error) { return readTexts(w, properties) }))
		return found.items, err
	})
	if err != nil {
		return nil, err
	}
	told := map[license.GUID]bool{}
	for _, u := range slices.Concat(users...) {
		told[u.user] = true
		for i, property := range properties {
			if u.texts[i] != "" {
				out[property][u.user] = u.texts[i]
			}
		}
	}
	for _, id := range ids {
		if !told[id] {
			return nil, &IncompleteError{Op: OpReadAttributes, Path: "/v1.0/users", Reason: fmt.Sprintf("user %s is not in the answer", id)}
		}
	}
	return out, nil
}

// attributeRequests asks in the way that takes fewer requests.
func (r *Reader) attributeRequests(properties []string, ids []license.GUID) []request {
	path := "/users?$select=id," + strings.Join(properties, ",")
	if ids == nil || ceilDiv(len(ids), maxFilterValues) > maxAttributeRequests {
		return []request{get(OpReadAttributes, r.client.root.url(path+"&$top="+strconv.Itoa(PageSize)))}
	}
	var out []request
	for some := range slices.Chunk(ids, maxFilterValues) {
		out = append(out, get(OpReadAttributes, r.client.root.url(path+"&$filter="+escapeQuery(idFilter(some)))).abreast(1))
	}
	return out
}

// textsOf are texts of a user, in the order in which they were asked for.
type textsOf struct {
	user  license.GUID
	texts []string
}

// readTexts reads a user of whom every property has to be told: null is none,
// and what is left out is not known.
func readTexts(w *walk, properties []string) (textsOf, error) {
	out := textsOf{texts: make([]string, len(properties))}
	wanted := []field{{"id", w.idInto(&out.user)}}
	told := map[string]bool{}
	for i, property := range properties {
		read := w.stringInto(&out.texts[i])
		wanted = append(wanted, field{property, func() error {
			told[property] = true
			return read()
		}})
	}
	_, err := w.fields(wanted...)
	switch {
	case err != nil:
		return textsOf{}, err
	case out.user == license.GUID{}:
		return textsOf{}, errors.New("a user without an id")
	}
	for _, property := range properties {
		if !told[property] {
			return textsOf{}, fmt.Errorf("user %s without %s", out.user, property)
		}
	}
	return out, nil
}

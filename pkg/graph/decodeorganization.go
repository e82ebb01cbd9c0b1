package graph

import (
	"errors"
	"fmt"

	"github.com/licensectl/licensectl/pkg/license"
)

func readOrganization(w *walk) (Organization, error) {
	var org Organization
	_, err := w.fields(field{"id", w.idInto(&org.ID)}, field{"displayName", w.stringInto(&org.DisplayName)})
	if err == nil && org.ID == (license.GUID{}) {
		err = errors.New("an organization without an id")
	}
	return org, err
}

// decodeOrganization reads the only organization that a reply holds.
func decodeOrganization(body []byte) (Organization, error) {
	found, err := listOf(readOrganization)(body)
	switch {
	case err != nil:
		return Organization{}, err
	case len(found.items) != 1 || found.end.link != "" || found.end.total != nil && *found.end.total != 1:
		return Organization{}, fmt.Errorf("one organization was expected, it holds %d", len(found.items))
	}
	return found.items[0], nil
}

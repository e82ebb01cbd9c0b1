package graph

import (
	"errors"
	"fmt"

	"github.com/licensectl/licensectl/pkg/license"
)

type wireOrganization struct {
	ID          guid   `json:"id"`
	DisplayName string `json:"displayName"`
}

func (w wireOrganization) decode() (Organization, error) {
	if w.ID.isZero() {
		return Organization{}, errors.New("an organization without an id")
	}
	return Organization{ID: license.GUID(w.ID), DisplayName: w.DisplayName}, nil
}

// decodeOrganization reads the only organization that a reply holds.
func decodeOrganization(body []byte) (Organization, error) {
	found, link, err := decodePage(body, wireOrganization.decode)
	switch {
	case err != nil:
		return Organization{}, err
	case len(found) != 1 || link != "":
		return Organization{}, fmt.Errorf("one organization was expected, it holds %d", len(found))
	}
	return found[0], nil
}

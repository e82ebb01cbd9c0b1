package graph

import (
	"errors"

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

package graph

import (
	"context"
	"errors"
	"strconv"

	"github.com/licensectl/licensectl/pkg/license"
)

// OpListDepartments reads the departments of users, which serve for sorting
// users into files alone.
const OpListDepartments Op = "listing the departments of users"

// Departments reads the department of every user of the tenant who has one.
// It is a listing of its own, so that whoever does not need it does not read
// it.
func (r *Reader) Departments(ctx context.Context) (map[license.GUID]string, error) {
	out := map[license.GUID]string{}
	req := get(OpListDepartments, r.client.root.url("/users?$select=id,department&$top="+strconv.Itoa(PageSize)))
	for page, err := range pages(ctx, r.client, req, listOf(wireDepartment.decode)) {
		if err != nil {
			return nil, err
		}
		for _, u := range page {
			if u.Department != "" {
				out[license.GUID(u.ID)] = u.Department
			}
		}
	}
	return out, nil
}

type wireDepartment struct {
	ID         guid   `json:"id"`
	Department string `json:"department"`
}

func (w wireDepartment) decode() (wireDepartment, error) {
	if w.ID.isZero() {
		return wireDepartment{}, errors.New("a user without an id")
	}
	return w, nil
}

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
	req := get(OpListDepartments, r.client.root.url("/users?$select=id,department&$top="+strconv.Itoa(PageSize)))
	users, err := gather(ctx, r.client, req, listOf(readDepartment))
	if err != nil {
		return nil, err
	}
	out := map[license.GUID]string{}
	for _, u := range users.items {
		if u.department != "" {
			out[u.user] = u.department
		}
	}
	return out, nil
}

type departmentOf struct {
	user       license.GUID
	department string
}

func readDepartment(w *walk) (departmentOf, error) {
	var out departmentOf
	_, err := w.fields(field{"id", w.idInto(&out.user)}, field{"department", w.stringInto(&out.department)})
	if err == nil && out.user == (license.GUID{}) {
		err = errors.New("a user without an id")
	}
	return out, err
}

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
	return anew(ctx, r.client, req.op, func() (map[license.GUID]string, error) { return departmentsOnce(ctx, r.client, req) })
}

// departmentsOnce keeps nothing of a page but what it tells: the items of a large
// tenant would take more memory than the departments.
func departmentsOnce(ctx context.Context, c *client, req request) (map[license.GUID]string, error) {
	names := newInterner()
	out := map[license.GUID]string{}
	decode := listOf(func(w *walk) (departmentOf, error) { return readDepartment(w, names) })
	for page, err := range pages(ctx, c, req, decode) {
		if err != nil {
			return nil, err
		}
		for _, u := range page.items {
			if u.department != "" {
				out[u.user] = u.department
			}
		}
	}
	return out, nil
}

type departmentOf struct {
	user       license.GUID
	department string
}

func readDepartment(w *walk, names *interner) (departmentOf, error) {
	var out departmentOf
	_, err := w.object(func(name []byte) (err error) {
		switch string(name) {
		case `"id"`:
			var id guid
			id, err = w.id()
			out.user = license.GUID(id)
		case `"department"`:
			var text []byte
			text, err = w.text()
			out.department = names.text(text)
		default:
			err = w.other(name, "id", "department")
		}
		return err
	})
	if err == nil && out.user == (license.GUID{}) {
		err = errors.New("a user without an id")
	}
	return out, err
}

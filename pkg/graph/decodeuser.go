package graph

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// userProperties are selected wherever users are read. Most of them come on
// $select alone (Graph docs, user resource).
const userProperties = "id,userPrincipalName,displayName,accountEnabled,userType,usageLocation,assignedLicenses,licenseAssignmentStates"

// userReader decodes users. It is made for one collection, since it remembers
// what the users before shared and the room they took.
type userReader struct {
	most        int // users on a page
	interner    *interner
	held        []guid
	assignments []license.Assignment
	plans       []license.GUID // of all assignments of one user
}

// newUserReader makes room for so many users on a page; there may be more.
func newUserReader(most int) *userReader { return &userReader{most: most, interner: newInterner()} }

// page decodes a page of users.
func (r *userReader) page(body []byte) (page[license.UserState], error) {
	users := make([]license.UserState, 0, r.most)
	end, err := walkPage(body, func(w *walk) error {
		user, err := r.user(w)
		if err != nil {
			return fmt.Errorf("item %d: %w", len(users)+1, err)
		}
		users = append(users, user)
		return nil
	})
	if err != nil {
		return page[license.UserState]{}, err
	}
	return page[license.UserState]{items: slices.Clip(users), end: end}, nil
}

// document decodes a user that is a reply of its own.
func (r *userReader) document(body []byte) (license.UserState, error) {
	w := newWalk(body)
	user, err := r.user(w)
	if err == nil {
		err = w.end()
	}
	return user, err
}

// user decodes one user. Of one who cannot be read it gives what can be, and
// why: one odd user is no reason not to read the others. Only somebody without
// an id is an error, since nobody could say who it is.
func (r *userReader) user(w *walk) (license.UserState, error) {
	begun := w.mark()
	user, err := r.readable(w)
	if err == nil {
		return user, nil
	}
	whole, ok := w.passed(begun)
	if !ok {
		return license.UserState{}, err
	}
	user = salvaged(whole)
	if user.ID == (license.GUID{}) {
		return license.UserState{}, err
	}
	user.Unreadable = oneLine(err.Error())
	if user.UserPrincipalName == "" {
		user.UserPrincipalName = user.ID.String()
	}
	return user, nil
}

// readable decodes a user. What is absent or null is told from what is empty.
func (r *userReader) readable(w *walk) (license.UserState, error) {
	var user license.UserState
	var told fieldsOfUser
	r.held, r.assignments, r.plans = r.held[:0], r.assignments[:0], r.plans[:0]
	_, err := w.object(func(name []byte) (err error) {
		switch string(name) {
		case `"id"`:
			var id guid
			id, err = w.id()
			user.ID = license.GUID(id)
		case `"userPrincipalName"`:
			user.UserPrincipalName, err = r.own(w)
		case `"displayName"`:
			user.DisplayName, err = r.own(w)
		case `"accountEnabled"`:
			user.AccountEnabled, told.enabled, err = w.flag()
		case `"userType"`:
			user.UserType, err = r.shared(w)
		case `"usageLocation"`:
			user.UsageLocation, err = r.shared(w)
		case `"assignedLicenses"`:
			told.licenses, err = w.array(func() error { return r.license(w) })
		case `"licenseAssignmentStates"`:
			told.states, err = w.array(func() error { return r.assignment(w) })
		default:
			err = w.other(name, "id", "userPrincipalName", "displayName", "accountEnabled", "userType", "usageLocation",
				"assignedLicenses", "licenseAssignmentStates")
		}
		return err
	})
	if err == nil {
		err = told.check(&user)
	}
	if err != nil {
		return license.UserState{}, err
	}
	license.SortAssignments(r.assignments)
	r.dropDisputed()
	user.Assignments = r.interner.holding(r.assignments)
	user.Unexplained = unexplained(r.held, user.Assignments)
	return user, nil
}

// fieldsOfUser notes which properties of a user came, and were not null.
type fieldsOfUser struct{ enabled, licenses, states bool }

func (t fieldsOfUser) check(u *license.UserState) error {
	switch {
	case u.ID == license.GUID{}:
		return errors.New("a user without an id")
	case u.UserPrincipalName == "":
		return errors.New(license.Nameless)
	case !t.enabled:
		return errors.New(license.Masked)
	case !t.licenses:
		return errors.New(license.NoLicenses)
	case !t.states:
		return errors.New(license.NoStates)
	}
	return nil
}

// salvaged reads what tells who a user is, as far as it can be read.
func salvaged(whole []byte) license.UserState {
	var user license.UserState
	w := newWalk(whole)
	_, _ = w.object(func(name []byte) error {
		value, err := w.raw()
		if err != nil {
			return err
		}
		// What is no text, and no GUID, was not told.
		own := newWalk(bytes.Clone(value))
		switch string(name) {
		case `"id"`:
			id, _ := own.id()
			user.ID = license.GUID(id)
		case `"userPrincipalName"`:
			_ = own.stringInto(&user.UserPrincipalName)()
		case `"displayName"`:
			_ = own.stringInto(&user.DisplayName)()
		case `"userType"`:
			_ = own.stringInto(&user.UserType)()
		case `"accountEnabled"`:
			user.AccountEnabled, _, _ = own.flag()
		}
		return nil
	})
	return user
}

// dropDisputed takes sorted assignments and leaves one for each path. A path that
// comes twice with different plans explains nothing, and neither does one that
// is in force of a license that the user is not said to hold.
func (r *userReader) dropDisputed() {
	disputed := r.unheld()
	out := r.assignments[:0]
	for _, a := range r.assignments {
		last := len(out) - 1
		switch {
		case last < 0 || license.CompareAssignments(out[last], a) != 0:
			out = append(out, a)
		case !slices.Equal(out[last].DisabledPlans, a.DisabledPlans):
			disputed = append(disputed, a.SKUID)
		case cmp.Or(cmp.Compare(out[last].Error, a.Error), cmp.Compare(out[last].State, a.State)) < 0:
			out[last] = a // whatever came first
		}
	}
	for _, sku := range disputed {
		out = slices.DeleteFunc(out, func(a license.Assignment) bool { return a.SKUID == sku })
		r.held = append(r.held, guid(sku))
	}
	r.assignments = out
}

// unheld gives the SKUs of assignments in force that are not among the licenses
// of the user, once for each assignment; nil for none. Licenses that were kept
// back look like that (microsoft-graph-docs#16054).
func (r *userReader) unheld() []license.GUID {
	var skus []license.GUID
	for _, a := range r.assignments {
		if a.InForce() && !slices.Contains(r.held, guid(a.SKUID)) {
			skus = append(skus, a.SKUID)
		}
	}
	return skus
}

// own reads a text that no other user has.
func (r *userReader) own(w *walk) (string, error) {
	raw, err := w.text()
	return string(raw), err
}

// shared reads a text that many users have.
func (r *userReader) shared(w *walk) (string, error) {
	raw, err := w.text()
	if err != nil {
		return "", err
	}
	return r.interner.text(raw), nil
}

// license reads an item of assignedLicenses.
func (r *userReader) license(w *walk) error {
	var sku guid
	_, err := w.object(func(name []byte) (err error) {
		if string(name) == `"skuId"` {
			sku, err = w.id()
			return err
		}
		return w.other(name, "skuId")
	})
	switch {
	case err != nil:
		return err
	case sku.isZero():
		return errors.New("assignedLicenses: no skuId")
	}
	r.held = append(r.held, sku)
	return nil
}

// assignment reads an item of licenseAssignmentStates.
func (r *userReader) assignment(w *walk) error {
	var a license.Assignment
	hasPlans := false
	_, err := w.object(func(name []byte) (err error) {
		switch string(name) {
		case `"skuId"`:
			var id guid
			id, err = w.id()
			a.SKUID = license.GUID(id)
		case `"assignedByGroup"`:
			a.Group, err = groupOf(w)
		case `"disabledPlans"`:
			hasPlans, err = r.disabledPlans(w, &a)
		case `"state"`:
			a.State, err = r.shared(w)
		case `"error"`:
			a.Error, err = r.shared(w)
		case `"lastUpdatedDateTime"`:
			err = w.skip()
		default:
			err = w.other(name, "skuId", "assignedByGroup", "disabledPlans", "state", "error")
		}
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("licenseAssignmentStates: item %d: %w", len(r.assignments)+1, err)
	case a.SKUID == license.GUID{}:
		return fmt.Errorf("licenseAssignmentStates: item %d: no skuId", len(r.assignments)+1)
	case !hasPlans:
		return fmt.Errorf("licenseAssignmentStates: item %d: no disabledPlans", len(r.assignments)+1)
	}
	// The docs say null for no error; the service sends "None".
	if a.Error == "None" {
		a.Error = ""
	}
	r.assignments = append(r.assignments, a)
	return nil
}

// groupOf reads assignedByGroup: null or empty is the zero GUID, which stands
// for a direct assignment.
func groupOf(w *walk) (license.GUID, error) {
	text, err := w.text()
	if err != nil || len(text) == 0 {
		return license.GUID{}, err
	}
	group, err := license.ParseGUIDBytes(text)
	if err != nil {
		return license.GUID{}, fmt.Errorf("assignedByGroup: %w", err)
	}
	return group, nil
}

// disabledPlans reads the plans of an assignment, and gives false for null.
func (r *userReader) disabledPlans(w *walk, a *license.Assignment) (bool, error) {
	first := len(r.plans)
	present, err := w.array(func() error {
		id, err := w.id()
		r.plans = append(r.plans, license.GUID(id))
		return err
	})
	a.DisabledPlans = r.plans[first:len(r.plans):len(r.plans)]
	return present, err
}

// unexplained gives the SKUs that a user holds and no assignment accounts
// for, sorted; nil for none. It checks one property against the other because
// the states have been seen to miss some (microsoft-graph-docs#9636, #13002).
func unexplained(held []guid, assignments []license.Assignment) []license.GUID {
	var skus []license.GUID
	for _, l := range held {
		sku := license.GUID(l)
		explains := func(a license.Assignment) bool { return a.SKUID == sku }
		if !slices.ContainsFunc(assignments, explains) {
			skus = append(skus, sku)
		}
	}
	return license.SortedGUIDs(skus)
}

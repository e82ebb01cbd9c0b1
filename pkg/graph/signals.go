package graph

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// The operations that read the signs of use which users themselves have.
const (
	OpReadSignIns Op = "reading when users signed in"
	OpReadDates   Op = "reading when accounts and licenses came"
	OpReadLeave   Op = "reading when employees leave"
)

// The page sizes of users with their sign-ins: what the service gives today, and
// what older text says and older services refuse to go beyond (Graph docs,
// user-list).
const (
	signInPage       = 500
	signInPageBefore = 120
)

// SignalQuery asks for signs of use that users themselves have.
type SignalQuery struct {
	Signals []license.Signal // of SignalSignIns, SignalCreated, SignalLeave and SignalAssigned; at least one
	Users   []license.GUID   // sorted, each once
	AtLeast int              // users that the tenant has at the least; 0: not known
}

// op is the operation that the query takes the most for.
func (q SignalQuery) op() Op {
	switch {
	case slices.Contains(q.Signals, license.SignalSignIns):
		return OpReadSignIns
	case slices.Contains(q.Signals, license.SignalLeave):
		return OpReadLeave
	}
	return OpReadDates
}

// properties are those that the signals are read of.
func (q SignalQuery) properties() string {
	out := []string{"id"}
	for _, signal := range q.Signals {
		out = append(out, map[license.Signal]string{
			license.SignalSignIns: "signInActivity", license.SignalCreated: "createdDateTime",
			license.SignalLeave: "employeeLeaveDateTime", license.SignalAssigned: "licenseAssignmentStates",
		}[signal])
	}
	return strings.Join(out, ",")
}

// UserSignals are the signs of one user. What was not told is nil: the property
// was left out, or made no sense.
type UserSignals struct {
	ID       license.GUID
	SignIns  *license.SignIns
	Created  *time.Time
	Leave    *time.Time
	Assigned []license.AssignedAt // nil: not told; sorted by SKU, the direct path first
}

// UserSignals reads the signs of users, in any order. It looks them up, for one
// request for every 300 of them, or lists the tenant where that takes fewer:
// never more than twice what looking them up takes. Users who are not in the
// answers are missing from the result. What it asks for may be refused, which is
// an *Error of which Untold says what it means.
func (r *Reader) UserSignals(ctx context.Context, q SignalQuery) ([]UserSignals, error) {
	list := signalList{client: r.client, query: q, wanted: make(map[license.GUID]bool, len(q.Users))}
	for _, id := range q.Users {
		list.wanted[id] = true
	}
	if budget := FindRequests(len(q.Users), 0); q.AtLeast > 0 && ceilDiv(q.AtLeast, list.size()) <= budget {
		if err := list.read(ctx, budget); err != nil {
			return nil, err
		}
	}
	var rest []license.GUID
	for _, id := range q.Users {
		if list.wanted[id] {
			rest = append(rest, id)
		}
	}
	found, err := list.lookUp(ctx, rest)
	return append(list.found, found...), err
}

// signalList reads users for their signs.
type signalList struct {
	client *client
	query  SignalQuery
	wanted map[license.GUID]bool // who was not read yet
	found  []UserSignals
	small  bool // the service refuses large pages
}

// size is that of the pages to ask for.
func (l *signalList) size() int {
	switch {
	case !slices.Contains(l.query.Signals, license.SignalSignIns):
		return PageSize
	case l.small:
		return signInPageBefore
	}
	return signInPage
}

// read lists the tenant, for at most so many pages. Where large pages are
// refused it begins anew with small ones; where the list breaks off, what was
// read of it is forgotten, and those users are looked up.
func (l *signalList) read(ctx context.Context, most int) error {
	req := get(l.query.op(), l.client.root.url("/users?$select="+l.query.properties()+"&$top="+strconv.Itoa(l.size())))
	var found []UserSignals
	refused, pagesRead := false, 0
	decode := func(body []byte) (page[UserSignals], error) {
		if refused = refusesPages(body); refused {
			return page[UserSignals]{}, nil
		}
		return listOf(l.user)(body)
	}
	for page, err := range pages(ctx, l.client, req, decode) {
		if err != nil && pagesRead == 0 && !l.small && l.size() == signInPage && isBadRequest(err) {
			refused, err = true, nil
		}
		if IsBrokenOff(err) {
			return nil
		}
		if err != nil {
			return err
		}
		found = append(found, page.items...)
		if pagesRead++; refused || pagesRead >= most {
			break
		}
	}
	if refused && l.small {
		return incomplete(req, &exchange{}, errors.New("it refuses pages of any size"))
	}
	if refused {
		l.small = true
		return l.read(ctx, most)
	}
	for _, u := range found {
		if l.wanted[u.ID] {
			delete(l.wanted, u.ID)
			l.found = append(l.found, u)
		}
	}
	return nil
}

// isBadRequest reports a refusal of what was asked for.
func isBadRequest(err error) bool {
	refused, ok := errors.AsType[*Error](err)
	return ok && refused.Status == 400
}

// refusesPages reports an answer without values, whose text says that the page
// is too large. It was seen with a status of success too.
func refusesPages(body []byte) bool {
	const longest = 1000
	return len(body) < longest && strings.Contains(parseEnvelope(body).Message, "users at a time")
}

// lookUp reads users by their ids: one batch first, since where it is refused
// all are, and then the others.
func (l *signalList) lookUp(ctx context.Context, ids []license.GUID) ([]UserSignals, error) {
	var queries []query[UserSignals]
	for chunk := range slices.Chunk(ids, maxFilterValues) {
		texts := make([]string, len(chunk))
		for i, id := range chunk {
			texts[i] = id.String()
		}
		queries = append(queries, query[UserSignals]{
			url:  "/users?$select=" + l.query.properties() + "&$filter=" + escapeQuery("id in ("+quoteAll(texts)+")"),
			refs: texts, fits: func(u UserSignals) bool { return slices.Contains(chunk, u.ID) },
		})
	}
	find := finder[UserSignals]{
		client: l.client, op: l.query.op(), units: 1,
		called:  func(u UserSignals) string { return "user " + u.ID.String() },
		decoder: func() pageDecoder[UserSignals] { return listOf(l.user) },
	}
	first := min(maxBatch, len(queries))
	found, err := find.all(ctx, queries[:first])
	if err != nil {
		return nil, err
	}
	rest, err := find.all(ctx, queries[first:])
	return append(found, rest...), err
}

// user reads the signs of a user.
func (l *signalList) user(w *walk) (UserSignals, error) {
	var out UserSignals
	_, err := w.fields(
		field{"id", w.idInto(&out.ID)},
		field{"signInActivity", func() error { return readSignIns(w, &out) }},
		field{"createdDateTime", presentTime(w, &out.Created)},
		field{"employeeLeaveDateTime", presentTime(w, &out.Leave)},
		field{"licenseAssignmentStates", func() error { return readAssigned(w, &out) }},
	)
	if err == nil && out.ID == (license.GUID{}) {
		err = errors.New("a user without an id")
	}
	return out, err
}

// readSignIns reads the times of sign-ins; null is none of them. A time that
// makes no sense leaves all of them not told: it may be the latest.
func readSignIns(w *walk, out *UserSignals) error {
	var interactive, nonInteractive, successful *time.Time
	odd := false
	part := func(name string, into **time.Time) field {
		read := presentTime(w, into)
		return field{name, func() error {
			err := read()
			odd = odd || *into == nil
			return err
		}}
	}
	_, err := w.fields(part("lastSignInDateTime", &interactive), part("lastNonInteractiveSignInDateTime", &nonInteractive),
		part("lastSuccessfulSignInDateTime", &successful))
	if err != nil || odd {
		return err
	}
	out.SignIns = &license.SignIns{Interactive: orZero(interactive), NonInteractive: orZero(nonInteractive), Successful: orZero(successful)}
	return nil
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// presentTime reads a time; null, and the year one, which the service has been seen
// to write for never, are the zero time. What is no time stays not told: one odd
// user is no reason not to read the others.
func presentTime(w *walk, into **time.Time) func() error {
	return func() error {
		raw, err := w.raw()
		if err != nil {
			return err
		}
		text := strings.Trim(string(raw), `"`)
		if text == "null" {
			*into = &time.Time{}
			return nil
		}
		at, err := time.Parse(time.RFC3339, text)
		switch {
		case err != nil:
			return nil
		case at.Year() <= 1:
			at = time.Time{}
		}
		*into = new(at.UTC())
		return nil
	}
}

// readAssigned reads when each assignment was touched; null is not told.
func readAssigned(w *walk, out *UserSignals) error {
	assigned := []license.AssignedAt{}
	told, err := w.array(func() error {
		var a license.AssignedAt
		var at *time.Time
		_, err := w.fields(
			field{"skuId", w.idInto(&a.SKUID)},
			field{"assignedByGroup", func() (err error) { a.Group, err = groupOf(w); return err }},
			field{"lastUpdatedDateTime", presentTime(w, &at)},
		)
		a.At = orZero(at)
		assigned = append(assigned, a)
		return err
	})
	if err != nil || !told {
		return err
	}
	slices.SortFunc(assigned, func(a, b license.AssignedAt) int {
		return cmp.Or(license.CompareGUIDs(a.SKUID, b.SKUID), license.CompareGUIDs(a.Group, b.Group))
	})
	out.Assigned = assigned
	return nil
}

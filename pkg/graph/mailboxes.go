package graph

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// OpReadPurposes reads what the mailboxes of users are for.
const OpReadPurposes Op = "reading what mailboxes are for"

// Purposes reads what the mailboxes of users are for, 20 a request. A user of
// whom that is refused, as an application's access to mailboxes may be limited
// to some, is missing from the result; the refusal is told beside it. Any other
// failure is an error.
func (r *Reader) Purposes(ctx context.Context, users []license.GUID) (map[license.GUID]license.MailboxPurpose, *Error, error) {
	queries := make([]query[purposeOf], len(users))
	for i, id := range users {
		queries[i] = query[purposeOf]{
			url: "/users/" + id.String() + "/mailboxSettings/userPurpose", refs: []string{id.String()}, fits: func(purposeOf) bool { return true },
			read: func(req request, reply *exchange) (purposeOf, error) { return readPurpose(id, req, reply) },
		}
	}
	find := finder[purposeOf]{client: r.client, op: OpReadPurposes, decoder: func() pageDecoder[purposeOf] { return nil }}
	found, err := find.all(ctx, queries)
	if err != nil {
		return nil, nil, err
	}
	out := make(map[license.GUID]license.MailboxPurpose, len(users))
	var refusal *Error
	for _, p := range found {
		if p.refused != nil {
			refusal = p.refused
			continue
		}
		out[p.user] = p.purpose
	}
	return out, refusal, nil
}

// purposeOf is what was told of one mailbox.
type purposeOf struct {
	user    license.GUID
	purpose license.MailboxPurpose
	refused *Error // nil: it was told
}

// readPurpose reads the reply about one mailbox, of whatever status.
func readPurpose(user license.GUID, req request, reply *exchange) (purposeOf, error) {
	out := purposeOf{user: user}
	if reply.status != http.StatusOK {
		err := callError(req, reply, nil)
		_, _, isRefused := Unavailable(err)
		switch {
		case err.meansNoMailbox():
			out.purpose.None = true
		case isRefused:
			out.refused = err
		default:
			return out, err
		}
		return out, nil
	}
	var purpose *string
	w := newWalk(reply.body)
	_, err := w.fields(field{"value", w.optionalInto(&purpose)})
	if err == nil && purpose != nil && *purpose == "" {
		err = errors.New("its value is empty")
	}
	if err != nil {
		return out, incomplete(req, reply, err)
	}
	if purpose != nil {
		out.purpose.Purpose = oneLine(*purpose)
	}
	return out, nil
}

// meansNoMailbox reports that a user is there and has no mailbox in the cloud:
// 404 by a code that speaks of the mailbox, such as MailboxNotEnabledForRESTAPI, or
// that which mailboxes answer of what they cannot find out. Any other code may speak
// of the user, or of a thing within a mailbox that is there.
func (e *Error) meansNoMailbox() bool {
	code := strings.ToLower(e.Code)
	return e.Status == http.StatusNotFound && (strings.Contains(code, "mailbox") || code == "resourcenotfound")
}

package emulator

import (
	"cmp"
	"net/http"
)

// userPurpose answers GET /users/{id}/mailboxSettings/userPurpose.
func (e *Emulator) userPurpose(c *call) reply {
	if err := checkOptions(c.query); err != nil {
		return e.failure(c, *err)
	}
	r, err := e.targetUser(c)
	if err != nil {
		return e.failure(c, *err)
	}
	v := e.view(c)
	v.mu.RLock()
	defer v.mu.RUnlock()
	u := v.user(r)
	box, ok := v.mailbox(u)
	if !ok {
		return e.failure(c, newError(http.StatusNotFound, "MailboxNotEnabledForRESTAPI",
			"The mailbox is either inactive, soft-deleted, or is hosted on-premise."))
	}
	return jsonReply(http.StatusOK, map[string]any{
		"@odata.context": c.root() + "/$metadata#users('" + u.id.String() + "')/mailboxSettings/userPurpose", "value": cmp.Or(box.Purpose, "user"),
	})
}

// mailbox gives the mailbox of a user, and false where there is none.
func (d *directory) mailbox(u user) (Mailbox, bool) {
	if box := d.evidence[u.id].Mailbox; box != nil {
		return *box, !box.None
	}
	for _, a := range u.held {
		if a.takesSeat() && d.products[a.sku].mailbox {
			return Mailbox{}, true
		}
	}
	return Mailbox{}, false
}

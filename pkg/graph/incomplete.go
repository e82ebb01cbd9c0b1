package graph

import (
	"errors"
	"fmt"
)

// IncompleteError is a reply of a read that the service calls a success and
// that does not hold what was asked for: cut short, not JSON, or without a
// property that was selected. What it does not say must never be taken for
// "none".
type IncompleteError struct {
	Op     Op
	Path   string // without the query
	Reason string // such as "user …: no assignedLicenses"

	// Anew tells a collection that broke off after its first page: reading it
	// from the beginning may get through.
	Anew bool

	RequestID       string
	ClientRequestID string
}

// Error gives one line.
func (e *IncompleteError) Error() string {
	id := ""
	if e.RequestID != "" {
		id = " (request-id " + e.RequestID + ")"
	}
	return fmt.Sprintf("%s: incomplete reply to %s: %s%s", e.Op, e.Path, e.Reason, id)
}

func incomplete(req request, ex *exchange, reason error) *IncompleteError {
	return &IncompleteError{
		Op:              req.op,
		Path:            req.path(),
		Reason:          oneLine(reason.Error()),
		RequestID:       oneLine(ex.requestID()),
		ClientRequestID: ex.clientRequestID,
	}
}

// IsBrokenOff reports a collection that broke off after its first page. What
// was read of it is of no use.
func IsBrokenOff(err error) bool {
	short, ok := errors.AsType[*IncompleteError](err)
	return ok && short.Anew
}

// cutShort is a collection of which the service refused to give the rest.
func cutShort(req request, refused *Error) *IncompleteError {
	return &IncompleteError{
		Op:              req.op,
		Path:            req.path(),
		Reason:          "a page after the first was refused: " + oneLine(firstOf(refused.Message, refused.Code, statusText(refused.Status))),
		Anew:            true,
		RequestID:       refused.RequestID,
		ClientRequestID: refused.ClientRequestID,
	}
}

// LinkError is a next link that was not followed, because it leads away from
// the service or in a circle. No request was sent to it.
type LinkError struct {
	Op     Op
	Reason string
}

// Error gives one line.
func (e *LinkError) Error() string {
	return fmt.Sprintf("%s: refused to follow the link to the next page: %s", e.Op, e.Reason)
}

package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

type wireBatchRequest struct {
	Requests []wireBatchItem `json:"requests"`
}

type wireBatchItem struct {
	ID     string `json:"id"`
	Method string `json:"method"`
	URL    string `json:"url"`
}

// batch sends up to maxBatch addresses as one $batch of GETs and gives their
// replies in the order of the addresses. The answers come in any order and are
// told apart by id (Graph docs, json-batching). One missing, one twice or one
// unasked, or an item that is no JSON, leaves unknown what is true of the
// others: nothing of such a reply is believed, and the batch is sent again.
func (c *client) batch(ctx context.Context, urls []string) ([]*exchange, error) {
	var wire wireBatchRequest
	for i, url := range urls {
		wire.Requests = append(wire.Requests, wireBatchItem{ID: strconv.Itoa(i + 1), Method: http.MethodGet, URL: url})
	}
	body, err := json.Marshal(wire)
	if err != nil {
		return nil, err
	}
	req := request{op: OpFindUsers, method: http.MethodPost, url: c.root.url("/$batch"), body: body}
	items, err := sensible(ctx, c, req, func(body []byte, ex *exchange) ([]*exchange, error) { return decodeBatch(body, ex, len(urls)) })
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		c.meter.cost(item.header)
	}
	return items, nil
}

func decodeBatch(body []byte, whole *exchange, n int) ([]*exchange, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, errors.New("it is empty")
	}
	items := make([]*exchange, n)
	hasResponses := false
	w := newWalk(body)
	_, err := w.fields(field{"responses", w.listInto(&hasResponses, func() error { return readBatchAnswer(w, whole, items) })})
	if err == nil {
		err = w.end()
	}
	switch {
	case err != nil:
		return nil, err
	case !hasResponses:
		return nil, errors.New("it has no responses")
	}
	for i, item := range items {
		if item == nil {
			return nil, fmt.Errorf("it has no response to request %d of %d", i+1, n)
		}
	}
	return items, nil
}

// readBatchAnswer puts an answer where its id belongs, in the form of a reply
// of its own. Where it carries no request id, that of the whole batch serves.
func readBatchAnswer(w *walk, whole *exchange, items []*exchange) error {
	out := &exchange{clientRequestID: whole.clientRequestID, sent: true, header: http.Header{}}
	var text string
	var status *int
	_, err := w.fields(
		field{"id", w.looseInto(&text)},
		field{"status", w.numberInto(&status)},
		field{"headers", func() error { return readHeaders(w, out.header) }},
		field{"body", func() error {
			raw, err := w.raw()
			out.body = bytes.Clone(raw)
			return err
		}},
	)
	if err != nil {
		return err
	}
	id, err := strconv.Atoi(text)
	switch {
	case err != nil || id < 1 || id > len(items) || items[id-1] != nil:
		return fmt.Errorf("its response id %q was not asked for, or came twice", oneLine(text))
	case status == nil || *status < 100:
		return fmt.Errorf("its response %d has no status", id)
	}
	if out.header.Get("request-id") == "" {
		out.header.Set("request-id", whole.requestID())
	}
	out.status, items[id-1] = *status, out
	return nil
}

// readHeaders takes names in any case, and values that are text or numbers.
func readHeaders(w *walk, into http.Header) error {
	_, err := w.object(func(name []byte) error {
		var value string
		err := w.looseInto(&value)()
		into.Set(string(name[1:len(name)-1]), value)
		return err
	})
	return err
}

// unanswered are the lookups that failed for a passing reason.
type unanswered struct {
	lookups []lookup

	wait time.Duration // the longest that the service asks for
	why  error         // the failure that goes with it
}

// sortOut gives the users of the lookups that were answered, and the lookups
// to ask again. Any other failure is an error.
func (f finder) sortOut(ctx context.Context, asked []lookup, items []*exchange) ([]license.UserState, unanswered, error) {
	var users []license.UserState
	var again unanswered
	for i, item := range items {
		found, err := f.answer(ctx, asked[i], item)
		failure, failed := errors.AsType[*Error](err)
		_, senseless := errors.AsType[*IncompleteError](err)
		switch {
		case err == nil:
			users = append(users, found...)
		case senseless:
			again.add(asked[i], 0, err)
		case failed && failure.Transient():
			again.add(asked[i], failure.RetryAfter, err)
		default:
			return nil, unanswered{}, err
		}
	}
	return users, again, nil
}

func (u *unanswered) add(l lookup, wait time.Duration, why error) {
	u.lookups = append(u.lookups, l)
	if u.why == nil || wait > u.wait {
		u.wait, u.why = wait, why
	}
}

// answer reads the users of one lookup. A page may hold fewer than asked for
// and link to the rest.
func (f finder) answer(ctx context.Context, l lookup, item *exchange) ([]license.UserState, error) {
	req := get(OpFindUsers, f.client.root.url(l.url))
	if item.status != http.StatusOK {
		return nil, callError(req, item, nil)
	}
	first, err := f.users.page(item.body)
	if err != nil {
		return nil, incomplete(req, item, err)
	}
	users := first.items
	if link := first.end.link; link != "" {
		if err := (&trail{root: f.client.root, op: req.op}).check(link); err != nil {
			return nil, err
		}
		rest, err := gatherOnce(ctx, f.client, get(req.op, link), f.users.page)
		if isRefusal(err) {
			return nil, incomplete(req, item, err)
		}
		if err != nil {
			return nil, err
		}
		users = append(users, rest.items...)
	}
	for _, u := range users {
		if !l.asksFor(u) {
			return nil, incomplete(req, item, fmt.Errorf("user %s was not asked for", u.ID))
		}
	}
	return users, nil
}

package graph

import (
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

type wireBatchReply struct {
	Responses *[]wireBatchAnswer `json:"responses"`
}

type wireBatchAnswer struct {
	ID      string               `json:"id"`
	Status  int                  `json:"status"`
	Headers map[string]looseText `json:"headers"`
	Body    json.RawMessage      `json:"body"`
}

// batch sends up to maxBatch addresses as one $batch of GETs and gives their
// replies in the order of the addresses. The answers come in any order and are
// told apart by id (Graph docs, json-batching); one missing, one twice or one
// unasked makes the reply incomplete.
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
	reply, ex, err := c.read(ctx, req)
	if err != nil {
		return nil, err
	}
	items, err := decodeBatch(reply, ex, len(urls))
	if err != nil {
		return nil, incomplete(req, ex, err)
	}
	for _, item := range items {
		c.meter.cost(item.header)
	}
	return items, nil
}

func decodeBatch(body []byte, whole *exchange, n int) ([]*exchange, error) {
	var reply wireBatchReply
	if err := decodeJSON(body, &reply); err != nil {
		return nil, err
	}
	if reply.Responses == nil {
		return nil, errors.New("it has no responses")
	}
	items := make([]*exchange, n)
	for _, answer := range *reply.Responses {
		id, err := strconv.Atoi(answer.ID)
		if err != nil || id < 1 || id > n || items[id-1] != nil {
			return nil, fmt.Errorf("its response id %q was not asked for, or came twice", oneLine(answer.ID))
		}
		if answer.Status < 100 {
			return nil, fmt.Errorf("its response %d has no status", id)
		}
		items[id-1] = answer.exchange(whole)
	}
	for i, item := range items {
		if item == nil {
			return nil, fmt.Errorf("it has no response to request %d of %d", i+1, n)
		}
	}
	return items, nil
}

// exchange gives an answer the form of a reply of its own. Where it carries no
// request id, that of the whole batch serves.
func (a wireBatchAnswer) exchange(whole *exchange) *exchange {
	header := http.Header{}
	for name, value := range a.Headers {
		header.Set(name, string(value))
	}
	if header.Get("request-id") == "" {
		header.Set("request-id", whole.requestID())
	}
	return &exchange{
		clientRequestID: whole.clientRequestID,
		sent:            true,
		status:          a.Status,
		header:          header,
		body:            a.Body,
	}
}

// unanswered are the lookups that failed for a passing reason.
type unanswered struct {
	urls []string
	wait time.Duration // the longest that the service asks for
	why  error         // the failure that goes with it
}

// sortOut gives the users of the lookups that were answered, and the lookups
// to ask again. Any other failure is an error.
func (f finder) sortOut(ctx context.Context, urls []string, items []*exchange) ([]license.UserState, unanswered, error) {
	var users []license.UserState
	var again unanswered
	for i, item := range items {
		req := get(OpFindUsers, f.client.root.url(urls[i]))
		if item.status == http.StatusOK {
			found, err := f.lookupResult(ctx, req, item)
			if err != nil {
				return nil, unanswered{}, err
			}
			users = append(users, found...)
			continue
		}
		failure := callError(req, item, nil)
		if !failure.Transient() {
			return nil, unanswered{}, failure
		}
		again.add(urls[i], failure)
	}
	return users, again, nil
}

func (u *unanswered) add(url string, failure *Error) {
	u.urls = append(u.urls, url)
	if u.why == nil || failure.RetryAfter > u.wait {
		u.wait, u.why = failure.RetryAfter, failure
	}
}

// lookupResult reads the users of one answer. A page may hold fewer than
// asked for and link to the rest.
func (f finder) lookupResult(ctx context.Context, req request, item *exchange) ([]license.UserState, error) {
	users, link, err := f.users.page(item.body)
	if err != nil {
		return nil, incomplete(req, item, err)
	}
	if link == "" {
		return users, nil
	}
	if err := (&trail{root: f.client.root, op: req.op}).check(link); err != nil {
		return nil, err
	}
	for more, err := range pages(ctx, f.client, get(req.op, link), f.users.page) {
		if err != nil {
			return nil, err
		}
		users = append(users, more...)
	}
	return users, nil
}

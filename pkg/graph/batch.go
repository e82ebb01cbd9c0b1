package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

type wireBatchRequest struct {
	Requests []wireBatchItem `json:"requests"`
}

type wireBatchItem struct {
	ID     string `json:"id"`
	Method string `json:"method"`
	URL    string `json:"url"`
}

// batch sends up to maxBatch addresses as one $batch of GETs, once, and gives
// their replies in the order of the addresses. The answers come in any order and
// are told apart by id (Graph docs, json-batching). One missing, one twice or one
// unasked, or an item that is no JSON, leaves unknown what is true of the
// others: nothing of such a reply is believed, and it is an *IncompleteError.
// They last until the body of the batch, which they are parts of, is used again.
func (c *client) batch(ctx context.Context, op Op, urls []string, room room) (items []*exchange, body []byte, err error) {
	var wire wireBatchRequest
	for i, url := range urls {
		wire.Requests = append(wire.Requests, wireBatchItem{ID: strconv.Itoa(i + 1), Method: http.MethodGet, URL: url})
	}
	asked, err := json.Marshal(wire)
	if err != nil {
		return nil, nil, err
	}
	req := request{op: op, method: http.MethodPost, url: c.root.url("/$batch"), body: asked, room: room, single: true}
	items, err = once(ctx, c, req, func(reply []byte, ex *exchange) ([]*exchange, error) {
		body = reply
		return decodeBatch(reply, ex, len(urls))
	})
	for _, item := range items {
		c.meter.cost(item.header)
	}
	return items, body, err
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
		field{"body", func() (err error) {
			out.body, err = w.raw()
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

package graph

import (
	"context"
	"errors"
	"iter"
	"net/http"
)

// pages reads a collection page by page: the first from its address, the
// others from the link that the page before gives, used as it is (Graph docs,
// paging). The sequence ends with the first error.
func pages[W, T any](ctx context.Context, c *client, first request, decode func(W) (T, error)) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		links := trail{root: c.root, op: first.op}
		for next := first; next.url != ""; {
			items, link, err := fetchPage(ctx, c, next, decode)
			if err == nil {
				err = links.check(link)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(items, nil) {
				return
			}
			next = get(first.op, link)
		}
	}
}

// fetchPage reads one page and gives its items and the link to the next one,
// which is empty on the last.
func fetchPage[W, T any](ctx context.Context, c *client, req request, decode func(W) (T, error)) ([]T, string, error) {
	body, ex, err := c.read(ctx, req)
	if err != nil {
		return nil, "", err
	}
	items, link, err := decodePage(body, decode)
	if err != nil {
		return nil, "", incomplete(req, ex, err)
	}
	return items, link, nil
}

// read sends a call whose answer is a 200 with a body; no other status of
// success means that everything is there.
func (c *client) read(ctx context.Context, req request) ([]byte, *exchange, error) {
	ex, err := c.send(ctx, req)
	if err != nil {
		return nil, ex, err
	}
	if ex.status != http.StatusOK {
		return nil, ex, incomplete(req, ex, errors.New("its status is "+statusText(ex.status)))
	}
	return ex.body, ex, nil
}

// trail remembers the links of one collection.
type trail struct {
	root serviceRoot
	op   Op
	seen map[string]bool
}

// check refuses a next link that leads away or back; none is fine.
func (t *trail) check(link string) error {
	if link == "" {
		return nil
	}
	if err := t.root.checkLink(link); err != nil {
		return &LinkError{Op: t.op, Reason: oneLine(err.Error())}
	}
	if t.seen[link] {
		return &LinkError{Op: t.op, Reason: "it was followed before, so the pages go in a circle"}
	}
	if t.seen == nil {
		t.seen = map[string]bool{}
	}
	t.seen[link] = true
	return nil
}

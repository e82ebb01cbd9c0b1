package graph

import (
	"context"
	"errors"
	"iter"
	"net/http"
)

// pageDecoder gives the items of a page and the link to the next one, which is
// empty on the last. Neither may hold on to the body.
type pageDecoder[T any] func(body []byte) ([]T, string, error)

// pageSource is a collection that is read page by page: the first from its
// address, the others from the link that the page before gives, used as it is
// (Graph docs, paging).
type pageSource struct {
	client *client
	first  request

	// ahead tells, before a page is decoded, whether to ask for the next one
	// already; nil: never.
	ahead func() bool
}

// pages reads a collection, one request at a time. The sequence ends with the
// first error.
func pages[T any](ctx context.Context, c *client, first request, decode pageDecoder[T]) iter.Seq2[[]T, error] {
	return pagesAhead(ctx, pageSource{client: c, first: first}, decode)
}

// pagesAhead reads a collection, and may ask for a page while the one before
// is decoded and used.
func pagesAhead[T any](ctx context.Context, s pageSource, decode pageDecoder[T]) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		links := trail{root: s.client.root, op: s.first.op}
		reply := s.client.fetch(ctx, s.first)
		var room []byte // of the last page that was decoded
		// What is under way is waited for: nothing goes on after the sequence.
		defer func() { reply.discard() }()
		defer cancel()
		for {
			page := reply.wait()
			reply = s.prefetch(ctx, page, links, room)
			items, link, err := decodeReply(page, decode)
			if err == nil {
				err = links.check(link)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(items, nil) || link == "" {
				return
			}
			room = page.body
			if reply == nil {
				reply = s.client.fetch(ctx, s.first.following(link, room))
			}
		}
	}
}

// following is the request for a page that a link leads to, which may be put
// where one was that nobody needs any more.
func (r request) following(link string, room []byte) request {
	return request{op: r.op, method: http.MethodGet, url: link, room: room, eventual: r.eventual}
}

// prefetch asks for the page after one, where that is wanted and its address
// can be told; otherwise it gives nil.
func (s pageSource) prefetch(ctx context.Context, page pageReply, links trail, room []byte) *fetching {
	if s.ahead == nil || page.err != nil || !s.ahead() {
		return nil
	}
	link := peekLink(page.body)
	if link == "" || links.judge(link) != nil {
		return nil
	}
	return s.client.fetch(ctx, s.first.following(link, room))
}

// pageReply is what came for one page.
type pageReply struct {
	req  request
	body []byte
	ex   *exchange
	err  error
}

// fetching is a page that is under way.
type fetching struct{ reply chan pageReply }

// fetch asks for a page.
func (c *client) fetch(ctx context.Context, req request) *fetching {
	f := &fetching{reply: make(chan pageReply, 1)}
	go func() {
		body, ex, err := c.read(ctx, req)
		f.reply <- pageReply{req: req, body: body, ex: ex, err: err}
	}()
	return f
}

func (f *fetching) wait() pageReply { return <-f.reply }

// discard waits for a page that nobody wants any more, whose context is done.
func (f *fetching) discard() {
	if f != nil {
		<-f.reply
	}
}

// decodeReply gives the items of a page and the link to the next one, which is
// empty on the last.
func decodeReply[T any](page pageReply, decode pageDecoder[T]) ([]T, string, error) {
	if page.err != nil {
		return nil, "", page.err
	}
	items, link, err := decode(page.body)
	if err != nil {
		return nil, "", incomplete(page.req, page.ex, err)
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

// check refuses a next link that leads away or back, and remembers the others;
// none is fine.
func (t *trail) check(link string) error {
	if link == "" {
		return nil
	}
	if err := t.judge(link); err != nil {
		return err
	}
	if t.seen == nil {
		t.seen = map[string]bool{}
	}
	t.seen[link] = true
	return nil
}

// judge refuses a next link that leads away or back.
func (t *trail) judge(link string) error {
	if err := t.root.checkLink(link); err != nil {
		return &LinkError{Op: t.op, Reason: oneLine(err.Error())}
	}
	if t.seen[link] {
		return &LinkError{Op: t.op, Reason: "it was followed before, so the pages go in a circle"}
	}
	return nil
}

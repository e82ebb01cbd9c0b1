package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"net/http"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/internal/caught"
	"github.com/licensectl/licensectl/pkg/internal/pace"
)

// pageDecoder reads a page. What it gives may not hold on to the body.
type pageDecoder[T any] func(body []byte) (page[T], error)

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
func pages[T any](ctx context.Context, c *client, first request, decode pageDecoder[T]) iter.Seq2[page[T], error] {
	return pagesAhead(ctx, pageSource{client: c, first: first}, decode)
}

// pagesAhead reads a collection, and may ask for a page while the one before
// is decoded and used. A page that makes no sense is asked for again.
func pagesAhead[T any](ctx context.Context, s pageSource, decode pageDecoder[T]) iter.Seq2[page[T], error] {
	return func(yield func(page[T], error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		links := trail{root: s.client.root, op: s.first.op}
		sum := newTally()
		reply := s.client.fetch(ctx, s.first)
		var used []byte // the room of a page that was decoded, which nobody needs any more
		// What is under way is waited for: nothing goes on after the sequence.
		defer func() { reply.discard() }()
		defer cancel()
		for attempt := 1; ; attempt++ {
			got := reply.wait()
			reply = s.prefetch(ctx, got, links, used)
			next, err := decodeReply(got, decode)
			if asksAgain(err, attempt) {
				reply.discard()
				again := Wait{got.req.op, err, backoff(attempt)}
				s.client.tell(ctx, again)
				reply = s.client.fetchAfter(ctx, got.req, again.For)
				continue
			}
			if err == nil {
				err = links.check(next.end.link)
			}
			if err == nil {
				err = sum.add(got, len(next.items), next.end)
			}
			if err != nil {
				yield(page[T]{}, sum.check(got.req, err))
				return
			}
			if !yield(next, nil) || next.end.link == "" {
				return
			}
			attempt = 0
			if reply != nil {
				used = got.body // the reply has the other one
				continue
			}
			reply = s.client.fetch(ctx, s.first.following(next.end.link, got.body))
		}
	}
}

// tally counts the items of a collection.
type tally struct {
	begun bool // a page came
	items int
	empty int  // pages in a row
	again int  // pages in a row whose items came before
	total *int // what the collection says that it has

	seed maphash.Seed
	seen map[uint64]bool // the items of each page, by their hash
}

func newTally() *tally { return &tally{seed: maphash.MakeSeed(), seen: map[uint64]bool{}} }

const (
	// mostEmptyPages is how many pages in a row may be empty and lead on. A filter may
	// pass nobody for a while; a collection that never ends is none.
	mostEmptyPages = 1000

	// mostPagesAgain is how many pages in a row may have just what a page before had.
	// One may be of a single item that moved meanwhile; several are a collection that
	// goes in a circle by ever new links.
	mostPagesAgain = 3
)

// add counts a page. A collection that is shorter than it says lacks somebody, and
// one that goes in a circle never ends.
func (t *tally) add(reply pageReply, items int, end pageEnd) error {
	t.count(reply.body[end.from:end.to], items)
	t.total = cmp.Or(end.total, t.total)
	switch on := end.link != ""; {
	case on && t.empty >= mostEmptyPages:
		return incomplete(reply.req, reply.ex, fmt.Errorf("%d pages in a row are empty, and lead on", t.empty))
	case on && t.again >= mostPagesAgain:
		return brokenOff(reply, fmt.Errorf("%d pages in a row came before, so the pages go in a circle", t.again))
	case !on && t.total != nil && t.items < *t.total:
		return brokenOff(reply, fmt.Errorf("it ends after %d of %d items", t.items, *t.total))
	}
	return nil
}

// count counts a page by what it has.
func (t *tally) count(list []byte, items int) {
	t.begun = true
	t.items += items
	t.empty++
	if items == 0 {
		return
	}
	sum := maphash.Bytes(t.seed, list)
	t.again++
	if !t.seen[sum] {
		t.again = 0
	}
	t.empty, t.seen[sum] = 0, true
}

// brokenOff is a collection that is not all there, and may be when it is begun anew.
func brokenOff(reply pageReply, reason error) error {
	short := incomplete(reply.req, reply.ex, reason)
	short.Anew = true
	return short
}

// check tells a link that the service gave and then refuses, because it has
// expired (Directory_ExpiredPageToken) or for no reason at all (Invalid Skip
// Token), from a refusal of what was asked: it says nothing of that. Where the
// token, the permission or a proxy is the reason, or a failure that passes,
// beginning anew does not help.
func (t *tally) check(req request, err error) error {
	refused, ok := errors.AsType[*Error](err)
	if !ok || !t.begun || refused.Status < 400 || transientStatus(refused.Status) {
		return err
	}
	switch refused.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return err
	}
	return cutShort(req, refused)
}

// maxRestarts is how often a collection is begun anew whose pages break off.
const maxRestarts = 3

// gathered is a whole collection.
type gathered[T any] struct {
	items []T
	total *int // how many the service says that there are; nil: not told
}

// gather reads a collection to its end.
func gather[T any](ctx context.Context, c *client, first request, decode pageDecoder[T]) (gathered[T], error) {
	return anew(ctx, c, first.op, func() (gathered[T], error) { return gatherOnce(ctx, c, first, decode) })
}

// anew reads a collection. Where a page after the first is refused it begins anew, and
// nothing of what was read before is used.
func anew[T any](ctx context.Context, c *client, op Op, read func() (T, error)) (T, error) {
	again := func(err error, attempt int) bool { return IsBrokenOff(err) && attempt <= maxRestarts }
	return repeat(ctx, repetition{c, op, again}, read)
}

// gatherOnce puts the pages together when all are there, since a list of a hundred
// thousand that grows page by page takes many times its memory.
func gatherOnce[T any](ctx context.Context, c *client, first request, decode pageDecoder[T]) (gathered[T], error) {
	var total *int
	var read [][]T
	for page, err := range pages(ctx, c, first, decode) {
		if err != nil {
			return gathered[T]{}, err
		}
		read = append(read, page.items)
		total = cmp.Or(page.end.total, total)
	}
	return gathered[T]{items: slices.Concat(read...), total: total}, nil
}

// following is the request for a page that a link leads to, which may be put
// where one was that nobody needs any more.
func (r request) following(link string, used []byte) request {
	return request{op: r.op, method: http.MethodGet, url: link, room: func() []byte { return used }, units: r.units, eventual: r.eventual}
}

// prefetch asks for the page after one, where that is wanted and its address
// can be told; otherwise it gives nil.
func (s pageSource) prefetch(ctx context.Context, page pageReply, links trail, used []byte) *fetching {
	if s.ahead == nil || page.err != nil || !s.ahead() {
		return nil
	}
	link := peekLink(page.body)
	if link == "" || links.judge(link) != nil {
		return nil
	}
	return s.client.fetch(ctx, s.first.following(link, used))
}

// pageReply is what came for one page.
type pageReply struct {
	req  request
	body []byte
	ex   *exchange
	err  error
}

// fetching is a page that is under way.
type fetching struct {
	reply chan pageReply
	stop  context.CancelFunc
}

// fetch asks for a page.
func (c *client) fetch(ctx context.Context, req request) *fetching { return c.fetchAfter(ctx, req, 0) }

// fetchAfter asks for a page when some time has passed.
func (c *client) fetchAfter(ctx context.Context, req request, wait time.Duration) *fetching {
	ctx, stop := context.WithCancel(ctx)
	f := &fetching{reply: make(chan pageReply, 1), stop: stop}
	go func() {
		defer stop()
		if wait > 0 {
			if err := pace.Sleep(ctx, wait); err != nil {
				f.reply <- pageReply{req: req, err: fmt.Errorf("%s: %w", req.op, err)}
				return
			}
		}
		out := pageReply{req: req}
		bug := caught.In(func() error {
			out.body, out.ex, out.err = c.read(ctx, req)
			return nil
		})()
		if bug != nil {
			out.err = bug
		}
		f.reply <- out
	}()
	return f
}

func (f *fetching) wait() pageReply { return <-f.reply }

// discard ends a page that nobody wants any more.
func (f *fetching) discard() {
	if f != nil {
		f.stop()
		<-f.reply
	}
}

// decodeReply reads a page.
func decodeReply[T any](reply pageReply, decode pageDecoder[T]) (page[T], error) {
	if reply.err != nil {
		return page[T]{}, reply.err
	}
	got, err := decode(reply.body)
	if err != nil {
		return page[T]{}, incomplete(reply.req, reply.ex, err)
	}
	return got, nil
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

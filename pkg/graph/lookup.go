package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/licensectl/licensectl/pkg/internal/caught"
)

// query is the GET of a list, which goes out as an item of a batch.
type query[T any] struct {
	url  string       // within a batch
	refs []string     // what it asks for, as the caller calls it
	fits func(T) bool // whether an item may be in the answer

	// read reads a reply that is no list, of whatever status; nil: it is one.
	read func(req request, reply *exchange) (T, error)
}

// finder carries queries out in batches, as many at once as the tenant bears
// and gives resource units for. Every query is answered once, or there is an
// error: what is not in an answer is not in the tenant.
type finder[T any] struct {
	client *client
	op     Op
	units  int // that one query costs

	called func(T) string // an item in words, such as "user …"

	// wanted tells whether a query is to be sent still. Then one that waits may go with
	// another batch. Nil: every one is to be sent, with its own batch.
	wanted  func(query[T]) bool
	waiting *queue[T] // of one run

	kept rooms // of replies of the same run that were read

	// decoder makes what reads the answers of a batch. What it makes is used for
	// one batch after the other.
	decoder func() pageDecoder[T]
}

// answered is what came for a batch.
type answered[T any] struct {
	nr      int        // of the batch, in the order of asking
	queries []query[T] // without those that were no longer wanted
	items   []T
	took    time.Duration
}

// all carries queries out, and gives what was found in their order.
func (f finder[T]) all(ctx context.Context, queries []query[T]) ([]T, error) {
	batches := slices.Collect(slices.Chunk(queries, maxBatch))
	found := make([][]T, len(batches))
	next := func() []query[T] {
		if len(batches) == 0 {
			return nil
		}
		batch := batches[0]
		batches = batches[1:]
		return batch
	}
	for got, err := range f.each(ctx, next) {
		if err != nil {
			return nil, err
		}
		found[got.nr] = got.items
	}
	return slices.Concat(found...), nil
}

// each carries out what next gives, up to maxBatch queries at a time, until it
// gives none, and gives the answers as they come. It asks for the next ones
// when they can be sent, and from another goroutine. The sequence ends with the
// first error; one that ends without has answered everything.
func (f finder[T]) each(ctx context.Context, next func() []query[T]) iter.Seq2[answered[T], error] {
	return func(yield func(answered[T], error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		results := make(chan result[T])
		go f.dispatch(ctx, next, results)
		// Nothing goes on after the sequence.
		defer func() {
			for range results {
			}
		}()
		defer cancel()
		for got := range results {
			if !yield(got.answered, got.err) || got.err != nil {
				return
			}
		}
	}
}

// rooms keep the room of a few replies for later ones. Hundreds of batches wait for
// their replies side by side, and few of them arrive at once.
type rooms chan []byte

const keptRooms = 8

func (r rooms) get() []byte {
	select {
	case room := <-r:
		return room
	default:
		return nil
	}
}

// put keeps a room, but a large one, of which one is made when it is needed.
func (r rooms) put(room []byte) {
	if room == nil || cap(room) > freeReply {
		return
	}
	select {
	case r <- room:
	default:
	}
}

type result[T any] struct {
	answered[T]
	err error
}

// dispatch sends batches out, and closes results when all were answered.
func (f finder[T]) dispatch(ctx context.Context, next func() []query[T], results chan<- result[T]) {
	defer close(results)
	var underway sync.WaitGroup
	defer underway.Wait()
	decoders := &sync.Pool{New: func() any { return f.decoder() }}
	f.waiting, f.kept = &queue[T]{}, make(rooms, keptRooms)
	for nr := 0; ; nr++ {
		if err := f.client.limit.enter(ctx); err != nil {
			results <- result[T]{err: f.stopped(err)}
			return
		}
		// What waits out a pause may not be wanted any more at its end.
		err := f.client.limit.pace.Wait(ctx, 0)
		var batch []query[T]
		if err == nil {
			batch = next()
		}
		if len(batch) == 0 {
			f.client.limit.leave()
			if err != nil {
				results <- result[T]{err: f.stopped(err)}
			}
			return
		}
		underway.Go(func() {
			decode := decoders.Get().(pageDecoder[T])
			defer decoders.Put(decode)
			begun := time.Now()
			var got answered[T]
			err := caught.In(func() (err error) {
				got, err = f.batch(ctx, batch, decode)
				return err
			})()
			got.nr, got.took = nr, time.Since(begun)
			results <- result[T]{got, err}
		})
	}
}

func (f finder[T]) stopped(err error) error { return fmt.Errorf("%s: %w", f.op, err) }

// queue are queries that wait to be sent: for the end of a pause, and for the quota.
// Any batch may take them along, so that the little that is left of many is not sent
// in as many requests.
type queue[T any] struct {
	mu      sync.Mutex
	queries []query[T]
}

func (q *queue[T]) put(more []query[T]) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queries = append(q.queries, more...)
}

// fill fills a batch up with those that are wanted, and forgets those before them
// that are not.
func (q *queue[T]) fill(batch []query[T], wanted func(query[T]) bool) []query[T] {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.queries) > 0 && len(batch) < maxBatch {
		if first := q.queries[0]; wanted(first) {
			batch = append(batch, first)
		}
		q.queries = q.queries[1:]
	}
	return batch
}

// batch carries out up to maxBatch queries, with a place within the limit that it
// gives back. Those that fail for a passing reason, or whose answer makes no
// sense, are asked again, and they alone. What the tenant turns away is tried
// as long as others get through.
func (f finder[T]) batch(ctx context.Context, pending []query[T], decode pageDecoder[T]) (answered[T], error) {
	var out answered[T]
	others := f.client.limit.answered()
	pending = f.handOver(pending)
	for attempt := 1; ; attempt++ {
		got := f.once(ctx, pending, decode)
		if got.err != nil {
			return out, got.err
		}
		out.items, out.queries = append(got.items, out.items...), append(got.done, out.queries...)
		if pending = got.again; len(pending) == 0 {
			return out, nil
		}
		if got.turnedAway {
			pending = f.handOver(pending)
		}
		if now := f.client.limit.answered(); got.turnedAway && now > others {
			attempt, others = 1, now
		}
		if err := f.rest(ctx, got, attempt); err != nil {
			return out, err
		}
	}
}

// handOver puts queries where any batch may take them along, and gives those that
// have to stay. Whoever hands some over comes back and takes as many.
func (f finder[T]) handOver(pending []query[T]) []query[T] {
	if f.wanted == nil {
		return pending
	}
	f.waiting.put(pending)
	return nil
}

// rest waits before what was not answered is asked again, the attempt-th time
// counted from 1, and takes a place within the limit. Where the tenant turned it
// away, everybody waits. The error is the last failure where that is the end.
func (f finder[T]) rest(ctx context.Context, got outcome[T], attempt int) error {
	most := maxRetries
	if refused, ok := errors.AsType[*Error](got.why); ok && isFlap(refused) {
		most = maxFlaps
	}
	if attempt > most || got.wait > maxWait {
		return got.why
	}
	pause, limit := Wait{f.op, got.why, max(backoff(attempt), got.wait)}, f.client.limit
	if got.turnedAway {
		f.client.tell(ctx, pause)
		limit.complain(pause.For)
	} else if err := f.client.pause(ctx, pause); err != nil {
		return f.stopped(err)
	}
	if err := limit.enter(ctx); err != nil {
		return f.stopped(err)
	}
	return nil
}

// outcome is what came of a batch.
type outcome[T any] struct {
	items []T
	done  []query[T] // that were answered
	err   error      // that no repetition heals

	again      []query[T]    // that failed for a passing reason
	wait       time.Duration // the longest that the service asks for
	why        error         // the failure that goes with it
	turnedAway bool          // one of them for there being too many
}

// once sends a batch, within the quota, and gives its place within the limit back.
// What waited out a pause may not be wanted any more at its end: then there may be
// nothing to send.
func (f finder[T]) once(ctx context.Context, pending []query[T], decode pageDecoder[T]) outcome[T] {
	limit := f.client.limit
	defer limit.leave()
	if err := limit.pace.Wait(ctx, f.units*maxBatch); err != nil {
		return outcome[T]{err: f.stopped(err)}
	}
	pending = f.still(pending)
	units := f.units * len(pending)
	limit.pace.Unused(f.units*maxBatch - units)
	if len(pending) == 0 {
		return outcome[T]{}
	}
	urls := make([]string, len(pending))
	for i, q := range pending {
		urls[i] = q.url
	}
	replies, body, err := f.client.batch(ctx, f.op, urls, f.kept.get)
	defer f.kept.put(body)
	limit.pace.Answered(units)
	if err != nil {
		return outcome[T]{}.failing(err, pending...)
	}
	return f.sortOut(ctx, reading[T]{pending, replies, decode})
}

// still gives the queries that are to be sent, with others that wait.
func (f finder[T]) still(pending []query[T]) []query[T] {
	if f.wanted == nil {
		return pending
	}
	needed := slices.DeleteFunc(slices.Clone(pending), func(q query[T]) bool { return !f.wanted(q) })
	return f.waiting.fill(needed, f.wanted)
}

// reading is a batch with its replies, in the same order, and what reads them.
type reading[T any] struct {
	queries []query[T]
	replies []*exchange
	decode  pageDecoder[T]
}

// sortOut gives what the queries found that were answered, and the queries to
// ask again.
func (f finder[T]) sortOut(ctx context.Context, in reading[T]) outcome[T] {
	var out outcome[T]
	found, share := make([][]T, len(in.queries)), 0.0
	for i, q := range in.queries {
		items, err := f.answer(ctx, q, in.replies[i], in.decode)
		if err != nil {
			out = out.failing(err, q)
		} else {
			out.done = append(out.done, q)
		}
		found[i] = items
		share = max(share, throttlePercentage(in.replies[i].header))
	}
	out.items = slices.Concat(found...) // of this size: they are kept
	f.client.limit.went(len(in.queries)-len(out.again), share)
	if len(out.again) == 0 {
		f.client.limit.window.Widen()
	}
	return out
}

// failing notes queries that failed: to be asked again where that may help.
func (o outcome[T]) failing(err error, queries ...query[T]) outcome[T] {
	failure, failed := errors.AsType[*Error](err)
	_, senseless := errors.AsType[*IncompleteError](err)
	if !senseless && !(failed && mayPass(failure)) {
		o.err = cmp.Or(o.err, err)
		return o
	}
	o.again = append(o.again, queries...)
	var wait time.Duration
	if failed {
		wait = failure.RetryAfter
		o.turnedAway = o.turnedAway || failure.Throttled() || failure.Concurrent()
	}
	if o.why == nil || wait > o.wait {
		o.wait, o.why = wait, err
	}
	return o
}

// mayPass reports a failure of a read after which it is worth asking again: a
// reply that broke off is one, although it began as a success.
func mayPass(e *Error) bool {
	_, broken := errors.AsType[*brokenReplyError](e.Err)
	return e.Transient() || isFlap(e) || broken && !errors.Is(e.Err, errReplyTooLong)
}

// answer reads the answer to one query. A page may hold fewer items than asked
// for and link to the rest.
func (f finder[T]) answer(ctx context.Context, q query[T], reply *exchange, decode pageDecoder[T]) ([]T, error) {
	req := get(f.op, f.client.root.url(q.url))
	if q.read != nil {
		item, err := q.read(req, reply)
		if err != nil {
			return nil, err
		}
		return []T{item}, nil
	}
	if reply.status != http.StatusOK {
		return nil, callError(req, reply, nil)
	}
	first, err := decode(reply.body)
	if err != nil {
		return nil, incomplete(req, reply, err)
	}
	items := first.items
	if link := first.end.link; link != "" {
		if err := (&trail{root: f.client.root, op: f.op}).check(link); err != nil {
			return nil, err
		}
		rest, err := gatherOnce(ctx, f.client, get(f.op, link), decode)
		if isRefusal(err) {
			return nil, incomplete(req, reply, err)
		}
		if err != nil {
			return nil, err
		}
		items = append(items, rest.items...)
	}
	for _, item := range items {
		if !q.fits(item) {
			return nil, incomplete(req, reply, fmt.Errorf("%s was not asked for", f.called(item)))
		}
	}
	return items, nil
}

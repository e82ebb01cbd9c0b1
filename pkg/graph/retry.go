package graph

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/licensectl/licensectl/pkg/internal/network"
)

// How reads are repeated. Without a Retry-After the waits double from
// retryDelay, about a minute in all; a Retry-After is obeyed up to maxWait,
// and a longer one ends the call.
const (
	maxRetries = 6
	retryDelay = 500 * time.Millisecond
	maxWait    = 5 * time.Minute
)

// longestRetryAfter keeps a nonsensical Retry-After from overflowing.
const longestRetryAfter = 24 * time.Hour

// readRetries repeats what failed for a passing reason.
func readRetries() policy.RetryOptions {
	return policy.RetryOptions{
		MaxRetries:    maxRetries,
		RetryDelay:    retryDelay,
		MaxRetryDelay: maxWait,
		ShouldRetry:   worthRepeating,
	}
}

// noRetries sends every request once. (When the service answers 401 with a
// claims challenge, azcore signs the request anew and sends it again: the
// first was refused.)
func noRetries() policy.RetryOptions { return policy.RetryOptions{MaxRetries: -1} }

func worthRepeating(resp *http.Response, err error) bool {
	if err != nil {
		return !errors.Is(err, errReplyTooLong) && !network.Standing(err)
	}
	if transientStatus(resp.StatusCode) {
		return true
	}
	if resp.StatusCode != http.StatusBadRequest {
		return false
	}
	body, err := runtime.Payload(resp)
	return err == nil && isConcurrency(parseEnvelope(body))
}

// transientStatus tells the statuses that a repetition may heal. 409 is the
// service's answer to concurrent requests (Graph docs, errors; seen on
// license assignments).
func transientStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// plainRetryAfter leaves one header to obey, Retry-After in whole seconds:
// the one that Graph documents. Others that azcore would put before it are
// dropped, and an HTTP date is turned into seconds; 0 is none to azcore.
func plainRetryAfter(h http.Header, now time.Time) {
	seconds := math.Ceil(retryAfter(h, now).Seconds())
	h.Del("Retry-After-Ms")
	h.Del("X-Ms-Retry-After-Ms")
	h.Set("Retry-After", strconv.Itoa(int(seconds)))
}

// retryAfter reads a Retry-After in seconds or as an HTTP date; 0 where there
// is none to obey. A date is taken against the service's own clock where the
// reply tells it.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if !(seconds > 0) {
			return 0
		}
		return time.Duration(min(seconds, longestRetryAfter.Seconds()) * float64(time.Second))
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return min(max(until.Sub(now), 0), longestRetryAfter)
}

// backoff is how long to wait after the attempt-th failure, counted from 1:
// doubling, with jitter.
func backoff(attempt int) time.Duration {
	jitter := 0.8 + rand.Float64()/2
	return time.Duration(math.Ldexp(jitter*float64(retryDelay), attempt-1))
}

// repetition says what is asked for again.
type repetition struct {
	client *client
	op     Op
	again  func(err error, attempt int) bool // after the attempt-th time, counted from 1
}

// repeat asks until it is not to be asked again, and waits in between.
func repeat[T any](ctx context.Context, r repetition, ask func() (T, error)) (T, error) {
	for attempt := 1; ; attempt++ {
		out, err := ask()
		if !r.again(err, attempt) {
			return out, err
		}
		if err := r.client.pause(ctx, Wait{r.op, err, backoff(attempt)}); err != nil {
			return out, fmt.Errorf("%s: %w", r.op, err)
		}
	}
}

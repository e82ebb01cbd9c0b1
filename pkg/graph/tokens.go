package graph

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// tokens are what a credential gives, for all requests together: one of them
// asks, and the others wait for what it gets.
type tokens struct {
	credential azcore.TokenCredential
	scope      string

	mu      sync.Mutex
	current azcore.AccessToken // zero: there was none yet
	asking  *question          // nil: the credential is not asked
	asked   time.Time          // when it was asked last, for a token in time
	failure failure
}

// question is one that the credential was asked.
type question struct {
	answered chan struct{} // closed then
	err      error         // what holds for all who wait; set before
}

// failure is a renewal that came to nothing. It holds for all requests that
// had the token.
type failure struct {
	token string // that was refused
	err   error
	until time.Time
}

// How long a token is used before its end, how long a credential is left alone
// that has no fresh one yet, and how long a failed renewal holds.
const (
	beforeExpiry  = 5 * time.Minute
	betweenAsking = 30 * time.Second
	failureHolds  = time.Minute
)

// errSameToken is a credential that has no other token than the refused one.
var errSameToken = errors.New("the credential has no other token")

// get gives the token to send. Where it ends soon a new one is asked for, and
// the old one does as long as there is none.
func (t *tokens) get(ctx context.Context) (azcore.AccessToken, error) {
	for {
		t.mu.Lock()
		now, current := time.Now(), t.current
		good := now.Before(current.ExpiresOn)
		if good && (!isDue(current, now) || t.asking != nil || now.Sub(t.asked) < betweenAsking) {
			t.mu.Unlock()
			return current, nil
		}
		if waited, err := t.wait(ctx); err != nil {
			return azcore.AccessToken{}, err
		} else if waited {
			continue
		}
		t.asked = now
		token, err := t.ask(ctx, "", "")
		if err != nil && good && ctx.Err() == nil {
			return current, nil
		}
		return token, err
	}
}

// isDue reports whether it is time for a new token.
func isDue(token azcore.AccessToken, now time.Time) bool {
	if token.RefreshOn.IsZero() {
		return now.After(token.ExpiresOn.Add(-beforeExpiry))
	}
	return now.After(token.RefreshOn)
}

// instead gives another token in place of a refused one. Credentials keep a
// token until it expires by the clock, but the service may refuse it earlier:
// it was revoked, or the clocks differ. The claims may be empty: any new token
// will do.
func (t *tokens) instead(ctx context.Context, refused azcore.AccessToken, claims string) (azcore.AccessToken, error) {
	for {
		t.mu.Lock()
		now := time.Now()
		switch {
		case t.current.Token != refused.Token && now.Before(t.current.ExpiresOn):
			token := t.current
			t.mu.Unlock()
			return token, nil // another request was quicker
		case t.failure.token == refused.Token && now.Before(t.failure.until):
			err := t.failure.err
			t.mu.Unlock()
			return azcore.AccessToken{}, err
		}
		if waited, err := t.wait(ctx); err != nil {
			return azcore.AccessToken{}, err
		} else if waited {
			continue
		}
		if claims == "" {
			claims = notBefore(now)
		}
		return t.ask(ctx, claims, refused.Token)
	}
}

// wait waits where somebody asks already. It is called with the lock, and
// keeps it only where nobody does. The error is the context's, or that of the
// question.
func (t *tokens) wait(ctx context.Context) (waited bool, err error) {
	asking := t.asking
	if asking == nil {
		return false, nil
	}
	t.mu.Unlock()
	select {
	case <-asking.answered:
		return true, asking.err
	case <-ctx.Done():
		return true, ctx.Err()
	}
}

// ask asks the credential. It is called with the lock, and gives it back. What
// fails because this caller has gone away is no answer for the others.
func (t *tokens) ask(ctx context.Context, claims, refused string) (azcore.AccessToken, error) {
	asking := &question{answered: make(chan struct{})}
	t.asking = asking
	t.mu.Unlock()
	token, err := t.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{t.scope}, Claims: claims, EnableCAE: true})
	if err == nil && token.Token == refused {
		err = errSameToken
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asking = nil
	defer close(asking.answered)
	if err == nil {
		t.current = token
		return token, nil
	}
	if ctx.Err() != nil {
		return azcore.AccessToken{}, err
	}
	asking.err = err
	if refused != "" {
		t.failure = failure{token: refused, err: err, until: time.Now().Add(failureHolds)}
	}
	return azcore.AccessToken{}, err
}

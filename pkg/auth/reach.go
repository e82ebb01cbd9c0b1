package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Reach asks the token service for what it publishes about itself, with
// neither a secret nor a name of an app, and gives the time that the answer
// took. Any answer will do: the service is there. An error is a connection
// that did not come about.
func Reach(ctx context.Context, o Options) (time.Duration, error) {
	cloud, err := FindCloud(o.Cloud)
	if err != nil {
		return 0, err
	}
	authority, err := o.pickAuthority(cloud)
	if err != nil {
		return 0, err
	}
	tenant := url.PathEscape(firstOf(o.tenantID(), "common"))
	address := authority.url + "/" + tenant + "/v2.0/.well-known/openid-configuration"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, fmt.Errorf("%s is no address", authority.url)
	}
	begun := time.Now()
	resp, err := o.staying().Do(req)
	if err != nil {
		return 0, fmt.Errorf("reaching the token service %s: %w", authority.url, unwrapped(err))
	}
	// Nothing of it is read.
	_ = resp.Body.Close()
	return time.Since(begun), nil
}

// unwrapped drops the address, which net/http repeats.
func unwrapped(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err
	}
	return err
}

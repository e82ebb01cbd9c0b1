package graph

import (
	"context"
	"errors"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// AuthError is a credential that gave no token: nobody is signed in, a secret
// is wrong, or the token service was not reached. The request was not sent.
type AuthError struct{ Err error }

// Error gives one line.
func (e *AuthError) Error() string { return "signing in: " + oneLine(e.Err.Error()) }

// NonRetriable marks the error for azcore: a credential repeats by itself what
// is worth it.
func (*AuthError) NonRetriable() {}

// Unwrap gives the credential's own error.
func (e *AuthError) Unwrap() error { return e.Err }

// unauthenticated reports that there was no token to send.
func (e *Error) unauthenticated() bool {
	_, ok := errors.AsType[*AuthError](e.Err)
	return ok
}

// markedCredential marks what the credential fails with, so that it can be
// told from failures of the call.
type markedCredential struct{ azcore.TokenCredential }

func (c markedCredential) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := c.TokenCredential.GetToken(ctx, opts)
	if err != nil && ctx.Err() == nil {
		err = &AuthError{Err: err}
	}
	return token, err
}

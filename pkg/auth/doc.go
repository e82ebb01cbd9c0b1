// Package auth turns what a user says about signing in into a credential of
// azidentity: the method, the cloud, the tenant, the client. It knows the four
// clouds of Microsoft Graph, reads the claims of an access token, and explains
// why a sign-in failed.
//
// Secrets come from the environment or from files, never from options that a
// command line could fill, and reach neither an error nor an output.
//
// It must not know what the credential is used for.
package auth

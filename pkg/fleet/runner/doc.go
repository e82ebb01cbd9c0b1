// Package runner runs the tenants of a fleet: so many at once, apart from one
// another, until all are done or too many have failed. It also keeps what an
// application may write over all of its tenants together.
//
// It must not know what is done with a tenant.
package runner

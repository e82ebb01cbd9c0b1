// Package observe reads what a tenant holds, as far as a plan needs it, with
// the fewest requests, and vouches that the reading is complete: a user that
// is missing from plan.Observed is missing from the tenant, and a read that
// failed or fell short is an error, never "none".
//
// What it returns depends on the tenant and the question alone, not on the
// way that was chosen to read it.
//
// It must not know HTTP or a manifest, nor judge what it reads.
package observe

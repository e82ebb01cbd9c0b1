// Package fleet is many tenants as data: which there are and how each is
// signed in to, who of them takes part in a run, what became of each, what
// became of all of them together, and the limits over all.
//
// It is pure. Running the tenants is package fleet/runner's, showing what
// became of them package report's. It must not know how a tenant is read or
// written.
package fleet

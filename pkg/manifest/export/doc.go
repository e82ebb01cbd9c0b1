// Package export makes manifests of what a tenant holds now, such that a plan
// from them against the same tenant has no change in it: whoever holds a
// license in their own name gets an entry that asks for exactly that.
//
// Make writes them anew, Update brings manifests that exist up to date and
// touches nothing else in them. Both check what they have made with the real
// parser and planner before they hand it out.
//
// It is data in, data out. It must not know how the tenant is read or where
// files are; how users are grouped and how manifests are spelt is the business
// of packages compose and edit.
package export

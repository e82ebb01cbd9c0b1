// Package graph is the client of Microsoft Graph v1.0: it reads an
// organization, its SKUs and its users, and assigns licenses and usage
// locations. It stands on azcore's pipeline, which signs the requests, and
// repeats those that read.
//
// Reading and writing are different types. A Reader repeats what failed for a
// passing reason, follows pages to their end, and answers either completely
// or with an error: a reply that is cut short, or that lacks what was asked
// for, is an *IncompleteError and never "none". A Writer sends every request
// once, because what to do after a failed write is its caller's decision; the
// methods of *Error tell the cases apart.
//
// The token goes to the configured root alone: a next link or a redirect to
// anywhere else is refused before a request is made. Plain HTTP is for
// loopback.
//
// It must not know what a manifest or a plan is, nor decide what to read or
// change. Service facts are named after the Graph page that states them.
package graph

// Package license is the vocabulary of Microsoft 365 licensing that every
// other package speaks: SKUs and their service plans, the licenses a user
// holds and by which path, and the catalog that turns the names people write
// into the ids that Microsoft Graph wants.
//
// It is pure: it reads no file, clock, network or environment, and it knows
// neither YAML nor HTTP. It must not know what a manifest or a plan is.
package license

// Package receipt is the journal of one apply: JSON lines, appended while the
// run goes on, that say for every planned change what was intended and what
// became of it. The file can be read after a crash at any byte.
//
// It knows plans, since a receipt is about one, but neither Graph nor a
// terminal. It never sees a token.
package receipt

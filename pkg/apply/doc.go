// Package apply carries a plan out: it reads the users again, sends what is
// still to be sent, as fast as the tenant bears, looks where an answer leaves
// doubt, reads back what it did, and writes everything into a receipt.
//
// It computes no new intent: what it sends is the difference between what a
// user holds and the after-state of the plan. It must not know manifests,
// flags or a terminal.
package apply

// Package archtest holds the rules of the house as tests: which package may
// import which, which packages are pure, and what no file may have in it. It
// parses the source and has no code of its own; a rule that somebody wants to
// break is changed here, in a review.
//
// It must not know what the program does.
package archtest

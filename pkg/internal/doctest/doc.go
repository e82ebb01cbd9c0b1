// Package doctest holds the pages against the program: the verbs and their
// flags, the codes, the documents that it prints, the schemas, the examples and
// the links. What can be worked out is written by these tests, between the
// markers "generated:" and "end" of a page; go test with -update does it. What
// people have written is compared. It has no code of its own.
//
// It must not know how the program does what it does: it asks the program, or
// reads its declarations.
package doctest

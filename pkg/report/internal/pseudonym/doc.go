// Package pseudonym takes the names of people out of documents: out of every
// text in them, in whatever spelling a name stands there.
//
// It must not know what a document is about: Copy goes through every field of
// whatever it is given. Nothing is kept of a document but where its users stand.
package pseudonym

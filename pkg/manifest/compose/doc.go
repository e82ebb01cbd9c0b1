// Package compose writes manifests the way a person would have written them,
// from a list of who holds what: products that many share become profiles
// that are named after them, users stand in a document with those who hold
// the same, and what is left over stands in their entries.
//
// What it writes depends on what is held alone, never on the order of its
// input, and a small change of the input is a small change of the files: names
// come from contents, lists are sorted, and where a count decides, it decides
// about as few lines as there are users counted.
//
// It is bytes and data in, data out. It must not know where the list comes
// from, a tenant or a spreadsheet, and what is written on top of manifests
// that exist already is not its business either.
package compose

// Package yamltree has the tree of a YAML text, and two ways to one.
//
// Simple reads the form in which nearly all manifests are written: mappings and lists
// in lines of their own, words, quoted words without escapes, [ ] and { } of these
// within a line, and comments. It says no to every other text, also to what is merely
// unusual, and to whatever is wrong: gopkg.in/yaml.v3 reads that, so that it alone tells
// mistakes, and Of makes the same tree of what it gives. The tests hold both ways
// against each other, node by node.
//
// The first way is there because reading manifests by the second alone was half the
// work of a plan in which nothing changes, and most of its memory.
package yamltree

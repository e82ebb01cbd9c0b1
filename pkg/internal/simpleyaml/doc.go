// Package simpleyaml reads the form of YAML in which nearly all manifests are
// written, at a tenth of the cost of gopkg.in/yaml.v3: mappings and lists in lines
// of their own, words, quoted words without escapes, [ ] and { } of these within a
// line, and comments.
//
// It says no to every other text, also to what is merely unusual, and to whatever is
// wrong: yaml.v3 reads that, so that it alone tells mistakes. What it does read it
// reads as yaml.v3 does. The tests hold both against each other, node by node.
//
// It is here because reading manifests was half the work of a plan in which nothing
// changes, and the most memory of it.
package simpleyaml

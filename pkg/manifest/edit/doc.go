// Package edit changes the text of manifests and keeps what people have
// written beside it: comments, blank lines, the order of users. Format gives a
// file its canonical layout; a Draft takes single entries out, puts them in
// and changes them, and leaves every other line as it was, byte for byte.
//
// It works on lines and takes from the YAML parser only where things stand:
// printing a syntax tree loses blank lines and moves comments. What it cannot
// place for certain it does not touch.
//
// It is bytes in, bytes out. It must not know what a license is, and whether a
// user should be there is for others to say.
package edit

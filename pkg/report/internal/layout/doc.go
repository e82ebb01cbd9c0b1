// Package layout lays text out for terminals and logs: tables whose columns know
// how wide characters are, colours, pages of blocks that share the room that
// there is, and unified diffs.
//
// It must not know what the text is about, and is given safe text alone.
package layout

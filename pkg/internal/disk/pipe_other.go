//go:build !unix

package disk

// openAtOnce opens a pipe without waiting for its other end. Elsewhere pipes
// are no files of a folder.
const openAtOnce = 0

// isUnread reports whether a pipe could not be opened for want of a reader.
func isUnread(error) bool { return false }

//go:build unix

package disk

import (
	"errors"
	"syscall"
)

// openAtOnce opens a pipe without waiting for its other end.
const openAtOnce = syscall.O_NONBLOCK

// isUnread reports whether a pipe could not be opened for want of a reader.
func isUnread(err error) bool { return errors.Is(err, syscall.ENXIO) }

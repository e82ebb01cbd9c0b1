package reconcile

import (
	"errors"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/licensectl/licensectl/pkg/internal/disk"
)

// lockFile is the name of the lock in the state folder.
const lockFile = "lock"

// Lock makes sure that no other apply runs with this state folder. The caller
// gives it back; the operating system does where the process dies. The error is
// that of the file, or a *Failure while somebody else has the lock.
//
// It guards against a mistake, not against a race over the network: two
// machines are kept apart by the pipeline, and every change is checked against
// the live user before it is sent.
func (s *Session) Lock() (release func(), err error) {
	if err := disk.MakeFolder(s.StateFolder); err != nil {
		return nil, err
	}
	path := filepath.Join(s.StateFolder, lockFile)
	// Opening a pipe would wait for its other end.
	if disk.IsThere(path) && !disk.IsRegular(path) {
		return nil, &disk.Error{Doing: "locking", Path: path, Err: errors.New("it is not a file"), Hint: "take it away: apply makes it anew"}
	}
	held := flock.New(path)
	ours, err := held.TryLock()
	if err != nil {
		return nil, &disk.Error{Doing: "locking", Path: path, Err: err}
	}
	if !ours {
		return nil, &Failure{Kind: KindBusy, What: "another apply holds the lock " + path, Next: "wait until it has ended, and try again"}
	}
	return func() {
		if err := held.Unlock(); err != nil {
			s.Log.Warn("giving the lock back", "error", err)
		}
	}, nil
}

// IsLocked reports whether an apply runs with this state folder. It leaves
// nothing behind.
func (s *Session) IsLocked() bool {
	path := filepath.Join(s.StateFolder, lockFile)
	if !disk.IsRegular(path) {
		return false
	}
	held := flock.New(path)
	ours, err := held.TryLock()
	if ours {
		// Whoever waits for it gets it when the process ends at the latest.
		_ = held.Unlock()
	}
	return err == nil && !ours
}

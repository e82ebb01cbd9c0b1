package cli

import (
	"errors"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/licensectl/licensectl/pkg/internal/disk"
)

// stateFolder is where receipts and the lock are, below the working folder.
const stateFolder = ".licensectl"

// lock makes sure that no other apply runs in this working folder. The caller
// gives it back; the operating system does where the process dies.
//
// It guards against a mistake, not against a race over the network: two
// machines are kept apart by the pipeline, and every change is checked against
// the live user before it is sent.
func (a *app) lock() (release func(), err error) {
	if err := disk.MakeFolder(stateFolder); err != nil {
		return nil, err
	}
	path := filepath.Join(stateFolder, "lock")
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
		return nil, &failure{code: CodeBusy, what: "another apply holds the lock " + path, next: "wait until it has ended, and try again"}
	}
	return func() {
		if err := held.Unlock(); err != nil {
			a.console.Warn("giving the lock back", "error", err)
		}
	}, nil
}

package reconcile

import (
	"bytes"

	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/observe"
)

// ReadSnapshot reads a file of licensectl snapshot.
func (s *Session) ReadSnapshot(path string) (observe.Snapshot, error) {
	data, err := disk.ReadText(path, disk.MaxDocument)
	if err != nil {
		return observe.Snapshot{}, err
	}
	snapshot, err := observe.DecodeSnapshot(bytes.NewReader(data))
	if err != nil {
		return observe.Snapshot{}, notSnapshot(path, err)
	}
	s.NoteUnchecked(path, snapshot)
	return snapshot, nil
}

// NoteUnchecked warns of a snapshot that has no checksum.
func (s *Session) NoteUnchecked(path string, snapshot observe.Snapshot) {
	if snapshot.Unchecked {
		s.Log.Warn(path + " is a snapshot of an older version, without a checksum: whether it was edited cannot be told")
	}
}

func notSnapshot(path string, err error) error {
	return &disk.Error{Doing: "reading", Path: path, Err: err, Hint: "it takes a file of licensectl snapshot"}
}

package reconcile

import (
	"bytes"

	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/license"
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

// ReadSnapshotOf reads one that has to be of a tenant; zero: of any. The error
// for that of another one is an *observe.TenantError.
func (s *Session) ReadSnapshotOf(tenant license.GUID, path string) (observe.Snapshot, error) {
	snapshot, err := s.ReadSnapshot(path)
	if err == nil && tenant != (license.GUID{}) && tenant != snapshot.Observed.Tenant.ID {
		err = &observe.TenantError{Expected: tenant, Actual: snapshot.Observed.Tenant}
	}
	if err != nil {
		return observe.Snapshot{}, err
	}
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

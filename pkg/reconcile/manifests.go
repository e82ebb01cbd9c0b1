package reconcile

import (
	"path/filepath"
	"runtime"

	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
)

// LoadManifests reads and parses manifests: files, folders, or standard input.
// It touches no network. The error is a manifest.Errors, or that of a file.
func (s *Session) LoadManifests(paths []string) (*manifest.Set, error) {
	defer s.took("read the manifests", s.Now())
	files, err := manifest.Load(disk.System{}, paths, s.Stdin)
	if err != nil {
		return nil, err
	}
	set, err := manifest.Parse(files)
	if err == nil {
		set.Desired.Manifests = &plan.Manifests{Paths: slashed(paths)}
	}
	// The syntax trees were many times as large as what is kept of them. What
	// comes next shall take their room, not more.
	if sizeOf(files) > manyManifests {
		runtime.GC()
	}
	return set, err
}

// manyManifests is from how many bytes on collecting their syntax trees is
// worth its time: below, these take less than the Go runtime lets gather anyway.
const manyManifests = 1 << 20

func sizeOf(files []manifest.File) int {
	size := 0
	for _, f := range files {
		size += len(f.Data)
	}
	return size
}

// slashed gives paths as plans and positions have them.
func slashed(paths []string) []string {
	out := make([]string, len(paths))
	for i, path := range paths {
		out[i] = filepath.ToSlash(path)
	}
	return out
}

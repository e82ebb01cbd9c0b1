package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Files lists the files of a folder whose names fit a pattern, sorted.
func Files(folder, pattern string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, &Error{Doing: "reading", Path: folder, Err: err}
	}
	var out []string
	for _, entry := range entries {
		fits, err := filepath.Match(pattern, entry.Name())
		if err == nil && fits && !entry.IsDir() {
			out = append(out, filepath.Join(folder, entry.Name()))
		}
	}
	return out, nil
}

// Forget removes a file, where there is one.
func Forget(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &Error{Doing: "removing", Path: path, Err: err}
	}
	return nil
}

// Passing makes a folder for a time, for the owner alone, where the system has
// such things. Discard takes it away.
func Passing(prefix string) (string, error) {
	folder, err := os.MkdirTemp("", prefix)
	if err != nil {
		return "", &Error{Doing: "making", Path: prefix, Err: err}
	}
	return folder, nil
}

// Discard removes a folder of Passing with everything in it.
func Discard(folder string) {
	_ = os.RemoveAll(folder) // the system takes away what is left of it
}

// Copy copies what a folder holds into another, which must not hold a file of
// the same name.
func Copy(to, from string) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return &Error{Doing: "copying", Path: from, Err: err}
	}
	return nil
}

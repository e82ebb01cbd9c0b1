package disk

import (
	"errors"
	"io"
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

// Copy copies the files of a folder, and of the folders in it, into another one,
// each for the owner alone. It must not hold a file of the same name. What is no
// file, such as a link, is left out.
func Copy(to, from string) error {
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, below)
		switch {
		case entry.IsDir():
			return MakeFolder(target)
		case !entry.Type().IsRegular():
			return nil
		case IsThere(target):
			return &Error{Doing: "writing", Path: target, Err: fs.ErrExist}
		}
		return copyFile(target, path)
	})
	if _, told := errors.AsType[*Error](err); err != nil && !told {
		return &Error{Doing: "copying", Path: from, Err: err}
	}
	return err
}

func copyFile(to, from string) error {
	file, err := openFile(from)
	if err != nil {
		return &Error{Doing: "reading", Path: from, Err: err}
	}
	defer file.Close()
	return WriteFrom(to, func(w io.Writer) error {
		_, err := io.Copy(w, file)
		return err
	})
}

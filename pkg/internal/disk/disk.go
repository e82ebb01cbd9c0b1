// Package disk reads and writes the files that people name: manifests, plans,
// receipts, snapshots. No device is waited for, a pipe for a time; what is
// replaced is replaced as a whole, for the owner alone. Paths are as they were
// typed: absolute, or relative to the working folder.
//
// It must not know what is in a file.
package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/internal/charset"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/manifest"
)

// Error is a file that could not be read or written.
type Error struct {
	Doing string // "reading", "writing"
	Path  string
	Err   error
	Hint  string // what to do about it; may be empty
}

// Error says what was being done to which file.
func (e *Error) Error() string { return fmt.Sprintf("%s %s: %v", e.Doing, e.Path, reason(e.Err)) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// reason strips an operating system's error of the path, which has been named.
func reason(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return l.Err
	}
	return err
}

// WorkIn makes a folder the one that paths are relative to.
func WorkIn(folder string) error {
	if folder == "" {
		return nil
	}
	if err := os.Chdir(folder); err != nil {
		return &Error{Doing: "going into", Path: folder, Err: err}
	}
	return nil
}

// System is where manifests come from: the operating system.
type System struct{}

var _ manifest.FileSystem = System{}

// Stat describes what a name leads to.
func (System) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

// ReadDir lists a folder.
func (System) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }

// Open opens a file.
func (System) Open(name string) (io.ReadCloser, error) { return openFile(name) }

// RealPath resolves symbolic links.
func (System) RealPath(name string) (string, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// ReadText reads the text of a file of at most limit bytes: UTF-8, or what
// Windows PowerShell 5 writes in its place.
func ReadText(path string, limit int64) ([]byte, error) {
	data, err := ReadBytes(path, limit)
	if err != nil {
		return nil, err
	}
	return Decode(path, data)
}

// Decode gives the text of a file that has been read.
func Decode(path string, data []byte) ([]byte, error) {
	text, err := charset.Decode(data)
	if err != nil {
		return nil, &Error{Doing: "reading", Path: path, Err: err}
	}
	return text, nil
}

// ReadBytes reads a file of at most limit bytes as it is.
func ReadBytes(path string, limit int64) ([]byte, error) {
	file, err := openFile(path)
	if err != nil {
		return nil, &Error{Doing: "reading", Path: path, Err: err}
	}
	defer file.Close()
	return readAll(file, path, limit)
}

func readAll(file io.Reader, path string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("larger than %d MB", limit>>20)
	}
	if err != nil {
		return nil, &Error{Doing: "reading", Path: path, Err: err}
	}
	return data, nil
}

// Document is a text that can be read several times from its beginning.
type Document struct {
	io.Closer
	at   io.ReaderAt
	size int64
}

// Again reads the document from its beginning.
func (d Document) Again() io.Reader { return io.NewSectionReader(d.at, 0, d.size) }

// MaxDocument is the largest plan, receipt or snapshot that is read, in bytes.
const MaxDocument = 2 << 30

// Open opens a file of at most limit bytes. A regular file in UTF-8 is
// read as it is needed: it may be as large as the memory. Of a pipe, and of
// text that has to be decoded, everything is kept.
func Open(path string, limit int64) (Document, error) {
	file, err := openFile(path)
	if err != nil {
		return Document{}, &Error{Doing: "reading", Path: path, Err: err}
	}
	if plain, size := isPlain(file); plain && size <= limit {
		return Document{file, file.File, size}, nil
	}
	defer file.Close()
	data, err := readAll(file, path, limit)
	if err != nil {
		return Document{}, err
	}
	text, err := Decode(path, data)
	if err != nil {
		return Document{}, err
	}
	return Document{io.NopCloser(nil), bytes.NewReader(text), int64(len(text))}, nil
}

// isPlain reports a regular file whose bytes are its text, and its size.
func isPlain(file *openedFile) (plain bool, size int64) {
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false, 0
	}
	var head [4]byte
	n, err := file.ReadAt(head[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, 0
	}
	text, err := charset.Decode(head[:n])
	return err == nil && bytes.Equal(text, head[:n]), info.Size()
}

// ReadIfThere is ReadText that gives nothing for a file that does not exist.
func ReadIfThere(path string, limit int64) ([]byte, error) {
	data, err := ReadText(path, limit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// IsThere reports whether there is anything at a path.
func IsThere(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// IsRegular reports whether a path is a file, not a folder or a device.
func IsRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// IsFolder reports whether a path is a folder.
func IsFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// TryWriting finds out whether a file could be made in a folder, or in the one
// above where there is none yet. Nothing is left behind.
func TryWriting(folder string) error {
	there := folder
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		there = filepath.Dir(folder)
	case err == nil && !info.IsDir():
		return &Error{Doing: "writing below", Path: folder, Err: errors.New("it is not a folder")}
	}
	file, err := os.CreateTemp(there, ".licensectl-doctor.*")
	if err != nil {
		return &Error{Doing: "writing below", Path: folder, Err: err}
	}
	if err := errors.Join(file.Close(), os.Remove(file.Name())); err != nil {
		return &Error{Doing: "writing below", Path: folder, Err: err}
	}
	return nil
}

// MakeFolder makes a folder for the owner alone, where there is none.
func MakeFolder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return &Error{Doing: "making", Path: path, Err: err}
	}
	return nil
}

// Write writes a file for the owner alone. A regular file is replaced as a
// whole: whoever reads it sees the old one or the new one.
func Write(path string, data []byte) error {
	return WriteFrom(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// Append opens a file to add to, and makes one for the owner alone where
// there is none.
func Append(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, ownerOnly)
	if err != nil {
		return nil, &Error{Doing: "writing", Path: path, Err: err}
	}
	return file, nil
}

// WriteFrom is Write for what is written piece by piece. Where render
// fails the old file stays.
func WriteFrom(path string, render func(io.Writer) error) error {
	write := replaceFile
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		write = writeThrough
	}
	if err := write(path, render); err != nil {
		return &Error{Doing: "writing", Path: path, Err: err}
	}
	return nil
}

// ownerOnly are the permissions of files that are nobody else's business.
const ownerOnly = 0o600

// replaceFile writes a file for the owner alone.
func replaceFile(path string, render func(io.Writer) error) error {
	staged, err := stageFile(path, ownerOnly, render)
	if err != nil {
		return err
	}
	return staged.commit()
}

// stagedFile is a file that is written in full beside the one that it is to
// replace.
type stagedFile struct {
	temp, path string
}

// stageFile writes beside a file.
func stageFile(path string, mode fs.FileMode, render func(io.Writer) error) (*stagedFile, error) {
	// CreateTemp makes files that are the owner's alone.
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, err
	}
	staged := &stagedFile{temp: temp.Name(), path: path}
	err = render(temp)
	if err == nil {
		err = temp.Sync()
	}
	err = errors.Join(err, temp.Chmod(mode), temp.Close())
	if err != nil {
		staged.discard()
		return nil, err
	}
	return staged, nil
}

// commit puts the file into its place.
func (s *stagedFile) commit() error {
	err := os.Rename(s.temp, s.path)
	if err != nil {
		s.discard()
	}
	return err
}

// discard takes away what was written beside.
func (s *stagedFile) discard() {
	// What is left of it does not matter beside the error that led here.
	_ = os.Remove(s.temp)
}

// stageEdited stages a file that people edit: a link stays one, and the file
// keeps its permissions.
func stageEdited(f manifest.File) (*stagedFile, error) {
	target, err := filepath.EvalSymlinks(f.Path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(target)
	if err != nil {
		return nil, err
	}
	return stageFile(target, info.Mode().Perm(), func(w io.Writer) error {
		_, err := w.Write(f.Data)
		return err
	})
}

// Rewrite writes files that people edit, and makes others, which must not
// be there. Everything is on the disk before the first file is replaced, so
// that a folder which takes no file, or a full disk, leaves all as it was.
func Rewrite(edited, created []manifest.File) error {
	var staged []*stagedFile
	discard := func() {
		for _, s := range staged {
			s.discard()
		}
	}
	for _, f := range edited {
		s, err := stageEdited(f)
		if err != nil {
			discard()
			return &Error{Doing: "writing", Path: f.Path, Err: err}
		}
		staged = append(staged, s)
	}
	if err := WriteNew("", created); err != nil {
		discard()
		return err
	}
	for done := 0; len(staged) > 0; done++ {
		next := staged[0]
		staged = staged[1:]
		if err := next.commit(); err != nil {
			discard()
			return &Error{Doing: "writing", Path: edited[done].Path, Err: err, Hint: unfinished(done + len(created))}
		}
	}
	return nil
}

// unfinished says what to do where some files are written and some are not.
func unfinished(written int) string {
	if written == 0 {
		return ""
	}
	return "written before it: " + quantity.Of(written, "file") + "; run it again to write the others"
}

// WriteNew writes files into a folder where none of them is, all of them
// or none. They are for everybody to read, as what is checked in is.
func WriteNew(folder string, files []manifest.File) error {
	var made []string
	for _, f := range files {
		path := filepath.Join(folder, filepath.FromSlash(f.Path))
		folders, err := makeFolders(filepath.Dir(path))
		made = append(made, folders...)
		if err == nil {
			err = createFile(path, f.Data)
		}
		if err != nil {
			// What cannot be taken back does not matter beside the error itself.
			for _, m := range slices.Backward(made) {
				_ = os.Remove(m)
			}
			return &Error{Doing: "writing", Path: path, Err: err}
		}
		made = append(made, path)
	}
	return nil
}

// makeFolders makes a folder with those above it, and gives the ones that were
// not there, the uppermost first.
func makeFolders(path string) ([]string, error) {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	made, err := makeFolders(filepath.Dir(path))
	if err != nil {
		return made, err
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		return made, err
	}
	return append(made, path), nil
}

// createFile writes a file that must not be there yet.
func createFile(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Close())
	if err != nil {
		// What is left of it does not matter beside the error itself.
		_ = os.Remove(path)
	}
	return err
}

// writeThrough writes to what cannot be replaced: a device or a pipe.
func writeThrough(path string, render func(io.Writer) error) error {
	file, err := openThrough(path)
	if err != nil {
		return err
	}
	return errors.Join(render(file), file.Close())
}

// FirstCharacter gives the first character of the text of a file, or 0 where
// there is none to read.
func FirstCharacter(path string) byte {
	file, err := openFile(path)
	if err != nil {
		return 0
	}
	defer file.Close()
	// What is read is whole units of UTF-16.
	head := make([]byte, 4)
	n, _ := io.ReadFull(file, head)
	text, err := charset.Decode(head[:n])
	if err != nil || len(text) == 0 {
		return 0
	}
	return text[0]
}

// How long a pipe is waited for: that somebody opens its other end, and that
// everything has come through it.
const (
	pipePatience = 3 * time.Second
	pipeTime     = 10 * time.Minute
)

// What no document is read from or written to, in words.
var (
	errDevice   = errors.New("it is a device, not a file")
	errSocket   = errors.New("it is a socket, not a file")
	errNoWriter = errors.New("it is a pipe, and nobody writes to it")
	errNoReader = errors.New("it is a pipe, and nobody reads from it")
	errSlowPipe = errors.New("it is a pipe, and its other end has taken more than ten minutes")
)

// openedFile is a regular file, a folder, which cannot be read, or a pipe.
type openedFile struct {
	*os.File
	waits time.Time // for a writer, until then; zero: no more
}

// openFile opens a file for reading. A device, which may have no end, is
// refused; a pipe is taken, such as a shell makes of <(command), and not waited
// for without end.
func openFile(path string) (*openedFile, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|openAtOnce, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil {
		err = notFile(info.Mode())
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	opened := &openedFile{File: file}
	if info.Mode()&fs.ModeNamedPipe != 0 {
		now := time.Now()
		opened.waits = now.Add(pipePatience)
		// What takes no deadline is no pipe that could be waited for.
		_ = file.SetReadDeadline(now.Add(pipeTime))
	}
	return opened, nil
}

// notFile says what something is that no document is kept in; nil: it is a
// file, a folder or a pipe.
func notFile(mode fs.FileMode) error {
	switch {
	case mode&fs.ModeSocket != 0:
		return errSocket
	case mode&(fs.ModeDevice|fs.ModeCharDevice|fs.ModeIrregular) != 0:
		return errDevice
	}
	return nil
}

// Read reads. A pipe that has no writer yet looks as if it had come to its end.
func (f *openedFile) Read(p []byte) (int, error) {
	const pause = 20 * time.Millisecond
	for {
		n, err := f.File.Read(p)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return n, errSlowPipe
		case n > 0 || f.waits.IsZero() || !errors.Is(err, io.EOF):
			f.waits = time.Time{}
			return n, err
		case time.Now().After(f.waits):
			return 0, errNoWriter
		}
		time.Sleep(pause)
	}
}

// openThrough opens a device or a pipe for writing. A pipe is not waited for
// without end.
func openThrough(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode()&fs.ModeNamedPipe == 0 {
		return os.OpenFile(path, os.O_WRONLY, 0)
	}
	const pause = 20 * time.Millisecond
	for begun := time.Now(); ; time.Sleep(pause) {
		file, err := os.OpenFile(path, os.O_WRONLY|openAtOnce, 0)
		switch {
		case err == nil:
			return file, file.SetWriteDeadline(time.Now().Add(pipeTime))
		case !isUnread(err):
			return nil, err
		case time.Since(begun) > pipePatience:
			return nil, errNoReader
		}
	}
}

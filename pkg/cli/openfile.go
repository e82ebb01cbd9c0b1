package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
)

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

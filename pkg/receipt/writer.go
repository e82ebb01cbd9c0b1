package receipt

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/licensectl/licensectl/pkg/internal/safetext"
)

// File is where a receipt goes: an *os.File, or something like it in a test.
type File interface {
	io.Writer
	Sync() error
	Close() error
}

// Writer appends to a receipt. It is safe for concurrent use. After an error
// every further call gives that error: a journal with a hole is none.
type Writer struct {
	file File

	mu      sync.Mutex
	moved   *sync.Cond // synced, syncing or err has changed
	written int        // lines
	synced  int        // of them, those that the disk has
	syncing bool
	err     error
}

// Create makes the receipt file, and the folder for it where there is none.
// Both are the owner's alone. A file that exists is never written over.
func Create(path string) (*Writer, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of the receipt: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("creating the receipt: %w", err)
	}
	return NewWriter(file), nil
}

// NewWriter writes a receipt to an open, empty file.
func NewWriter(file File) *Writer {
	w := &Writer{file: file}
	w.moved = sync.NewCond(&w.mu)
	return w
}

// Begin writes the first line and waits until the disk has it.
func (w *Writer) Begin(run Run) error {
	run.FormatVersion = FormatVersion
	return w.appendSynced(Line{Run: &run})
}

// Intent writes that a change is about to be sent and waits until the disk
// has it.
func (w *Writer) Intent(i Intent) error { return w.appendSynced(Line{Intent: &i}) }

// Result writes what became of a change.
func (w *Writer) Result(r Result) error { return w.append(Line{Result: &r}) }

// Verify writes what reading a changed user back showed.
func (w *Writer) Verify(v Verify) error { return w.append(Line{Verify: &v}) }

// GroupIntent writes that a call about a group is about to be sent and waits until
// the disk has it.
func (w *Writer) GroupIntent(i GroupIntent) error { return w.appendSynced(Line{GroupIntent: &i}) }

// GroupResult writes what became of a change of a group.
func (w *Writer) GroupResult(r GroupResult) error { return w.append(Line{GroupResult: &r}) }

// End writes the last line and waits until the disk has everything.
func (w *Writer) End(e End) error { return w.appendSynced(Line{End: &e}) }

// Close closes the file.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.file.Close()
}

func (w *Writer) append(line Line) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.write(line)
}

// appendSynced returns when the disk has the line. Callers that wait at the
// same time share one sync: at hundreds of writes a second the disk could not
// keep up with one for each.
func (w *Writer) appendSynced(line Line) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.write(line); err != nil {
		return err
	}
	for mine := w.written; w.synced < mine && w.err == nil; {
		if w.syncing {
			w.moved.Wait()
		} else {
			w.sync()
		}
	}
	return w.err
}

// sync brings every line written so far to the disk. The caller holds the
// lock, which is given up meanwhile.
func (w *Writer) sync() {
	w.syncing = true
	upTo := w.written
	w.mu.Unlock()
	err := w.file.Sync()
	w.mu.Lock()
	w.syncing = false
	if err == nil {
		w.synced = upTo
	} else if w.err == nil {
		w.err = fmt.Errorf("writing the receipt to disk: %w", err)
	}
	w.moved.Broadcast()
}

// write appends one line in one call, so that a crash leaves whole lines and
// at most one torn line at the end. The bytes are safe to print: a receipt is
// what people look at first when something went wrong, in whatever log that is.
func (w *Writer) write(line Line) error {
	if w.err != nil {
		return w.err
	}
	text, err := json.Marshal(line)
	if err == nil {
		_, err = w.file.Write(append(safetext.JSON(text), '\n'))
	}
	if err != nil {
		w.err = fmt.Errorf("writing the receipt: %w", err)
	}
	w.written++
	return w.err
}

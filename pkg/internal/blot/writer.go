package blot

import (
	"bytes"
	"io"
)

// Writer writes on what it is given, but for the secrets. A document that
// begins like a JSON object is taken for JSON, and stays that. The secrets are
// those that are known when it begins. Flush must follow the last piece.
type Writer struct {
	secrets *Secrets
	to      io.Writer
	scanner scanner
	begun   bool // the document has
	held    []byte
	clean   []byte
}

// To gives a Writer that writes to w.
func (s *Secrets) To(w io.Writer) *Writer { return &Writer{secrets: s, to: w} }

// How much is gathered before it is looked through, and how much is held back
// at most where a secret seems to have no end, in bytes.
const (
	gathered = 64 << 10
	heldMost = 4 << 20
)

// Write takes in a piece of the document.
func (w *Writer) Write(piece []byte) (int, error) {
	w.held = append(w.held, piece...)
	if len(w.held) < gathered {
		return len(piece), nil
	}
	return len(piece), w.pass()
}

// Flush writes on what is held back. The document ends there.
func (w *Writer) Flush() error {
	w.scanner.final = true
	return w.pass()
}

// pass looks through what is held and writes on what is settled.
func (w *Writer) pass() error {
	if !w.begun && len(w.held) > 0 {
		w.begun, w.scanner.json, w.scanner.grams = true, beginsObject(w.held), w.secrets.grams.Load()
	}
	settled := len(w.held)
	w.scanner.found = w.scanner.found[:0]
	if w.scanner.grams != nil {
		settled = w.scanner.scan(w.held)
	}
	if settled == 0 && len(w.held) > heldMost {
		settled = len(w.held)
		w.scanner.found = append(w.scanner.found, span{0, settled})
	}
	clean := w.held[:settled]
	if len(w.scanner.found) > 0 {
		w.clean = appendClean(w.clean[:0], clean, w.scanner.found, Mark)
		clean = w.clean
	}
	_, err := w.to.Write(clean)
	w.held = append(w.held[:0], w.held[settled:]...)
	return err
}

// beginsObject reports whether a document begins as a JSON object does.
func beginsObject(document []byte) bool {
	after, found := bytes.CutPrefix(bytes.TrimLeft(document, " \t\r\n"), []byte("{"))
	after = bytes.TrimLeft(after, " \t\r\n")
	return found && len(after) > 0 && (after[0] == '"' || after[0] == '}')
}

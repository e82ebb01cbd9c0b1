package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"github.com/licensectl/licensectl/pkg/internal/blot"
)

// screen is standard error: lines that stay, and on a terminal one status line
// below them that is rewritten. It is safe for concurrent use.
//
// That it cannot be written to is no reason to stop: whoever closed it does
// not want to know.
type screen struct {
	out      io.Writer
	terminal bool
	secrets  *blot.Secrets

	mu     sync.Mutex
	status bool // a status line stands at the bottom
}

// clearLine moves to the beginning of the line and erases it (ECMA-48: CR,
// then EL).
const clearLine = "\r\x1b[K"

// Write prints whole lines that stay.
func (s *screen) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	if _, err := io.WriteString(s.out, s.clean(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// clean takes the secrets out of a text. A line of JSON stays one.
func (s *screen) clean(text string) string {
	if json.Valid([]byte(text)) {
		return s.secrets.JSON(text)
	}
	return s.secrets.Text(text)
}

// show draws the status line anew. Without a terminal there is none.
func (s *screen) show(status string) {
	if !s.terminal {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	fmt.Fprint(s.out, s.secrets.Text(status))
	s.status = true
}

// clear takes the status line away.
func (s *screen) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
}

// erase does it. The caller holds the lock.
func (s *screen) erase() {
	if s.status {
		fmt.Fprint(s.out, clearLine)
		s.status = false
	}
}

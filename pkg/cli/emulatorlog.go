package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/report"
)

// loggedRequest is a line of the emulator's request log.
type loggedRequest struct {
	Time            time.Time `json:"time"`
	Operation       string    `json:"operation,omitempty"` // as faults name it; left out where there is none
	Method          string    `json:"method"`
	Path            string    `json:"path"`
	Body            string    `json:"body,omitempty"`  // of a write to Graph
	AppID           string    `json:"appId,omitempty"` // who called; left out where nobody had signed in
	User            string    `json:"user,omitempty"`
	Status          int       `json:"status"`
	Code            string    `json:"code,omitempty"` // of an error answer
	Mutated         bool      `json:"mutated"`
	Batch           string    `json:"batch,omitempty"`   // the id of the item inside its batch
	TenantID        string    `json:"tenantId"`          // who answered
	TokenOf         string    `json:"tokenOf,omitempty"` // the tenant that the token names, refused or not
	RequestID       string    `json:"requestId"`
	ClientRequestID string    `json:"clientRequestId"`
}

// emulatorWatch tells of the requests of an emulator that serves: each in the
// log, if there is one, and on standard error, once, what the emulator does not
// have. It is safe for concurrent use.
type emulatorWatch struct {
	log    io.Writer // nil: no log
	stderr io.Writer

	mu   sync.Mutex
	said map[string]bool
	err  error // the first failure to write the log, which ends it
}

// mostSaid bounds what is told of what is not there: a client that asks for
// ever new things fills no memory and no terminal.
const mostSaid = 1000

func (w *emulatorWatch) observe(r emulator.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.Missing != "" && !w.said[r.Missing] && len(w.said) < mostSaid {
		w.said[r.Missing] = true
		fmt.Fprintln(w.stderr, report.SafeMessage(r.Missing+" (asked for by "+r.Method+" "+r.Path+")"))
	}
	if w.log == nil || w.err != nil {
		return
	}
	if w.err = w.write(r); w.err != nil {
		fmt.Fprintf(w.stderr, "the request log cannot be written, and ends here: %v\n", w.err)
	}
}

func (w *emulatorWatch) write(r emulator.Request) error {
	line, err := json.Marshal(loggedRequest{
		Time: r.Time.UTC(), Operation: r.Route, Method: r.Method, Path: r.Path, Body: string(r.Body), AppID: r.AppID, User: r.User,
		Status: r.Status, Code: r.Code, Mutated: r.Mutated, Batch: r.Batch, TenantID: r.TenantID, TokenOf: r.TokenOf, RequestID: r.ID, ClientRequestID: r.ClientID,
	})
	if err != nil {
		return err
	}
	_, err = w.log.Write(append(report.SafeJSON(line), '\n'))
	return err
}

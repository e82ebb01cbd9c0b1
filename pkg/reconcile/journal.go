package reconcile

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/internal/blot"
	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// journal is the receipt file of a run. The file is made when the run begins,
// so that a run that does not begin leaves none behind, and no secret that a
// service repeats gets into it.
type journal struct {
	path    string
	secrets *blot.Secrets
	file    *receipt.Writer // nil: not begun
}

var _ apply.Journal = (*journal)(nil)

// Begin makes the file and writes its first line.
func (j *journal) Begin(run receipt.Run) error {
	w, err := receipt.Create(j.path)
	if err == nil {
		j.file = w
		err = w.Begin(blotted(j.secrets, run))
	}
	if err != nil {
		return &disk.Error{Doing: "writing", Path: j.path, Err: err, Hint: "without a receipt nothing is applied; --receipt names another place"}
	}
	return nil
}

// Intent writes that a change is about to be sent.
func (j *journal) Intent(i receipt.Intent) error { return j.file.Intent(blotted(j.secrets, i)) }

// Result writes what became of a change.
func (j *journal) Result(r receipt.Result) error { return j.file.Result(blotted(j.secrets, r)) }

// Verify writes what reading a changed user back showed.
func (j *journal) Verify(v receipt.Verify) error { return j.file.Verify(blotted(j.secrets, v)) }

// GroupIntent writes that a call about a group is about to be sent.
func (j *journal) GroupIntent(i receipt.GroupIntent) error {
	return j.file.GroupIntent(blotted(j.secrets, i))
}

// GroupResult writes what became of a change of a group.
func (j *journal) GroupResult(r receipt.GroupResult) error {
	return j.file.GroupResult(blotted(j.secrets, r))
}

// End writes the last line.
func (j *journal) End(e receipt.End) error { return j.file.End(blotted(j.secrets, e)) }

// close closes the file, if there is one.
func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}

// blotted gives a record without secrets, wherever in it they stand.
func blotted[T any](secrets *blot.Secrets, record T) T {
	text, err := json.Marshal(record)
	if err != nil {
		// The receipt's own writer meets the same error and reports it.
		return record
	}
	clean := secrets.JSON(string(text))
	if clean == string(text) {
		return record
	}
	var out T
	if err := json.Unmarshal([]byte(clean), &out); err != nil {
		// A secret stood where something else than text has to be. Nothing is
		// better than that.
		var none T
		return none
	}
	return out
}

// receiptPath is where the receipt of a run is kept if nobody says otherwise.
// A time to the millisecond tells two runs of one plan apart.
func receiptPath(folder string, now time.Time, planID string) string {
	const stamp = "20060102T150405.000Z"
	const digits = 12
	id := strings.TrimPrefix(planID, "sha256:")
	return filepath.Join(folder, "receipts", fmt.Sprintf("%s-%.*s.jsonl", now.UTC().Format(stamp), digits, id))
}

// noJournal is the journal of a run that sends nothing.
type noJournal struct{}

var _ apply.Journal = noJournal{}

func (noJournal) Begin(receipt.Run) error     { return nil }
func (noJournal) Intent(receipt.Intent) error { return nil }
func (noJournal) Result(receipt.Result) error { return nil }
func (noJournal) Verify(receipt.Verify) error { return nil }
func (noJournal) End(receipt.End) error       { return nil }

func (noJournal) GroupIntent(receipt.GroupIntent) error { return nil }
func (noJournal) GroupResult(receipt.GroupResult) error { return nil }

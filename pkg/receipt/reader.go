package receipt

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// maxLineBytes bounds one line of a receipt.
const maxLineBytes = 16 << 20

var errLong = fmt.Errorf("longer than %d bytes", maxLineBytes)

// ErrNotReceipt says that a file does not begin as a receipt does.
var ErrNotReceipt = errors.New("not a receipt")

// Receipt is a journal read back.
type Receipt struct {
	Run     Run
	Intents []Intent // in the order in which they were sent
	Results []Result // sorted by user principal name, with what verifying showed

	GroupIntents []GroupIntent // in the order in which they were sent
	GroupResults []GroupResult // sorted by display name

	End  *End // nil where the run was cut short
	Torn bool // the last line is incomplete: the run was killed while writing it

	place map[license.GUID]int    // of a user's result, while reading
	sent  map[license.GUID]Intent // those without a result, where others are not kept
}

// Read reads a receipt, also one that a crash cut short at any byte. A write
// that was announced and has no result counts as Unknown.
func Read(r io.Reader) (*Receipt, error) {
	return readInto(&Receipt{place: map[license.GUID]int{}}, r)
}

// ReadResults is Read for whoever wants to know what became of the changes and
// not what was sent, which is more than half of a long receipt: it keeps an
// intent until its result comes, and the receipt has no Intents.
func ReadResults(r io.Reader) (*Receipt, error) {
	return readInto(&Receipt{place: map[license.GUID]int{}, sent: map[license.GUID]Intent{}}, r)
}

func readInto(out *Receipt, r io.Reader) (*Receipt, error) {
	if err := out.read(r); err != nil {
		return nil, err
	}
	return out, nil
}

func (r *Receipt) read(from io.Reader) error {
	br := bufio.NewReader(from)
	for number := 1; ; number++ {
		text, err := readLine(br)
		if errors.Is(err, io.EOF) {
			r.Torn = len(text) > 0
			break
		}
		if number == 1 && errors.Is(err, errLong) {
			return ErrNotReceipt
		}
		if err != nil {
			return fmt.Errorf("reading line %d of the receipt: %w", number, err)
		}
		if err := r.add(text, number); err != nil {
			return err
		}
	}
	if r.Run.RunID == "" {
		return ErrNotReceipt
	}
	r.closeOpen()
	return nil
}

// readLine gives the next line without its end. At the end of the file it
// gives io.EOF and what stands there without a line end.
func readLine(br *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := br.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLineBytes:
			return nil, errLong
		case err == nil:
			return line[:len(line)-1], nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return line, err
		}
	}
}

func (r *Receipt) add(text []byte, number int) error {
	var line Line
	err := json.Unmarshal(text, &line)
	if number == 1 && (err != nil || line.Run == nil) {
		return ErrNotReceipt
	}
	if err != nil {
		return fmt.Errorf("line %d of the receipt is damaged: %w", number, err)
	}
	switch {
	case line.Run != nil:
		if line.Run.FormatVersion != FormatVersion {
			return fmt.Errorf("the receipt has format version %q, this program reads %q", line.Run.FormatVersion, FormatVersion)
		}
		r.Run = *line.Run
	case line.Intent != nil:
		r.intended(*line.Intent)
	case line.Result != nil:
		delete(r.sent, line.Result.User.ID)
		r.place[line.Result.User.ID] = len(r.Results)
		r.Results = append(r.Results, *line.Result)
	case line.Verify != nil:
		r.verified(*line.Verify)
	case line.GroupIntent != nil:
		r.GroupIntents = append(r.GroupIntents, *line.GroupIntent)
	case line.GroupResult != nil:
		r.GroupResults = append(r.GroupResults, *line.GroupResult)
	case line.End != nil:
		r.End = line.End
	}
	return nil
}

func (r *Receipt) intended(i Intent) {
	if r.sent == nil {
		r.Intents = append(r.Intents, i)
		return
	}
	_, ended := r.place[i.User.ID]
	_, announced := r.sent[i.User.ID]
	if !ended && !announced {
		r.sent[i.User.ID] = i
	}
}

func (r *Receipt) verified(v Verify) {
	if i, known := r.place[v.User]; known {
		r.Results[i].Verification, r.Results[i].VerificationMessage = v.Verification, v.Message
	}
}

// closeOpen gives every announced write a result, and sorts the results.
func (r *Receipt) closeOpen() {
	for _, i := range slices.AppendSeq(r.Intents, maps.Values(r.sent)) {
		if _, ended := r.place[i.User.ID]; ended {
			continue
		}
		r.place[i.User.ID] = len(r.Results)
		r.Results = append(r.Results, Result{
			User: i.User, Source: i.Source, Actions: i.Actions, Outcome: Unknown, At: i.At,
			Message: "the run ended before the answer was written down",
			Hint:    "apply the plan again: it looks at the user first",
		})
	}
	r.closeOpenGroups()
	r.place, r.sent = nil, nil
	r.Sort()
}

// Sort puts the results in the order of a plan's changes.
func (r *Receipt) Sort() {
	r.sortGroups()
	slices.SortStableFunc(r.Results, func(a, b Result) int { return a.User.Compare(b.User) })
}

// Counts tells how many changes ended in each outcome. They add up to the
// changes of the plan: what a run that was cut short has not come to counts
// as NotAttempted.
func (r *Receipt) Counts() map[Outcome]int {
	counts := map[Outcome]int{}
	for _, res := range r.Results {
		counts[res.Outcome]++
	}
	if missing := r.Run.Changes - len(r.Results); missing > 0 {
		counts[NotAttempted] += missing
	}
	return counts
}

// Unverified counts the changes that were done and not seen in the tenant.
func (r *Receipt) Unverified() int {
	n := 0
	for _, res := range r.Results {
		if res.Verification == Unverified {
			n++
		}
	}
	return n
}

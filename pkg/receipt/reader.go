package receipt

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// maxLineBytes bounds one line of a receipt.
const maxLineBytes = 16 << 20

// ErrNotReceipt says that a file does not begin as a receipt does.
var ErrNotReceipt = errors.New("not a receipt")

// Receipt is a journal read back.
type Receipt struct {
	Run     Run
	Intents []Intent // in the order in which they were sent
	Results []Result // sorted by user principal name, with what verifying showed
	End     *End     // nil where the run was cut short
	Torn    bool     // the last line is incomplete: the run was killed while writing it

	place map[license.GUID]int // of a user's result, while reading
}

// Read reads a receipt, also one that a crash cut short at any byte. A write
// that was announced and has no result counts as Unknown.
func Read(r io.Reader) (*Receipt, error) {
	out := &Receipt{place: map[license.GUID]int{}}
	br := bufio.NewReader(r)
	for number := 1; ; number++ {
		text, err := readLine(br)
		if errors.Is(err, io.EOF) {
			out.Torn = len(text) > 0
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading line %d of the receipt: %w", number, err)
		}
		if err := out.add(text, number); err != nil {
			return nil, err
		}
	}
	if out.Run.RunID == "" {
		return nil, ErrNotReceipt
	}
	out.settle()
	return out, nil
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
			return nil, fmt.Errorf("longer than %d bytes", maxLineBytes)
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
		r.Intents = append(r.Intents, *line.Intent)
	case line.Result != nil:
		r.place[line.Result.User.ID] = len(r.Results)
		r.Results = append(r.Results, *line.Result)
	case line.Verify != nil:
		r.verified(*line.Verify)
	case line.End != nil:
		r.End = line.End
	}
	return nil
}

func (r *Receipt) verified(v Verify) {
	if i, known := r.place[v.User]; known {
		r.Results[i].Verification = v.Verification
	}
}

// settle gives every announced write a result, and sorts the results.
func (r *Receipt) settle() {
	for _, i := range r.Intents {
		if _, settled := r.place[i.User.ID]; settled {
			continue
		}
		r.place[i.User.ID] = len(r.Results)
		r.Results = append(r.Results, Result{
			User: i.User, Source: i.Source, Actions: i.Actions, Outcome: Unknown, At: i.At,
			Message: "the run ended before the answer was written down",
			Hint:    "apply the plan again: it looks at the user first",
		})
	}
	r.place = nil
	r.Sort()
}

// Sort puts the results in the order of a plan's changes.
func (r *Receipt) Sort() {
	slices.SortFunc(r.Results, func(a, b Result) int { return compareUsers(a.User, b.User) })
}

func compareUsers(a, b plan.UserRef) int {
	if c := strings.Compare(license.UPNKey(a.UserPrincipalName), license.UPNKey(b.UserPrincipalName)); c != 0 {
		return c
	}
	return license.CompareGUIDs(a.ID, b.ID)
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

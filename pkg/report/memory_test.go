package report_test

import (
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"testing"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report"
)

// scales takes what is written, and looks now and then how much is in memory
// at that moment.
type scales struct {
	empty   uint64 // in memory before
	most    uint64 // on top of that
	written uint64
	next    uint64 // when to look again
	step    uint64
}

func newScales(step int) *scales { return &scales{empty: inMemory(), step: uint64(step)} }

// Write takes in a piece.
func (s *scales) Write(piece []byte) (int, error) {
	if s.written >= s.next {
		s.next = s.written + s.step
		if now := inMemory(); now > s.empty {
			s.most = max(s.most, now-s.empty)
		}
	}
	s.written += uint64(len(piece))
	return len(piece), nil
}

// inMemory is what is left when everything is gone that nobody needs. What lies
// in a sync.Pool goes with the second collection.
func inMemory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// everyDocument gives all views of a plan and a receipt of so many users, short
// and full, with names and without.
func everyDocument(users int) map[string]func(io.Writer) error {
	p, r := manyUsers(users), manyResults(users)
	out := map[string]func(io.Writer) error{}
	for _, o := range []report.Options{{}, {Full: true}, {Full: true, Redact: true}} {
		o.Names = names
		look := fmt.Sprintf("full=%t/redact=%t", o.Full, o.Redact)
		for view, write := range everyView(p, r, swapping(), o) {
			out[view+"/"+look] = write
		}
		out["html/"+look], out["receipt html/"+look] = planHTML(p, o), receiptHTML(r, o)
		budgeted := report.MarkdownOptions{Options: o} // it is made in memory, as large as it may be
		out["markdown/"+look], out["receipt markdown/"+look] = planMarkdown(p, budgeted), receiptMarkdown(r, budgeted)
	}
	return out
}

// manyResults is a receipt of n users, of whom some were refused.
func manyResults(n int) *receipt.Receipt {
	results := make([]receipt.Result, n)
	for i := range results {
		results[i] = done(i%10, fmt.Sprintf("user%07d@contoso.com", i))
		results[i].User.ID = id(0xaa, i)
		if i%20 == 3 {
			results[i].Outcome, results[i].Verification = receipt.Refused, receipt.NotVerified
			explain(&results[i])
		}
	}
	return ran(results...)
}

// What a report takes beside the plan or the receipt are places and sums of
// users, a few bytes for each, and neither members nor rows nor text. A change
// of these tests takes some 350 bytes in the plan, and up to 870 as text.
func TestReportsTakeNoMemoryOfTheirOwn(t *testing.T) {
	const users, most = 10_000, 50
	for name, write := range everyDocument(users) {
		s := newScales(users * 50)
		if err := write(s); err != nil {
			t.Fatal(err)
		}
		if extra := s.most / users; extra > most {
			t.Errorf("%s takes %d bytes for each user, want at most %d", name, extra, most)
		}
	}
}

// A document of which nobody wants the end is not made to its end.
func TestReportsStopWithTheirWriter(t *testing.T) {
	for name, write := range everyDocument(5_000) {
		tap := &tap{open: 1}
		err := write(tap)
		if tap.closed > 1 {
			t.Errorf("%s writes %d times to what takes no more", name, tap.closed)
		}
		if tap.closed > 0 && err == nil {
			t.Errorf("%s does not tell that it could not be written", name)
		}
	}
}

// tap takes so many writes and no more.
type tap struct{ open, closed int }

// Write takes in a piece.
func (t *tap) Write(piece []byte) (int, error) {
	if t.open == 0 {
		t.closed++
		return 0, io.ErrClosedPipe
	}
	t.open--
	return len(piece), nil
}

// BenchmarkViews writes plans of growing size. The extra bytes are those in
// memory beside the plan, for each change.
func BenchmarkViews(b *testing.B) {
	for _, users := range []int{10_000, 100_000, 1_000_000} {
		p := manyUsers(users)
		for _, o := range []report.Options{{Full: true}, {}, {Full: true, Redact: true}} {
			if users > 100_000 && o != (report.Options{Full: true}) {
				continue // it takes minutes, and shows the same
			}
			o.Names = names
			views := map[string]func(io.Writer) error{
				"text": planText(p, o), "markdown": planMarkdown(p, report.MarkdownOptions{Options: o}), "diff": planDiff(p, o),
				"csv": planCSV(p, o), "json": planJSON(p, o), "html": planHTML(p, o),
			}
			for _, view := range slices.Sorted(maps.Keys(views)) {
				b.Run(fmt.Sprintf("%s/full=%t/redact=%t/users=%d", view, o.Full, o.Redact, users), func(b *testing.B) {
					benchmarkView(b, p, views[view])
				})
			}
		}
	}
}

func benchmarkView(b *testing.B, p *plan.Plan, write func(io.Writer) error) {
	b.ReportAllocs()
	for b.Loop() {
		if err := write(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	users := float64(len(p.Changes))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/users, "ns/change")
	s := newScales(len(p.Changes) * 50)
	if err := write(s); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(s.most)/users, "extra-B/change")
	runtime.KeepAlive(p)
}

package receipt_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// TestReceiptsHaveTheNamesOfGroups by which something is kept, as the plan has them: the
// changes have ids alone.
func TestReceiptsHaveTheNamesOfGroups(t *testing.T) {
	p := &plan.Plan{Groups: []plan.Group{{ID: [16]byte{1}, DisplayName: "Licensing - Office"}}}
	text := lines(t, func(w *receipt.Writer) []error {
		return []error{w.Begin(receipt.Run{RunID: "run-1", Groups: receipt.Run{}.Carries(p).Groups})}
	})
	r, err := receipt.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.Groups, r.Run.Groups); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

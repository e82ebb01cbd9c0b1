package report

import (
	"io"
	"strconv"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// receiptColumns are the columns of a receipt as CSV. Programs rely on their
// names and their order: new ones come at the end.
var receiptColumns = [...]string{
	"user", "userId", "outcome", "verification", "op", "skuId", "skuPartNumber", "product", "plansOff", "plansOn",
	"usageLocationBefore", "usageLocationAfter", "reasons", "message", "hint", "status", "serviceCode", "serviceMessage",
	"attempts", "requestIds", "at", "file", "line",
}

// ReceiptCSV writes what became of a plan as a table with a row for every
// action of every change, what went wrong first, as PlanCSV does a plan. The
// actions of one user end in one outcome, since they are one call.
//
// The error is the writer's.
func ReceiptCSV(w io.Writer, r *receipt.Receipt, o Options) error {
	v := newReceiptView(r, o)
	return writeCSV(w, receiptColumns[:], func(yield func([]string) bool) {
		for res := range v.results() {
			for _, a := range orNone(res.Actions) {
				if !yield(v.resultRow(res, a)) {
					return
				}
			}
		}
	})
}

func (n namer) resultRow(res *receipt.Result, a plan.Action) []string {
	product, skuID := "", ""
	if a.SKUID != (license.GUID{}) {
		product, skuID = n.sku(a.SKUID, a.SKUPartNumber), a.SKUID.String()
	}
	before, after := locations(a)
	p := n.part(a)
	return []string{
		field(userName(res.User)), res.User.ID.String(), field(string(known(res.Outcome))), field(string(res.Verification)), field(string(a.Op)),
		skuID, field(a.SKUPartNumber), field(product), fields(p.off), fields(p.on),
		field(before), field(after), fields(res.Reasons), field(res.Message), field(res.Hint),
		orEmpty(res.Status), field(res.ServiceCode), field(res.ServiceMessage),
		strconv.Itoa(res.Attempts), fields(res.RequestIDs), res.At.UTC().Format(time.RFC3339), field(res.Source.File), orEmpty(res.Source.Line),
	}
}

// orEmpty leaves out a number that is not there.
func orEmpty(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

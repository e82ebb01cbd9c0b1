package report

import (
	"io"
	"strconv"
	"strings"
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
	"group", "groupId", "members", "membersArrived", "membersWaiting", "membersFailing", "membersGone", "failing",
}

// ReceiptCSV writes what became of a plan as a table with a row for every
// action of every change, what went wrong first, as PlanCSV does a plan. The
// actions of one user end in one outcome, since they are one call.
//
// A change of a group has rows of its own, without a user, behind those of users.
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
		for i := range v.head.GroupResults {
			for _, a := range orNone(v.head.GroupResults[i].Actions) {
				if !yield(v.groupResultRow(&v.head.GroupResults[i], a)) {
					return
				}
			}
		}
	})
}

// groupResultRow is the row of an action of a group: as of a user, with what is known of
// the members behind it.
func (v *receiptView) groupResultRow(res *receipt.GroupResult, a plan.Action) []string {
	row := v.resultRow(&receipt.Result{
		Source: res.Source, Outcome: res.Outcome, At: res.At, Attempts: res.Attempts, Reasons: res.Reasons, Message: res.Message, Hint: res.Hint,
		Status: res.Status, ServiceCode: res.ServiceCode, ServiceMessage: res.ServiceMessage, RequestIDs: res.RequestIDs, Verification: res.Verification,
	}, a)
	row[0], row[1] = "", ""
	members := receipt.MemberCounts{}
	if res.Members != nil {
		members = *res.Members
	}
	var failing []string
	for _, text := range v.wordsOfGroup(res).failing {
		failing = append(failing, field(text))
	}
	copy(row[len(row)-groupResultColumns:], []string{
		field(res.Group.DisplayName), res.Group.ID.String(), strconv.Itoa(members.Total), strconv.Itoa(members.Arrived), strconv.Itoa(members.Waiting),
		strconv.Itoa(members.Failing), strconv.Itoa(members.Gone), strings.Join(failing, "; "),
	})
	return row
}

// groupResultColumns is how many columns are about groups, at the end.
const groupResultColumns = 8

func (n namer) resultRow(res *receipt.Result, a plan.Action) []string {
	product, skuID := "", ""
	if a.SKUID != (license.GUID{}) {
		product, skuID = n.sku(a.SKUID, a.SKUPartNumber), a.SKUID.String()
	}
	before, after := locations(a)
	p := n.part(a)
	row := []string{
		field(userName(res.User)), res.User.ID.String(), field(string(known(res.Outcome))), field(string(res.Verification)), field(string(a.Op)),
		skuID, field(a.SKUPartNumber), field(product), fields(p.off), fields(p.on),
		field(before), field(after), fields(res.Reasons), field(res.Message), field(res.Hint),
		orEmpty(res.Status), field(res.ServiceCode), field(res.ServiceMessage),
		strconv.Itoa(res.Attempts), fields(res.RequestIDs), res.At.UTC().Format(time.RFC3339), field(res.Source.File), orEmpty(res.Source.Line),
	}
	return append(row, make([]string, groupResultColumns)...)
}

// orEmpty leaves out a number that is not there.
func orEmpty(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

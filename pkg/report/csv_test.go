package report_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report"
)

func planCSV(p *plan.Plan, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.PlanCSV(w, p, o) }
}

func receiptCSV(r *receipt.Receipt, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.ReceiptCSV(w, r, o) }
}

// tables gives every table, with all text that a stranger could choose taken
// from a naming.
func tables(name naming) map[string]func(io.Writer) error {
	o, inv := report.Options{Names: strangeNames{name}}, inventory()
	return map[string]func(io.Writer) error{
		"five":    planCSV(renamed(fiveUsers(), name), o),
		"groups":  planCSV(renamed(caused(namingMembers(ofGroups()), plan.CauseDrift), name), o),
		"told":    planCSV(renamed(explainedReason(), name), o),
		"receipt": receiptCSV(renamed(everyOutcome(), name), o),
		"seats":   func(w io.Writer) error { return report.SeatsCSV(w, *renamed(&inv, name), o) },
	}
}

// read reads a table back. Every row has as many fields as the head.
func readTable(t reporter, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatalf("not CSV: %v\n%s", err, text)
	}
	return rows
}

// formula is a text that a spreadsheet would run.
var formula = regexp.MustCompile(`^[\s'"]*[=+@＝＋－＠−-]`)

// formulaSeeds is text that is meant for a spreadsheet.
var formulaSeeds = []string{
	`=cmd|' /C calc'!A0`, "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "  @x", "＝1", "＋1", "－1", "＠x", "−1",
	`a;=1`, `a,=1`, "a\t=1", `a|=1`, `a";=1`, `"=1`, `'=1`, `a; =1`, `x=1`, `ada@contoso.com`, `a-b`, "-5", "-5x", "=", ";=;=", `"";-1`,
}

// However a spreadsheet takes a table apart, by commas, semicolons, bars or
// tabs, with quotes or without regard to them, no piece begins as a formula
// does, unless behind an apostrophe; and the table reads back with as many rows
// and fields as with harmless names.
func FuzzCSV(f *testing.F) {
	for _, text := range slices.Concat(formulaSeeds, hostileText, forgeText) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, name string) {
		harmless := tables(func(int) string { return "name" })
		for report, write := range tables(func(int) string { return name }) {
			text := written(t, write)
			checkLines(t, text)
			rows := readTable(t, text)
			if want := readTable(t, written(t, harmless[report])); len(rows) != len(want) {
				t.Fatalf("%s has %d rows with the name %q, want %d", report, len(rows), name, len(want))
			}
			for _, row := range rows {
				for _, cell := range row {
					checkPiece(t, cell)
				}
			}
			for line := range strings.Lines(text) {
				for _, separator := range []string{",", ";", "|", "\t", "\x00"} {
					for piece := range strings.SplitSeq(strings.TrimSuffix(line, "\n"), separator) {
						checkPiece(t, piece)
					}
				}
			}
		}
	})
}

// checkPiece refuses a formula. An apostrophe right before the sign makes it a
// text.
func checkPiece(t *testing.T, piece string) {
	t.Helper()
	if sign := formula.FindString(piece); sign != "" && !strings.Contains(sign, "'") {
		t.Errorf("%q is a formula", piece)
	}
}

func TestFormulasAreTexts(t *testing.T) {
	for in, want := range map[string]string{
		"=1": "'=1", "+1+1": "'+1+1", "-2+3": "'-2+3", "@x": "'@x", "＝1": "'＝1", " =1": `\x20=1`, "a;=1": "a;'=1", "a; @x": "a;' @x", "a,+1": "a,'+1",
		"\t=1": `\t=1`, "ada@contoso.com": "ada@contoso.com", "a-b": "a-b", "a = b": "a = b", "-5": "'-5", "ben#EXT#@contoso.com": "ben#EXT#@contoso.com",
	} {
		d := newDraft(1)
		d.change(user(1, in), add(e5))
		if got := readTable(t, written(t, planCSV(d.made(), report.Options{})))[1][0]; got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// Every action of every change is a row, and what is not a name reads back as
// it was.
func TestEveryActionIsARow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDraft(100)
		var want []string
		for i := range rapid.IntRange(0, 12).Draw(t, "users") {
			actions := rapid.SampledFrom([][]plan.Action{nil, {add(e5)}, {remove(e3), add(e5)}, {locate("", "DE"), add(e5, yammer)}, {update(e3, nil, []plan.PlanRef{sway})}}).Draw(t, "actions")
			c := d.change(user(i, fmt.Sprintf("user%d@contoso.com", i)), actions...)
			c.Status = rapid.SampledFrom([]plan.Status{plan.StatusReady, plan.StatusBlocked, plan.StatusHeld}).Draw(t, "status")
			for _, a := range actions {
				want = append(want, fmt.Sprint(c.User.ID, c.Status, a.Op, a.SKUPartNumber, a.UsageLocation, c.Source.Line))
			}
			if len(actions) == 0 {
				want = append(want, fmt.Sprint(c.User.ID, c.Status, "", "", "", c.Source.Line))
			}
		}
		rows := readTable(t, written(t, planCSV(d.made(), report.Options{})))
		var got []string
		for _, row := range rows[1:] {
			at := func(column string) string { return row[slices.Index(rows[0], column)] }
			got = append(got, fmt.Sprint(at("userId"), at("status"), at("op"), at("skuPartNumber"), at("usageLocationAfter"), at("line")))
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}

// The monthly deltas add up to the cost of the plan, and stay empty for a
// product of which somebody has a seat by a group already.
func TestMonthlyDeltasAddUp(t *testing.T) {
	price := plan.Money(570_000)
	product := func(p product, seats int) plan.ProductCost {
		return plan.ProductCost{SKUID: p.id, SKUPartNumber: p.part, Seats: seats, MonthlyPrice: &price, MonthlyDelta: price * plan.Money(seats)}
	}
	d := newDraft(10)
	d.change(user(1, "a@contoso.com"), remove(e3), add(e5))
	d.change(user(2, "b@contoso.com"), add(e5))
	d.change(user(3, "c@contoso.com"), add(visio))
	d.change(user(4, "d@contoso.com"), add(e5)).Status = plan.StatusHeld
	d.Cost = &plan.Cost{Currency: "USD", Products: []plan.ProductCost{product(e3, -1), product(e5, 2), product(visio, 0)}}
	sum := map[string]plan.Money{}
	rows := readTable(t, written(t, planCSV(d.made(), report.Options{})))
	for _, row := range rows[1:] {
		cell := row[17]
		if cell == "" {
			continue
		}
		amount, err := plan.ParseMoney(cell)
		if err != nil {
			t.Fatal(err)
		}
		sum[row[5]] += amount
	}
	want := map[string]plan.Money{"SPE_E3": -price, "SPE_E5": 2 * price}
	if diff := cmp.Diff(want, sum); diff != "" {
		t.Errorf("deltas by product (-want +got):\n%s", diff)
	}
}

// Programs find columns by name and place: neither changes.
func TestColumnsStay(t *testing.T) {
	inv := inventory()
	for want, write := range map[string]func(io.Writer) error{
		"user,userId,status,op,skuId,skuPartNumber,product,plansOff,plansOn,usageLocationBefore,usageLocationAfter,reasons,cause,waitsFor,selection,file,line,monthlyDelta,causedBy,causedByName,causedByPlace":                                                                                                  planCSV(nothingToDo(), report.Options{}),
		"user,userId,outcome,verification,op,skuId,skuPartNumber,product,plansOff,plansOn,usageLocationBefore,usageLocationAfter,reasons,message,hint,status,serviceCode,serviceMessage,attempts,requestIds,at,file,line,group,groupId,members,membersArrived,membersWaiting,membersFailing,membersGone,failing": receiptCSV(ran(), report.Options{}),
		"department,user,userId,displayName,accountEnabled,userType,skuPartNumber,skuId,product,path,group,groupId,state,error,since,monthlyPrice,currency": func(w io.Writer) error {
			return report.HoldersCSV(w, report.Holders{}, report.Options{})
		},
		"skuPartNumber,skuId,displayName,appliesTo,capabilityStatus,enabled,warning,suspended,lockedOut,consumed,available,subscriptions,nextLifecycleDateTime,seatsThatEnd": func(w io.Writer) error {
			return report.SeatsCSV(w, report.Inventory{Tenant: inv.Tenant, SKUs: []license.SKU{}}, report.Options{})
		},
	} {
		if got := written(t, write); got != want+"\n" {
			t.Errorf("the columns are\n%swant\n%s", got, want)
		}
	}
}

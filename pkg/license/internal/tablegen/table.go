package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/licensectl/licensectl/pkg/license"
)

// attribution heads both files. Whoever publishes the table must keep it.
const attribution = `# Product names and service plan identifiers, from Microsoft's page "Product names
# and service plan identifiers for licensing" on Microsoft Learn, (c) Microsoft,
# licensed under CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/).
# Changed: the form of the table alone. Written by tablegen; do not edit.
`

// columns are the columns of the CSV that are used, in the order of row.
var columns = [...]string{
	"Product_Display_Name", "String_Id", "GUID",
	"Service_Plan_Name", "Service_Plan_Id", "Service_Plans_Included_Friendly_Names",
}

// table is the CSV turned into products and plans.
type table struct {
	products map[license.GUID]*product
	plans    map[license.GUID]*named
	notes    []string
}

func newTable() *table {
	return &table{products: map[license.GUID]*product{}, plans: map[license.GUID]*named{}}
}

type product struct {
	named
	plans map[license.GUID]bool
}

// named collects the names that the rows give one id.
type named struct {
	name     votes // part number, or name of the plan
	friendly votes
}

// votes counts spellings.
type votes map[string]int

// winner is the spelling given most often, the first in the alphabet of
// several.
func (v votes) winner() string {
	return slices.MinFunc(slices.Sorted(maps.Keys(v)), func(a, b string) int { return cmp.Compare(v[b], v[a]) })
}

// readCSV reads the published CSV: one row for each plan of each product.
func readCSV(r io.Reader) (*table, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(text) {
		return nil, errors.New("not UTF-8 text; convert it first")
	}
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	header, err := reader.Read()
	if err != nil {
		return nil, fmt.Errorf("reading the header: %w", err)
	}
	positions, err := findColumns(header)
	if err != nil {
		return nil, err
	}
	t := newTable()
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return t, t.check()
		}
		if err != nil {
			return nil, err
		}
		if err := t.add(pick(record, positions)); err != nil {
			line, _ := reader.FieldPos(0)
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
}

func findColumns(header []string) ([len(columns)]int, error) {
	var positions [len(columns)]int
	for i, name := range columns {
		positions[i] = slices.IndexFunc(header, func(h string) bool { return strings.TrimSpace(h) == name })
		if positions[i] < 0 {
			return positions, fmt.Errorf("no column %s in the header", name)
		}
	}
	return positions, nil
}

// pick returns the cells of the columns with their white space folded.
func pick(record []string, positions [len(columns)]int) [len(columns)]string {
	var row [len(columns)]string
	for i, p := range positions {
		row[i] = strings.Join(strings.Fields(record[p]), " ")
	}
	return row
}

func (t *table) add(row [len(columns)]string) error {
	if i := slices.Index(row[:], ""); i >= 0 {
		return fmt.Errorf("%s is empty", columns[i])
	}
	productID, err := license.ParseGUID(row[2])
	if err != nil {
		return err
	}
	planID, err := license.ParseGUID(row[4])
	if err != nil {
		return err
	}
	if t.products[productID] == nil {
		t.products[productID] = &product{named: newNamed(), plans: map[license.GUID]bool{}}
	}
	if t.plans[planID] == nil {
		plan := newNamed()
		t.plans[planID] = &plan
	}
	t.products[productID].call(row[1], row[0])
	t.products[productID].plans[planID] = true
	t.plans[planID].call(row[3], row[5])
	return nil
}

func newNamed() named { return named{name: votes{}, friendly: votes{}} }

// call counts one row's names.
func (n *named) call(name, friendly string) {
	n.name[name]++
	n.friendly[friendly]++
}

// check refuses what the table cannot hold and notes what was settled by
// majority.
func (t *table) check() error {
	if len(t.products) == 0 {
		return errors.New("no products")
	}
	for id, plan := range t.plans {
		if strings.Contains(plan.name.winner(), ",") {
			return fmt.Errorf("the name of service plan %s has a comma: %q", id, plan.name.winner())
		}
		t.note("service plan", id, *plan)
	}
	for id, p := range t.products {
		t.note("product", id, p.named)
	}
	slices.Sort(t.notes)
	return nil
}

func (t *table) note(what string, id license.GUID, n named) {
	for _, v := range []votes{n.name, n.friendly} {
		if len(v) > 1 {
			t.notes = append(t.notes, fmt.Sprintf("%s %s is called %q; taking %q", what, id, slices.Sorted(maps.Keys(v)), v.winner()))
		}
	}
}

// plansTSV gives the table of service plans, sorted by name.
func (t *table) plansTSV() []byte {
	var lines []string
	for id, plan := range t.plans {
		lines = append(lines, plan.name.winner()+"\t"+id.String()+"\t"+plan.friendly.winner())
	}
	return file("# name, id, friendly name\n", lines)
}

// productsTSV gives the table of products, sorted by part number. A product
// refers to its plans by name, or by id where two plans share the name.
func (t *table) productsTSV() []byte {
	sharing := map[string]int{}
	for _, plan := range t.plans {
		sharing[plan.name.winner()]++
	}
	var lines []string
	for id, p := range t.products {
		var refs []string
		for planID := range p.plans {
			ref := t.plans[planID].name.winner()
			if sharing[ref] > 1 {
				ref = planID.String()
			}
			refs = append(refs, ref)
		}
		slices.Sort(refs)
		lines = append(lines, strings.Join([]string{p.name.winner(), id.String(), p.friendly.winner(), strings.Join(refs, ",")}, "\t"))
	}
	return file("# part number, id, product name, service plans\n", lines)
}

func file(legend string, lines []string) []byte {
	slices.Sort(lines)
	return []byte(attribution + legend + strings.Join(lines, "\n") + "\n")
}

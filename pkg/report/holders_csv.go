package report

import (
	"io"
	"iter"
	"strconv"
	"time"
)

// holdersColumns are the columns of who holds what.
var holdersColumns = [...]string{
	"department", "user", "userId", "displayName", "accountEnabled", "userType", "skuPartNumber", "skuId", "product",
	"path", "group", "groupId", "state", "error", "since", "monthlyPrice", "currency",
}

// HoldersCSV writes who holds what as a table with a row for every path, by
// department, user and part number. The price stands in the first row of a
// product alone, since a user takes one seat.
//
// The error is the writer's.
func HoldersCSV(w io.Writer, h Holders, o Options) error {
	return writeCSV(w, holdersColumns[:], newHoldersView(h, o).csvRows())
}

func (v holdersView) csvRows() iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for h := range v.holders() {
			for row := range v.csvRowsOf(h) {
				if !yield(row) {
					return
				}
			}
		}
	}
}

// csvRowsOf gives the rows of a user. One whose licenses are not known has a row
// without a product that says so.
func (v holdersView) csvRowsOf(h holder) iter.Seq[[]string] {
	u := h.user
	who := []string{field(h.department), field(h.name), u.ID.String(), field(h.display), strconv.FormatBool(u.AccountEnabled), field(u.UserType)}
	return func(yield func([]string) bool) {
		if u.Unreadable != "" {
			yield(append(who, "", "", "", "unknown", "", "", "", field(v.text(u.Unreadable)), "", "", ""))
			return
		}
		for _, p := range h.products {
			price, currency := "", ""
			if p.price != nil {
				price, currency = p.price.String(), v.Currency
			}
			product := append(who[:len(who):len(who)], field(p.partNumber), p.id.String(), field(p.product))
			if len(p.paths) == 0 && !yield(append(product, "unknown", "", "", "", "", "", price, field(currency))) {
				return
			}
			for _, path := range p.paths {
				group := ""
				if !path.Direct() {
					group = path.Group.String()
				}
				row := append(product[:len(product):len(product)], path.pathName(), field(path.groupName), group, field(path.State), field(path.Error), timestamp(path.since), price, field(currency))
				if !yield(row) {
					return
				}
				price, currency = "", ""
			}
		}
	}
}

// timestamp writes a time, or nothing for none.
func timestamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

package manifest

import (
	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/plan"
)

// readWindow reads the keys from and until of an entry, a license or a
// profile reference.
func readWindow(m strictyaml.Mapping) plan.Window {
	from, until := m.Get("from"), m.Get("until")
	w := plan.Window{From: readDate(from), Until: readDate(until)}
	if isNever(w) {
		e := until.Errorf(CodeBadWindow, "until %s does not come after from %s", w.Until, w.From)
		e.Hint = "until is the first day on which it no longer holds"
		e.Related = []strictyaml.Pos{from.Pos()}
	}
	return w
}

// isNever reports whether no day lies in a window.
func isNever(w plan.Window) bool {
	return !w.From.IsZero() && !w.Until.IsZero() && !w.From.Before(w.Until)
}

// readDate reads a date, with or without quotes. It gives the zero Date for
// an absent or bad one.
func readDate(v strictyaml.Value) plan.Date {
	text, ok := v.DateText()
	if !ok {
		return plan.Date{}
	}
	date, err := plan.ParseDate(text)
	if err != nil {
		v.Errorf(CodeBadDate, "%v", err).Hint = "write year, month and day: 2026-12-31"
		return plan.Date{}
	}
	return date
}

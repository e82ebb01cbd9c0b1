package planner

import (
	"fmt"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Arguments of reasons that are not shown as fmt shows them.
type (
	asker        string // a profile; empty: the entry itself
	count        int
	nameList     []string
	codes        []plan.Code
	groupList    []license.GUID
	givingGroups []license.GUID
	groupOp      plan.Op
	instant      time.Time
	userFinding  plan.Finding // in words
	hiddenCauses []hiddenCause

	// entryTime is when an entry holds, and what that means on the day of the plan.
	entryTime struct {
		plan.Window
		phase   plan.Phase
		decides bool
	}
)

// reasons puts reasons into words. It never returns nil.
func (w words) reasons(all []reason) []plan.Reason {
	out := make([]plan.Reason, 0, len(all))
	for _, r := range all {
		message := string(r.message)
		if len(r.args) > 0 {
			message = fmt.Sprintf(message, w.arguments(r.args)...)
		}
		out = append(out, plan.Reason{Message: message, Source: at(r.source)})
	}
	return out
}

func (p asker) words() string {
	if p == "" {
		return "the entry"
	}
	return fmt.Sprintf("the profile %q", string(p))
}

func (n count) words() string { return quantity.Text(int(n)) }

func (all nameList) words() string { return strings.Join(all, ", ") }

func (all codes) words() string {
	return listOf(all, ", ", func(c plan.Code) string { return string(c) })
}

func (at instant) words() string { return time.Time(at).UTC().Format("2006-01-02 15:04 UTC") }

func (all hiddenCauses) words() string { return listOf(all, ", ", hiddenCause.words) }

func (op groupOp) words() string {
	switch plan.Op(op) {
	case plan.OpAdd:
		return "come to give"
	case plan.OpRemove:
		return "stop giving"
	}
	return "alter"
}

func (t entryTime) words() string {
	text := windowWords(t.Window)
	switch {
	case t.phase == plan.Pending:
		return text + ": it has not begun, so it asks for nothing and takes nothing away"
	case t.phase == plan.Over && t.decides:
		return text + ": it has ended, so it asks for nothing any more"
	case t.phase == plan.Over:
		return text + ": it has ended"
	}
	return text
}

// windowWords gives " from 2026-12-01 until 2027-03-31", or nothing.
func windowWords(w plan.Window) string {
	text := ""
	if !w.From.IsZero() {
		text += " from " + w.From.String()
	}
	if !w.Until.IsZero() {
		text += " until " + w.Until.String()
	}
	return text
}

// words completes the messages that leave out whom they are about, since a finding
// has the user beside it.
func (f userFinding) words() string {
	switch f.Code {
	case plan.CodeNoUsageLocation, plan.CodeBadUsageLocation, plan.CodeStateConflict:
		return "the user " + f.Message
	case plan.CodeUserDeclaredTwice:
		return "the user is " + f.Message
	case plan.CodeProtectedNotFound:
		return f.User + " " + f.Message
	}
	return f.Message
}

func planModeWords(m plan.PlanMode) string {
	switch m {
	case plan.PlansDisabled:
		return "disabledPlans says which are off"
	case plan.PlansEnabled:
		return "enabledPlans says which are on, and all others are off"
	}
	return "no manifest says which service plans are on, so they stay as they are"
}

func guardName(g plan.Guard) string { return strings.TrimSpace(string(g.Name) + " " + g.Product()) }

func seatsWords(s *plan.Seats) string {
	text := quantity.Text(s.Enabled) + " bought, " + quantity.Text(s.Consumed) + " used now, " + quantity.Text(s.After) + " after the plan"
	if s.Reserve > 0 {
		text += ", " + quantity.Text(s.Reserve) + " kept in reserve"
	}
	if s.Warning > 0 {
		text += ", " + quantity.Text(s.Warning) + " expired and not counted"
	}
	return text
}

package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report/internal/pseudonym"
)

// What a redacted report is like is told at Options.Redact. Nothing is copied:
// entries are redacted when they are looked at, and what is kept of a user is
// where they stand and the sum of their id.

// redactPlan gives a plan to be read without names.
func redactPlan(p *plan.Plan) planRows {
	v := pseudonym.New(p.Tenant.ID, len(p.Changes), func(i int32) plan.UserRef { return p.Changes[i].User })
	head := *p
	head.Changes, head.Findings, head.GroupChanges = nil, nil, unnamed(p.GroupChanges)
	shown := pseudonym.Copy(v, &head)
	for i := range shown.GroupChanges {
		renameMembers(v, &shown.GroupChanges[i], &p.GroupChanges[i])
	}
	out := planRows{shown, rows[plan.Change]{all: p.Changes, names: v}, rows[plan.Finding]{all: p.Findings, names: v}}
	meet(out.changeRows)
	out.changeRows.order = v.Order()
	out.findingRows.order = findingOrder(out.findingRows)
	return out
}

// unnamed gives changes of groups without the names of their members.
func unnamed(changes []plan.GroupChange) []plan.GroupChange {
	out := slices.Clone(changes)
	for i := range out {
		out[i].Effects = slices.Clone(out[i].Effects)
		for j := range out[i].Effects {
			out[i].Effects[j].Names = nil
		}
	}
	return out
}

// renameMembers gives the members of a group that are named in another copy of its change
// pseudonyms by their ids: the same in every document.
func renameMembers(v *pseudonym.Set, c, named *plan.GroupChange) {
	for i, e := range named.Effects {
		for j := range min(len(e.Names), len(e.Members)) {
			c.Effects[i].Names = append(c.Effects[i].Names, v.Of(e.Members[j]))
		}
	}
}

// findingOrder gives the places of findings by severity, code, user and
// message. It meets whoever is in them.
func findingOrder(all rows[plan.Finding]) []int32 {
	users := make([]string, all.len())
	for i := range users {
		users[i] = all.at(i).User
	}
	order := indexes(all.len())
	slices.SortStableFunc(order, func(a, b int32) int {
		f, g := &all.all[a], &all.all[b]
		return cmp.Or(cmp.Compare(f.Severity.Rank(), g.Severity.Rank()), compareTexts(all.names, string(f.Code), string(g.Code)),
			strings.Compare(users[a], users[b]), compareTexts(all.names, f.Message, g.Message))
	})
	return order
}

// compareTexts compares what two texts become.
func compareTexts(v *pseudonym.Set, a, b string) int {
	if a == b {
		return 0
	}
	return strings.Compare(v.In(a), v.In(b))
}

// redactReceipt gives a receipt to be read without names. Who started the run
// is not told either: it may be a name that looks like any word.
func redactReceipt(r *receipt.Receipt) receiptRows {
	v := pseudonym.New(r.Run.Tenant.ID, len(r.Results), func(i int32) plan.UserRef { return r.Results[i].User })
	head := &receipt.Receipt{Run: *pseudonym.Copy(v, &r.Run), Torn: r.Torn}
	if head.Run.Actor != "" {
		head.Run.Actor = "redacted"
	}
	out := receiptRows{head, rows[receipt.Result]{all: r.Results, names: v}}
	meet(out.resultRows)
	for i := range r.GroupResults {
		head.GroupResults = append(head.GroupResults, *pseudonym.Copy(v, &r.GroupResults[i]))
	}
	if r.End != nil {
		head.End = pseudonym.Copy(v, r.End)
	}
	out.resultRows.order = v.Order()
	return out
}

// redactExplanation gives a copy of an explanation without names; the display
// name of the user is left out.
func redactExplanation(e *plan.Explanation) *plan.Explanation {
	user := plan.UserRef{ID: e.User.ID, UserPrincipalName: e.User.UserPrincipalName}
	v := pseudonym.New(e.Tenant.ID, 1, func(int32) plan.UserRef { return user })
	out := pseudonym.Copy(v, e)
	out.User.UserPrincipalName, out.User.DisplayName = v.Of(user.ID), ""
	return out
}

// meet lets pseudonyms know whoever is in the entries, in their order.
func meet[T any](all rows[T]) {
	for i := range all.len() {
		all.at(i)
	}
}

package plan

import (
	"slices"
)

// ReclaimRule says of whom a license is taken back that nobody uses, or that
// belongs to somebody who has gone. Its conditions are joined with and; there is
// at least one. What is not told fulfils none of them.
type ReclaimRule struct {
	Name   string
	Source Source

	SKUs []Ref // what is taken back; nil: all managed products

	Idle     Idle // zero: no condition
	Left     *int // days since employeeLeaveDateTime; nil: no condition
	Never    *int // days since the account came, and nobody ever signed in; nil: no condition
	Disabled bool // the account is disabled; false: no condition

	// Newcomers is for how many days after the license or the account came nobody
	// counts as idle, or as somebody who never came; 0: none.
	Newcomers int

	// Notice is for how many days a reclaim is announced before it is planned; 0:
	// it is not.
	Notice int

	ExceptUsers  []Ref // user principal names or object ids
	ExceptGroups []Ref // display names or object ids
}

// Idle says for how long somebody must not have used something, and what tells
// it.
type Idle struct {
	Days int    // 0: no condition
	By   IdleBy // empty where Days is 0
}

// IdleBy is what tells of use.
type IdleBy string

// What tells of use.
const (
	IdleBySignIn IdleBy = "signIn" // that somebody signed in, to whatever it was
	IdleByReport IdleBy = "report" // the usage report that knows the product
)

// KnowsDay reports whether the rule begins to hold for somebody on a day that can
// be told. That an account was disabled is known, and not since when.
func (r ReclaimRule) KnowsDay() bool { return r.Idle.Days > 0 || r.Left != nil || r.Never != nil }

// ExceptQueries are the questions of who is in the groups that the rule leaves
// out, in the order in which they are written; nil for none.
func (r ReclaimRule) ExceptQueries() []Query {
	var out []Query
	for _, group := range r.ExceptGroups {
		out = append(out, Query{Group: group.Name})
	}
	return out
}

// Queries lists what the tenant has to be asked about the policy, sorted, each
// query once; nil for nothing.
func (p Policy) Queries() []Query {
	var out []Query
	for _, rule := range p.Reclaim {
		out = append(out, rule.ExceptQueries()...)
	}
	slices.SortFunc(out, Query.Compare)
	return slices.Compact(out)
}

// MailboxCheck says what happens to changes that take the last service plan with
// a mailbox from a user.
type MailboxCheck string

// The ways to treat them.
const (
	MailboxCheckOff MailboxCheck = "off"

	// MailboxCheckHold looks at the mailbox first, and holds the change where it is
	// no user's own, large, has an archive, or cannot be told.
	MailboxCheckHold MailboxCheck = "hold"
)

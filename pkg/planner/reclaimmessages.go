package planner

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// About what is taken back. The first two arguments are the product and the name
// of the rule, and the third is the ruleResult, unless it is said otherwise.
var (
	msgReclaimed = message{
		plan.SeverityInfo, plan.CodeReclaimed, "%s is taken by the rule %q: %s",
		"who is to keep it writes `renewed` with the day into the entry, or is left out by the rule (except)",
	}
	msgNotGiven = message{
		plan.SeverityInfo, plan.CodeReclaimed, "%s is not given, by the rule %q: %s",
		"it is given again once the user is seen after that, or `renewed` in the entry has a later day",
	}
	msgReclaimSoon = message{ // product, rule, day, ruleResult
		plan.SeverityWarning, plan.CodeReclaimSoon, "%s will be taken on %[3]s by the rule %[2]q, if nothing changes: %[4]s",
		"tell the user; who is to keep it writes `renewed` with the day into the entry, or is left out by the rule (except)",
	}
	msgGroupReclaim = message{ // product, rule, ruleResult, group
		plan.SeverityWarning, plan.CodeReclaimInherited, "%s would be taken by the rule %q (%s), and comes from group %s",
		"take the user out of the group: only the group can take it away",
	}
	msgReclaimUnknown = message{ // rule, *hiddenBy
		plan.SeverityWarning, plan.CodeReclaimUntold, "the rule %q cannot judge %s, from whom it takes nothing",
		"`licensectl doctor` tells which permissions are missing; docs/reclaim.md explains what the service does not tell",
	}
	msgExceptNotFound = message{ // rule
		plan.SeverityError, plan.CodeUserNotFound, "is left out by the rule %q, and the tenant has no such user: the rule takes nothing from anybody",
		"check the spelling; a renamed user has a new user principal name, an object id stays",
	}
)

// About the groups that rules leave out: what the group is called, and the rule.
var (
	msgExceptUnread = message{
		plan.SeverityWarning, plan.CodeReclaimUntold, "who is in the %s that the rule %q leaves out is not known: the rule takes nothing from anybody",
		"a snapshot that was taken with the paths of the manifests tells it: licensectl snapshot manifests",
	}
	msgExceptHidden = message{ // also why
		plan.SeverityError, plan.CodeMemberUnknown, "who is in the %s that the rule %q leaves out cannot be told, so that it takes nothing from anybody: %s",
		"grant the permission, with an administrator's consent, or name another group",
	}
	msgExceptNoGroup = message{
		plan.SeverityError, plan.CodeGroupNotFound, "the tenant has no %s, which the rule %q leaves out: the rule takes nothing from anybody",
		"check the spelling; an object id stays when a group gets another name",
	}
	msgExceptMembersUnknown = message{ // also how many members, membersOfUnknownType
		plan.SeverityError, plan.CodeMemberUnknown, "who is in the %s that the rule %q leaves out cannot be told, so that it takes nothing from anybody: %d of its members may be users or not: %s",
		"take what is no user out of the group, or update licensectl, which may not know the type yet",
	}
	msgExceptLagging = message{
		plan.SeverityWarning, plan.CodeSelectionLagging, "who is in the %s that the rule %q leaves out was told by an index that lags behind: the rule takes nothing from anybody",
		"plan again later",
	}
)

// msgMailbox gives what is said of a mailbox that must not go.
func msgMailbox(risk license.MailboxRisk) message {
	switch risk {
	case license.MailboxShared:
		return message{
			plan.SeverityWarning, plan.CodeMailboxShared, "would lose the last license with a mailbox, and the mailbox is shared, of a room or of equipment",
			"others use it without signing in as it: protect the user (protectedUsers), or take the license away by hand once the mailbox may lose it",
		}
	case license.MailboxLarge:
		return message{
			plan.SeverityWarning, plan.CodeMailboxLarge, "would lose the last license with a mailbox, and the mailbox is larger than 50 GB, which takes a license",
			"make it smaller or move it, then plan again",
		}
	case license.MailboxArchive:
		return message{
			plan.SeverityWarning, plan.CodeMailboxArchive, "would lose the last license with a mailbox, and the mailbox has an archive, which takes a license",
			"close the archive, then plan again",
		}
	}
	return message{
		plan.SeverityWarning, plan.CodeMailboxUnknown, "would lose the last license with a mailbox, and nobody tells what kind of mailbox it is, how large, or whether it has an archive",
		"`licensectl doctor` tells which permissions are missing; take the license away by hand where the mailbox may go",
	}
}

// words says what a rule saw.
func (j ruleResult) words() string {
	return listOf(j.seen, "; ", func(s signalSeen) string { return s.words(j.today) })
}

// words says what one signal told, as of a day.
func (s signalSeen) words(today plan.Date) string {
	since := ""
	if !s.at.IsZero() {
		since = " " + s.day.String() + ", " + quantity.Of(s.day.DaysUntil(today), "day")
	}
	switch {
	case s.signal == "":
		return "the account is disabled"
	case s.signal == license.SignalSignIns && s.at.IsZero():
		return "nobody ever signed in"
	case s.signal == license.SignalSignIns:
		return "last sign-in" + since
	case s.signal == license.SignalCreated:
		return "the account came" + since
	case s.signal == license.SignalLeave:
		return "left" + since
	case s.at.IsZero():
		return "no use in the report of " + reportWords(s.signal)
	}
	return "last use" + since
}

func reportWords(signal license.Signal) string {
	if signal == license.SignalCopilot {
		return "Copilot"
	}
	return "active users"
}

// hiddenUsers are those whom rules cannot judge, by the number of the rule.
type hiddenUsers map[int]*hiddenBy

// hiddenBy are the users whom one rule cannot judge.
type hiddenBy struct {
	rule  *reclaimRule
	users int
	last  license.GUID // who was counted last: users come one after the other
	why   map[hiddenCause]*hiddenCount
}

// hiddenCount counts the users of one cause.
type hiddenCount struct {
	users int
	last  license.GUID
}

func (h hiddenUsers) add(rule *reclaimRule, user license.GUID, causes []hiddenCause) {
	of := h[rule.number]
	if of == nil {
		of = &hiddenBy{rule: rule, why: map[hiddenCause]*hiddenCount{}}
		h[rule.number] = of
	}
	if of.last != user {
		of.users++
		of.last = user
	}
	for _, cause := range causes {
		if of.why[cause] == nil {
			of.why[cause] = &hiddenCount{}
		}
		if n := of.why[cause]; n.last != user {
			n.users++
			n.last = user
		}
	}
}

// findings tells of each rule whom it cannot judge, and why.
func (h hiddenUsers) findings() findings {
	var out findings
	for _, number := range slices.Sorted(maps.Keys(h)) {
		out.add(finding{message: msgReclaimUnknown, source: h[number].rule.Source, args: []any{h[number].rule.Name, h[number]}})
	}
	return out
}

// words says how many users are hidden, and by what.
func (h *hiddenBy) words() string {
	causes := slices.SortedFunc(maps.Keys(h.why), func(a, b hiddenCause) int {
		return cmp.Or(-cmp.Compare(h.why[a].users, h.why[b].users), cmp.Compare(a.signal, b.signal), cmp.Compare(a.why, b.why), cmp.Compare(a.reason, b.reason))
	})
	return quantity.Of(h.users, "user") + " (" + listOf(causes, ", ", func(c hiddenCause) string {
		if n := h.why[c].users; n < h.users {
			return c.words() + ": " + quantity.Text(n)
		}
		return c.words()
	}) + ")"
}

// words says what is missing, and why.
func (c hiddenCause) words() string {
	said := c.what()
	if c.reason != "" {
		said += ": " + strings.TrimRight(c.reason, ". ")
	}
	return said
}

func (c hiddenCause) what() string {
	signal := signalWords(c.signal)
	switch c.why {
	case license.UnavailablePermission:
		return signal + " may not be read"
	case license.UnavailablePremium:
		return signal + " is told in tenants with Entra ID P1 or P2 alone"
	case license.UnavailableConcealed:
		return signal + " has hashes in place of names"
	case license.UnavailableCloud:
		return signal + " does not exist in this cloud"
	case license.UnavailableAbsent:
		return signal + " is not told of them"
	case unavailableNull:
		return signal + " is empty, which is not idle"
	case unavailableOld:
		return signal + " is too old"
	case unavailableMissing:
		return signal + " was not read"
	case unavailableNobody:
		return signal + " is told of nobody at all"
	case unavailableProduct:
		return "no usage report knows the product"
	}
	return signal + " could not be read"
}

func signalWords(s license.Signal) string {
	switch s {
	case license.SignalSignIns:
		return "the last sign-in"
	case license.SignalCreated:
		return "the day on which the account came"
	case license.SignalLeave:
		return "the day of leaving"
	case license.SignalAssigned:
		return "the day on which the license came"
	case license.SignalCopilot:
		return "the report of Copilot's use"
	}
	return "the report of active users"
}

// tellsSignIns reports whether the tenant tells of anybody that they signed in.
func tellsSignIns(s license.Signals) bool {
	if s.SignIns == nil {
		return false
	}
	for _, last := range s.SignIns.Users {
		if last.Latest() != (time.Time{}) {
			return true
		}
	}
	return false
}

// tellsLeave reports whether the tenant tells of anybody that they leave.
func tellsLeave(s license.Signals) bool {
	if s.Leave == nil {
		return false
	}
	for _, at := range s.Leave.Users {
		if !at.IsZero() {
			return true
		}
	}
	return false
}

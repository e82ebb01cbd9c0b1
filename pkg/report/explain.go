package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// explainView is what is said of one user: named and made safe.
type explainView struct {
	tenant   string
	user     string
	asOf     string
	planID   string
	reasons  []explainedReason
	location explainedThing // without a text where there is nothing to say
	licenses []explainedThing
	findings []explainedFinding
	sum      string
}

// explainedReason is one sentence. Both are safe.
type explainedReason struct {
	text   string
	source string // empty: no manifest is concerned
}

// explainedThing is a license or the usage location, with its verdict.
type explainedThing struct {
	mark    string // ASCII, so that reports can be searched
	tone    layout.Tone
	text    string // "Visio Plan 2: loses it"
	reasons []explainedReason
}

type explainedFinding struct {
	explainedReason
	hint string
}

func newExplainView(e *plan.Explanation, n namer) *explainView {
	v := &explainView{
		tenant: tenantName(e.Tenant, e.Cloud), user: explainedUser(e.User), asOf: e.AsOf.String(), planID: Safe(e.PlanID),
		reasons: explainedReasons(e.Reasons), location: explainedLocation(e.Location), sum: explainedSum(e),
	}
	for _, l := range e.Licenses {
		w := licenseWords(l)
		v.licenses = append(v.licenses, explainedThing{
			mark: w.mark, tone: w.tone, text: n.sku(l.SKUID, l.SKUPartNumber) + ": " + w.text + plannedText(l), reasons: explainedReasons(l.Reasons),
		})
	}
	for _, f := range e.Findings {
		text := Safe(string(f.Severity)) + " " + Safe(cmp.Or(string(f.Code), "finding")) + ": " + ofAnother(f, e.User) + SafeMessage(f.Message) + costOf(f.MonthlyCost)
		v.findings = append(v.findings, explainedFinding{explainedReason{text, findingSource(f)}, SafeMessage(f.Hint)})
	}
	return v
}

// explainedUser gives "ada@contoso.com (Ada Brandt), guest, disabled, id …".
func explainedUser(u plan.ExplainedUser) string {
	parts := []string{userName(plan.UserRef{ID: u.ID, UserPrincipalName: u.UserPrincipalName})}
	if u.DisplayName != "" && u.DisplayName != u.UserPrincipalName {
		parts[0] += " (" + Safe(u.DisplayName) + ")"
	}
	if strings.EqualFold(u.UserType, "Guest") {
		parts = append(parts, "guest")
	}
	if !u.AccountEnabled {
		parts = append(parts, "account disabled")
	}
	return strings.Join(append(parts, u.ID.String()), ", ")
}

// ofAnother names whom a finding is about, where it is not the user: somebody
// whom the policy names, for one.
func ofAnother(f plan.Finding, u plan.ExplainedUser) string {
	if f.User == "" || strings.EqualFold(f.User, u.UserPrincipalName) || strings.EqualFold(f.User, u.ID.String()) {
		return ""
	}
	return Safe(f.User) + " "
}

func explainedReasons(reasons []plan.Reason) []explainedReason {
	out := make([]explainedReason, 0, len(reasons))
	for _, r := range reasons {
		t := explainedReason{text: SafeMessage(r.Message)}
		if r.Source != nil {
			t.source = sourceName(*r.Source)
		}
		out = append(out, t)
	}
	return out
}

// verdictWords are how a verdict is shown.
type verdictWords struct {
	mark string
	tone layout.Tone
	text string
}

// licenseWords are those of a license's verdict. What a group assigns and does
// not give the user does not have.
func licenseWords(l plan.ExplainedLicense) verdictWords {
	w := wordsFor(l.Verdict)
	if l.Verdict == plan.VerdictInherited && len(l.Paths) > 0 && !slices.ContainsFunc(l.Paths, func(p plan.Path) bool { return p.InForce }) {
		w.text = "is assigned it by a group, not in force, and no manifest asks for it"
	}
	if l.Verdict == plan.VerdictLose && len(l.KeptBy) > 0 {
		return verdictWords{string(alters), layout.Worth, "gives up a license of their own, and keeps the product by " + choose(len(l.KeptBy), "a group", "groups")}
	}
	return w
}

func wordsFor(v plan.Verdict) verdictWords {
	switch v {
	case plan.VerdictLose:
		return verdictWords{"-", layout.Bad, "loses it"}
	case plan.VerdictUpdate:
		return verdictWords{"~", layout.Worth, "keeps it, with other service plans"}
	case plan.VerdictGain:
		return verdictWords{"+", layout.Good, "gets it"}
	case plan.VerdictBlocked:
		return verdictWords{"!", layout.Worth, "blocked"}
	case plan.VerdictHeld:
		return verdictWords{"!", layout.Worth, "held back"}
	case plan.VerdictProtected:
		return verdictWords{"=", layout.Worth, "left as it is, for the user is protected"}
	case plan.VerdictAccepted:
		return verdictWords{"=", layout.Normal, "left as it is, for the difference is accepted"}
	case plan.VerdictFailing:
		return verdictWords{"!", layout.Worth, "is assigned it, and it is not in force"}
	case plan.VerdictReclaimed:
		return verdictWords{"=", layout.Worth, "does not get it, by a rule of the policy"}
	case plan.VerdictPending:
		return verdictWords{"=", layout.Normal, "asked for later"}
	case plan.VerdictKeep:
		return verdictWords{"=", layout.Normal, "keeps it"}
	case plan.VerdictSatisfied:
		return verdictWords{"=", layout.Normal, "has it from a group"}
	case plan.VerdictInherited:
		return verdictWords{"=", layout.Worth, "has it from a group, and no manifest asks for it"}
	case plan.VerdictUnmanaged:
		return verdictWords{"=", layout.Faint, "not managed"}
	case plan.VerdictIgnored:
		return verdictWords{"=", layout.Faint, "ignored by the policy"}
	default:
		return verdictWords{"?", layout.Worth, Safe(string(v))}
	}
}

// plannedText says what would happen, were it not blocked, held or protected.
func plannedText(l plan.ExplainedLicense) string {
	switch l.Verdict {
	case plan.VerdictBlocked, plan.VerdictHeld, plan.VerdictProtected:
	default:
		return ""
	}
	switch l.Op {
	case plan.OpAdd:
		return " (would get it)"
	case plan.OpRemove:
		if len(l.KeptBy) > 0 {
			return " (would keep it by " + choose(len(l.KeptBy), "a group", "groups") + " alone)"
		}
		return " (would lose it)"
	case plan.OpUpdate:
		return " (would get other service plans)"
	default:
		return ""
	}
}

// explainedLocation words what becomes of the usage location.
func explainedLocation(l plan.ExplainedLocation) explainedThing {
	now, desired := cmp.Or(Safe(l.Now), "none"), Safe(l.Desired)
	out := explainedThing{mark: "=", text: now, reasons: explainedReasons(l.Reasons)}
	switch l.Verdict {
	case plan.VerdictUnmanaged:
		out.text += ": no entry says what it should be"
	case plan.VerdictKeep:
		out.text += ": stays"
	case plan.VerdictUpdate:
		out.mark, out.tone, out.text = "~", layout.Worth, now+" -> "+desired
	default:
		w := wordsFor(l.Verdict)
		out.mark, out.tone, out.text = w.mark, w.tone, now+" -> "+desired+": "+w.text
	}
	return out
}

// explainedSum says in one line what happens.
func explainedSum(e *plan.Explanation) string {
	counts, moves := map[plan.Verdict]int{}, 0
	for _, l := range e.Licenses {
		if l.Verdict == plan.VerdictLose && len(l.KeptBy) > 0 {
			moves++
		} else {
			counts[l.Verdict]++
		}
	}
	changes := changesText(counts, e.Location)
	if e.Reprocess {
		changes = strings.TrimPrefix(changes+", what groups could not give is tried again", ", ")
	}
	if moves > 0 {
		changes = strings.TrimPrefix(changes+", "+counted(moves, "license")+" moved to groups", ", ")
	}
	switch {
	case e.Status == plan.StatusBlocked:
		return "Nothing changes for this user: the change is blocked."
	case e.Status == plan.StatusHeld:
		return "Nothing changes for this user: the change is held."
	case e.Status == "":
		return "Nothing changes for this user."
	case !e.Applyable:
		return "Nothing changes for this user until the guards let the plan pass; then " + changes + "."
	default:
		return "An apply changes this user: " + changes + "."
	}
}

// changesText gives "1 license lost, 2 licenses gained".
func changesText(counts map[plan.Verdict]int, l plan.ExplainedLocation) string {
	var parts []string
	for _, c := range []struct {
		verdict plan.Verdict
		what    string
	}{{plan.VerdictLose, "lost"}, {plan.VerdictGain, "gained"}, {plan.VerdictUpdate, "altered"}} {
		if n := counts[c.verdict]; n > 0 {
			parts = append(parts, counted(n, "license")+" "+c.what)
		}
	}
	if l.Verdict == plan.VerdictUpdate {
		parts = append(parts, "the usage location set")
	}
	return strings.Join(parts, ", ")
}

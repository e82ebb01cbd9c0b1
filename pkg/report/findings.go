package report

import (
	"cmp"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// findingsSection is the findings of one severity.
type findingsSection struct {
	severity plan.Severity
	batches  []*findingBatch // in the order of the plan
	count    int             // findings
}

// findingBatch is findings that say the same of several users or places.
type findingBatch struct {
	named    bool    // they concern users
	findings []int32 // their places among those of the plan
	monthly  plan.Money
	costs    bool // what they cost is known
	summed   bool // they are about several products, and what counts is the sum
}

// findingWords is what is said of a batch. All of it is safe.
type findingWords struct {
	code    string
	message string
	each    []string // of what the message is the sum, the most expensive first; nil: of nothing
	hint    string
	newHint string   // the hint where the batch above does not say it just as well
	related []string // other places, of the first finding
	cost    string   // what all of them cost a month; empty where that is not known
}

// findingKey tells batches apart, by what was found and not by how it is shown.
type findingKey struct {
	severity plan.Severity
	code     plan.Code
	message  string
	hint     string
	named    bool // concerns a user
}

// newFindingKey tells what a finding says. Seats that nobody uses are one
// finding of all products: what counts is the sum.
func newFindingKey(f *plan.Finding) findingKey {
	if isUnused(f) {
		return findingKey{severity: f.Severity, code: f.Code}
	}
	return findingKey{f.Severity, f.Code, f.Message, f.Hint, f.User != ""}
}

// findingSections sorts the findings of a plan, the errors first. Severities
// without a finding are left out; one that nobody knows counts as a note.
func findingSections(all rows[plan.Finding]) []findingsSection {
	sections := []findingsSection{{severity: plan.SeverityError}, {severity: plan.SeverityWarning}, {severity: plan.SeverityInfo}}
	byKey := make(map[findingKey]*findingBatch)
	for i := range all.len() {
		f := all.at(i)
		s := &sections[f.Severity.Rank()]
		s.count++
		key := newFindingKey(f)
		key.severity = s.severity
		b, known := byKey[key]
		if !known {
			b = &findingBatch{named: key.named}
			byKey[key] = b
			s.batches = append(s.batches, b)
		}
		b.findings = append(b.findings, int32(i))
		if f.MonthlyCost != nil {
			b.monthly += *f.MonthlyCost
			b.costs = true
		}
	}
	for _, b := range byKey {
		b.summed = len(b.findings) > 1 && isUnused(all.at(int(b.findings[0])))
		if b.summed {
			slices.SortStableFunc(b.findings, func(i, j int32) int { return cmp.Compare(monthlyCost(all.raw(int(j))), monthlyCost(all.raw(int(i)))) })
		}
	}
	return slices.DeleteFunc(sections, func(s findingsSection) bool { return s.count == 0 })
}

// isUnused reports seats of a product that nobody uses.
func isUnused(f *plan.Finding) bool { return f.Code == plan.CodeUnusedSeats && f.User == "" }

// monthlyCost gives what a finding costs, nothing where that is not known.
func monthlyCost(f *plan.Finding) plan.Money {
	if f.MonthlyCost == nil {
		return 0
	}
	return *f.MonthlyCost
}

// findingWords puts a batch of a section into words.
func (v *planView) findingWords(s findingsSection, i int) findingWords {
	f := v.findingRows.at(int(s.batches[i].findings[0]))
	out := findingWords{code: findingCode(f), message: SafeMessage(f.Message), hint: SafeMessage(f.Hint)}
	if s.batches[i].summed {
		out.message, out.each = v.unusedSeats(s.batches[i])
	}
	for _, r := range f.Related {
		if where := sourceName(r); where != "" {
			out.related = append(out.related, where)
		}
	}
	if s.batches[i].costs {
		out.cost = amountText(s.batches[i].monthly, v.currency)
	}
	if i == 0 || !v.hintsAlike(s.batches[i-1], out) {
		out.newHint = out.hint
	}
	return out
}

// unusedSeats sums up the seats of several products that nobody uses, and tells
// of each product: "Microsoft 365 E5 4,903 of 5,000 for 279,471.00 USD".
func (v *planView) unusedSeats(b *findingBatch) (sum string, each []string) {
	seats := make(map[license.GUID]plan.Seats)
	for _, s := range v.head.Seats {
		seats[s.SKUID] = s
	}
	total := 0
	for _, i := range b.findings {
		f := v.findingRows.at(int(i))
		s := seats[f.SKUID]
		unused := s.Enabled - s.After - s.Reserve
		text := v.sku(f.SKUID, s.SKUPartNumber) + " " + number(unused) + " of " + number(s.Enabled)
		if f.MonthlyCost != nil {
			text += " for " + amountText(*f.MonthlyCost, v.currency)
		}
		total, each = total+unused, append(each, text)
	}
	return counted(total, "seat") + " of " + counted(len(each), "product") + " will be used by nobody", each
}

// hintsAlike reports a batch that says already what to do about another one.
func (v *planView) hintsAlike(above *findingBatch, g findingWords) bool {
	f := v.findingRows.at(int(above.findings[0]))
	return findingCode(f) == g.code && SafeMessage(f.Hint) == g.hint
}

func findingCode(f *plan.Finding) string { return Safe(cmp.Or(string(f.Code), "finding")) }

// about is the users or places that a batch is about.
func (v *planView) about(b *findingBatch) userList {
	if b.summed {
		return alone(member{})
	}
	return userList{len(b.findings), func(i int) member {
		f := v.findingRows.at(int(b.findings[i]))
		m := member{user: plan.UserRef{UserPrincipalName: f.User}}
		if f.Source != nil {
			m.source = sourceOf(*f.Source)
		}
		return m
	}}
}

func findingSource(f plan.Finding) string {
	if f.Source == nil {
		return ""
	}
	return sourceName(*f.Source)
}

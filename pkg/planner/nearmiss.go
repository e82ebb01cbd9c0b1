package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// textsOf gives a property of users, and whether it was read.
func textsOf(o plan.Observed, property string) (map[license.GUID]string, bool) {
	if texts, known := o.Attributes[property]; known {
		return texts, true
	}
	return o.Departments, property == "department" && o.Departments != nil
}

// Unsure tells whose attributes a plan has to know before it takes something
// away, and which: users whom no entry names and no selection finds for what
// they hold, where the selections compare texts with values. Attributes are free
// text, and who is written otherwise than a selection has it is not found. Both
// results are nil where nothing is taken from anybody like that, or all is known.
// The error is that of Make.
func Unsure(in Input) (users []license.GUID, properties []string, err error) {
	properties = slices.DeleteFunc(TextProperties(in.Desired.Queries()), func(property string) bool {
		_, known := textsOf(in.Observed, property)
		return known
	})
	if len(properties) == 0 {
		return nil, nil, nil
	}
	b, err := prepare(in)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range b.compareAll(b.index()).changes {
		if !d.managed.hasOwnEntry && d.TakesAway() {
			users = append(users, d.User.ID)
		}
	}
	if users == nil {
		return nil, nil, nil
	}
	return license.SortedGUIDs(users), properties, nil
}

// textSelection is a selection by a filter, and what it compares.
type textSelection struct {
	*membership
	terms []term
	all   bool // the terms are the whole filter, and each has to hold
}

// noteTexts notes the selections that hold today and compare texts.
func (x *indexer) noteTexts(m *membership) {
	terms, all := termsOf(m.Query)
	if len(TextProperties([]plan.Query{m.Query})) > 0 && m.Entry.Window.PhaseOn(x.day) == plan.Active {
		x.comparing = append(x.comparing, textSelection{m, terms, all})
	}
}

// nearMisses finds the selections that a user would be in but for the way in
// which an attribute is written. Each is a finding.
func (c *comparer) nearMisses(s *managedUser) []plan.Code {
	var out []plan.Code
	for _, n := range c.whom.comparing {
		if slices.ContainsFunc(c.whom.memberships[s.user.ID], func(m *membership) bool { return m.Selection == n.Selection }) {
			continue
		}
		how := c.nearly(n, s.user)
		if how == nil {
			continue
		}
		out = noted(out, plan.CodeSelectionNear)
		c.out.findings.add(finding{message: msgNearMiss, user: s.name(), source: n.Entry.User.Source, args: append([]any{n.Name}, how...)})
	}
	return out
}

// nearly says how a user misses a selection by a hair's breadth: the attribute,
// what the user has and what is asked for; nil: not so.
func (b *basis) nearly(n textSelection, u *license.UserState) []any {
	var how []any
	for _, t := range n.terms {
		text, known := b.textOf(t, u)
		fit, value := t.fits(text)
		switch {
		case known && fit == fitsNearly && how == nil:
			how = []any{t.property, text, value}
		case known && fit == fitsNot && n.all:
			return nil
		}
	}
	return how
}

// textOf gives what a term looks at of a user, and whether that is known.
func (b *basis) textOf(t term, u *license.UserState) (string, bool) {
	switch {
	case strings.EqualFold(t.property, "accountEnabled"):
		return fmt.Sprint(u.AccountEnabled), true
	case strings.EqualFold(t.property, "userType"):
		return u.UserType, true
	case strings.EqualFold(t.property, "usageLocation"):
		return u.UsageLocation, true
	}
	texts, known := textsOf(b.in.Observed, textProperty(t.property))
	return texts[u.ID], known
}

// fit is how well a text fits a term.
type fit int

const (
	fitsNot fit = iota
	fitsNearly
	fitsWell
)

// fits compares a text with the values of a term, and gives the value that it
// comes nearest to.
func (t term) fits(text string) (fit, string) {
	best, value := fitsNot, ""
	for _, v := range t.values {
		if f := t.fitsOne(text, v); f > best {
			best, value = f, v
		}
	}
	return best, value
}

func (t term) fitsOne(text, value string) fit {
	switch {
	case text == value, t.prefix && strings.HasPrefix(text, value):
		return fitsWell
	case text == "" || value == "":
		return fitsNot
	case normalizedText(text) == normalizedText(value), t.prefix && strings.HasPrefix(normalizedText(text), normalizedText(value)):
		return fitsNearly
	}
	here, isCountry := countryOf(text)
	there, isToo := countryOf(value)
	if strings.EqualFold(t.property, "country") && isCountry && isToo && here == there {
		return fitsNearly
	}
	return fitsNot
}

package apply

import (
	"strings"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/plan"
)

// refusal tells one of the service's refusals from the others. Nearly all of
// them are 400 Request_BadRequest, so where no detail and no inner error has a
// code of its own, the whole message is all there is to go by. A word of it is
// not enough: mail addresses conflict as well as service plans.
type refusal struct {
	codes []string // of details and inner errors, as graph gives them; nil: none is known
	texts []string // whole messages in lower case, "*" standing for anything
	reason

	// detail puts the ids in the service's message into words; nil: they are
	// replaced by names where they stand.
	detail func(message string, after plan.State, names Names) string
}

// refusals are the refusals that are known, from Microsoft's pages and from
// what users report. The violations are what licensing by groups calls them.
func refusals() []refusal {
	return []refusal{
		{
			reason: reason{"seat-shortage", "no seat is free", "buy seats, or free one by another change"},
			codes:  []string{"noAvailableLicenses", "CountViolation"},
			texts: []string{
				"subscription with * does not have any available licenses",
				"subscription with * does not have any available licenses left",
				"there are no available licenses for the specified allotment",
			},
		},
		{
			reason: reason{"no-usage-location", "the user has no usage location that the service accepts", "set usageLocation for the user in the manifest"},
			codes:  []string{"invalidUsageLocation", "ProhibitedInUsageLocationViolation"},
			texts: []string{
				"license assignment cannot be done for user with invalid usage location",
				"cannot process request because a referenced item has an invalid usage location",
			},
		},
		{
			reason: reason{"inherited-license", "the license comes from a group and cannot be taken from the user", "take the user out of the group"},
			texts:  []string{"user license is inherited from a group membership and it cannot be removed directly from the user"},
		},
		{
			reason: reason{"not-held", "the user does not hold the license that was to be removed", "plan again"},
			texts:  []string{notHeldText, groupNotHeldText},
		},
		{
			reason: reason{"sku-not-in-tenant", "the tenant does not own the product", "check `licensectl seats`"},
			texts:  []string{"license * does not correspond to a valid company license"},
		},
		{
			reason: reason{"sku-not-for-users", "the product cannot be assigned to a user", "take it out of the manifest"},
			texts:  []string{"license * cannot be assigned to a user"},
		},
		{
			reason: reason{"plan-not-in-product", "a service plan that was to be off is not part of the product", "look at its plans with `licensectl seats`, and plan again"},
			codes:  []string{"notFound disabledServicePlanIds"},
			texts:  []string{"the service plan * does not belong to the subscription with sku *"},
		},
		{
			reason: reason{"plans-exclude", "two service plans exclude each other", "switch one of them off with disabledPlans"},
			codes:  []string{"mutuallyExclusiveServicePlans", "MutuallyExclusiveViolation"},
			texts: []string{
				"license assignment failed because service plans * are mutually exclusive",
				"license assignment failed because service plan * conflicts with service plan *",
				"the license can't be assigned because the user has licensed service plans that conflict with plans in the new license*",
			},
			detail: excludes,
		},
		{
			reason: reason{"plan-needs-another", "a service plan needs another one that is off", "switch the other plan on, or this one off"},
			codes:  []string{"DependencyViolation"},
			texts:  []string{"license assignment failed because service plan * depends on the service plan(s) *"},
			detail: needs,
		},
		{
			reason: reason{"address-conflict", "another object of the tenant has a mail address of the user", "give one of the two another address, and apply again"},
			codes:  []string{"proxyAddressConflict", "UniquenessViolation", "ObjectConflict proxyAddresses"},
			texts: []string{
				"another object with the same value for property proxyaddresses already exists",
				"proxy address is already being used",
			},
		},
		{
			reason: reason{"mastered-elsewhere", "the user is synchronized from another directory, which alone can change this", "change it there, or leave it out of the manifest"},
			texts:  []string{"unable to update the specified properties for on-premises mastered directory sync objects or objects currently undergoing migration"},
		},
	}
}

const (
	notHeldText      = "user does not have a corresponding license"
	groupNotHeldText = "group does not have a corresponding license"
)

// recognize finds out which refusal an error is: by the codes of its inner
// error and details first, and then by the whole message.
func recognize(e *graph.Error) (refusal, bool) {
	said := codesOf(e)
	for _, code := range said {
		for _, known := range refusals() {
			if known.hasCode(code) {
				return known, true
			}
		}
	}
	for _, text := range textsOf(e) {
		for _, known := range refusals() {
			if known.hasText(text) {
				return known, true
			}
		}
	}
	return refusal{}, false
}

// codesOf lists what may tell a refusal from the others: each code by itself,
// and with what it is about where the reply says that.
func codesOf(e *graph.Error) []string {
	property, _, _ := strings.Cut(e.Cause.Property, "[")
	out := []string{e.Cause.Code + " " + property, e.Cause.Code}
	for _, d := range e.Details {
		out = append(out, d.Code+" "+d.Target, d.Code)
	}
	return append(out, e.Code)
}

// textsOf lists the messages of an error, that of the whole first.
func textsOf(e *graph.Error) []string {
	out := []string{plainText(e.Message)}
	for _, d := range e.Details {
		out = append(out, plainText(d.Message))
	}
	return out
}

func (r refusal) hasCode(code string) bool {
	for _, known := range r.codes {
		if strings.EqualFold(known, strings.TrimSpace(code)) {
			return true
		}
	}
	return false
}

func (r refusal) hasText(text string) bool {
	for _, known := range r.texts {
		if matches(text, known) {
			return true
		}
	}
	return false
}

// plainText takes off what comes and goes in one and the same message: case, the
// full stop at the end, the form of an apostrophe.
func plainText(message string) string {
	message = strings.ToLower(strings.ReplaceAll(message, "\u2019", "'"))
	return strings.TrimRight(message, " .")
}

// matches reports whether a pattern is the whole of a text. A star stands for
// any part of it.
func matches(text, pattern string) bool {
	first, rest, starred := strings.Cut(pattern, "*")
	if !starred {
		return text == pattern
	}
	if !strings.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	for i := range len(text) + 1 {
		if matches(text[i:], rest) {
			return true
		}
	}
	return false
}

// notHeld reports a removal of a license that the user does not hold, or that
// the group does not give.
func notHeld(e *graph.Error) bool {
	text := plainText(e.Message)
	return text == notHeldText || text == groupNotHeldText
}

// badLocation reports a refusal for want of a usage location.
func badLocation(e *graph.Error) bool {
	known, ok := recognize(e)
	return ok && known.code == "no-usage-location"
}

// explain gives the reason with what the error says of the case at hand.
func (r refusal) explain(e *graph.Error, after plan.State, names Names) reason {
	out, detail := r.reason, ""
	if r.detail != nil {
		detail = r.detail(e.Message, after, names)
	} else if named := nameIDs(e.Message, names); named != e.Message {
		detail = named
	}
	if detail == "" {
		detail = conflicting(e.Details)
	}
	if detail != "" {
		out.message += ": " + detail
	}
	return out
}

// conflicting names the other object where the service tells which it is.
func conflicting(details []graph.Detail) string {
	for _, d := range details {
		if strings.EqualFold(d.Code, "ConflictingObjects") && d.Target != "" {
			return "object " + d.Target
		}
	}
	return ""
}

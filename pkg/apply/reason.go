package apply

import (
	"regexp"
	"strings"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// reason is a refusal of the service in plain words.
type reason struct {
	code    string // stable; docs/errors.md lists them
	message string
	hint    string
}

// refusal tells one of the service's refusals from the others. Nearly all of
// them are 400 Request_BadRequest, so the words of the message are all there
// is to go by.
type refusal struct {
	words string // part of the message, lower case
	reason

	// detail puts the ids in the service's message into words; nil: they are
	// replaced by names where they stand.
	detail func(message string, after plan.State, names Names) string
}

const notHeldWords = "does not have a corresponding license"

// refusals are the refusals that are known, from Microsoft's pages and from
// what users report.
func refusals() []refusal {
	return []refusal{
		{words: "does not have any available licenses", reason: reason{"seat-shortage", "no seat is free", "buy seats, or free one by another change"}},
		{words: "invalid usage location", reason: reason{"no-usage-location", "the user has no usage location that the service accepts", "set usageLocation for the user in the manifest"}},
		{words: "inherited from a group", reason: reason{"inherited-license", "the license comes from a group and cannot be taken from the user", "take the user out of the group"}},
		{words: notHeldWords, reason: reason{"not-held", "the user does not hold the license that was to be removed", "plan again"}},
		{words: "does not correspond to a valid company license", reason: reason{"sku-not-in-tenant", "the tenant does not own the product", "check `licensectl seats`"}},
		{words: "cannot be assigned to a user", reason: reason{"sku-not-for-users", "the product cannot be assigned to a user", "take it out of the manifest"}},
		{words: "mutually exclusive", reason: reason{"plans-exclude", "two service plans exclude each other", "switch one of them off with disabledPlans"}, detail: excludes},
		{words: "conflict", reason: reason{"plans-exclude", "service plans conflict with others that the user has", "switch one of them off with disabledPlans"}, detail: excludes},
		{words: "depends on the service plan", reason: reason{"plan-needs-another", "a service plan needs another one that is off", "switch the other plan on, or this one off"}, detail: needs},
	}
}

// halfway is the reason that stands beside the refusal of a change of which a
// part was carried out.
func halfway(part string) reason {
	return reason{"partly-done", "carried out in part: " + part, "plan again to complete the change, or plan --undo to take it back"}
}

// notHeld reports a removal of a license that the user does not hold.
func notHeld(e *graph.Error) bool {
	return strings.Contains(strings.ToLower(e.Message), notHeldWords)
}

// explain puts a failed write into plain words, with the names of the products
// and service plans that the service names by id.
func explain(e *graph.Error, after plan.State, names Names) reason {
	switch {
	case e.Unauthorized(), e.Forbidden():
		return reason{"permission", "the tenant does not let this identity change the user", e.Hint()}
	case e.NotFound():
		return reason{"user-not-found", "the tenant no longer has this user", "plan again"}
	case e.Throttled():
		return reason{"throttled", "the tenant asked to slow down until the end", "apply the plan again later, or lower --write-rate"}
	case e.Concurrent():
		return reason{"concurrent", "the tenant was busy with other changes until the end", "apply the plan again, or lower --parallelism"}
	case e.Status == 0 || e.Status >= 500:
		return reason{"unavailable", "the service did not answer as it should", "apply the plan again later"}
	}
	said := strings.ToLower(e.Message)
	for _, known := range refusals() {
		if strings.Contains(said, known.words) {
			return known.explain(e.Message, after, names)
		}
	}
	return reason{"refused", "the service refused the change: " + nameIDs(e.Message, names), ""}
}

// explain gives the reason with what the message says of the case at hand.
func (r refusal) explain(message string, after plan.State, names Names) reason {
	out, detail := r.reason, ""
	if r.detail != nil {
		detail = r.detail(message, after, names)
	} else if named := nameIDs(message, names); named != message {
		detail = named
	}
	if detail != "" {
		out.message += ": " + detail
	}
	return out
}

var guidPattern = regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// nameIDs puts the names of products and service plans in place of their ids.
func nameIDs(message string, names Names) string {
	return guidPattern.ReplaceAllStringFunc(message, func(text string) string {
		id, err := license.ParseGUID(text)
		if err != nil {
			return text
		}
		for _, name := range []string{names.SKUName(id), names.PlanName(id)} {
			if name != id.String() {
				return name
			}
		}
		return text
	})
}

package apply

import (
	"cmp"
	"errors"
	"net/http"
	"regexp"
	"strconv"
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

// halfway is the reason that stands beside the refusal of a change of which a
// part was carried out.
func halfway(part string) reason {
	return reason{"partly-done", "carried out in part: " + part, "plan again to complete the change, or plan --undo to take it back"}
}

// neverSent is the reason of a write that did not leave. An error of the writer
// itself has no hint: what it says is all there is.
func neverSent(err error) reason {
	why := reason{"not-sent", "the write was never sent: " + err.Error(), ""}
	if e, ok := errors.AsType[*graph.Error](err); ok {
		why.hint = cmp.Or(e.Hint(), "look for the way to the service with `licensectl doctor`, and apply the plan again")
	}
	return why
}

// explain puts a failed write into plain words, with the names of the products
// and service plans that the service names by id. A refusal that nobody knows
// is told in the service's own words, without advice that might harm.
func explain(e *graph.Error, after plan.State, names Names) reason {
	switch {
	case e.Throttled():
		return reason{"throttled", "the tenant asked to slow down until the end", "apply the plan again later, or lower --write-rate"}
	case e.Concurrent():
		return reason{"concurrent", "the tenant was busy with other changes until the end", "apply the plan again, or lower --parallelism"}
	case e.Status >= 200 && e.Status < 500 && !e.Spoken():
		return reason{"unclear-answer", "something else than the service answered: " + answered(e.Status), "look for a proxy or gateway on the way, and apply the plan again"}
	case e.Unauthorized(), e.Forbidden():
		return reason{"permission", "the tenant does not let this identity change the user", e.Hint()}
	case e.Status == 0 || e.Status >= 500:
		return reason{"unavailable", "the service did not answer as it should", "apply the plan again later"}
	}
	if known, ok := recognize(e); ok {
		return known.explain(e, after, names)
	}
	if e.NotFound() {
		return reason{"user-not-found", "the tenant no longer has this user", "plan again"}
	}
	return unknownRefusal(e, names)
}

func unknownRefusal(e *graph.Error, names Names) reason {
	return reason{"refused", "the service refused the change: " + nameIDs(cmp.Or(e.Message, e.Code, answered(e.Status)), names), ""}
}

func answered(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
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

package report

import (
	"fmt"
	"io"
	"regexp"

	"github.com/licensectl/licensectl/pkg/fleet"
)

// FleetHTML writes the report of a fleet as one page for a browser, which holds
// its own style and loads nothing. It has every tenant, those first that need a
// person, and leads to the page of each, which lies in the tenant's folder beside
// it.
//
// The error is the writer's.
func FleetHTML(w io.Writer, r fleet.Report, _ Options) error {
	h := htmlFleet{
		Title: fleetHeadline(r), Fleet: Safe(r.Fleet), Verb: Safe(r.Verb), Alerts: fleetGuards(r), Facts: fleetSums(r), Verdict: fleetVerdict(r),
	}
	if !r.StartedAt.IsZero() {
		h.About = "started " + r.StartedAt.UTC().Format("2006-01-02 15:04:05 UTC") + ", took " + seconds(r.Seconds)
	}
	for _, p := range r.Problems {
		h.Problems = append(h.Problems, problemLine(p))
	}
	for _, row := range r.ByNeed() {
		h.Rows = append(h.Rows, newHTMLTenant(row))
	}
	page := htmlPage{Title: "Fleet " + h.Fleet, Body: h, Whole: true, Lists: &htmlData{}}
	if err := writeHTML(w, "fleet", page); err != nil {
		return fmt.Errorf("writing the report of the fleet: %w", err)
	}
	return nil
}

// htmlFleet is what the template of a fleet lays out.
type htmlFleet struct {
	Title, Fleet, Verb, About string
	Verdict                   htmlVerdict
	Alerts                    []string
	Facts                     []note
	Problems                  []string
	Rows                      []htmlTenant
}

// htmlTenant is one tenant with the pages that it leads to.
type htmlTenant struct {
	Name, TenantID, Outcome, Tone, Exit string
	Changes, Findings, Cost, Time, Why  string
	Page                                string // relative to the page of the fleet; empty: there is none
	Files                               []htmlFile
}

// htmlFile is a file of a tenant.
type htmlFile struct{ What, Path string }

// ownPath is a file in the folder of a tenant, such as contoso/plan.html. What
// comes from a document that was changed may be anything.
var ownPath = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*/[a-z0-9-]+\.(html|md|json|jsonl)$`)

func newHTMLTenant(row fleet.Row) htmlTenant {
	t := htmlTenant{
		Name: Safe(row.Name), TenantID: row.TenantID.String(), Outcome: outcomeWord(row.Outcome), Tone: fleetTone(row.Outcome), Exit: exitText(row),
		Changes: rowChanges(row), Findings: rowFindings(row), Cost: rowCost(row), Time: rowTime(row), Why: why(row),
	}
	for _, what := range []string{"receiptPage", "page", "receipt", "plan", "seats", "snapshot", "doctor"} {
		path := row.Files[what]
		if !ownPath.MatchString(path) {
			continue
		}
		if t.Page == "" && (what == "receiptPage" || what == "page") {
			t.Page = path
		}
		t.Files = append(t.Files, htmlFile{map[string]string{"receiptPage": "receipt", "page": "plan", "receipt": "journal", "plan": "plan as JSON"}[what], path})
		if last := &t.Files[len(t.Files)-1]; last.What == "" {
			last.What = what
		}
	}
	return t
}

// fleetVerdict says how the run went as a whole.
func fleetVerdict(r fleet.Report) htmlVerdict {
	v := htmlVerdict{Tone: "quiet", State: "Nobody is needed", Title: outcomeCounts(r.Summary)}
	need := 0
	for outcome, n := range r.Summary.Outcomes {
		if outcome.NeedsPerson() {
			need += n
		}
	}
	switch {
	case need > 0:
		v.Tone, v.State = "stop", counted(need, "tenant")+choose(need, " needs a person", " need a person")
	case !r.Applyable:
		v.Tone, v.State = "stop", "A limit of the fleet stands in the way"
	case r.Summary.Outcomes[fleet.Changes] > 0:
		v.Tone, v.State = "go", counted(r.Summary.Outcomes[fleet.Changes], "tenant")+" would change"
	}
	return v
}

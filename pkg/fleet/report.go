package fleet

import (
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// FormatVersion is the version of the document fleet.json. Readers refuse
// another one.
const FormatVersion = "1"

// Report is what a run over a fleet comes to: a row for each tenant, and what
// they come to together. Its JSON form is fleet.json.
type Report struct {
	FormatVersion string            `json:"formatVersion"`
	Fleet         string            `json:"fleet"` // its name
	Verb          string            `json:"verb"`
	Tool          plan.Tool         `json:"tool"`
	Source        plan.SourceFile   `json:"source"`          // the document of the fleet
	Shard         string            `json:"shard,omitempty"` // I/N; empty: the whole fleet
	Selected      bool              `json:"selected"`        // some were picked by name or label
	PlanID        string            `json:"planId"`          // of all plans together; empty: there are none
	Applyable     bool              `json:"applyable"`       // no limit over all tenants stands in the way
	ExitCode      int               `json:"exitCode"`        // of one run with all of it
	Exit          string            `json:"exit"`            // the name of the exit code
	StartedAt     time.Time         `json:"startedAt"`
	Seconds       float64           `json:"seconds"` // from the first tenant's begin to the last one's end
	Limits        map[string]*Limit `json:"limits"`  // over all tenants, by the name of the guard
	Guards        []Guard           `json:"guards"`  // the limits held against the rows; in the order of GuardNames
	Summary       Summary           `json:"summary"`
	Tenants       []Row             `json:"tenants"` // sorted by name

	// Problems are the mistakes of the manifests, each once, however many tenants
	// use the file; sorted by place. Of validate alone.
	Problems []Problem `json:"problems,omitempty"`
}

// Problem is a mistake in a manifest, with the tenants that it concerns.
type Problem struct {
	File    string   `json:"file"`
	Line    int      `json:"line"`
	Column  int      `json:"column"`
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Hint    string   `json:"hint,omitempty"`
	Warning bool     `json:"warning"` // nothing is refused for it
	Tenants []string `json:"tenants"` // sorted
}

// Limit is a limit as the document of the fleet has it.
type Limit struct {
	Off     bool    `json:"off,omitempty"`
	Count   int     `json:"count"`
	Percent float64 `json:"percent"`
}

// Guard is one limit over all tenants held against the rows.
type Guard struct {
	Name       GuardName `json:"name"`
	Limit      *int      `json:"limit"` // nil: the guard is off
	Actual     int       `json:"actual"`
	Tripped    bool      `json:"tripped"`
	ApprovedBy string    `json:"approvedBy,omitempty"` // what lets it pass
}

// Stops reports whether the guard keeps the plans from being applied.
func (g Guard) Stops() bool { return g.Tripped && g.ApprovedBy == "" }

// Row is what became of one tenant. Of what a verb does not give it has zeros.
type Row struct {
	Name      string            `json:"name"`
	TenantID  license.GUID      `json:"tenantId"`
	Labels    map[string]string `json:"labels,omitempty"`
	Outcome   Outcome           `json:"outcome"`
	ExitCode  *int              `json:"exitCode"` // of the verb, had it been run alone; nil: it was not run
	Exit      string            `json:"exit"`     // the name of the exit code; empty: it was not run
	Message   string            `json:"message"`  // what happened, for a person; empty: nothing else is to be said
	Hint      string            `json:"hint,omitempty"`
	Written   bool              `json:"written"`            // the tenant was written to, or may have been
	Plan      *PlanFacts        `json:"plan"`               // nil: there is none
	Outcomes  map[string]int    `json:"outcomes,omitempty"` // of an apply: changes by what became of them
	Products  *ProductFacts     `json:"products,omitempty"` // of seats
	Files     map[string]string `json:"files"`              // by what they are, with paths relative to the folder of fleet.json
	StartedAt time.Time         `json:"startedAt,omitzero"` // zero: it was not run
	Seconds   float64           `json:"seconds"`
}

// Outcome is what became of a tenant, in a word.
type Outcome string

// The outcomes, those first that need a person most.
const (
	Failed       Outcome = "failed"        // signing in, reading, a manifest, a bug: nothing, or not everything, could be done
	Partial      Outcome = "partial"       // written, and not all as planned
	Refused      Outcome = "refused"       // a limit of the tenant, or a plan that no longer fits
	NotAttempted Outcome = "not_attempted" // the run was stopped before
	Findings     Outcome = "findings"      // there is a plan, with error findings
	Changes      Outcome = "changes"       // something has to change
	Done         Outcome = "done"          // everything was carried out as planned
	Clean        Outcome = "clean"         // nothing has to change, nothing is wrong
)

// Outcomes lists the outcomes, those first that need a person most.
func Outcomes() []Outcome {
	return []Outcome{Failed, Partial, Refused, NotAttempted, Findings, Changes, Done, Clean}
}

// NeedsPerson reports whether somebody has to look at the tenant.
func (o Outcome) NeedsPerson() bool {
	return o != Changes && o != Done && o != Clean
}

// PlanFacts are what a plan of one tenant comes to.
type PlanFacts struct {
	PlanID     string       `json:"planId"`
	Applyable  bool         `json:"applyable"`
	Summary    plan.Summary `json:"summary"`
	Removals   int          `json:"removals"`   // licenses and service plans taken away, as the guard maxRemovals counts them
	SeatsInUse int          `json:"seatsInUse"` // of the products in scope, before the plan
	Errors     int          `json:"errors"`     // findings
	Warnings   int          `json:"warnings"`
	Tripped    []string     `json:"tripped"` // guards of the tenant that stand in the way; sorted, never nil
	Cost       *Cost        `json:"cost"`    // nil: the policy has no prices
}

// Cost is what ready changes cost or save a month, in one currency.
type Cost struct {
	Currency     string     `json:"currency"`
	MonthlyDelta plan.Money `json:"monthlyDelta"`
}

// ProductFacts are the products of a tenant, summed up.
type ProductFacts struct {
	Products int `json:"products"`
	Enabled  int `json:"enabled"`
	Consumed int `json:"consumed"`
	Over     int `json:"over"` // products of which more seats are used than were bought
}

// Summary counts tenants by outcome, and sums up their plans.
type Summary struct {
	Tenants    int             `json:"tenants"`
	Outcomes   map[Outcome]int `json:"outcomes"` // of those that there are
	Changed    int             `json:"changed"`  // tenants of which something is ready to change
	Users      plan.Summary    `json:"users"`
	Removals   int             `json:"removals"`
	SeatsInUse int             `json:"seatsInUse"`
	Errors     int             `json:"errors"`
	Warnings   int             `json:"warnings"`
	Cost       []Cost          `json:"cost"` // by currency, sorted; never nil
	Applied    map[string]int  `json:"applied,omitempty"`
}

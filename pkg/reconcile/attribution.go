package reconcile

import (
	"context"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// The audit log of a large tenant is long: its newest entries have to do, and
// a plan does without them rather than wait.
const (
	auditPages   = 5
	auditTimeout = 10 * time.Second
)

// Attribute adds to a plan who changed the users that drifted. Reading the audit
// log takes permissions that a plan does not need otherwise. Without them, or
// where the log cannot be read for another reason, the plan stays as it is. The
// error is that of the context.
func (s *Session) Attribute(ctx context.Context, p *Planned) error {
	if p.Reader == nil || len(p.Plan.Drifted()) == 0 {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, auditTimeout)
	defer cancel()
	records := map[license.GUID][]plan.AuditRecord{}
	for _, activity := range activities(p.Plan) {
		audits, err := p.Reader.Audits(limited, graph.AuditQuery{Activity: activity, Since: p.since, Pages: auditPages})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			s.Log.Debug("the plan does not tell who changed the tenant, because the audit log could not be read", "error", err)
			continue
		}
		for _, audit := range audits {
			for _, t := range audit.Targets {
				records[t.User] = append(records[t.User], auditRecord(audit, t))
			}
		}
	}
	p.Plan = p.Plan.Attributed(records)
	return nil
}

// auditRecord is what an entry of the log says of one user.
func auditRecord(audit graph.Audit, t graph.AuditTarget) plan.AuditRecord {
	out := plan.AuditRecord{
		AuditEvent:  plan.AuditEvent{At: audit.At, Activity: audit.Activity, Actor: audit.Actor, SKUIDs: t.SKUs},
		Correlation: audit.Correlation, Told: t.Told, UsageLocation: t.UsageLocation,
	}
	if !t.Told {
		out.License, out.UsageLocation = audit.Activity == graph.ActivityLicense, audit.Activity == graph.ActivityUser
	}
	return out
}

// activities are the activities that may have led to the drift of a plan. What
// became of licenses can stand in either.
func activities(p *plan.Plan) []string {
	for _, c := range p.Changes {
		for _, action := range c.Actions {
			if action.Cause == plan.CauseDrift && action.Op != plan.OpSetUsageLocation {
				return []string{graph.ActivityLicense, graph.ActivityUser}
			}
		}
	}
	return []string{graph.ActivityUser}
}

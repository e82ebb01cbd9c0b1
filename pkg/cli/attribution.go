package cli

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

// attribute tells in the plan who changed the users of whom something is
// drift. That takes permissions which a plan does not need otherwise: without
// them, or where the log cannot be read for whatever reason, the plan does not
// tell, and is the same plan.
func (a *app) attribute(ctx context.Context, d *drawn) error {
	if d.reader == nil || len(d.plan.Drifted()) == 0 {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, auditTimeout)
	defer cancel()
	events := map[license.GUID][]plan.AuditEvent{}
	for _, activity := range activities(d.plan) {
		audits, err := d.reader.Audits(limited, graph.AuditQuery{Activity: activity, Since: d.since, Pages: auditPages})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			a.console.Debug("the plan does not tell who changed the tenant, because the audit log could not be read", "error", err)
			continue
		}
		for _, audit := range audits {
			for _, user := range audit.Users {
				events[user] = append(events[user], plan.AuditEvent{At: audit.At, Activity: audit.Activity, Actor: audit.Actor})
			}
		}
	}
	d.plan.Attribute(events)
	return nil
}

// activities are the activities that may have led to the drift of a plan.
func activities(p *plan.Plan) []string {
	drifted := map[plan.Op]bool{}
	for _, c := range p.Changes {
		for _, action := range c.Actions {
			if action.Cause == plan.CauseDrift {
				drifted[action.Op] = true
			}
		}
	}
	var names []string
	if drifted[plan.OpAdd] || drifted[plan.OpUpdate] || drifted[plan.OpRemove] {
		names = append(names, graph.ActivityLicense)
	}
	if drifted[plan.OpSetUsageLocation] {
		names = append(names, graph.ActivityUser)
	}
	return names
}

package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report"
)

// A plan of thousands of changes from one line of a profile names that line
// first, in every view that has a place for it.
func TestPlansNameTheLineThatAsks(t *testing.T) {
	line := &plan.Origin{Kind: plan.OriginProfile, Name: "knowledge-worker", Source: plan.Source{File: "manifests/profiles.yaml", Line: 8}}
	p := plan.Plan{FormatVersion: plan.FormatVersion, Applyable: true}
	for i := range 5000 {
		origin := line
		if i < 2 {
			origin = &plan.Origin{Kind: plan.OriginDefaults, Name: "sales", Source: plan.Source{File: "manifests/sales.yaml", Line: 3}}
		}
		p.Changes = append(p.Changes, plan.Change{
			User:   plan.UserRef{ID: license.GUID{14: byte(i >> 8), 15: byte(i)}, UserPrincipalName: fmt.Sprintf("user%d@contoso.com", i)},
			Source: plan.Source{File: "manifests/sales.yaml", Line: 10 + i}, Status: plan.StatusReady,
			Actions: []plan.Action{{Op: plan.OpAdd, SKUID: license.GUID{1}, SKUPartNumber: "SPE_E5", CausedBy: origin}},
		})
	}
	for name, tc := range map[string]struct{ text, want, other string }{
		"text": {written(t, planText(&p, report.Options{})), `  4,998 users  +4,998 -0 ~0  profile "knowledge-worker"  (manifests/profiles.yaml:8)`, "sales.yaml:"},
		"html": {written(t, planHTML(&p, report.Options{})), "manifests/profiles.yaml:8", "manifests/sales.yaml:"},
	} {
		at := strings.Index(tc.text, tc.want)
		if other := strings.Index(tc.text, tc.other); at < 0 || other >= 0 && other < at {
			t.Errorf("%s names the line at %d, and another one at %d", name, at, other)
		}
	}
}

// Each user counts once for a line, in whatever order their actions come, and each
// action by what it does. What is not ready, or asked for by one user alone, is not
// there.
func TestWhatALineAsksFor(t *testing.T) {
	at := func(line int) plan.Source { return plan.Source{File: "manifests/a.yaml", Line: line} }
	profile := &plan.Origin{Kind: plan.OriginProfile, Name: "desk", Source: at(1)}
	selection := &plan.Origin{Kind: plan.OriginSelection, Name: `group "Sales"`, Source: at(2)}
	defaults := &plan.Origin{Kind: plan.OriginDefaults, Name: "staff", Source: at(3)}
	unlisted := &plan.Origin{Kind: plan.OriginPolicy, Source: at(4)}
	entry := &plan.Origin{Kind: plan.OriginEntry, Source: at(5)}
	does := func(op plan.Op, by *plan.Origin) plan.Action {
		return plan.Action{Op: op, SKUID: license.GUID{1}, SKUPartNumber: "SPE_E5", CausedBy: by, Before: &plan.Before{}}
	}
	p := plan.Plan{FormatVersion: plan.FormatVersion, Applyable: true}
	for i, c := range []plan.Change{
		{Status: plan.StatusReady, Actions: []plan.Action{does(plan.OpRemove, profile), does(plan.OpAdd, selection), does(plan.OpAdd, profile), does(plan.OpAdd, entry)}},
		{Status: plan.StatusReady, Actions: []plan.Action{does(plan.OpRemove, unlisted), does(plan.OpAdd, selection), does(plan.OpAdd, entry)}},
		{Status: plan.StatusReady, Actions: []plan.Action{does(plan.OpRemove, unlisted), does(plan.OpSetUsageLocation, selection), does(plan.OpUpdate, selection), does(plan.OpAdd, defaults)}},
		{Status: plan.StatusReady, Actions: []plan.Action{does(plan.OpUpdate, defaults), does(plan.OpAdd, nil)}},
		{Status: plan.StatusBlocked, Actions: []plan.Action{does(plan.OpAdd, profile), does(plan.OpAdd, unlisted)}},
		{Status: plan.StatusHeld, Actions: []plan.Action{does(plan.OpAdd, profile)}},
	} {
		c.User = plan.UserRef{ID: license.GUID{15: byte(i + 1)}, UserPrincipalName: fmt.Sprintf("user%d@contoso.com", i)}
		p.Changes = append(p.Changes, c)
	}
	_, text, _ := strings.Cut(written(t, planText(&p, report.Options{})), "ASKED FOR BY\n")
	text, _, _ = strings.Cut(text, "\n\n")
	want := strings.Join([]string{
		`  3 users  +2 -0 ~2  group "Sales"  (manifests/a.yaml:2)`,
		`  2 users  +1 -0 ~1  defaults of "staff"  (manifests/a.yaml:3)`,
		`  2 users  +0 -2 ~0  policy  (manifests/a.yaml:4)`,
	}, "\n")
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

package report_test

import (
	"fmt"
	"strings"
	"testing"

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

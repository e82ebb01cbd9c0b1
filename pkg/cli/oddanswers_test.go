package cli_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/plan"
)

// removing is a policy under which nobody may look unlisted by mistake, and a
// selection of the only group.
const removing = `apiVersion: licensectl.dev/v1
kind: Policy
metadata: {name: contoso}
spec: {unlistedUsers: remove, guards: {maxRemovals: off, maxRemovalsPerSku: off, maxUsersLosingAll: off, maxUsersChanged: off}}
---
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: warehouse}
spec:
  defaults: {licenses: [{sku: SPE_F1}]}
  select: {group: Warehouse}
`

// TestOddAnswers: whatever the service answers with a status of success, no
// license is taken that nobody wanted taken.
func TestOddAnswers(t *testing.T) {
	for name, fault := range map[string]emulator.Fault{
		"a web page":         {Effect: emulator.EffectHTML, Status: 200},
		"nothing":            {Effect: emulator.EffectEmptyBody, Status: 200},
		"a list with an end": {Effect: emulator.EffectBrokenList},
	} {
		for _, route := range []string{"organization", "subscribedSkus", "listUsers", "listGroups", "groupMembers"} {
			inBubble(t, name+" of "+route, func(t *testing.T) {
				s := newStation(t)
				s.write("removing.yaml", removing)
				want := s.wants(cli.CodeOK, "plan", "removing.yaml", "-o", "json")
				fault.Route, fault.Count = route, 1
				s.emulator.Inject(fault)
				got := s.wants(cli.CodeOK, "plan", "removing.yaml", "-o", "json")
				if idOfPlan(want.stdout) != idOfPlan(got.stdout) {
					t.Errorf("another plan:\n%s", got.stdout)
				}
			})
		}
	}
}

func idOfPlan(json string) string {
	_, rest, _ := strings.Cut(json, `"planId": "`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

// A service that keeps back what users have is not believed, and the error
// names the permission.
func TestMaskedTenant(t *testing.T) {
	for _, verb := range []string{"plan", "drift", "export"} {
		t.Run(verb, func(t *testing.T) {
			s := newStationWith(t, emulator.Options{Faults: []emulator.Fault{{Route: "listUsers", Effect: emulator.EffectMasked}}})
			s.write("removing.yaml", removing)
			target := map[bool]string{true: "exported", false: "removing.yaml"}[verb == "export"]
			if out := s.wants(cli.CodeAuth, verb, target); !strings.Contains(out.stderr, "User.Read.All") || !strings.Contains(out.stderr, "accountEnabled is not told") {
				t.Errorf("%s", out.stderr)
			}
		})
	}
}

// One user who cannot be read is named, is left alone, and stops nobody.
func TestOddUser(t *testing.T) {
	s := newStationWith(t, emulator.Options{Faults: []emulator.Fault{{Route: "listUsers", Effect: emulator.EffectOddUser}}})
	s.write("removing.yaml", removing)
	out := s.wants(cli.CodeOK, "plan", "removing.yaml", "-o", "json")
	var p plan.Plan
	if err := json.Unmarshal([]byte(out.stdout), &p); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(p.Findings, func(f plan.Finding) bool { return f.Code == plan.CodeUnreadableUser })
	if i < 0 || len(p.Changes) < 3 {
		t.Fatalf("%s", out.stdout)
	}
	ofOdd := func(c plan.Change) bool {
		return c.User.UserPrincipalName == p.Findings[i].User && c.Status == plan.StatusReady
	}
	if slices.ContainsFunc(p.Changes, ofOdd) {
		t.Errorf("%s is changed: %s", p.Findings[i].User, out.stdout)
	}
	if out := s.wants(cli.CodeOK, "export", "exported"); !strings.Contains(out.stdout+out.stderr, "the tenant does not say what the user holds") {
		t.Errorf("%s%s", out.stdout, out.stderr)
	}
	s.wants(cli.CodeOK, "snapshot", "removing.yaml", "--out", "odd.json")
	if out := s.wants(cli.CodeOK, "plan", "removing.yaml", "--live", "odd.json", "-o", "json"); strings.Count(out.stdout, `"code": "unreadable-user"`) != 1 {
		t.Errorf("from a snapshot: %s", out.stdout)
	}
}

// Members of a type that nobody knows make nobody unlisted.
func TestMembersOfAnUnknownType(t *testing.T) {
	s := newStationWith(t, emulator.Options{Faults: []emulator.Fault{{Route: "groupMembers", Effect: emulator.EffectUnknownType}}})
	s.write("removing.yaml", removing)
	out := s.wants(cli.CodeInput, "plan", "removing.yaml", "-o", "json")
	if !strings.Contains(out.stdout, `"code": "member-type-unknown"`) || strings.Contains(out.stdout, `"status": "ready"`) {
		t.Errorf("%s", out.stdout)
	}
}

package cli_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// The invariants that hold over whole commands. The first and the second half
// of it are TestExitCodes; the fourth is TestVerbsThatCannotWrite, the seventh
// is in secrets_test.go.

// Every planned change ends in exactly one outcome, on paper and on screen.
func TestEveryChangeHasOneOutcome(t *testing.T) {
	for name, prepare := range map[string]func(*station) []string{
		"all is well":     func(*station) []string { return nil },
		"one is refused":  func(s *station) []string { return refuse(s, "ada@contoso.com") },
		"all are refused": func(s *station) []string { return fail(s, "assignLicense", 400) },
		"no permission":   func(s *station) []string { return fail(s, "assignLicense", 403) },
		"stopped after one": func(s *station) []string {
			fail(s, "assignLicense", 400)
			return []string{"--stop-after-failures", "1", "--parallelism", "1"}
		},
		"some are held":         func(*station) []string { return []string{"--additions-only"} },
		"some are blocked":      func(s *station) []string { return noSeats(s) },
		"nothing is to be done": applied,
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			args := append([]string{"apply", "--auto-approve", "-o", "json"}, prepare(s)...)
			planned := plannedChanges(s, args)
			out := s.run(args...)
			var document struct {
				Complete bool
				Summary  map[string]int
				Results  []receipt.Result
			}
			if err := json.Unmarshal([]byte(out.stdout), &document); err != nil {
				t.Fatal(err, out.stderr)
			}
			sum := 0
			for _, o := range receipt.Outcomes() {
				sum += document.Summary[string(o)]
			}
			if sum != planned || document.Summary["planned"] != planned || len(document.Results) != planned || !document.Complete {
				t.Errorf("%d changes were planned, and the receipt has %v and %d results", planned, document.Summary, len(document.Results))
			}
		})
	}
}

// plannedChanges makes the plan that an apply with these arguments would carry
// out, and counts its changes.
func plannedChanges(s *station, applyArgs []string) int {
	args := []string{"plan", "-o", "json"}
	for _, a := range applyArgs {
		if a == "--additions-only" {
			args = append(args, a)
		}
	}
	var p struct{ Changes []any }
	if err := json.Unmarshal([]byte(s.run(args...).stdout), &p); err != nil {
		s.t.Fatal(err)
	}
	return len(p.Changes)
}

func refuse(s *station, upn string) []string {
	user, _ := s.emulator.User(upn)
	s.emulator.Inject(emulator.Fault{Route: "assignLicense", Path: "/v1.0/users/" + user.ID.String() + "/*", Effect: emulator.EffectStatus, Status: 400})
	return nil
}

func noSeats(s *station) []string {
	s.edit("manifests/users.yaml", "- {user: ben@contoso.com, licenses: [{sku: SPE_E3}]}", "- {user: ben@contoso.com, licenses: [{sku: POWER_BI_PRO}]}")
	s.edit("manifests/users.yaml", "- {user: cyd@contoso.com, licenses: [{sku: SPE_E3}]}", "- {user: cyd@contoso.com, licenses: [{sku: SPE_E3}, {sku: POWER_BI_PRO}]}")
	return nil
}

// A read that failed or fell short can never lead to a removal.
func TestABrokenReadRemovesNothing(t *testing.T) {
	for _, f := range []emulator.Fault{
		{Path: "/v1.0/users", Effect: emulator.EffectHalfBody},
		{Path: "/v1.0/users", Effect: emulator.EffectStatus, Status: 404},
		{Path: "/v1.0/users", Effect: emulator.EffectHTML, Status: 200},
		{Path: "/v1.0/users", Effect: emulator.EffectEmptyBody, Status: 200},
		{Route: "batch", Effect: emulator.EffectEmptyBody, Status: 200},
		{Path: "/v1.0/organization", Effect: emulator.EffectHTML, Status: 200},
	} {
		t.Run(string(f.Effect)+" "+f.Path+f.Route, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStation(t)
				if f.Route != "batch" {
					// The policy takes licenses from whoever stands in no
					// manifest, so that a read which is taken for whole is a
					// disaster. Otherwise few users are asked for in a batch.
					s.edit("manifests/policy.yaml", "spec:", "spec:\n  unlistedUsers: remove")
				}
				s.emulator.Inject(f)
				out := s.wants(cli.CodeLive, "apply", "--auto-approve", "-o", "json")
				if out.stdout != "" || s.sent() > 0 {
					t.Errorf("%d writes:\n%s", s.sent(), out.stdout)
				}
			})
		})
	}
}

// Apply does a subset of what was approved: changes made by others since are
// not reverted, and nobody who is not in the plan is touched.
func TestApplyDoesNoMoreThanTheSavedPlan(t *testing.T) {
	s := newStation(t)
	args := savedPlanOf(s, []string{"--user", "dan@contoso.com"})
	s.byHand("cyd@contoso.com", `{"addLicenses": [{"skuId": "`+powerBI+`"}], "removeLicenses": []}`)
	before := s.writes()
	s.wants(cli.CodeOK, append([]string{"apply"}, args...)...)
	if n := s.writes() - before; n != 1 {
		t.Errorf("%d writes, want 1", n)
	}
	for upn, want := range map[string]string{"dan@contoso.com": "", "ada@contoso.com": "SPE_E3", "cyd@contoso.com": "POWER_BI_PRO SPE_E3", "eve@contoso.com": "SPE_E3"} {
		if got := s.holds(upn); got != want {
			t.Errorf("%s holds %q, want %q", upn, got, want)
		}
	}
}

// Apply, then plan, is empty; what is not declared stays as it was.
func TestApplyThenPlanIsEmpty(t *testing.T) {
	s := newStation(t)
	s.wants(cli.CodeOK, "apply", "--auto-approve")
	writes := s.writes()
	s.wants(cli.CodeOK, "plan", "--detailed-exitcode")
	s.wants(cli.CodeOK, "drift")
	out := s.wants(cli.CodeOK, "apply", "--auto-approve")
	if s.writes() != writes || len(s.receipts()) != 1 {
		t.Errorf("the second apply has written, or left a receipt:\n%s", out.stdout)
	}
	for upn, want := range map[string]string{
		"ada@contoso.com": "SPE_E5", "ben@contoso.com": "SPE_E3", "cyd@contoso.com": "SPE_E3", "dan@contoso.com": "", "eve@contoso.com": "SPE_E3", "fay@contoso.com": "",
	} {
		if got := s.holds(upn); got != want {
			t.Errorf("%s holds %q, want %q", upn, got, want)
		}
	}
}

// Where a plan after an apply is not empty, the receipt says why.
func TestTheReceiptSaysWhyThePlanIsNotEmpty(t *testing.T) {
	s := newStation(t)
	refuse(s, "ada@contoso.com")
	s.wants(cli.CodePartial, "apply", "--auto-approve")
	s.emulator.Heal()
	s.wants(cli.CodeChanges, "drift")
	r, err := receipt.Read(strings.NewReader(s.receipts()[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, res := range r.Results {
		if refused := res.User.UserPrincipalName == "ada@contoso.com"; refused != (res.Outcome == receipt.Refused) {
			t.Errorf("%s is %s", res.User.UserPrincipalName, res.Outcome)
		}
	}
	s.wants(cli.CodeOK, "apply", "--auto-approve")
	s.wants(cli.CodeOK, "drift")
}

// The receipt is the one of DESIGN: who, from which commit, which plan.
func TestTheReceiptTellsWhereItComesFrom(t *testing.T) {
	for name, environ := range map[string][]string{
		"GitHub":  {"GITHUB_ACTOR=mona", "GITHUB_SHA=3f2c1ab"},
		"GitLab":  {"GITLAB_USER_LOGIN=mona", "CI_COMMIT_SHA=3f2c1ab"},
		"Azure":   {"BUILD_REQUESTEDFOR=mona", "BUILD_SOURCEVERSION=3f2c1ab"},
		"Jenkins": {"BUILD_USER_ID=mona", "GIT_COMMIT=3f2c1ab"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			s.env.Environ = append(s.env.Environ, environ...)
			id := s.planID()
			s.wants(cli.CodeOK, "apply", "--plan-id", id, "--receipt", "out/r.jsonl")
			file, err := os.Open("out/r.jsonl")
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			r, err := receipt.Read(file)
			if err != nil {
				t.Fatal(err)
			}
			if r.Run.Actor != "mona" || r.Run.Commit != "3f2c1ab" || r.Run.PlanID != id || r.Run.Tool.Version != "v1.2.3" || r.End == nil {
				t.Errorf("the receipt begins with %+v", r.Run)
			}
		})
	}
}

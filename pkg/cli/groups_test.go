package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// groupTenant is a tenant with two users, who hold Visio of their own, and a group
// of theirs that gives nothing yet; seats is how many of Visio there are.
const groupTenant = `apiVersion: licensectl.dev/v1
kind: EmulatedTenant
metadata: {name: contoso}
spec:
  tenant: {id: 11111111-2222-4333-8444-555555555555, displayName: Contoso, defaultDomain: contoso.com, countryLetterCode: US}
  products: [{sku: SPE_E3, enabled: 1}, {sku: VISIOCLIENT, enabled: 2}]
  groups: [{name: Licensing - Drawing, members: [ada@contoso.com, ben@contoso.com]}]
  users:
    - {user: ada@contoso.com, usageLocation: DE, licenses: [{sku: VISIOCLIENT}]}
    - {user: ben@contoso.com, usageLocation: DE, licenses: [{sku: VISIOCLIENT}]}
`

// groupManifest has the group give products, and takes the direct licenses of whom
// it gives them.
func groupManifest(products string) string {
	return `apiVersion: licensectl.dev/v1
kind: GroupLicenses
metadata: {name: groups}
spec:
  groups: [{group: Licensing - Drawing, licenses: [` + products + `]}]
---
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: users}
spec:
  users:
    - {user: ada@contoso.com, licenses: [{sku: VISIOCLIENT}]}
    - {user: ben@contoso.com, licenses: [{sku: VISIOCLIENT}]}
---
apiVersion: licensectl.dev/v1
kind: Policy
metadata: {name: contoso}
spec:
  directAndInherited: remove
  guards: {maxUsersChanged: {count: 5}, maxRemovals: {count: 5}, maxRemovalsPerSku: {count: 5}, maxUsersLosingAll: {count: 5}}
`
}

func newGroupStation(t *testing.T, products string) *station {
	t.Helper()
	return newGroupStationWith(t, products, 20*time.Second)
}

// newGroupStationWith has a tenant whose groups take a time to reach their members.
func newGroupStationWith(t *testing.T, products string, delay time.Duration) *station {
	t.Helper()
	return newGroupStationOf(t, groupTenant, products, delay)
}

// newGroupStationOf is that with another tenant.
func newGroupStationOf(t *testing.T, text, products string, delay time.Duration) *station {
	t.Helper()
	tenant, err := emulator.ParseTenant("tenant.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s := newEmptyStation(t, tenant, emulator.Options{GroupDelay: delay, Groups: emulator.GroupWhims{LoseOverlapping: true}})
	s.env.Now = time.Now
	if err := os.Mkdir(filepath.Join(s.dir, "manifests"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.write(filepath.Join("manifests", "groups.yaml"), groupManifest(products))
	return s
}

// TestGroupsFromManifestToReceipt leads two users from licenses of their own to the
// group's: plan, apply, receipt, and a plan that has nothing to do.
func TestGroupsFromManifestToReceipt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newGroupStation(t, "{sku: VISIOCLIENT}")
		s.wants(cli.CodeRefused, "apply") // nobody has approved it
		if s.writes() > 0 {
			t.Fatal("it was written without approval")
		}
		s.wants(cli.CodeOK, "plan", "--out", "plan.json")
		out := s.wants(cli.CodeOK, "apply", "plan.json")
		for _, want := range []string{"Groups: 1 done (1 planned).", "Licensing - Drawing  + Visio", "2 of 2 members as planned", "2 done (2 planned)"} {
			if !strings.Contains(out.stdout, want) {
				t.Errorf("the receipt does not say %q:\n%s", want, out.stdout)
			}
		}
		for _, upn := range []string{"ada@contoso.com", "ben@contoso.com"} {
			if u, _ := s.emulator.User(upn); s.holds(upn) != "" || len(u.Given(published(t, "VISIOCLIENT"))) != 1 {
				t.Errorf("%s holds %+v", upn, u.Assignments)
			}
		}
		if !strings.Contains(out.stderr, "2 users and 1 group, waiting for 2 members of groups to have what is planned") {
			t.Errorf("nobody says what is waited for:\n%s", out.stderr)
		}
		r, err := receipt.Read(strings.NewReader(s.receipts()[0]))
		if err != nil || len(r.GroupIntents) != 1 || len(r.GroupResults) != 1 || r.OpenGroups() != 0 {
			t.Errorf("receipt %+v, %v", r, err)
		}
		if again := s.wants(cli.CodeOK, "plan", "--detailed-exitcode"); !strings.Contains(again.stdout, "No changes") {
			t.Errorf("another plan:\n%s", again.stdout)
		}
		s.wants(cli.CodeOK, "apply", "--auto-approve")
	})
}

func published(t *testing.T, part string) license.GUID {
	t.Helper()
	return must(license.Published().ResolveSKU(part)).ID
}

// TestMembersInErrorEndWith7: the plan cannot know that another administrator takes
// the last seat. Who is in error keeps the license of their own and is named.
func TestMembersInErrorEndWith7(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newGroupStation(t, "{sku: VISIOCLIENT}, {sku: SPE_E3}")
		if err := s.emulator.SetUnits(published(t, "SPE_E3"), license.Units{Enabled: 2}); err != nil {
			t.Fatal(err)
		}
		s.wants(cli.CodeOK, "plan", "--out", "plan.json")
		if err := s.emulator.SetUnits(published(t, "SPE_E3"), license.Units{Enabled: 1}); err != nil {
			t.Fatal(err)
		}
		out := s.wants(cli.CodePartial, "apply", "plan.json")
		failed, other := "ada@contoso.com", "ben@contoso.com"
		if s.holds(failed) == "" {
			failed, other = other, failed
		}
		if s.holds(failed) != "VISIOCLIENT" || s.holds(other) != "" {
			t.Errorf("%s holds %q, %s holds %q", failed, s.holds(failed), other, s.holds(other))
		}
		for _, want := range []string{"1 member in error", failed + ": Microsoft 365 E3: Error, CountViolation", "1 of 2 members as planned, 1 in error"} {
			if !strings.Contains(out.stdout, want) {
				t.Errorf("the receipt does not say %q:\n%s", want, out.stdout)
			}
		}
		if want := "1 of 1 group, with 1 member in error"; !strings.Contains(out.stderr, want) {
			t.Errorf("the last line does not say %q:\n%s", want, out.stderr)
		}
	})
}

// TestWaitForAGroupEnds: what kept the run from its end is told as it is, also where
// there was nothing left to send.
func TestWaitForAGroupEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newGroupStationWith(t, "{sku: VISIOCLIENT}", 2*time.Hour)
		s.wants(cli.CodeOK, "plan", "--out", "plan.json")
		out := s.wants(cli.CodePartial, "apply", "plan.json", "--timeout", "30s")
		if !strings.Contains(out.stdout, "the time was up that --timeout gives") || strings.Contains(out.stdout, "context deadline") {
			t.Errorf("out of time:\n%s%s", out.stdout, out.stderr)
		}
		out = s.wants(cli.CodePartial, "apply", "plan.json", "--group-timeout", "1m")
		if want := "not as planned: 1 of 1 group, and 2 of 2 users; nothing was written"; !strings.Contains(out.stderr, want) {
			t.Errorf("the last line does not say %q:\n%s", want, out.stderr)
		}
	})
}

// TestGroupsThatChangedEndWith6 where nothing was written.
func TestGroupsThatChangedEndWith6(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newGroupStation(t, "{sku: SPE_E3}")
		s.edit(filepath.Join("manifests", "groups.yaml"), "ada@contoso.com, licenses: [{sku: VISIOCLIENT}]", "ada@contoso.com")
		if err := s.emulator.SetUnits(published(t, "SPE_E3"), license.Units{Enabled: 2}); err != nil {
			t.Fatal(err)
		}
		s.wants(cli.CodeOK, "plan", "--out", "plan.json")
		if err := s.emulator.RenameGroup(emulator.DerivedID("group", "Licensing - Drawing"), "Drawing"); err != nil {
			t.Fatal(err)
		}
		out := s.wants(cli.CodeStale, "apply", "plan.json")
		if s.writes() > 0 || !strings.Contains(out.stderr+out.stdout, fmt.Sprintf("the group is called %q now", "Drawing")) {
			t.Errorf("%d writes:\n%s%s", s.writes(), out.stdout, out.stderr)
		}
		out = s.wants(cli.CodeStale, "apply", "plan.json", "--on-stale", "refuse")
		for _, want := range []string{`the group "Licensing - Drawing" (` + emulator.DerivedID("group", "Licensing - Drawing").String() + ") has changed", "exit 6 (stale): 1 group changed since the plan was made"} {
			if !strings.Contains(out.stderr, want) {
				t.Errorf("refused: it does not say %q:\n%s", want, out.stderr)
			}
		}
	})
}

// TestWaitForAnotherChangeIsTold: while the service is at somebody else's change of a
// group, the run says what it waits for.
func TestWaitForAnotherChangeIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newGroupStationWith(t, "{sku: VISIOCLIENT}, {sku: SPE_E3}", 5*time.Minute)
		e3 := published(t, "SPE_E3")
		if err := s.emulator.SetUnits(e3, license.Units{Enabled: 2}); err != nil {
			t.Fatal(err)
		}
		if err := s.emulator.SetGroupLicenses(emulator.DerivedID("group", "Licensing - Drawing"), emulator.License{SKU: e3}); err != nil {
			t.Fatal(err)
		}
		out := s.wants(cli.CodeOK, "apply", "--auto-approve")
		if want := "waiting until the service is done with another change of 1 group"; !strings.Contains(out.stderr, want) {
			t.Errorf("nobody says %q:\n%s", want, out.stderr)
		}
	})
}

// TestGroupsThatCouldNotGo: what kept every group from its turn and goes away by itself is
// no mistake of the input; what the plan itself blocks is one.
func TestGroupsThatCouldNotGo(t *testing.T) {
	for name, tc := range map[string]struct {
		code cli.Code
		says string
		lost bool // the policy accepts a difference of a group that the tenant does not have
	}{
		"the service is busy":      {cli.CodePartial, "not as planned: 1 of 1 group, and 1 of 1 user; nothing was written", false},
		"the policy is in the way": {cli.CodeInput, "the plan blocks 1 group, and nothing was ready; nothing was written", true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newGroupStationWith(t, "{sku: VISIOCLIENT}", 2*time.Hour)
				group, visio := emulator.DerivedID("group", "Licensing - Drawing"), published(t, "VISIOCLIENT")
				products := []emulator.License{{SKU: published(t, "SPE_E3")}}
				if tc.lost {
					products = []emulator.License{{SKU: visio}}
					s.edit(filepath.Join("manifests", "groups.yaml"), "licenses: [{sku: VISIOCLIENT}]}]", "licenses: []}]")
					s.edit(filepath.Join("manifests", "groups.yaml"), "  directAndInherited: remove",
						"  directAndInherited: keep\n  acceptedDrift: [{group: Renamed, sku: VISIOCLIENT, owner: it, reason: pilot, until: 2099-01-01}]")
				} else {
					s.edit(filepath.Join("manifests", "groups.yaml"), "ada@contoso.com, licenses: [{sku: VISIOCLIENT}]", "ada@contoso.com")
				}
				if err := s.emulator.SetGroupLicenses(group, products...); err != nil {
					t.Fatal(err)
				}
				if tc.lost {
					time.Sleep(3 * time.Hour)
				}
				out := s.wants(tc.code, "apply", "--auto-approve", "--group-timeout", "1m")
				if s.writes() > 0 || !strings.Contains(out.stderr, tc.says) {
					t.Errorf("%d writes; the last line does not say %q:\n%s", s.writes(), tc.says, out.stderr)
				}
			})
		})
	}
}

// TestPlansThatTheServiceKeepsOff: an apply asks for a service plan that the service
// switches off again. With its receipt for a baseline the next plan knows, and says so; one
// without cannot.
func TestPlansThatTheServiceKeepsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e3 := must(license.Published().ResolveSKU("SPE_E3"))
		sway := must(license.Published().ResolvePlan(e3, "SWAY")).ID
		tenant := must(emulator.ParseTenant("tenant.yaml", []byte(strings.Replace(groupTenant, "{sku: SPE_E3, enabled: 1}", "{sku: SPE_E3, enabled: 9}", 1))))
		s := newEmptyStation(t, tenant, emulator.Options{Groups: emulator.GroupWhims{AlsoDisabled: []emulator.License{{SKU: e3.ID, DisabledPlans: []license.GUID{sway}}}}})
		s.env.Now = time.Now
		if err := os.Mkdir(filepath.Join(s.dir, "manifests"), 0o700); err != nil {
			t.Fatal(err)
		}
		s.write(filepath.Join("manifests", "groups.yaml"), groupManifest("{sku: SPE_E3, disabledPlans: []}"))
		out := s.wants(cli.CodeOK, "apply", "--auto-approve", "--receipt", "last.jsonl")
		if !strings.Contains(out.stdout, "the service itself has switched SWAY of Microsoft 365 E3 off") {
			t.Errorf("the receipt does not say it:\n%s", out.stdout)
		}
		time.Sleep(time.Hour)
		out = s.wants(cli.CodeOK, "drift", "--baseline", "last.jsonl", "--full")
		if !strings.Contains(out.stdout, "No drift") || !strings.Contains(out.stdout, "they came back switched off") {
			t.Errorf("drift:\n%s", out.stdout)
		}
		before := s.writes()
		s.wants(cli.CodeOK, "apply", "--baseline", "last.jsonl", "--cause", "drift", "--auto-approve")
		if s.writes() > before {
			t.Error("the nightly run has asked for it again")
		}
		if out := s.wants(cli.CodeOK, "plan"); !strings.Contains(out.stdout, "~ Microsoft 365 E3") {
			t.Errorf("a plan that knows nothing of it:\n%s", out.stdout)
		}
	})
}

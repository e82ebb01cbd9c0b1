package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/cli"
)

// clock sets the clock of a station.
func (s *station) clock(now string) {
	s.t.Helper()
	at := must(time.Parse(time.RFC3339, now))
	s.env.Now = func() time.Time { return at }
}

// inZone has the policy count days in a time zone.
func (s *station) inZone(zone string) {
	s.edit("manifests/policy.yaml", "spec:", "spec:\n  timeZone: "+zone)
}

// editPlan changes a saved plan past the tool, under its id.
func (s *station) editPlan(change func(map[string]any)) {
	s.t.Helper()
	var p map[string]any
	if err := json.Unmarshal([]byte(s.read("plan.json")), &p); err != nil {
		s.t.Fatal(err)
	}
	change(p)
	s.write("plan.json", string(must(json.Marshal(p))))
}

// A saved plan is good on its day, in the time zone of its policy, and for
// fourteen days after it.
func TestTheDayOfASavedPlan(t *testing.T) {
	for name, c := range map[string]struct {
		zone, made, at, applied string
		flags                   []string
		code                    cli.Code
	}{
		"the same day":                     {"UTC", "2026-11-21T02:10:00Z", "", "2026-11-21T23:59:59Z", nil, 0},
		"tomorrow, from the far east":      {"UTC", "2026-11-21T02:10:00Z", "2026-11-22", "2026-11-21T10:00:01Z", nil, 6},
		"tomorrow, a second early":         {"UTC", "2026-11-21T02:10:00Z", "2026-11-22", "2026-11-21T23:59:59Z", nil, 6},
		"tomorrow, when it has come":       {"UTC", "2026-11-21T02:10:00Z", "2026-11-22", "2026-11-22T00:00:00Z", nil, 0},
		"tomorrow, west of here":           {"America/Los_Angeles", "2026-11-21T12:00:00Z", "2026-11-22", "2026-11-22T07:59:59Z", nil, 6},
		"tomorrow has come in the west":    {"America/Los_Angeles", "2026-11-21T12:00:00Z", "2026-11-22", "2026-11-22T08:00:00Z", nil, 0},
		"tomorrow has come in the east":    {"Asia/Tokyo", "2026-11-21T02:10:00Z", "2026-11-22", "2026-11-21T15:00:00Z", nil, 0},
		"the fourteenth day after":         {"UTC", "2026-11-21T02:10:00Z", "", "2026-12-05T23:59:59Z", nil, 0},
		"the fifteenth day after":          {"UTC", "2026-11-21T02:10:00Z", "", "2026-12-06T00:00:00Z", nil, 6},
		"two years old":                    {"UTC", "2026-11-21T02:10:00Z", "", "2028-11-21T02:10:00Z", nil, 6},
		"for a day long past":              {"UTC", "2026-11-21T02:10:00Z", "2026-03-01", "2026-11-21T02:11:00Z", nil, 6},
		"more days allowed":                {"UTC", "2026-11-21T02:10:00Z", "", "2026-12-06T00:00:00Z", []string{"--max-plan-age", "15d"}, 0},
		"days without a letter":            {"UTC", "2026-11-21T02:10:00Z", "", "2026-12-06T00:00:00Z", []string{"--max-plan-age", "15"}, 0},
		"its day alone":                    {"UTC", "2026-11-21T02:10:00Z", "", "2026-11-22T00:00:00Z", []string{"--max-plan-age", "0"}, 6},
		"within hours":                     {"UTC", "2026-11-21T22:00:00Z", "", "2026-11-22T04:00:00Z", []string{"--max-plan-age", "6h"}, 0},
		"hours ago":                        {"UTC", "2026-11-21T22:00:00Z", "", "2026-11-22T04:00:01Z", []string{"--max-plan-age", "6h"}, 6},
		"hours after a day planned ahead":  {"UTC", "2026-11-21T22:00:00Z", "2026-12-01", "2026-12-01T05:00:00Z", []string{"--max-plan-age", "6h"}, 0},
		"hours never count before the day": {"UTC", "2026-11-21T22:00:00Z", "2026-11-22", "2026-11-21T23:00:00Z", []string{"--max-plan-age", "6h"}, 6},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			s.inZone(c.zone)
			s.clock(c.made)
			plan := []string{"plan", "--out", "plan.json"}
			if c.at != "" {
				plan = append(plan, "--at", c.at)
			}
			s.wants(cli.CodeOK, plan...)
			for _, where := range []string{"with its manifests", "without"} {
				if where == "without" {
					s.gone("manifests")
					s.gone(".licensectl")
				}
				s.clock(c.applied)
				out := s.wants(c.code, append([]string{"apply", "plan.json"}, c.flags...)...)
				if wrote := s.writes() > 0; wrote != (c.code == cli.CodeOK) {
					t.Errorf("%s: wrote: %t\n%s", where, wrote, out.stderr)
				}
			}
		})
	}
}

// gone takes a file or folder away.
func (s *station) gone(name string) {
	s.t.Helper()
	if err := os.RemoveAll(filepath.Join(s.dir, name)); err != nil {
		s.t.Fatal(err)
	}
}

// Of a plan that does not tell its time zone the day has to have begun, and not
// to be too long ago, everywhere. The manifests tell, where they are there.
func TestASavedPlanWithoutATimeZone(t *testing.T) {
	for name, c := range map[string]struct {
		applied string
		here    bool
		code    cli.Code
	}{
		"not begun in the west":         {"2026-11-21T11:59:59Z", false, 6},
		"begun everywhere":              {"2026-11-21T12:00:00Z", false, 0},
		"passed in the east":            {"2026-12-05T10:00:00Z", false, 6},
		"the manifests tell it":         {"2026-11-21T02:10:00Z", true, 0},
		"the manifests tell it is over": {"2026-12-06T00:00:00Z", true, 6},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			s.wants(cli.CodeOK, "plan", "--out", "plan.json")
			s.editPlan(func(p map[string]any) { delete(p, "timeZone") })
			if !c.here {
				s.gone("manifests")
			}
			s.clock(c.applied)
			s.wants(c.code, "apply", "plan.json")
		})
	}
}

// One that names a zone which is none, or another on each machine, does not
// tell it either.
func TestASavedPlanWithAFalseTimeZone(t *testing.T) {
	for _, zone := range []string{"Local", "posixrules", "../../etc/passwd", "Factory"} {
		t.Run(zone, func(t *testing.T) {
			s := newStation(t)
			s.wants(cli.CodeOK, "plan", "--out", "plan.json")
			s.editPlan(func(p map[string]any) { p["timeZone"] = zone })
			s.gone("manifests")
			s.wants(cli.CodeStale, "apply", "plan.json")
		})
	}
}

const oneMore = `
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: late}
spec:
  users: [{user: eve@contoso.com, licenses: [{sku: SPE_E3}]}]
`

// A manifest that came to the folders since, or is gone, makes a plan stale
// like one that has changed.
func TestManifestsThatCameOrWent(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*station)
		want   string
	}{
		"added":        {func(s *station) { s.write("manifests/late.yaml", oneMore) }, "manifests/late.yaml was added since"},
		"gone":         {func(s *station) { s.gone("manifests/policy.yaml") }, "manifests/policy.yaml is gone since"},
		"changed":      {func(s *station) { s.edit("manifests/users.yaml", "staff", "crew") }, "manifests/users.yaml has changed since"},
		"broken":       {func(s *station) { s.write("manifests/users.yaml", "{") }, "manifests/users.yaml has changed since"},
		"all are gone": {func(s *station) { s.gone("manifests/policy.yaml"); s.gone("manifests/users.yaml") }, "the folder holds no"},
		"a copy":       {func(s *station) { s.write("manifests/zusers.yaml", s.read("manifests/users.yaml")) }, "manifests/zusers.yaml was added since"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			s.wants(cli.CodeOK, "plan", "--out", "plan.json")
			c.change(s)
			for _, paths := range [][]string{nil, {"manifests"}} {
				out := s.wants(cli.CodeStale, append([]string{"apply", "plan.json"}, paths...)...)
				if !strings.Contains(out.stderr, c.want) || s.sent() > 0 {
					t.Errorf("says\n%s", out.stderr)
				}
			}
		})
	}
}

// The manifests may lie elsewhere than they did.
func TestManifestsOfAnotherCheckout(t *testing.T) {
	s := newStation(t)
	s.wants(cli.CodeOK, "plan", "--out", "plan.json")
	if err := os.Mkdir("checkout", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename("manifests", "checkout/licenses"); err != nil {
		t.Fatal(err)
	}
	out := s.wants(cli.CodeOK, "apply", "plan.json", "checkout/licenses", "-o", "json")
	if strings.Contains(out.stderr, "warning") || !strings.Contains(out.stdout, `"limits": "manifests"`) {
		t.Errorf("says\n%s%s", out.stderr, out.stdout)
	}
	s.wants(cli.CodeInput, "apply", "plan.json", "other.json")
}

// A plan of an older version does not tell where its manifests were. What has
// changed is found all the same, what is gone where others are there.
func TestAnOldPlan(t *testing.T) {
	s := newStation(t)
	s.wants(cli.CodeOK, "plan", "--out", "plan.json")
	s.editPlan(func(p map[string]any) { delete(p, "manifests"); delete(p, "timeZone") })
	s.clock("2026-11-22T12:00:00Z")
	policy := s.read("manifests/policy.yaml")
	s.gone("manifests/policy.yaml")
	s.wants(cli.CodeStale, "apply", "plan.json")
	s.write("manifests/policy.yaml", policy+"# more\n")
	s.wants(cli.CodeStale, "apply", "plan.json")
	s.write("manifests/policy.yaml", policy)
	out := s.wants(cli.CodeOK, "apply", "plan.json")
	if !strings.Contains(out.stderr, "the plan is of an older version") || !strings.Contains(out.stdout, "limits and approvals as the saved plan has them") {
		t.Errorf("says\n%s%s", out.stderr, out.stdout)
	}
}

// raised lets a plan pass its guards by what its file says.
func raised(p map[string]any) {
	for _, g := range p["guards"].([]any) {
		g.(map[string]any)["limit"], g.(map[string]any)["tripped"] = 1000, false
	}
	p["applyable"] = true
}

// approvedBy does so by somebody who has approved nothing.
func approvedBy(p map[string]any) {
	for _, g := range p["guards"].([]any) {
		if g := g.(map[string]any); g["tripped"] == true {
			g["approvedBy"] = "the-boss"
		}
	}
	p["applyable"] = true
}

func switchedOff(p map[string]any) {
	raised(p)
	for _, g := range p["guards"].([]any) {
		g.(map[string]any)["limit"] = nil
	}
}

func TestLimitsAreThoseOfTheManifests(t *testing.T) {
	for name, edit := range map[string]func(map[string]any){"raised": raised, "approved": approvedBy, "switched off": switchedOff} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			strictPolicy(s)
			s.wants(cli.CodeRefused, "plan", "--out", "plan.json")
			s.editPlan(edit)
			for _, args := range [][]string{{"apply", "plan.json"}, {"apply", "plan.json", "manifests"}, {"apply", "plan.json", "--plan-id", s.savedID()}} {
				s.wants(cli.CodeRefused, args...)
			}
			if s.sent() > 0 {
				t.Error("writes")
			}
			// Where they are not there, that is said, on the screen and in the receipt.
			s.gone("manifests")
			out := s.wants(cli.CodeOK, "apply", "plan.json")
			if !strings.Contains(out.stderr, "its limits and approvals are taken from the file") || !strings.Contains(s.receipts()[0], `"limits":"plan"`) {
				t.Errorf("says\n%s%s", out.stderr, s.receipts()[0])
			}
		})
	}
}

// savedID gives the id of plan.json.
func (s *station) savedID() string {
	return regexp.MustCompile(`sha256:[0-9a-f]{64}`).FindString(s.read("plan.json"))
}

// A percentage is worked out again, of the tenant as it is.
func TestALimitThatIsAPercentage(t *testing.T) {
	s := newStation(t)
	s.edit("manifests/policy.yaml", "spec:", "spec:\n  guards: {maxRemovals: {count: 0, percent: 40}}")
	s.wants(cli.CodeRefused, "plan", "--out", "plan.json") // 2 of 3
	s.editPlan(raised)
	s.wants(cli.CodeRefused, "apply", "plan.json")
	s.edit("manifests/policy.yaml", "percent: 40", "percent: 70")
	s.wants(cli.CodeOK, "plan", "--out", "plan.json")
	s.wants(cli.CodeOK, "apply", "plan.json")
}

// An approval that the manifests have goes on to count.
func TestAnApprovalOfTheManifests(t *testing.T) {
	s := newStation(t)
	strictPolicy(s)
	id := s.planID()
	s.write("manifests/approval.yaml", "apiVersion: licensectl.dev/v1\nkind: Approval\nmetadata: {name: cleanup}\nspec: {planId: '"+id+"', guards: [maxRemovals]}\n")
	s.wants(cli.CodeOK, "plan", "--out", "plan.json")
	s.wants(cli.CodeOK, "apply", "plan.json")
}

func TestATightenedLimitStays(t *testing.T) {
	s := newStation(t)
	s.wants(cli.CodeRefused, "plan", "--out", "plan.json", "--tighten", "maxRemovals=1")
	s.wants(cli.CodeRefused, "apply", "plan.json")
	s.wants(cli.CodeOK, "apply", "plan.json", "--allow", "maxRemovals")
}

// A plan that leads back has its policy from manifests, too.
func TestLimitsOfAPlanThatLeadsBack(t *testing.T) {
	s := newStation(t)
	s.wants(cli.CodeOK, "snapshot", "--out", "before.json")
	s.wants(cli.CodeOK, "apply", "--auto-approve", "--receipt", "run.jsonl")
	for _, back := range [][]string{{"--undo", "run.jsonl"}, {"--restore", "before.json"}} {
		s.edit("manifests/policy.yaml", "spec:", "spec:\n  guards: {maxRemovals: {count: 0, percent: 0}}")
		s.wants(cli.CodeRefused, append([]string{"plan", "--out", "plan.json"}, back...)...)
		s.editPlan(raised)
		sent := s.sent()
		s.wants(cli.CodeRefused, "apply", "plan.json")
		s.edit("manifests/policy.yaml", "{count: 0, percent: 0}", "{count: 9, percent: 0}")
		s.wants(cli.CodeStale, "apply", "plan.json")
		if s.sent() > sent {
			t.Error("writes")
		}
		s.edit("manifests/policy.yaml", "\n  guards: {maxRemovals: {count: 9, percent: 0}}", "")
	}
	s.wants(cli.CodeOK, "plan", "--undo", "run.jsonl", "--out", "plan.json")
	s.wants(cli.CodeOK, "apply", "plan.json")
	if got := s.holds("ada@contoso.com"); got != "SPE_E3" {
		t.Errorf("Ada holds %s", got)
	}
}

// A user who is in a plan twice is no user of a plan.
func TestAUserWhoIsInAPlanTwice(t *testing.T) {
	for name, edit := range map[string]func(map[string]any){
		"by name": func(p map[string]any) {
			changes := p["changes"].([]any)
			user := func(i int) map[string]any { return changes[i].(map[string]any)["user"].(map[string]any) }
			user(1)["userPrincipalName"] = strings.ToUpper(user(0)["userPrincipalName"].(string))
		},
		"by id": func(p map[string]any) {
			changes := p["changes"].([]any)
			p["changes"] = append(changes, changes[0])
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			s.wants(cli.CodeOK, "plan", "--out", "plan.json")
			s.editPlan(edit)
			for _, verb := range []string{"apply", "show"} {
				if out := s.wants(cli.CodeInput, verb, "plan.json"); !strings.Contains(strings.ToLower(out.stderr), "it has ada@contoso.com twice") {
					t.Errorf("says\n%s", out.stderr)
				}
			}
		})
	}
}

// Whoever reviewed the name of one meant nobody else. The receipt has the name
// that the tenant has.
func TestANameThatIsNotTheUsers(t *testing.T) {
	s := newStation(t)
	s.wants(cli.CodeOK, "plan", "--out", "plan.json")
	s.editPlan(func(p map[string]any) {
		for _, c := range p["changes"].([]any) {
			if user := c.(map[string]any)["user"].(map[string]any); user["userPrincipalName"] == "dan@contoso.com" {
				user["userPrincipalName"] = "leaver@contoso.com"
			}
		}
	})
	out := s.wants(cli.CodePartial, "apply", "plan.json")
	if s.holds("dan@contoso.com") != "SPE_E3" || !strings.Contains(out.stdout, "dan@contoso.com") ||
		!strings.Contains(out.stdout, "the plan calls this user leaver@contoso.com") {
		t.Errorf("says\n%s", out.stdout)
	}
	s.wants(cli.CodeStale, "apply", "plan.json", "--on-stale", "refuse")
}

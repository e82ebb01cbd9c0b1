package cli_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gofrs/flock"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
)

// A situation leads to one exit code, whatever the format. before prepares it
// and may give further arguments.
type situation struct {
	name   string
	code   cli.Code
	args   []string
	before func(*station) []string
	prints bool // there is a document
}

func situations() []situation {
	return []situation{
		{name: "plan without changes", code: cli.CodeOK, args: []string{"plan", "--detailed-exitcode"}, before: applied, prints: true},
		{name: "plan with changes", code: cli.CodeOK, args: []string{"plan"}, prints: true},
		{name: "plan with changes and detailed codes", code: cli.CodeChanges, args: []string{"plan", "--detailed-exitcode"}, prints: true},
		{name: "drift without changes", code: cli.CodeOK, args: []string{"drift"}, before: applied, prints: true},
		{name: "drift with changes", code: cli.CodeChanges, args: []string{"drift"}, prints: true},
		{name: "drift with a tripped guard", code: cli.CodeChanges, args: []string{"drift"}, before: strictPolicy, prints: true},
		{name: "apply with changes", code: cli.CodeOK, args: []string{"apply", "--auto-approve"}, prints: true},
		{name: "apply without changes", code: cli.CodeOK, args: []string{"apply"}, before: applied, prints: true},
		{name: "apply a plan again", code: cli.CodeOK, args: []string{"apply"}, before: func(s *station) []string { applied(s); return savedBefore(s) }, prints: true},
		{name: "explain", code: cli.CodeOK, args: []string{"explain", "ada@contoso.com"}, prints: true},
		{name: "explain a change that a guard stops", code: cli.CodeOK, args: []string{"explain", "ada@contoso.com"}, before: strictPolicy, prints: true},
		{name: "explain among error findings", code: cli.CodeOK, args: []string{"explain", "ada@contoso.com"}, before: unknownUser, prints: true},
		{name: "seats", code: cli.CodeOK, args: []string{"seats"}, prints: true},
		{name: "show a plan", code: cli.CodeOK, args: []string{"show"}, before: savedPlan, prints: true},
		{name: "show a plan that trips a guard", code: cli.CodeOK, args: []string{"show"}, before: func(s *station) []string { strictPolicy(s); return savedPlan(s) }, prints: true},
		{name: "validate", code: cli.CodeOK, args: []string{"validate"}, prints: true},
		{name: "version", code: cli.CodeOK, args: []string{"version"}, prints: true},

		{name: "validate broken manifests", code: cli.CodeInput, args: []string{"validate"}, before: brokenManifest, prints: true},
		{name: "plan broken manifests", code: cli.CodeInput, args: []string{"plan"}, before: brokenManifest},
		{name: "apply broken manifests", code: cli.CodeInput, args: []string{"apply", "--auto-approve"}, before: brokenManifest},
		{name: "no manifests", code: cli.CodeInput, args: []string{"plan", "nowhere"}},
		{name: "an option that names nothing", code: cli.CodeInput, args: []string{"plan", "--user", "zoe@contoso.com"}},
		{name: "explain nobody", code: cli.CodeInput, args: []string{"explain"}},
		{name: "explain somebody who is not there", code: cli.CodeInput, args: []string{"explain", "zoe@contoso.com"}},
		{name: "explain broken manifests", code: cli.CodeInput, args: []string{"explain", "ada@contoso.com"}, before: brokenManifest},
		{name: "explain me to an app", code: cli.CodeAuth, args: []string{"explain", "me"}},
		{name: "unknown flag", code: cli.CodeInput, args: []string{"plan", "--full-throttle"}},
		{name: "unknown guard", code: cli.CodeInput, args: []string{"plan", "--tighten", "maxRemoval=1"}},
		{name: "plan with error findings", code: cli.CodeInput, args: []string{"plan", "--detailed-exitcode"}, before: unknownUser, prints: true},
		{name: "drift with error findings", code: cli.CodeInput, args: []string{"drift"}, before: unknownUser, prints: true},
		{name: "error findings before a tripped guard", code: cli.CodeInput, args: []string{"plan"}, before: func(s *station) []string { unknownUser(s); return strictPolicy(s) }, prints: true},
		{name: "apply with error findings and nothing else", code: cli.CodeInput, args: []string{"apply"}, before: func(s *station) []string { applied(s); return unknownUser(s) }, prints: true},
		{name: "apply with --allow for any plan", code: cli.CodeInput, args: []string{"apply", "--allow", "maxRemovals"}},
		{name: "apply a broken plan", code: cli.CodeInput, args: []string{"apply", "broken.json"}, before: func(s *station) []string { s.write("broken.json", `{"formatVersion": "1"`); return nil }},
		{name: "apply a plan that was edited", code: cli.CodeInput, args: []string{"apply"}, before: editedPlan},
		{name: "apply without a place for the receipt", code: cli.CodeInput, args: []string{"apply", "--auto-approve", "--receipt", "tenant.yaml/r.jsonl"}},
		{name: "apply over a receipt", code: cli.CodeInput, args: []string{"apply", "--auto-approve", "--receipt", "tenant.yaml"}},
		{name: "show something else", code: cli.CodeInput, args: []string{"show", "tenant.yaml"}},

		{name: "wrong secret", code: cli.CodeAuth, args: []string{"plan"}, before: noSecret},
		{name: "wrong tenant by policy", code: cli.CodeAuth, args: []string{"plan"}, before: otherTenant},
		{name: "wrong tenant by policy, applying", code: cli.CodeAuth, args: []string{"apply", "--auto-approve"}, before: otherTenant},
		{name: "wrong tenant by flag and policy", code: cli.CodeAuth, args: []string{"plan", "--tenant-id", "99999999-2222-4333-8444-555555555555"}},
		{name: "no permission to read", code: cli.CodeAuth, args: []string{"seats"}, before: func(s *station) []string { return fail(s, "subscribedSkus", 403) }},
		{name: "no permission to read users", code: cli.CodeAuth, args: []string{"drift"}, before: func(s *station) []string { return fail(s, "/v1.0/users", 403) }},

		{name: "plan with a tripped guard", code: cli.CodeRefused, args: []string{"plan", "--detailed-exitcode"}, before: strictPolicy, prints: true},
		{name: "plan with a tightened guard", code: cli.CodeRefused, args: []string{"plan", "--tighten", "maxRemovals=1"}, prints: true},
		{name: "apply with a tripped guard", code: cli.CodeRefused, args: []string{"apply", "--auto-approve"}, before: strictPolicy},
		{name: "apply a plan that trips a guard", code: cli.CodeRefused, args: []string{"apply"}, before: func(s *station) []string { strictPolicy(s); return savedPlan(s) }},
		{name: "apply without a confirmation", code: cli.CodeRefused, args: []string{"apply"}},

		{name: "another plan id", code: cli.CodeStale, args: []string{"apply", "--plan-id", "sha256:" + strings.Repeat("0", 64)}},
		{name: "another plan id for a saved plan", code: cli.CodeStale, args: []string{"apply", "--plan-id", "sha256:" + strings.Repeat("0", 64)}, before: savedPlan},
		{name: "manifests have changed", code: cli.CodeStale, args: []string{"apply"}, before: func(s *station) []string {
			args := savedPlan(s)
			s.edit("manifests/users.yaml", "name: staff", "name: people")
			return args
		}},
		{name: "a plan for another tenant", code: cli.CodeStale, args: []string{"apply", "--emulate", "other.yaml"}, before: func(s *station) []string {
			s.write("other.yaml", strings.Replace(s.read("tenant.yaml"), "11111111-", "99999999-", 1))
			return savedPlan(s)
		}},
		{name: "users have changed, refusing", code: cli.CodeStale, args: []string{"apply", "--on-stale", "refuse"}, before: func(s *station) []string {
			args := savedPlan(s)
			s.byHand("ada@contoso.com", `{"addLicenses": [{"skuId": "`+powerBI+`"}], "removeLicenses": []}`)
			return args
		}},
		{name: "all users have changed", code: cli.CodeStale, args: []string{"apply"}, before: func(s *station) []string {
			args := savedPlanOf(s, []string{"--user", "ada@contoso.com"})
			s.byHand("ada@contoso.com", `{"addLicenses": [{"skuId": "`+powerBI+`"}], "removeLicenses": []}`)
			return args
		}, prints: true},

		{name: "one user has changed", code: cli.CodePartial, args: []string{"apply"}, before: func(s *station) []string {
			args := savedPlan(s)
			s.byHand("ada@contoso.com", `{"addLicenses": [{"skuId": "`+powerBI+`"}], "removeLicenses": []}`)
			return args
		}, prints: true},
		{name: "the service refuses", code: cli.CodePartial, args: []string{"apply", "--auto-approve"}, before: func(s *station) []string { return fail(s, "assignLicense", 400) }, prints: true},
		{name: "an app has no me", code: cli.CodeAuth, args: []string{"plan", "me.yaml"}, before: func(s *station) []string {
			s.write("me.yaml", "apiVersion: licensectl.dev/v1\nkind: UserLicenses\nmetadata: {name: me}\nspec: {users: [me]}\n")
			return nil
		}},
		{name: "no permission to write", code: cli.CodeAuth, args: []string{"apply", "--auto-approve"}, before: func(s *station) []string {
			fail(s, "assignLicense", 403)
			return fail(s, "users/*", 403)
		}, prints: true},
		{name: "apply with error findings", code: cli.CodePartial, args: []string{"apply", "--auto-approve"}, before: unknownUser, prints: true},
		{name: "some changes are held", code: cli.CodePartial, args: []string{"apply", "--auto-approve", "--additions-only"}, prints: true},

		{name: "the products cannot be read", code: cli.CodeLive, args: []string{"plan"}, before: func(s *station) []string { return fail(s, "subscribedSkus", 400) }},
		{name: "the reading breaks off", code: cli.CodeLive, args: []string{"plan"}, before: func(s *station) []string {
			s.emulator.Inject(emulator.Fault{Path: "/v1.0/subscribedSkus", Effect: emulator.EffectHalfBody})
			return nil
		}},
		{name: "users come as nonsense", code: cli.CodeLive, args: []string{"plan"}, before: func(s *station) []string {
			s.emulator.Inject(emulator.Fault{Route: "listUsers", Effect: emulator.EffectQuoted, Property: "accountEnabled"})
			return nil
		}},
		{name: "names are kept back", code: cli.CodeAuth, args: []string{"plan"}, before: func(s *station) []string {
			s.emulator.Inject(emulator.Fault{Route: "listUsers", Effect: emulator.EffectNulled, Property: "userPrincipalName"})
			return nil
		}},
		{name: "the list of users goes in a circle", code: cli.CodeLive, args: []string{"snapshot", "--by", "user"}, before: func(s *station) []string {
			s.emulator.Inject(emulator.Fault{Route: "listUsers", Effect: emulator.EffectCirclingLink})
			return nil
		}},
		{name: "the service is down", code: cli.CodeLive, args: []string{"apply", "--auto-approve"}, before: func(s *station) []string { return fail(s, "organization", 503) }},
		{name: "the time is up", code: cli.CodeLive, args: []string{"apply", "--auto-approve", "--timeout", "1s"}, before: func(s *station) []string { return fail(s, "organization", 503) }},

		{name: "the lock is held", code: cli.CodeBusy, args: []string{"apply", "--auto-approve"}, before: heldLock},
	}
}

func applied(s *station) []string {
	s.wants(cli.CodeOK, "plan", "--out", "before.json")
	s.wants(cli.CodeOK, "apply", "--auto-approve")
	return nil
}

// savedBefore gives the plan that applied has carried out.
func savedBefore(*station) []string { return []string{"before.json"} }

func savedPlan(s *station) []string { return savedPlanOf(s, nil) }

func savedPlanOf(s *station, narrowed []string) []string {
	s.run(append([]string{"plan", "--out", "saved.json"}, narrowed...)...)
	return []string{"saved.json"}
}

func editedPlan(s *station) []string {
	savedPlan(s)
	s.edit("saved.json", "ada@contoso.com", "eve@contoso.com")
	s.edit("saved.json", `"usageLocation": "DE"`, `"usageLocation": "US"`)
	return []string{"saved.json"}
}

func strictPolicy(s *station) []string {
	s.edit("manifests/policy.yaml", "spec:", "spec:\n  guards: {maxRemovals: {count: 1, percent: 0}}")
	return nil
}

func unknownUser(s *station) []string {
	s.edit("manifests/users.yaml", "users:", "users:\n    - {user: zoe@contoso.com, licenses: [{sku: SPE_E3}]}")
	return nil
}

func brokenManifest(s *station) []string {
	s.edit("manifests/users.yaml", "licenses: []", "licences: []")
	return nil
}

func otherTenant(s *station) []string {
	s.edit("manifests/policy.yaml", "11111111-", "99999999-")
	return nil
}

func noSecret(s *station) []string {
	s.env.Environ = append(s.env.Environ, "AZURE_CLIENT_SECRET=")
	return []string{"--auth", "env"}
}

// fail makes a route, or a path, answer with a status.
func fail(s *station, where string, status int) []string {
	f := emulator.Fault{Effect: emulator.EffectStatus, Status: status}
	switch {
	case strings.HasPrefix(where, "/"):
		f.Path = where
		s.emulator.Inject(emulator.Fault{Route: "batch", Effect: emulator.EffectStatus, Status: status})
	case where == "assignLicense":
		f.Route = where
	default:
		f.Path = "/v1.0/" + where
	}
	s.emulator.Inject(f)
	return nil
}

func heldLock(s *station) []string {
	if err := os.MkdirAll(".licensectl", 0o700); err != nil {
		s.t.Fatal(err)
	}
	lock := flock.New(filepath.Join(s.dir, ".licensectl", "lock"))
	if ours, err := lock.TryLock(); err != nil || !ours {
		s.t.Fatal("cannot take the lock", err)
	}
	s.t.Cleanup(func() { _ = lock.Unlock() })
	return nil
}

// formatsOf gives the formats of a verb.
func formatsOf(verb string) []string {
	switch verb {
	case "plan", "drift", "show":
		return []string{"text", "json", "markdown", "diff", "csv", "html"}
	case "apply":
		return []string{"text", "json", "markdown", "csv", "html"}
	case "seats":
		return []string{"text", "json", "csv"}
	default:
		return []string{"text", "json"}
	}
}

// TestExitCodes shows every code, in every format: the code does not depend on
// the format, a document is whole or not there, and where the code promises
// that nothing was written nothing was.
func TestExitCodes(t *testing.T) {
	shown := map[cli.Code]bool{cli.CodeInternal: true, cli.CodeInterrupted: true, cli.CodeCrashed: true} // by tests of their own, the last of cmd/licensectl
	for _, c := range situations() {
		shown[c.code] = true
		for _, format := range formatsOf(c.args[0]) {
			t.Run(c.name+"/"+format, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { c.check(t, format) })
			})
		}
	}
	for _, row := range cli.ExitCodes() {
		if !shown[row.Code] {
			t.Errorf("no situation shows exit code %d", row.Code)
		}
	}
}

func (c situation) check(t *testing.T, format string) {
	s := newStation(t)
	args := append([]string{}, c.args...)
	if c.before != nil {
		args = append(args, c.before(s)...)
	}
	before := s.writes()
	out := s.wants(c.code, append(args, "-o", format)...)
	if format == "json" {
		checkDocument(t, out, c.prints)
	} else if c.prints != (out.stdout != "") && c.args[0] != "apply" {
		t.Errorf("prints %q on standard output", out.stdout)
	}
	written := s.writes() - before
	for _, row := range cli.ExitCodes() {
		if row.Code == c.code && row.Written == "no" && written > 0 {
			t.Errorf("exit code %d promises that nothing was written, and %d writes were carried out", c.code, written)
		}
	}
}

func TestInterruptedBeforeAnythingIsWritten(t *testing.T) {
	for _, verb := range [][]string{{"plan"}, {"drift"}, {"explain", "ada@contoso.com"}, {"seats"}, {"apply", "--auto-approve"}} {
		t.Run(verb[0], func(t *testing.T) {
			s := newStation(t)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if out := s.runContext(ctx, verb...); out.code != int(cli.CodeInterrupted) || out.stdout != "" {
				t.Errorf("ends with %d and prints %q", out.code, out.stdout)
			}
			if s.sent() > 0 {
				t.Error("has written")
			}
		})
	}
}

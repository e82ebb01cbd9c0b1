package cli_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

// readsOfGroups are the calls that read what groups give and to whom, and what they take.
func readsOfGroups() map[string]string {
	return map[string]string{
		"listGroups":   "reading the licenses of groups takes Group.Read.All (application)",
		"groupMembers": "reading the members of a group takes GroupMember.Read.All (application)",
	}
}

// TestGroupsThatMayNotBeRead: whoever may not read groups learns from every verb that
// needs them which permission is missing, and how to find out whose; no verb takes them for
// groups that give nothing, and none writes.
func TestGroupsThatMayNotBeRead(t *testing.T) {
	verbs := []string{"plan", "apply --auto-approve", "drift", "explain ada@contoso.com", "explain --group=Licensing", "export --update", "export new", "snapshot manifests --out s.json"}
	for route, takes := range readsOfGroups() {
		for _, verb := range verbs {
			t.Run(route+"/"+verb, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newGroupStation(t, "{sku: VISIOCLIENT}")
					if err := s.emulator.SetGroupLicenses(emulator.DerivedID("group", "Licensing - Drawing"), emulator.License{SKU: must(license.Published().ResolveSKU("SPE_E3")).ID}); err != nil {
						t.Fatal(err)
					}
					s.emulator.Inject(emulator.Fault{Route: route, Effect: emulator.EffectStatus, Status: 403, Code: "Authorization_RequestDenied"})
					before := s.writes()
					out := s.wants(cli.CodeAuth, strings.Fields(verb)...)
					for _, want := range []string{"exit 4 (auth): a permission is missing", takes, "`licensectl doctor` names the app", "with an administrator's consent"} {
						if !strings.Contains(out.stderr, want) {
							t.Errorf("it does not say %q:\n%s", want, out.stderr)
						}
					}
					if strings.Contains(out.stderr, "export with --groups=false") != (verb == "export new") {
						t.Errorf("how to do without groups:\n%s", out.stderr)
					}
					if s.writes() > before {
						t.Error("it has written")
					}
				})
			})
		}
		t.Run(route+"/seats", func(t *testing.T) {
			s := newGroupStation(t, "{sku: VISIOCLIENT}")
			s.emulator.Inject(emulator.Fault{Route: route, Effect: emulator.EffectStatus, Status: 403, Code: "Authorization_RequestDenied"})
			s.wants(cli.CodeOK, "seats")
			s.wants(cli.CodeOK, "export", "new", "--groups=false")
		})
	}
}

// TestGroupsThatTheAppMayNotRead: a doctor names what an app is not granted for groups, and
// which app it is; in a fleet the row of the tenant says it.
func TestGroupsThatTheAppMayNotRead(t *testing.T) {
	s := newGroupStationOf(t, strings.Replace(groupTenant, "  users:\n", "  applications:\n    - {clientId: "+clientID+", secret: "+canary+
		", roles: [User.Read.All, Organization.Read.All, LicenseAssignment.ReadWrite.All, LicenseAssignment.Read.All]}\n  users:\n", 1), "{sku: VISIOCLIENT}", 0)
	out := s.wants(cli.CodeAuth, "doctor", "--for", "plan")
	for _, want := range []string{"signed in as the app " + clientID, "GroupMember.Read.All is missing", "Group.Read.All is missing, for reading the licenses of groups", "fix: grant the app the application permission Group.Read.All, GroupMember.Read.All"} {
		if !strings.Contains(out.stdout, want) {
			t.Errorf("it does not say %q:\n%s", want, out.stdout)
		}
	}
	s.write("fleet.yaml", "apiVersion: licensectl.dev/v1\nkind: Fleet\nmetadata: {name: all}\nspec:\n  tenants:\n    - {name: contoso, tenantId: 11111111-2222-4333-8444-555555555555, clientId: "+
		clientID+", secretEnv: AZURE_CLIENT_SECRET, paths: [manifests]}\n")
	for _, format := range []string{"text", "json", "markdown", "html", "csv"} {
		out = s.run("fleet", "plan", "-o", format)
		if takes := "Group.Read.All (application)"; out.code == 0 || !strings.Contains(strings.ReplaceAll(out.stdout, "`", ""), takes) {
			t.Errorf("the fleet ends with %d and does not say %q:\n%s%s", out.code, takes, out.stdout, out.stderr)
		}
	}
}

// TestHiddenMembers: a group whose members are hidden from the app is left as it is, and
// the plan names the permission that shows them.
func TestHiddenMembers(t *testing.T) {
	s := newGroupStationOf(t, strings.Replace(groupTenant, "{name: Licensing - Drawing,", "{name: Licensing - Drawing, hiddenMembership: true,", 1), "{sku: VISIOCLIENT}", 0)
	for _, verb := range []string{"plan", "drift", "apply --auto-approve"} {
		before := s.writes()
		out := s.wants(cli.CodeInput, strings.Fields(verb)...)
		if text := out.stdout + out.stderr; !strings.Contains(text, "with the permission Member.Read.Hidden alone") || s.writes() > before {
			t.Errorf("%s does not name the permission, or has written:\n%s", verb, text)
		}
	}
	out := s.wants(cli.CodeOK, "explain", "--group", "Licensing - Drawing")
	if !strings.Contains(out.stdout, "members not told") || !strings.Contains(out.stdout, "Member.Read.Hidden") {
		t.Errorf("the explanation does not say that members are hidden:\n%s", out.stdout)
	}
}

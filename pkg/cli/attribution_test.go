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

// newAuditedStation is a station whose identity has these permissions besides
// those that every verb needs.
func newAuditedStation(t *testing.T, permissions ...string) *station {
	t.Helper()
	return newStationAuditing(t, "", permissions)
}

// newStationAuditing is that at a tenant whose log tells so much.
func newStationAuditing(t *testing.T, detail emulator.AuditDetail, permissions []string) *station {
	t.Helper()
	s := newStation(t)
	s.edit("tenant.yaml", "  products:", `  applications:
    - {clientId: `+clientID+`, secret: `+canary+`, roles: [`+strings.Join(append(emulator.DefaultRoles(), permissions...), ", ")+`]}
  products:`)
	tenant := must(emulator.ParseTenant("tenant.yaml", []byte(s.read("tenant.yaml"))))
	s.emulator = must(emulator.New(tenant, emulator.Options{AuditLog: detail}))
	s.env.Transport = s.emulator.Transport()
	return s
}

// drifted applies, has somebody take Cyd's license, and gives the plan of
// drift.
func (s *station) drifted() (result, plan.Plan) {
	s.t.Helper()
	s.wants(cli.CodeOK, "apply", "--auto-approve", "--receipt", "last.jsonl")
	s.byHand("cyd@contoso.com", `{"addLicenses":[],"removeLicenses":["`+e3+`"]}`)
	out := s.wants(cli.CodeChanges, "drift", "--baseline", "last.jsonl", "-o", "json")
	var p plan.Plan
	if err := json.Unmarshal([]byte(out.stdout), &p); err != nil {
		s.t.Fatal(err)
	}
	return out, p
}

// The ids of SPE_E3 and SPE_E5.
const (
	e3 = "05e9a617-0261-4cee-bb44-138d3ef5d965"
	e5 = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"
)

func TestDriftTellsWhoChangedTheTenant(t *testing.T) {
	s := newAuditedStation(t, "AuditLog.Read.All", "Directory.Read.All")
	_, p := s.drifted()
	if len(p.Changes) != 1 || len(p.Changes[0].Audit) != 1 {
		t.Fatalf("changes %+v", p.Changes)
	}
	// The apply itself, which changed others before the baseline, does not show.
	if e := p.Changes[0].Audit[0]; e.Activity != "Change user license" || e.Actor == "" || e.At.IsZero() {
		t.Errorf("%+v", e)
	}
}

// Of what the log has about a user, what changed the difference is named, in
// whichever form it is there; what changed another product, or nothing, is not.
func TestDriftNamesTheCauseAlone(t *testing.T) {
	for detail, want := range map[emulator.AuditDetail][]string{
		emulator.AuditDetailed: {"Change user license"},
		emulator.AuditOdd:      {"Update user"},
	} {
		t.Run(string(detail), func(t *testing.T) {
			s := newStationAuditing(t, detail, []string{"AuditLog.Read.All", "Directory.Read.All"})
			s.wants(cli.CodeOK, "apply", "--auto-approve", "--receipt", "last.jsonl")
			s.byHand("cyd@contoso.com", `{"addLicenses":[],"removeLicenses":["`+e3+`"]}`)
			s.byHand("cyd@contoso.com", `{"addLicenses":[{"skuId":"`+e5+`","disabledPlans":[]}],"removeLicenses":[]}`)
			s.byHand("cyd@contoso.com", `{"addLicenses":[],"removeLicenses":["`+e5+`"]}`)
			out := s.wants(cli.CodeChanges, "drift", "--baseline", "last.jsonl", "-o", "json")
			var p plan.Plan
			if err := json.Unmarshal([]byte(out.stdout), &p); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range p.Changes[0].Audit {
				got = append(got, e.Activity)
				if len(e.SKUIDs) != 1 || e.SKUIDs[0].String() != e3 || e.Actor == "" {
					t.Errorf("%q: %+v", detail, e)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q: %v, want %v", detail, got, want)
			}
		})
	}
}

// Without the permissions, or where the log fails, the plan is the same and
// nothing is said.
func TestDriftIsSilentWithoutTheAuditLog(t *testing.T) {
	for name, tt := range map[string]struct {
		permissions []string
		fault       emulator.Fault
	}{
		"no permission": {},
		"half of it":    {permissions: []string{"AuditLog.Read.All"}},
		"the log fails": {[]string{"AuditLog.Read.All", "Directory.Read.All"}, emulator.Fault{Status: 400}},
		"it is no log":  {[]string{"AuditLog.Read.All", "Directory.Read.All"}, emulator.Fault{Effect: emulator.EffectHTML, Status: 200}},
	} {
		inBubble(t, name, func(t *testing.T) {
			s := newAuditedStation(t, tt.permissions...)
			if tt.fault.Status != 0 {
				tt.fault.Route = "directoryAudits"
				s.emulator.Inject(tt.fault)
			}
			out, p := s.drifted()
			if p.Changes[0].Audit != nil || out.stderr != "exit 2 (changes): 1 user changed in the tenant\n" {
				t.Errorf("audit %v, stderr:\n%s", p.Changes[0].Audit, out.stderr)
			}
		})
	}
}

// The log is asked for nothing where nobody wants to know.
func TestTheAuditLogIsReadForDriftAlone(t *testing.T) {
	s := newAuditedStation(t, "AuditLog.Read.All", "Directory.Read.All")
	s.wants(cli.CodeOK, "plan")
	s.wants(cli.CodeOK, "apply", "--auto-approve", "--receipt", "last.jsonl")
	s.wants(cli.CodeOK, "drift", "--baseline", "last.jsonl")
	if slices.Contains(s.requests(), "GET /v1.0/auditLogs/directoryAudits") {
		t.Errorf("asked for %v", s.requests())
	}
}

package cli_test

import (
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// outcomesOf reads the only receipt of a station.
func outcomesOf(t *testing.T, s *station) map[receipt.Outcome]int {
	t.Helper()
	r, err := receipt.Read(strings.NewReader(s.receipts()[0]))
	if err != nil {
		t.Fatal(err)
	}
	return r.Counts()
}

// A wait that the tenant asks for is told every ten seconds, without a terminal
// too, and ends where it is stated.
func TestWaitsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(t)
		s.env.Now = time.Now
		s.emulator.Inject(emulator.Fault{Route: "assignLicense", Effect: emulator.EffectStatus, Status: 429, RetryAfter: time.Minute, Count: 1})
		out := s.wants(cli.CodeOK, "apply", "--auto-approve")
		if n := strings.Count(out.stderr, "the tenant asks to wait"); n < 5 {
			t.Errorf("a minute was told %d times:\n%s", n, out.stderr)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := newStation(t)
		s.env.Now = time.Now
		s.emulator.Inject(emulator.Fault{Route: "assignLicense", Effect: emulator.EffectStatus, Status: 429, RetryAfter: time.Second})
		begun := time.Now()
		out := s.wants(cli.CodePartial, "apply", "--auto-approve", "--throttle-timeout", "2m")
		if took := time.Since(begun); took > 4*time.Minute || !strings.Contains(out.stderr, "turns every write away") {
			t.Errorf("it took %s:\n%s", took, out.stderr)
		}
		s.emulator.Heal()
		s.wants(cli.CodeOK, "apply", "--auto-approve")
	})
}

// Exit code 4 promises that nothing was written, and is given only where that
// was seen.
func TestNothingWrittenIsSeen(t *testing.T) {
	denied := emulator.Fault{Route: "assignLicense", Status: 403, Code: "Authorization_RequestDenied"}
	late, vague := denied, denied
	late.Effect = emulator.EffectLateStatus
	vague.Effect, vague.Body = emulator.EffectLateStatus, "<html>Access denied</html>"
	for name, c := range map[string]struct {
		fault emulator.Fault
		blind bool // users cannot be read after the first write
		want  cli.Code
	}{
		"refused":                            {denied, false, cli.CodeAuth},
		"refused, and nobody can see":        {denied, true, cli.CodePartial},
		"carried out":                        {late, false, cli.CodeOK},
		"carried out, and a proxy answers":   {vague, false, cli.CodeOK},
		"carried out, and nobody can see":    {late, true, cli.CodePartial},
		"a proxy answers, nobody can see":    {vague, true, cli.CodePartial},
		"refused by a proxy, and seen":       {emulator.Fault{Route: "assignLicense", Effect: emulator.EffectHTML, Status: 403}, false, cli.CodeAuth},
		"refused by a proxy, nobody can see": {emulator.Fault{Route: "assignLicense", Effect: emulator.EffectHTML, Status: 401}, true, cli.CodePartial},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStation(t)
				s.emulator.Inject(c.fault)
				if c.want == cli.CodeAuth {
					// Nothing shows that the permission is there.
					token := s.emulator.AppToken("Organization.Read.All", "LicenseAssignment.Read.All", "User.Read.All")
					s.env.Environ = []string{"LICENSECTL_AUTH=token", "LICENSECTL_ACCESS_TOKEN=" + token}
				}
				if c.blind {
					s.env.Transport = onWrite{s.emulator.Transport(), func() {
						s.emulator.Inject(emulator.Fault{Route: "batch", Effect: emulator.EffectStatus, Status: 503})
					}}
				}
				out := s.wants(c.want, "apply", "--auto-approve", "--parallelism", "1", "-o", "json")
				if promised := strings.Contains(out.stderr, "nothing was written"); promised != (c.want == cli.CodeAuth) {
					t.Errorf("stderr:\n%s", out.stderr)
				}
			})
		})
	}
}

// withRestricted is a station in whose tenant nobody may change ada.
func withRestricted(t *testing.T) *station {
	t.Helper()
	data, err := os.ReadFile("testdata/contoso/tenant.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tenant, err := emulator.ParseTenant("tenant.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	for i := range tenant.Users {
		tenant.Users[i].ManagementRestricted = tenant.Users[i].UserPrincipalName == "ada@contoso.com"
	}
	return newStationOf(t, tenant, emulator.Options{})
}

// One user who may not be changed keeps nobody else from it, and is told what
// it can be.
func TestOneForbiddenUser(t *testing.T) {
	for _, parallelism := range []string{"1", "64"} {
		t.Run(parallelism, func(t *testing.T) {
			s := withRestricted(t)
			out := s.wants(cli.CodePartial, "apply", "--auto-approve", "--parallelism", parallelism)
			if counts := outcomesOf(t, s); counts[receipt.Done] != 2 || counts[receipt.Refused] != 1 {
				t.Errorf("counts %v", counts)
			}
			if !strings.Contains(out.stdout, "restricted management administrative unit") || !strings.Contains(out.stdout, "user-forbidden") {
				t.Errorf("stdout:\n%s", out.stdout)
			}
		})
	}
}

// What a run was refused is not taken back, whoever has done it since.
func TestUndoLeavesOutWhatWasRefused(t *testing.T) {
	s := withRestricted(t)
	s.wants(cli.CodePartial, "apply", "--auto-approve", "--receipt", "first.jsonl")
	e5, err := license.Published().ResolveSKU("SPE_E5")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.emulator.SetLicenses("ada@contoso.com", emulator.License{SKU: e5.ID}); err != nil {
		t.Fatal(err)
	}
	out := s.wants(cli.CodeOK, "plan", "--undo", "first.jsonl")
	if !strings.Contains(out.stdout, "not-undone") || !strings.Contains(out.stdout, "2 users change") {
		t.Errorf("stdout:\n%s", out.stdout)
	}
}

// unconnected finds no way to the service for writes.
type unconnected struct{ next http.RoundTripper }

func (u unconnected) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/assignLicense") || r.Method == http.MethodPatch {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	}
	return u.next.RoundTrip(r)
}

// What never left is told as never sent, and the code says that nothing was
// written.
func TestNeverSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(t)
		s.env.Transport = unconnected{s.emulator.Transport()}
		out := s.wants(cli.CodeLive, "apply", "--auto-approve")
		if !strings.Contains(out.stderr, "nothing was written") || !strings.Contains(out.stderr, "connection refused") || !strings.Contains(out.stdout, "never sent") {
			t.Errorf("%s%s", out.stdout, out.stderr)
		}
		if counts := outcomesOf(t, s); counts[receipt.NotAttempted] != 3 {
			t.Errorf("counts %v", counts)
		}
	})
}

// Reads that are not let in after the writes are no lag.
func TestNotLetInAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(t)
		s.env.Transport = onWrite{s.emulator.Transport(), func() {
			s.emulator.Inject(emulator.Fault{Route: "batch", Effect: emulator.EffectStatus, Status: 403, Code: "Authorization_RequestDenied"})
		}}
		begun := time.Now()
		out := s.wants(cli.CodePartial, "apply", "--auto-approve")
		if !strings.Contains(out.stderr, "could not be looked at") || strings.Contains(out.stderr, "lag") || !strings.Contains(out.stdout, "could not be read") {
			t.Errorf("%s%s", out.stdout, out.stderr)
		}
		if took := time.Since(begun); took > time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

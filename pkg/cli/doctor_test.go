package cli_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/doctor"
	"github.com/licensectl/licensectl/pkg/emulator"
)

// diagnosis gives the verdicts and messages of `doctor -o json` by the ids of
// the checks.
func (s *station) diagnosis(code cli.Code, args ...string) map[string]doctor.Check {
	s.t.Helper()
	out := s.wants(code, append([]string{"doctor", "-o", "json"}, args...)...)
	var document struct{ Checks []doctor.Check }
	if err := json.Unmarshal([]byte(out.stdout), &document); err != nil {
		s.t.Fatalf("%v\n%s", err, out.stdout)
	}
	checks := map[string]doctor.Check{}
	for _, c := range document.Checks {
		checks[c.ID] = c
	}
	return checks
}

func (s *station) wantsCheck(c doctor.Check, verdict doctor.Status, text string) {
	s.t.Helper()
	if c.Status != verdict || !strings.Contains(c.Message, text) {
		s.t.Errorf("want %s with %q, got %+v", verdict, text, c)
	}
}

func TestDoctorComparesTheClocks(t *testing.T) {
	for text, shift := range map[string]time.Duration{
		"agrees":              time.Minute,
		"10 minutes ahead of": 10*time.Minute + 30*time.Second,
		"10 minutes behind":   -10*time.Minute - 30*time.Second,
	} {
		t.Run(text, func(t *testing.T) {
			s := newStation(t)
			s.env.Now = func() time.Time { return time.Now().Add(shift) }
			verdict := doctor.Warn
			if text == "agrees" {
				verdict = doctor.OK
			}
			s.wantsCheck(s.diagnosis(cli.CodeOK)[doctor.IDClock], verdict, text)
		})
	}
}

// headers adds headers to every answer of Graph.
type headers struct {
	next http.RoundTripper
	add  http.Header
}

func (h headers) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := h.next.RoundTrip(r)
	if err == nil {
		for name, values := range h.add {
			resp.Header[name] = values
		}
	}
	return resp, err
}

func TestDoctorTellsOfThrottling(t *testing.T) {
	s := newStation(t)
	s.env.Transport = headers{s.emulator.Transport(), http.Header{"X-Ms-Throttle-Limit-Percentage": {"0.95"}}}
	s.wantsCheck(s.diagnosis(cli.CodeOK)[doctor.IDThrottling], doctor.Warn, "95 %")
}

// What goes wrong is shown at once: nothing is repeated, and where Graph does
// not answer it is not asked again.
func TestDoctorOfAServiceInTrouble(t *testing.T) {
	s := newStation(t)
	s.emulator.Inject(emulator.Fault{Route: "organization", Effect: emulator.EffectReset})
	checks := s.diagnosis(cli.CodeLive)
	s.wantsCheck(checks[doctor.IDOrganization], doctor.Fail, "reading the organization")
	s.wantsCheck(checks[doctor.IDUsers], doctor.Skipped, "not asked")
	if got := s.requests(); len(got) != 1 {
		t.Errorf("asked for %v", got)
	}

}

func TestDoctorNamesTheRequestThatFailed(t *testing.T) {
	s := newStation(t)
	s.emulator.Inject(emulator.Fault{Route: "listUsers", Effect: emulator.EffectStatus, Status: http.StatusServiceUnavailable})
	checks := s.diagnosis(cli.CodeLive)
	s.wantsCheck(checks[doctor.IDOrganization], doctor.OK, "takes")
	s.wantsCheck(checks[doctor.IDUsers], doctor.Fail, "503")
	if !strings.Contains(checks[doctor.IDUsers].Message, "request-id") {
		t.Errorf("no request id: %+v", checks[doctor.IDUsers])
	}
}

// On behalf of a user the token's scopes count, and not roles.
func TestDoctorOfASignedInUser(t *testing.T) {
	s := newStation(t)
	token := must(s.emulator.UserToken("ada@contoso.com", "User.Read", "LicenseAssignment.Read.All", "Organization.Read.All", "openid"))
	s.env.Environ = append(s.env.Environ, "LICENSECTL_ACCESS_TOKEN="+token)
	checks := s.diagnosis(cli.CodeOK, "--auth", "token", "--for", "seats")
	s.wantsCheck(checks[doctor.IDToken], doctor.OK, "signed in as the user ada@contoso.com")
	s.wantsCheck(checks[doctor.IDVerb+"seats"], doctor.OK, "LicenseAssignment.Read.All, User.Read")
	s.wantsCheck(checks[doctor.IDPrivilege], doctor.OK, "")
	checks = s.diagnosis(cli.CodeAuth, "--auth", "token", "--for", "plan")
	s.wantsCheck(checks[doctor.IDVerb+"plan"], doctor.Fail, "User.Read.All is missing")
	if !strings.Contains(checks[doctor.IDVerb+"plan"].Fix, "delegated permission") {
		t.Errorf("%+v", checks[doctor.IDVerb+"plan"])
	}
}

const stateFolder = ".licensectl"

// Whether the folder can be written is found out without leaving anything.
func TestDoctorOfTheStateFolder(t *testing.T) {
	t.Run("there is none", func(t *testing.T) {
		s := newStation(t)
		before := must(os.ReadDir(s.dir))
		s.wantsCheck(s.diagnosis(cli.CodeOK)[doctor.IDState], doctor.OK, "can be written")
		if after := must(os.ReadDir(s.dir)); len(after) != len(before) {
			t.Errorf("left behind: %v", after)
		}
	})
	t.Run("there is one", func(t *testing.T) {
		s := newStation(t)
		s.wants(cli.CodeOK, "apply", "--auto-approve")
		before := must(os.ReadDir(stateFolder))
		s.wantsCheck(s.diagnosis(cli.CodeOK)[doctor.IDState], doctor.OK, "can be written")
		s.wants(cli.CodeOK, "apply", "--auto-approve")
		if after := must(os.ReadDir(stateFolder)); len(after) != len(before) {
			t.Errorf("left behind: %v", after)
		}
	})
	t.Run("there is a file", func(t *testing.T) {
		s := newStation(t)
		s.write(".licensectl", "in the way")
		s.wantsCheck(s.diagnosis(cli.CodeInput)[doctor.IDState], doctor.Fail, "it is not a folder")
	})
}

package cli_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// onWrite does something when a license change is about to be sent.
type onWrite struct {
	next http.RoundTripper
	do   func()
}

func (o onWrite) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/assignLicense") {
		o.do()
	}
	return o.next.RoundTrip(r)
}

func TestInterruptedWhileWriting(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			s := newStation(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s.env.Transport = onWrite{s.emulator.Transport(), cancel}
			out := s.runContext(ctx, "apply", "--auto-approve", "--parallelism", "1", "-o", format)
			if out.code != int(cli.CodeInterrupted) || !strings.Contains(out.stderr, "the receipt tells what was done") || out.stdout == "" {
				t.Errorf("ends with %d:\n%s%s", out.code, out.stdout, out.stderr)
			}
			r, err := receipt.Read(strings.NewReader(s.receipts()[0]))
			if err != nil {
				t.Fatal(err)
			}
			if counts := r.Counts(); counts[receipt.Done] != 1 || counts[receipt.NotAttempted] != 2 || r.End == nil {
				t.Errorf("the receipt counts %v", counts)
			}
			s.wants(cli.CodeOK, "apply", "--auto-approve")
		})
	}
}

// A signal that comes when everything is done changes nothing about that.
func TestInterruptedWhenAllIsDone(t *testing.T) {
	s := newStation(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	s.env.Transport = onWrite{s.emulator.Transport(), func() {
		if n++; n == 3 {
			cancel()
		}
	}}
	if out := s.runContext(ctx, "apply", "--auto-approve", "--parallelism", "1", "--verify-timeout", "0"); out.code != int(cli.CodeOK) {
		t.Errorf("ends with %d:\n%s", out.code, out.stderr)
	}
}

func TestTheTimeIsUpWhileWriting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(t)
		out := s.wants(cli.CodePartial, "apply", "--auto-approve", "--parallelism", "1", "--write-rate", "0.1", "--timeout", "15s", "-o", "json")
		if !strings.Contains(out.stdout, `"done": 1`) || !strings.Contains(out.stdout, `"not_attempted": 1`) {
			t.Errorf("%s%s", out.stdout, out.stderr)
		}
	})
}

// What does not show in time is neither a failure nor a success.
func TestChangesThatDoNotShow(t *testing.T) {
	for timeout, want := range map[string]cli.Code{"10s": cli.CodePartial, "2m": cli.CodeOK, "0": cli.CodeOK} {
		t.Run(timeout, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStationWith(t, emulator.Options{Lag: emulator.Lag{Delay: time.Minute}})
				out := s.wants(want, "apply", "--auto-approve", "--verify-timeout", timeout)
				if !strings.Contains(out.stdout, "3 done") {
					t.Errorf("stdout:\n%s", out.stdout)
				}
				if want == cli.CodePartial && !strings.Contains(out.stderr, "did not show in time") {
					t.Errorf("stderr:\n%s", out.stderr)
				}
			})
		})
	}
}

// Where a plan speaks of groups, they have names for those who may know them.
func TestGroupsHaveNames(t *testing.T) {
	roles := []string{"Organization.Read.All", "LicenseAssignment.Read.All", "User.Read.All"}
	for name, c := range map[string]struct {
		roles []string
		want  string
	}{
		"allowed":     {append(roles, "Group.Read.All"), `from group "Warehouse"`},
		"not allowed": {roles, "from group " + emulator.DerivedID("group", "Warehouse").String()},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			s.edit("manifests/users.yaml", "licenses: [{sku: SPE_F1}]", "licenses: []")
			s.env.Environ = []string{"LICENSECTL_AUTH=token", "LICENSECTL_ACCESS_TOKEN=" + s.emulator.AppToken(c.roles...)}
			if out := s.wants(cli.CodeOK, "plan"); !strings.Contains(out.stdout, c.want) {
				t.Errorf("stdout:\n%s", out.stdout)
			}
		})
	}
}

// Asking for names does not hold a plan up, and can be interrupted.
func TestAskingForGroupNames(t *testing.T) {
	prepare := func(t *testing.T) *station {
		s := newStation(t)
		s.edit("manifests/users.yaml", "licenses: [{sku: SPE_F1}]", "licenses: []")
		s.emulator.Inject(emulator.Fault{Path: "/v1.0/groups", Effect: emulator.EffectStatus, Status: 503, RetryAfter: time.Minute})
		return s
	}
	synctest.Test(t, func(t *testing.T) {
		s := prepare(t)
		begun := time.Now()
		s.wants(cli.CodeOK, "plan")
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("the plan took %s", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := prepare(t)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if out := s.runContext(ctx, "plan"); out.code != int(cli.CodeInterrupted) || out.stdout != "" {
			t.Errorf("ends with %d:\n%s", out.code, out.stdout)
		}
	})
}

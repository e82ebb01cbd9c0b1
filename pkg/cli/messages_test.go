package cli_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
)

// With --log-format json every line on standard error is a JSON object, the
// last one says how it ended.
func TestMessagesAsJSON(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code cli.Code
	}{
		"broken manifests": {[]string{"plan", "nowhere", "nothing"}, cli.CodeInput},
		"a refusal":        {[]string{"apply", "-o", "text"}, cli.CodeRefused},
		"changes":          {[]string{"drift", "-v"}, cli.CodeChanges},
		"a bad flag value": {[]string{"plan", "--user", "zoe@contoso.com"}, cli.CodeInput},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			out := s.wants(c.code, append([]string{"--log-format", "json"}, c.args...)...)
			var last struct {
				Level, Msg, Name string
				Exit             int
			}
			lines := bufio.NewScanner(strings.NewReader(out.stderr))
			for lines.Scan() {
				if err := json.Unmarshal(lines.Bytes(), &last); err != nil {
					t.Fatalf("%v: %s", err, lines.Text())
				}
			}
			if last.Exit != int(c.code) || last.Name == "" || last.Msg == "" || last.Level != "ERROR" {
				t.Errorf("the last line is %+v", last)
			}
		})
	}
}

func TestHowMuchIsSaid(t *testing.T) {
	for args, want := range map[string]struct{ debug, info bool }{
		"":                                   {debug: false, info: true},
		"-v":                                 {debug: true, info: true},
		"--verbose --log-level=error":        {debug: true, info: true},
		"--log-level debug":                  {debug: true, info: true},
		"--log-level warn":                   {debug: false, info: false},
		"--log-level error":                  {debug: false, info: false},
		"--log-level info --log-format=json": {debug: false, info: true},
	} {
		t.Run(args, func(t *testing.T) {
			s := newStation(t)
			out := s.wants(cli.CodeOK, append([]string{"plan", "--out", "p.json"}, strings.Fields(args)...)...)
			if got := strings.Contains(out.stderr, "read the tenant"); got != want.debug {
				t.Errorf("says details: %t\n%s", got, out.stderr)
			}
			if got := strings.Contains(out.stderr, "the plan is saved as p.json"); got != want.info {
				t.Errorf("says where the plan is: %t\n%s", got, out.stderr)
			}
		})
	}
}

// Colours are for terminals, and not for those who do not want them.
func TestColour(t *testing.T) {
	const escape = "\x1b["
	for name, c := range map[string]struct {
		terminal bool
		environ  string
		want     bool
	}{
		"a terminal":      {true, "TERM=xterm", true},
		"a pipe":          {false, "TERM=xterm", false},
		"NO_COLOR":        {true, "NO_COLOR=1", false},
		"NO_COLOR, empty": {true, "NO_COLOR=", true},
		"a dumb terminal": {true, "TERM=dumb", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			s.env.Terminals.Stdout = c.terminal
			s.env.Environ = append(s.env.Environ, c.environ)
			if got := strings.Contains(s.wants(cli.CodeOK, "plan").stdout, escape); got != c.want {
				t.Errorf("coloured: %t", got)
			}
			if strings.Contains(s.wants(cli.CodeOK, "plan", "-o", "json").stdout, escape) {
				t.Error("JSON is coloured")
			}
		})
	}
}

// Names from elsewhere cannot act on the terminal or the CI log.
func TestStrangersTextIsHarmless(t *testing.T) {
	s := newStation(t)
	s.write("manifests/\x1b[2Jbad.yaml", "apiVersion: licensectl.dev/v1\nkind: \"Use\\u001b[31mrs\"\n")
	s.write("manifests/z.yaml", "\"##vso[task.setvariable variable=x]y\\u202e\": 1\n")
	for _, args := range [][]string{{"validate"}, {"validate", "-o", "github"}, {"validate", "-o", "json"}, {"plan"}, {"plan", "\x1b]0;title\a"}, {"\x1b[31m"}, {"plan", "--\x1b[31m"}} {
		out := s.wants(cli.CodeInput, args...)
		for _, text := range []string{out.stdout, out.stderr} {
			if strings.ContainsAny(text, "\x1b\a\u202e") || strings.Contains(text, "##vso[") {
				t.Errorf("%q prints %q", args, text)
			}
		}
	}
}

// A progress line is drawn on a terminal and taken away again; elsewhere there
// is a line from time to time.
func TestProgress(t *testing.T) {
	t.Run("terminal", func(t *testing.T) {
		s := newStation(t)
		s.env.Terminals.Stderr = true
		out := s.wants(cli.CodeOK, "apply", "--auto-approve")
		for _, want := range []string{"1 of 3 users, ", "3 of 3 users, ", "/s, 0s left"} {
			if !strings.Contains(out.stderr, want) {
				t.Errorf("does not say %q:\n%q", want, out.stderr)
			}
		}
		if drawn, cleared := strings.Count(out.stderr, " of 3 users"), strings.Count(out.stderr, "\r\x1b[K"); drawn != cleared {
			t.Errorf("%d lines were drawn and %d taken away:\n%q", drawn, cleared, out.stderr)
		}
	})
	t.Run("no terminal", func(t *testing.T) {
		s := newStation(t)
		now := tickingClock()
		s.env.Now = tenTimes(now)
		out := s.wants(cli.CodeOK, "apply", "--auto-approve")
		if strings.Contains(out.stderr, "\r") || !strings.Contains(out.stderr, "3 of 3 users, 0.1/s, 0s left\n") {
			t.Errorf("stderr:\n%q", out.stderr)
		}
	})
	t.Run("throttled", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			// One change is told to wait while the others are under way.
			s := newStationWith(t, emulator.Options{WriteLatency: 2 * time.Second})
			s.env.Now, s.env.Terminals.Stderr = time.Now, true
			s.emulator.Inject(emulator.Fault{Route: "assignLicense", Count: 1, Effect: emulator.EffectStatus, Status: 429, RetryAfter: 30 * time.Second, Latency: time.Second})
			out := s.wants(cli.CodeOK, "apply", "--auto-approve")
			for _, want := range []string{
				" of 3 users, ", "the tenant asks to wait 29s",
				"a write was turned away or not answered, and is tried again: assigning licenses: POST /v1.0/users/", " 429 Too Many Requests",
				"1 write turned away or not answered, and tried again",
			} {
				if !strings.Contains(out.stderr, want) {
					t.Errorf("does not say %q:\n%q", want, out.stderr)
				}
			}
			if n := strings.Count(out.stderr, "a write was turned away"); n != 1 {
				t.Errorf("the first setback is told %d times", n)
			}
		})
	})
}

// What went wrong so far, and what is waited for, stands in the line.
func TestProgressTellsOfFailuresAndLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStationWith(t, emulator.Options{WriteLatency: 2 * time.Second, Lag: emulator.Lag{Delay: 20 * time.Second}})
		s.env.Now, s.env.Terminals.Stderr = time.Now, true
		s.emulator.Inject(emulator.Fault{Route: "assignLicense", Count: 1, Effect: emulator.EffectStatus, Status: 400, Code: "Request_BadRequest", Message: "No."})
		out := s.wants(cli.CodePartial, "apply", "--auto-approve")
		for _, want := range []string{", 1 refused or failed", ", waiting until 2 changes can be seen in the tenant"} {
			if !strings.Contains(out.stderr, want) {
				t.Errorf("does not say %q:\n%q", want, out.stderr)
			}
		}
	})
}

// A tenant that keeps a reader waiting is no silence: the first pause says what
// is waited for and why, on a terminal and in logs.
func TestTheFirstPauseOfAReadIsTold(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault emulator.Fault
		want  string
	}{
		{"throttled", emulator.Fault{Count: 1, Effect: emulator.EffectStatus, Status: 429, RetryAfter: 30 * time.Second}, "waiting 30s, then asking again: reading the organization: GET /v1.0/organization: 429 Too Many Requests"},
		{"unavailable", emulator.Fault{Count: 3, Effect: emulator.EffectStatus, Status: 503}, "waiting some seconds, then asking again: reading the organization: GET /v1.0/organization: 503 Service Unavailable"},
	} {
		for _, terminal := range []bool{true, false} {
			for _, format := range []string{"text", "json"} {
				t.Run(fmt.Sprintf("%s, terminal %t, %s", c.name, terminal, format), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s := newStation(t)
						s.env.Now, s.env.Terminals.Stderr = time.Now, terminal
						c.fault.Route = "organization"
						s.emulator.Inject(c.fault)
						out := s.wants(cli.CodeOK, "plan", "--log-format", format)
						if n := strings.Count(out.stderr, c.want); n != 1 {
							t.Errorf("says %d times %q:\n%s", n, c.want, out.stderr)
						}
					})
				})
			}
		}
	}
}

// At the end it is said how the run is taken back, if it did anything; where it
// was not let, which permission that takes.
func TestTheEndOfAnApplySaysWhatIsNext(t *testing.T) {
	t.Run("taken back", func(t *testing.T) {
		s := newStation(t)
		out := s.wants(cli.CodeOK, "apply", "--auto-approve", "--receipt", "done.jsonl")
		if want := "the receipt is done.jsonl; to take the run back: `licensectl plan --undo done.jsonl --out undo.json`, look at it, and `licensectl apply undo.json`\n"; !strings.Contains(out.stderr, want) {
			t.Errorf("does not say %q:\n%s", want, out.stderr)
		}
		s.wants(cli.CodeOK, "plan", "--undo", "done.jsonl", "--out", "undo.json")
		s.wants(cli.CodeOK, "apply", "undo.json")
	})
	t.Run("nothing to take back", func(t *testing.T) {
		s := newStation(t)
		s.emulator.Inject(emulator.Fault{Route: "assignLicense", Effect: emulator.EffectStatus, Status: 403, Code: "Authorization_RequestDenied"})
		s.emulator.Inject(emulator.Fault{Route: "patchUser", Effect: emulator.EffectStatus, Status: 403, Code: "Authorization_RequestDenied"})
		out := s.wants(cli.CodeAuth, "apply", "--auto-approve")
		lines := strings.Split(strings.TrimSpace(out.stderr), "\n")
		if last := lines[len(lines)-1]; !strings.Contains(last, " takes ") || !strings.Contains(last, ".All (application)") {
			t.Errorf("the last line names no permission: %s", last)
		}
		if strings.Contains(out.stderr, "take the run back") {
			t.Errorf("stderr:\n%s", out.stderr)
		}
	})
	t.Run("a read is refused", func(t *testing.T) {
		s := newStation(t)
		s.emulator.Inject(emulator.Fault{Route: "subscribedSkus", Effect: emulator.EffectStatus, Status: 403, Code: "Authorization_RequestDenied"})
		out := s.wants(cli.CodeAuth, "plan")
		if want := "exit 4 (auth): a permission is missing; reading the subscribed SKUs takes LicenseAssignment.Read.All (application)"; !strings.Contains(out.stderr, want) {
			t.Errorf("does not say %q:\n%s", want, out.stderr)
		}
	})
}

// closedPipe takes nothing.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, errors.New("the reader has gone") }

// A document that could not be printed is no success, and after a write no
// promise that nothing was written either.
func TestStandardOutputIsClosed(t *testing.T) {
	for verb, want := range map[string]cli.Code{"plan": cli.CodeInternal, "seats": cli.CodeInternal, "apply -o json --auto-approve": cli.CodePartial} {
		t.Run(verb, func(t *testing.T) {
			s := newStation(t)
			var stderr strings.Builder
			env := s.env
			env.Stdout, env.Stderr = closedPipe{}, &stderr
			if code := cli.Main(t.Context(), env, strings.Fields(verb)); code != int(want) || !strings.Contains(stderr.String(), "the reader has gone") {
				t.Errorf("ends with %d:\n%s", code, stderr.String())
			}
		})
	}
}

// A bug must not end with 2, Go's code for a panic: that means changes.
func TestABugIsNotTakenForChanges(t *testing.T) {
	s := newStation(t)
	s.env.Transport = nil
	s.env.Stdin = readerFunc(func([]byte) (int, error) { panic("out of order") })
	out := s.wants(cli.CodeInternal, "drift", "-")
	if !strings.Contains(out.stderr, "out of order") || strings.Contains(out.stderr, "goroutine") {
		t.Errorf("stderr:\n%s", out.stderr)
	}
	if out := s.wants(cli.CodeInternal, "drift", "-", "-v", "--log-format", "json"); !strings.Contains(out.stderr, "goroutine") {
		t.Errorf("-v does not show where:\n%s", out.stderr)
	}
}

// A number looks the same in the document and in what is said beside it.
func TestNumbersAreWrittenInOneWay(t *testing.T) {
	const head = `apiVersion: licensectl.dev/v1
kind: EmulatedTenant
metadata: {name: many}
spec:
  tenant: {id: 11111111-2222-4333-8444-555555555555, displayName: Contoso, defaultDomain: contoso.com}
  products:
    - {sku: SPE_E5, enabled: 3000}
  users:
`
	var tenantUsers, entries strings.Builder
	for n := range 1200 {
		fmt.Fprintf(&tenantUsers, "    - {user: user%d@contoso.com, usageLocation: DE}\n", n)
		fmt.Fprintf(&entries, "    - {user: user%d@contoso.com, licenses: [{sku: SPE_E5}]}\n", n)
	}
	tenant, err := emulator.ParseTenant("tenant.yaml", []byte(head+tenantUsers.String()))
	if err != nil {
		t.Fatal(err)
	}
	s := newStationOf(t, tenant, emulator.Options{})
	s.write("many.yaml", "apiVersion: licensectl.dev/v1\nkind: UserLicenses\nmetadata: {name: many}\nspec:\n  users:\n"+entries.String())
	out := s.wants(cli.CodeChanges, "drift", "many.yaml")
	for where, text := range map[string]string{"Drift: 1,200 users lost something": out.stdout, "exit 2 (changes): 1,200 users would change": out.stderr} {
		if !strings.Contains(text, where) {
			t.Errorf("%q is missing:\n%s", where, text)
		}
	}
}

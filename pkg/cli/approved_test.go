package cli_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
)

func atTerminal(s *station, answer string) {
	s.env.Terminals = cli.Terminals{Stdin: true, Stdout: true, Stderr: true}
	s.env.Environ = append(s.env.Environ, "NO_COLOR=1")
	s.env.Stdin = strings.NewReader(answer)
}

func TestOnlyTheWordIsAYes(t *testing.T) {
	for answer, code := range map[string]cli.Code{
		"apply\n":                              cli.CodeOK,
		"apply\r\n":                            cli.CodeOK,
		"yes\n":                                cli.CodeRefused,
		"y\n":                                  cli.CodeRefused,
		"Apply\n":                              cli.CodeRefused,
		"apply it\n":                           cli.CodeRefused,
		"\n":                                   cli.CodeRefused,
		"apply":                                cli.CodeRefused, // the terminal was closed
		"":                                     cli.CodeRefused,
		strings.Repeat("apply", 10_000) + "\n": cli.CodeRefused,
	} {
		t.Run(answer[:min(len(answer), 8)], func(t *testing.T) {
			s := newStation(t)
			atTerminal(s, answer)
			out := s.wants(code, "apply")
			if !strings.Contains(out.stderr, `3 users of Contoso will be changed. Type "apply" to go on, or "show" to see every user first: `) {
				t.Errorf("does not ask:\n%s", out.stderr)
			}
			if !strings.Contains(out.stderr, "LOSSES") {
				t.Errorf("does not show the plan:\n%s", out.stderr)
			}
			if wrote := s.writes() > 0; wrote != (code == cli.CodeOK) {
				t.Errorf("wrote: %t", wrote)
			}
		})
	}
}

// Where standard output goes elsewhere, the person who is asked sees the plan
// on the terminal.
func TestThePlanIsShownWhereItIsAskedAbout(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			s := newStation(t)
			atTerminal(s, "no\n")
			s.env.Terminals.Stdout = false
			out := s.wants(cli.CodeRefused, "apply", "-o", format)
			if !strings.Contains(out.stderr, "LOSSES") || out.stdout != "" {
				t.Errorf("stdout:\n%s\nstderr:\n%s", out.stdout, out.stderr)
			}
		})
	}
}

func TestNobodyIsAskedInVain(t *testing.T) {
	for name, prepare := range map[string]func(*station) []string{
		"a guard has tripped":   strictPolicy,
		"no terminal":           func(s *station) []string { s.env.Terminals.Stdin = false; return nil },
		"nobody sees the words": func(s *station) []string { s.env.Terminals.Stderr = false; return nil },
		"standard input is taken": func(s *station) []string {
			s.env.Stdin = strings.NewReader(s.read("manifests/users.yaml") + "\n---\n" + s.read("manifests/policy.yaml"))
			return []string{"-"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			atTerminal(s, "apply\n")
			out := s.wants(cli.CodeRefused, append([]string{"apply"}, prepare(s)...)...)
			if strings.Contains(out.stderr, "Type") || s.writes() > 0 {
				t.Errorf("asks, or writes:\n%s", out.stderr)
			}
		})
	}
}

// Whoever wants to see every user first is shown them, and asked again.
func TestEveryUserCanBeSeenBeforeTheAnswer(t *testing.T) {
	for answer, code := range map[string]cli.Code{
		"show\napply\n":       cli.CodeOK,
		"show\nshow\napply\n": cli.CodeOK,
		"show\nno\n":          cli.CodeRefused,
		"show\n":              cli.CodeRefused, // the terminal was closed
	} {
		t.Run(answer, func(t *testing.T) {
			s := newStation(t)
			atTerminal(s, answer)
			out := s.wants(code, "apply")
			asked, shown := strings.Count(out.stderr, "to go on, or"), strings.Count(out.stderr, "LOSSES")
			if want := 1 + strings.Count(answer, "show"); asked != want || shown != want {
				t.Errorf("asks %d times and shows the plan %d times, not %d:\n%s", asked, shown, want, out.stderr)
			}
			if wrote := s.writes() > 0; wrote != (code == cli.CodeOK) {
				t.Errorf("wrote: %t", wrote)
			}
		})
	}
}

// Before the question what is lost is in colour, where the terminal takes that.
func TestThePlanIsInColourWhereItIsAskedAbout(t *testing.T) {
	for _, environ := range []string{"", "NO_COLOR=1", "TERM=dumb"} {
		t.Run(environ, func(t *testing.T) {
			s := newStation(t)
			atTerminal(s, "no\n")
			s.env.Environ = append(s.env.Environ, "NO_COLOR=", environ)
			out := s.wants(cli.CodeRefused, "apply")
			if colored := strings.Contains(out.stderr, "\x1b[31m"); colored != (environ == "") {
				t.Errorf("in colour: %t\n%q", colored, out.stderr)
			}
		})
	}
}

// Who lets a plan pass its guards is told once more what it takes away, and
// types a piece of its id.
func TestAPlanThatIsLetPassIsAskedAboutByItsCode(t *testing.T) {
	for name, run := range map[string]func(s *station) []string{
		"a saved plan":       func(s *station) []string { return append([]string{"--allow", "maxRemovals"}, savedPlan(s)...) },
		"the id of the plan": func(s *station) []string { return []string{"--allow", "maxRemovals", "--plan-id", s.planID()} },
		"an approval": func(s *station) []string {
			approval := "apiVersion: licensectl.dev/v1\nkind: Approval\nmetadata: {name: reorg}\nspec: {planId: \"" + s.planID() + "\", guards: [maxRemovals]}\n"
			s.write("manifests/approval.yaml", approval)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			strictPolicy(s)
			args := append([]string{"apply"}, run(s)...)
			code := strings.TrimPrefix(s.planID(), "sha256:")[:6]
			for _, refused := range []string{"apply\n", code[:5] + "\n", "\n", ""} {
				atTerminal(s, refused)
				out := s.wants(cli.CodeRefused, args...)
				if s.writes() > 0 {
					t.Fatalf("writes after %q", refused)
				}
				for _, want := range []string{"IS LET PASS", "maxRemovals  2 of 1 allowed  tripped, approved by ", "taken away", `Type "` + code + `" to go on`} {
					if !strings.Contains(out.stderr, want) {
						t.Errorf("does not say %q:\n%s", want, out.stderr)
					}
				}
			}
			atTerminal(s, "show\n"+code+"\n")
			s.wants(cli.CodeOK, args...)
			if s.holds("dan@contoso.com") != "" {
				t.Error("nothing was applied")
			}
		})
	}
	t.Run("unless asking is turned off", func(t *testing.T) {
		s := newStation(t)
		strictPolicy(s)
		args := append([]string{"apply", "--auto-approve", "--allow", "maxRemovals"}, savedPlan(s)...)
		atTerminal(s, "")
		if out := s.wants(cli.CodeOK, args...); strings.Contains(out.stderr, "Type") {
			t.Errorf("asks:\n%s", out.stderr)
		}
	})
}

// openEnd is a terminal at which nobody types.
type openEnd struct{ closed chan struct{} }

func (o openEnd) Read([]byte) (int, error) {
	<-o.closed
	return 0, io.EOF
}

func TestTheQuestionCanBeInterrupted(t *testing.T) {
	s := newStation(t)
	atTerminal(s, "")
	closed := make(chan struct{})
	defer close(closed)
	s.env.Stdin = openEnd{closed}
	ctx, cancel := context.WithCancel(t.Context())
	s.env.Stdin = readerFunc(func(p []byte) (int, error) {
		cancel()
		return openEnd{closed}.Read(p)
	})
	if out := s.runContext(ctx, "apply"); out.code != int(cli.CodeInterrupted) || s.writes() > 0 {
		t.Errorf("ends with %d:\n%s", out.code, out.stderr)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestTheQuestionEndsWithTheTime(t *testing.T) {
	s := newStation(t)
	atTerminal(s, "")
	closed := make(chan struct{})
	defer close(closed)
	s.env.Stdin = openEnd{closed}
	s.wants(cli.CodeRefused, "apply", "--timeout", "200ms")
	if s.writes() > 0 {
		t.Error("writes")
	}
}

// An exception names the guard and the plan, and dies with it.
func TestAGuardLetsOnePlanPass(t *testing.T) {
	allow := []string{"--allow", "maxRemovals"}
	t.Run("with the id of the plan", func(t *testing.T) {
		s := newStation(t)
		strictPolicy(s)
		s.wants(cli.CodeOK, append(allow, "apply", "--plan-id", s.planID())...)
		if s.holds("dan@contoso.com") != "" {
			t.Error("nothing was applied")
		}
	})
	t.Run("with the saved plan", func(t *testing.T) {
		s := newStation(t)
		strictPolicy(s)
		s.wants(cli.CodeOK, append(append(allow, "apply"), savedPlan(s)...)...)
	})
	t.Run("by a reviewed approval", func(t *testing.T) {
		s := newStation(t)
		strictPolicy(s)
		approval := "apiVersion: licensectl.dev/v1\nkind: Approval\nmetadata: {name: reorg}\nspec: {planId: \"" + s.planID() + "\", guards: [maxRemovals]}\n"
		s.write("manifests/approval.yaml", approval)
		s.wants(cli.CodeOK, "apply", "--auto-approve")
	})
	t.Run("not with the id of another plan", func(t *testing.T) {
		s := newStation(t)
		id := s.planID("--user", "dan@contoso.com")
		strictPolicy(s)
		s.wants(cli.CodeStale, append(allow, "apply", "--plan-id", id)...)
	})
	t.Run("not another guard", func(t *testing.T) {
		s := newStation(t)
		strictPolicy(s)
		out := s.wants(cli.CodeRefused, "apply", "--allow", "maxUsersChanged", "--plan-id", s.planID())
		if !strings.Contains(out.stderr, "--allow maxUsersChanged does nothing") {
			t.Errorf("stderr:\n%s", out.stderr)
		}
	})
}

// What cannot go together is refused before anything is read.
func TestApplyRefusesWhatCannotGoTogether(t *testing.T) {
	for name, args := range map[string][]string{
		"two plans":                {"saved.json", "other.json"},
		"an age of no saved plan":  {"--max-plan-age", "3d"},
		"an age that is none":      {"saved.json", "--max-plan-age", "soon"},
		"narrowing a saved plan":   {"saved.json", "--user", "ada@contoso.com"},
		"additions of a saved one": {"saved.json", "--additions-only"},
		"negative time":            {"--timeout", "-1s"},
		"no rate":                  {"--write-rate", "0"},
		"half a user":              {"--parallelism", "1.5"},
		"not a number":             {"--write-rate", "NaN"},
		"no end of users":          {"--parallelism", "1e300"},
		"unknown word":             {"--on-stale", "ignore"},
		"another cloud emulated":   {"--emulate", "tenant.yaml", "--cloud", "china"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			savedPlan(s)
			before := s.emulator.Counters().Requests
			s.wants(cli.CodeInput, append([]string{"apply", "--auto-approve"}, args...)...)
			if s.emulator.Counters().Requests != before {
				t.Error("requests were sent")
			}
		})
	}
}

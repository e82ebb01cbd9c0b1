package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
)

// canary is the client secret of every test. It must not be seen anywhere.
const canary = "canary-7f3a-never-to-be-seen"

// station is a working folder with the manifests of testdata/contoso, and a
// command line that talks to an emulated tenant as if it were a real one.
type station struct {
	t        *testing.T
	dir      string
	emulator *emulator.Emulator
	env      cli.Env
}

func newStation(t *testing.T) *station {
	t.Helper()
	return newStationWith(t, emulator.Options{})
}

func newStationWith(t *testing.T, o emulator.Options) *station {
	t.Helper()
	data, err := os.ReadFile("testdata/contoso/tenant.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tenant, err := emulator.ParseTenant("tenant.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	return newStationOf(t, tenant, o)
}

func newStationOf(t *testing.T, tenant emulator.Tenant, o emulator.Options) *station {
	t.Helper()
	manifests, err := filepath.Abs("testdata/contoso")
	if err != nil {
		t.Fatal(err)
	}
	s := newEmptyStation(t, tenant, o)
	if err := os.CopyFS(s.dir, os.DirFS(manifests)); err != nil {
		t.Fatal(err)
	}
	return s
}

// newEmptyStation has no manifests in its folder.
func newEmptyStation(t *testing.T, tenant emulator.Tenant, o emulator.Options) *station {
	t.Helper()
	e, err := emulator.New(tenant, o)
	if err != nil {
		t.Fatal(err)
	}
	s := &station{t: t, dir: t.TempDir(), emulator: e}
	t.Chdir(s.dir)
	s.env = cli.Env{
		Stdin:     strings.NewReader(""),
		Environ:   []string{"AZURE_TENANT_ID=" + tenant.ID.String(), "AZURE_CLIENT_ID=" + clientID, "AZURE_CLIENT_SECRET=" + canary},
		Now:       tickingClock(),
		Transport: e.Transport(),
		Version:   "v1.2.3",
	}
	return s
}

const clientID = "0f0e0d0c-0b0a-4908-8706-050403020100"

// inBubble runs a part of a test in which nobody waits: time goes on when all
// that could happen has happened.
func inBubble(t *testing.T, name string, part func(*testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, part) })
}

// result is what a command left behind.
type result struct {
	code           int
	stdout, stderr string
}

// run runs a command. Whatever it does, the secret must not show.
func (s *station) run(args ...string) result {
	return s.runContext(s.t.Context(), args...)
}

func (s *station) runContext(ctx context.Context, args ...string) result {
	s.t.Helper()
	var stdout, stderr bytes.Buffer
	env := s.env
	env.Stdout, env.Stderr = &stdout, &stderr
	code := cli.Main(ctx, env, args)
	out := result{code, stdout.String(), stderr.String()}
	if strings.Contains(out.stdout+out.stderr, canary) {
		s.t.Errorf("%v shows the secret", args)
	}
	if code != 0 && !strings.Contains(out.stderr, "exit "+codeText(code)) && !strings.Contains(out.stderr, `"exit":`+codeText(code)) {
		s.t.Errorf("%v ends with %d and does not say so:\n%s", args, code, out.stderr)
	}
	return out
}

func codeText(code int) string { return strings.TrimSpace(string(must(json.Marshal(code)))) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// wants runs a command and checks its exit code.
func (s *station) wants(code cli.Code, args ...string) result {
	s.t.Helper()
	out := s.run(args...)
	if out.code != int(code) {
		s.t.Fatalf("%v ends with %d, want %d\nstdout:\n%s\nstderr:\n%s", args, out.code, code, out.stdout, out.stderr)
	}
	return out
}

// write puts a file into the working folder.
func (s *station) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// edit replaces text in a file of the working folder.
func (s *station) edit(name, old, replacement string) {
	s.t.Helper()
	text := s.read(name)
	if !strings.Contains(text, old) {
		s.t.Fatalf("%s does not contain %q", name, old)
	}
	s.write(name, strings.Replace(text, old, replacement, 1))
}

func (s *station) read(name string) string {
	s.t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(data)
}

// receipts gives the texts of the receipts in the default place.
func (s *station) receipts() []string {
	s.t.Helper()
	names, err := filepath.Glob(filepath.Join(s.dir, ".licensectl", "receipts", "*.jsonl"))
	if err != nil {
		s.t.Fatal(err)
	}
	var out []string
	for _, name := range names {
		out = append(out, string(must(os.ReadFile(name))))
	}
	return out
}

// holds gives the part numbers of a user's direct licenses, sorted.
func (s *station) holds(upn string) string {
	s.t.Helper()
	user, found := s.emulator.User(upn)
	if !found {
		s.t.Fatalf("the tenant has no %s", upn)
	}
	var names []string
	for _, a := range user.Assignments {
		if !a.Direct() {
			continue
		}
		for _, sku := range s.emulator.SKUs() {
			if sku.ID == a.SKUID {
				names = append(names, sku.PartNumber)
			}
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// writes counts the requests that changed the tenant.
func (s *station) writes() int { return s.emulator.Counters().Mutations }

// sent counts the requests of writing routes, whether they succeeded or not.
func (s *station) sent() int {
	routes := s.emulator.Counters().ByRoute
	return routes["assignLicense"] + routes["patchUser"]
}

// planID makes a plan and gives its id.
func (s *station) planID(args ...string) string {
	s.t.Helper()
	out := s.run(append([]string{"plan", "-o", "json"}, args...)...)
	var p struct{ PlanID string }
	if err := json.Unmarshal([]byte(out.stdout), &p); err != nil {
		s.t.Fatalf("plan is not JSON: %v\n%s%s", err, out.stdout, out.stderr)
	}
	return p.PlanID
}

// byHand changes the licenses of a user past the tool.
func (s *station) byHand(upn, body string) {
	s.t.Helper()
	req := must(http.NewRequest(http.MethodPost, "https://graph.microsoft.com/v1.0/users/"+upn+"/assignLicense", strings.NewReader(body)))
	req.Header.Set("Authorization", "Bearer "+s.emulator.AppToken())
	req.Header.Set("Content-Type", "application/json")
	res, err := s.emulator.Transport().RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("changing %s by hand: %s", upn, res.Status)
	}
}

// powerBI is the id of POWER_BI_PRO.
const powerBI = "f8a1db68-be16-40ed-86d5-cb42ce701560"

// tickingClock is a clock that goes on by a second whenever it is looked at,
// by several at once if need be.
func tickingClock() func() time.Time {
	begun := time.Date(2026, 11, 21, 2, 10, 0, 0, time.UTC)
	var ticks atomic.Int64
	return func() time.Time { return begun.Add(time.Duration(ticks.Add(1)) * time.Second) }
}

// checkDocument checks that standard output is one JSON document, or nothing.
func checkDocument(t *testing.T, out result, want bool) {
	t.Helper()
	if !want {
		if out.stdout != "" {
			t.Errorf("standard output should be empty, and is\n%s", out.stdout)
		}
		return
	}
	dec := json.NewDecoder(strings.NewReader(out.stdout))
	var document map[string]any
	if err := dec.Decode(&document); err != nil {
		t.Fatalf("standard output is not JSON: %v\n%s", err, out.stdout)
	}
	if dec.More() {
		t.Error("standard output has more than one document")
	}
}

// tenTimes lets a clock run ten times as fast.
func tenTimes(now func() time.Time) func() time.Time {
	begun := now()
	return func() time.Time { return begun.Add(10 * now().Sub(begun)) }
}

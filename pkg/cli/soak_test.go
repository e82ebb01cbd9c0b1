//go:build soak && unix

package cli_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// The soak lets the program itself, in processes of its own, change five
// hundred users of a tenant that is served over TLS, and kills, interrupts and
// doubles it. What has to become of each user is written down here, not taken
// from the plan. Run it with -v to see the figures.
const (
	soakSeed         = 20261121
	soakWriteLatency = 20 * time.Millisecond
	soakPatience     = time.Minute
	soakUsers        = 500
	soakLocation     = "DE"
	soakLocated      = ", usageLocation: " + soakLocation
)

// cohort is a number of users who have the same to expect.
type cohort struct {
	name          string
	users         int
	before, after string // the part number of the one direct license, or none
	located       string // the usage location in the tenant's description
}

// soakCohorts are the users that the manifest lists. Those who move up and
// down swap two products of which one single seat is free, so they go one
// after the other. Half of those who join can only go when others have left.
func soakCohorts() []cohort {
	return []cohort{
		{"up", 15, "SPE_E3", "SPE_E5", soakLocated},
		{"down", 15, "SPE_E5", "SPE_E3", soakLocated},
		{"over", 170, "STANDARDPACK", "ENTERPRISEPACK", soakLocated},
		{"leave", 100, "POWER_BI_PRO", "", soakLocated},
		{"join", 150, "", "POWER_BI_PRO", soakLocated},
		{"arrive", 50, "", "POWER_BI_PRO", ""},
	}
}

// soakBystanders stand in no manifest. Nothing may become of them.
func soakBystanders() cohort {
	return cohort{"bystander", 20, "POWER_BI_PRO", "POWER_BI_PRO", soakLocated}
}

func (c cohort) user(i int) string { return fmt.Sprintf("%s%03d@contoso.com", c.name, i) }

// licenses is a list of one product, or of none, in YAML.
func licenses(partNumber string) string {
	return strings.Replace("[{sku: "+partNumber+"}]", "{sku: }", "", 1)
}

// entries writes a line for each user.
func entries(cohorts []cohort, line func(c cohort, user string) string) string {
	var b strings.Builder
	for _, c := range cohorts {
		for i := range c.users {
			b.WriteString("    - " + line(c, c.user(i)) + "\n")
		}
	}
	return b.String()
}

// soakTenant describes the tenant before the first change, with just the
// seats that are needed in the end, and one of SPE_E5 more.
func soakTenant() string {
	return `apiVersion: licensectl.dev/v1
kind: EmulatedTenant
metadata: {name: soak}
spec:
  tenant: {id: 11111111-2222-4333-8444-555555555555, displayName: Contoso, defaultDomain: contoso.com}
  products:
    - {sku: SPE_E3, enabled: 15}
    - {sku: SPE_E5, enabled: 16}
    - {sku: STANDARDPACK, enabled: 170}
    - {sku: ENTERPRISEPACK, enabled: 170}
    - {sku: POWER_BI_PRO, enabled: 220}
  users:
` + entries(append(soakCohorts(), soakBystanders()), func(c cohort, user string) string {
		return fmt.Sprintf("{user: %s%s, licenses: %s}", user, c.located, licenses(c.before))
	})
}

// soakManifest declares what the cohorts have to come to.
func soakManifest() string {
	return `apiVersion: licensectl.dev/v1
kind: Policy
metadata: {name: soak}
spec: {guards: {maxRemovals: off, maxRemovalsPerSku: off, maxUsersLosingAll: off, maxUsersChanged: off}}
---
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: everybody}
spec:
  defaults: {usageLocation: ` + soakLocation + `}
  users:
` + entries(soakCohorts(), func(c cohort, user string) string {
		return fmt.Sprintf("{user: %s, licenses: %s}", user, licenses(c.after))
	})
}

// tenancy is the tenant of one round.
type tenancy struct {
	*emulator.Emulator
	products map[license.GUID]string // part numbers
	cohorts  map[license.GUID]cohort // of every user, by object id
	writes   atomic.Int64            // that have arrived
	oversold atomic.Bool             // more seats were seen taken than were bought
}

// moveIn starts a round with the tenant as it was.
func (s *soak) moveIn() *tenancy {
	e := must(emulator.New(s.description, emulator.Options{Limits: emulator.Limits{Off: true}, WriteLatency: soakWriteLatency, Seed: soakSeed}))
	t := &tenancy{Emulator: e, products: map[license.GUID]string{}, cohorts: map[license.GUID]cohort{}}
	for _, sku := range e.SKUs() {
		t.products[sku.ID] = sku.PartNumber
	}
	for _, c := range append(soakCohorts(), soakBystanders()) {
		for i := range c.users {
			t.cohorts[emulator.DerivedID("user", c.user(i))] = c
		}
	}
	s.tenant.Store(t)
	return t
}

// ServeHTTP counts writes. A write whose client is gone is carried out in its
// own time, as if nothing had happened.
func (t *tenancy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet || strings.HasSuffix(r.URL.Path, "/token") || strings.HasSuffix(r.URL.Path, "/$batch") {
		t.Emulator.ServeHTTP(w, r)
		return
	}
	t.writes.Add(1)
	t.Emulator.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context())))
	for _, sku := range t.SKUs() {
		if sku.Units.Consumed > sku.Units.Enabled {
			t.oversold.Store(true)
		}
	}
}

// holds gives the part numbers of a user's licenses.
func (t *tenancy) holds(u license.UserState) string {
	var out []string
	for _, a := range u.Assignments {
		out = append(out, t.products[a.SKUID])
	}
	return strings.Join(out, " ")
}

// soak is a working folder with a saved plan, the program, and the tenant.
type soak struct {
	t           *testing.T
	binary, dir string
	description emulator.Tenant
	tenant      atomic.Pointer[tenancy]
	certificate emulator.Certificate
	front       *door
	random      *rand.Rand
}

func newSoak(t *testing.T) *soak {
	t.Helper()
	s := newSoakOf(t, soakTenant(), soakManifest())
	s.moveIn()
	s.wants(cli.CodeOK, "plan", "--out", "plan.json", "manifest.yaml")
	return s
}

// newSoakOf builds the program, and opens the door to a tenant that is still to move
// in.
func newSoakOf(t *testing.T, tenant, manifest string) *soak {
	t.Helper()
	s := &soak{t: t, dir: t.TempDir(), binary: filepath.Join(t.TempDir(), "licensectl"), random: rand.New(rand.NewPCG(soakSeed, 1))}
	if out, err := exec.Command("go", "build", "-o", s.binary, "../../cmd/licensectl").CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	s.description = must(emulator.ParseTenant("soak.yaml", []byte(tenant)))
	s.certificate = must(emulator.NewCertificate([]string{"127.0.0.1"}, time.Now()))
	for name, text := range map[string]string{"authority.pem": string(s.certificate.CAPEM), "manifest.yaml": manifest} {
		must(name, os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600))
	}
	s.front = s.open()
	return s
}

// door is an address of the round's tenant, and counts who comes in.
type door struct {
	url      string
	requests atomic.Int64
}

func (s *soak) open() *door {
	d := &door{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.requests.Add(1)
		s.tenant.Load().ServeHTTP(w, r)
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{s.certificate.TLS}}
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(&bytes.Buffer{}, "", 0) // clients that are killed in a handshake
	server.StartTLS()
	s.t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

// process is a command under way.
type process struct {
	*exec.Cmd
	out bytes.Buffer // both streams
}

// start starts the program. It talks to the tenant through the door.
func (s *soak) start(d *door, args ...string) *process {
	p := &process{Cmd: exec.CommandContext(s.t.Context(), s.binary, args...)}
	p.Dir, p.Stdout, p.Stderr = s.dir, &p.out, &p.out
	p.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "SSL_CERT_FILE=" + filepath.Join(s.dir, "authority.pem"),
		"LICENSECTL_GRAPH_URL=" + d.url, "LICENSECTL_AUTHORITY_URL=" + d.url,
		"AZURE_TENANT_ID=" + s.description.ID.String(), "AZURE_CLIENT_ID=" + clientID, "AZURE_CLIENT_SECRET=" + canary,
	}
	return must(p, p.Start())
}

// code waits for the end; -1 is for a process that a signal has ended.
func (p *process) code() int {
	_ = p.Wait() // the code tells
	return p.ProcessState.ExitCode()
}

func (p *process) tail() string { return p.out.String()[max(0, p.out.Len()-4000):] }

func (s *soak) wants(code cli.Code, args ...string) {
	s.t.Helper()
	p := s.start(s.front, args...)
	if got := p.code(); got != int(code) {
		s.t.Fatalf("%v ends with %d, want %d:\n%s", args, got, code, p.tail())
	}
}

// applying are the arguments of an apply of the saved plan. So many users at
// once are done with in about the time that the swaps take one after the other.
func applying(receiptFile string) []string {
	return []string{"apply", "plan.json", "--write-rate", "5000", "--parallelism", "24", "--receipt", receiptFile}
}

// receiptOf reads a receipt; nil where there is none, or none with a first
// line.
func (s *soak) receiptOf(name string) *receipt.Receipt {
	s.t.Helper()
	data, _ := os.ReadFile(filepath.Join(s.dir, name)) // no file is as good as an empty one
	r, err := receipt.Read(bytes.NewReader(data))
	if err != nil && !errors.Is(err, receipt.ErrNotReceipt) {
		s.t.Fatalf("%s: %v", name, err)
	}
	return r
}

// sums are the figures of all rounds.
type sums struct {
	begin                     time.Time
	rounds, early, late       int   // early: before the receipt; late: after the run
	writes                    []int // that had arrived at the moment
	unknown, repeated, errors int
}

func (f *sums) log(t *testing.T) {
	t.Helper()
	slices.Sort(f.writes)
	t.Logf("%d rounds in %v: %d before the receipt, %d after the end", f.rounds, time.Since(f.begin).Round(time.Second), f.early, f.late)
	t.Logf("%d changes of unknown outcome, %d calls repeated, %d answered with an error; writes at the moment: %v", f.unknown, f.repeated, f.errors, f.writes)
}

// checkFirst checks a run that was cut short against the tenant: whoever was
// changed had been announced, and whoever is called done is done.
func (s *soak) checkFirst(name string, t *tenancy, figures *sums) *receipt.Receipt {
	s.t.Helper()
	figures.writes = append(figures.writes, int(t.writes.Load()))
	r := s.receiptOf(name + ".jsonl")
	if r == nil {
		figures.early++
		if len(writesOf(t)) > 0 {
			s.t.Errorf("%s: writes were sent, and there is no receipt", name)
		}
		return &receipt.Receipt{}
	}
	s.wants(cli.CodeOK, "show", name+".jsonl")
	announced := map[license.GUID]bool{}
	for _, i := range r.Intents {
		announced[i.User.ID] = true
	}
	for _, w := range writesOf(t) {
		if !announced[w.user] {
			s.t.Errorf("%s: %s was sent and not announced", name, w.Path)
		}
	}
	if r.Run.Changes != soakUsers || len(r.Results) > soakUsers {
		s.t.Errorf("%s: %d results for %d changes, want %d", name, len(r.Results), r.Run.Changes, soakUsers)
	}
	for _, res := range r.Results {
		if u, _ := t.User(res.User.ID.String()); res.Outcome == receipt.Done && t.holds(u) != t.cohorts[u.ID].after {
			s.t.Errorf("%s: %s is done and holds %q", name, u.UserPrincipalName, t.holds(u))
		}
	}
	figures.unknown += r.Counts()[receipt.Unknown]
	return r
}

// write is a request that changes a user.
type write struct {
	emulator.Request
	user license.GUID
}

func writesOf(t *tenancy) []write {
	var out []write
	for _, r := range t.Requests() {
		if r.Route == "assignLicense" || r.Route == "patchUser" {
			id := strings.Split(r.Path, "/")[3] // /v1.0/users/ID and what follows
			out = append(out, write{r, must(license.ParseGUID(id))})
		}
	}
	return out
}

// finish applies the plan again, which completes it, and once more, which has
// nothing left to send. Nobody who was done is sent again.
func (s *soak) finish(name string, t *tenancy, figures *sums) {
	s.t.Helper()
	first := s.checkFirst(name, t, figures)
	s.wants(cli.CodeOK, applying(name+"-second.jsonl")...)
	second := s.receiptOf(name + "-second.jsonl")
	counts := second.Counts()
	if counts[receipt.Done]+counts[receipt.Already] != soakUsers || second.End == nil || second.Unverified() > 0 {
		s.t.Errorf("%s: the second apply counts %v, %d unverified, its end is %v", name, counts, second.Unverified(), second.End)
	}
	done := map[license.GUID]bool{}
	for _, r := range first.Results {
		done[r.User.ID] = r.Outcome == receipt.Done
	}
	for _, r := range second.Results {
		if done[r.User.ID] && (r.Outcome != receipt.Already || r.Attempts > 0) {
			s.t.Errorf("%s: %s was done and is %s with %d writes", name, r.User.UserPrincipalName, r.Outcome, r.Attempts)
		}
	}
	sent := t.writes.Load()
	s.wants(cli.CodeOK, applying(name+"-third.jsonl")...)
	if n := t.writes.Load() - sent; n != 0 {
		s.t.Errorf("%s: the third apply has sent %d writes", name, n)
	}
	s.checkUsers(name, t)
	s.checkWrites(name, t, figures)
}

// checkUsers checks that every user is as declared, and the others as before.
func (s *soak) checkUsers(name string, t *tenancy) {
	s.t.Helper()
	for _, u := range t.Users() {
		if want := t.cohorts[u.ID].after; t.holds(u) != want || u.UsageLocation != soakLocation {
			s.t.Errorf("%s: %s holds %q in %q, want %q", name, u.UserPrincipalName, t.holds(u), u.UsageLocation, want)
		}
	}
	if t.oversold.Load() {
		s.t.Errorf("%s: more seats were taken than bought", name)
	}
}

// checkWrites checks every write of a round: no user was changed twice in one
// way, and nobody was to lose or to get anything but what is declared.
func (s *soak) checkWrites(name string, t *tenancy, figures *sums) {
	s.t.Helper()
	writes, changes := writesOf(t), map[string]int{}
	for _, w := range writes {
		call := w.Route + " of " + w.user.String()
		changes[call] += map[bool]int{true: 1}[w.Mutated]
		if w.Status >= http.StatusBadRequest {
			figures.errors++
		}
		c := t.cohorts[w.user]
		if loses, gets, err := t.asks(w); w.Route == "assignLicense" && (err != nil || loses != c.before || gets != c.after) {
			s.t.Errorf("%s: %s was to lose %q and get %q, want %q and %q", name, w.user, loses, gets, c.before, c.after)
		}
	}
	figures.repeated += len(writes) - len(changes)
	for call, n := range changes {
		if n != 1 {
			s.t.Errorf("%s: %s has changed the user %d times", name, call, n)
		}
	}
}

// asks gives what an assignLicense call takes and gives, as part numbers.
func (t *tenancy) asks(w write) (loses, gets string, err error) {
	var call struct {
		AddLicenses    []struct{ SKUID license.GUID }
		RemoveLicenses []license.GUID
	}
	err = json.Unmarshal(w.Body, &call)
	for _, add := range call.AddLicenses {
		gets += t.products[add.SKUID]
	}
	for _, id := range call.RemoveLicenses {
		loses += t.products[id]
	}
	return loses, gets, err
}

// TestSoakKill kills a run at moments that are spread over all its duration,
// from its start to its end. Applying the plan again completes it.
func TestSoakKill(t *testing.T) {
	s := newSoak(t)
	tenant := s.moveIn()
	figures := sums{begin: time.Now(), rounds: 50}
	s.wants(cli.CodeOK, applying("whole.jsonl")...)
	duration := time.Since(figures.begin)
	t.Logf("a whole run takes %v and %d writes, %d of them at once", duration.Round(time.Millisecond), tenant.writes.Load(), tenant.Counters().PeakWrites)
	for i := range figures.rounds {
		tenant := s.moveIn()
		name := fmt.Sprintf("kill-%02d", i)
		moment := time.Duration((float64(i) + s.random.Float64()) / float64(figures.rounds) * float64(duration))
		p := s.start(s.front, applying(name+".jsonl")...)
		time.Sleep(moment)
		_ = p.Process.Kill() // it may have ended
		if p.code() != -1 {
			figures.late++
		}
		s.finish(name, tenant, &figures)
	}
	figures.log(t)
}

// TestSoakInterrupt interrupts a run when a random number of writes have
// arrived. It stops in order, and applying the plan again completes it.
func TestSoakInterrupt(t *testing.T) {
	const latest = 400
	s := newSoak(t)
	figures := sums{begin: time.Now(), rounds: 10}
	for i := range figures.rounds {
		tenant := s.moveIn()
		name := fmt.Sprintf("interrupt-%02d", i)
		p := s.start(s.front, applying(name+".jsonl")...)
		for after, begin := 1+s.random.Int64N(latest), time.Now(); tenant.writes.Load() < after; time.Sleep(time.Millisecond) {
			if time.Since(begin) > soakPatience {
				t.Fatalf("%s: %d writes have arrived, want %d", name, tenant.writes.Load(), after)
			}
		}
		_ = p.Process.Signal(syscall.SIGINT) // the code tells
		if code := p.code(); code != int(cli.CodeInterrupted) {
			t.Fatalf("%s: ends with %d:\n%s", name, code, p.tail())
		}
		r := s.receiptOf(name + ".jsonl")
		if counts := r.Counts(); r.End == nil || r.Torn || counts[receipt.Unknown] > 0 || counts[receipt.NotAttempted] == 0 {
			t.Errorf("%s: the receipt counts %v, its end is %v, torn %t", name, counts, r.End, r.Torn)
		}
		s.finish(name, tenant, &figures)
	}
	figures.log(t)
}

// TestSoakLock starts two applies at once. One carries the plan out, the other
// one is turned away and has sent nothing at all.
func TestSoakLock(t *testing.T) {
	s := newSoak(t)
	for i := range 5 {
		tenant, name := s.moveIn(), fmt.Sprintf("lock-%d", i)
		doors := []*door{s.open(), s.open()}
		a, b := s.start(doors[0], applying(name+"-0.jsonl")...), s.start(doors[1], applying(name+"-1.jsonl")...)
		codes := []int{a.code(), b.code()}
		loser := slices.Index(codes, int(cli.CodeBusy))
		if loser < 0 || codes[1-loser] != int(cli.CodeOK) {
			t.Fatalf("%s: they end with %v:\n%s\n%s", name, codes, a.tail(), b.tail())
		}
		if n := doors[loser].requests.Load(); n != 0 || s.receiptOf(fmt.Sprintf("%s-%d.jsonl", name, loser)) != nil {
			t.Errorf("%s: the one that was turned away has sent %d requests, or has a receipt", name, n)
		}
		s.checkUsers(name, tenant)
		s.checkWrites(name, tenant, &sums{})
	}
}

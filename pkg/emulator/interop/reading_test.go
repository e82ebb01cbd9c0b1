//go:build unix

package interop_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	msgraphcore "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// BenchmarkRead finds out who of a tenant is not as declared, through package
// observe with a plan, and through a loop over the official SDK that keeps its
// models of all users and holds them against a map. Every hundredth user is not
// as declared, and both have to find just those.
//
// The emulator and both clients are processes of their own, one client after
// the other. Of each client, the figures are
//
//	s         from the first request to the last user compared
//	cpu-s     of the process, in that time
//	peak-MB   the most that the process had in memory
//	grew-MB   of it in that time; before are the code and what is declared
//	requests  that the emulator counted
//
// and x-s and x-cpu are how many times as much of it the SDK took.
func BenchmarkRead(b *testing.B) {
	for _, size := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("users=%d", size), func(b *testing.B) {
			startTenant(b, size, 0).compare(b, size)
		})
	}
}

// BenchmarkReadFar is the same for a tenant at the end of a long line: a page
// takes so long, and a batch half of it. The quotas are those of the service.
func BenchmarkReadFar(b *testing.B) {
	const size = 20_000
	for _, page := range []time.Duration{50 * time.Millisecond, 500 * time.Millisecond, 1500 * time.Millisecond} {
		b.Run(fmt.Sprintf("users=%d/page=%s", size, page), func(b *testing.B) {
			startTenant(b, size, page).compare(b, size)
		})
	}
}

// compare lets both clients read the tenant.
func (f *farTenant) compare(b *testing.B, size int) {
	total := map[string]effort{}
	for b.Loop() {
		for _, client := range []string{readingSDK, readingTool} {
			total[client] = total[client].plus(f.read(b, client, size))
		}
	}
	b.ReportMetric(0, "ns/op") // it would be both together
	for client, e := range total {
		e.report(b, client)
	}
	b.ReportMetric(total[readingSDK].Seconds/total[readingTool].Seconds, "x-s")
	b.ReportMetric(total[readingSDK].CPU/total[readingTool].CPU, "x-cpu")
}

// effort is what a client took.
type effort struct {
	Seconds, CPU float64
	Before, Peak int64 // bytes in memory
	Changes      int   // users who are not as declared
	requests     int
	throttled    int
}

func (e effort) plus(other effort) effort {
	return effort{
		Seconds: e.Seconds + other.Seconds, CPU: e.CPU + other.CPU, Before: max(e.Before, other.Before), Peak: max(e.Peak, other.Peak),
		requests: e.requests + other.requests, throttled: e.throttled + other.throttled,
	}
}

func (e effort) report(b *testing.B, client string) {
	n := float64(b.N)
	b.ReportMetric(e.Seconds/n, client+"-s")
	b.ReportMetric(e.CPU/n, client+"-cpu-s")
	b.ReportMetric(float64(e.Peak)/1e6, client+"-peak-MB")
	b.ReportMetric(float64(e.Peak-e.Before)/1e6, client+"-grew-MB")
	b.ReportMetric(float64(e.requests)/n, client+"-requests")
	b.ReportMetric(float64(e.throttled)/n, client+"-throttled")
}

// The programs that this test binary can be, by the name that it is called by.
const (
	serving     = "emulator"
	readingSDK  = "sdk"
	readingTool = "licensectl"
)

func TestMain(m *testing.M) {
	programs := map[string]func(){serving: serveTenant, readingSDK: measured(readWithSDK), readingTool: measured(readWithTool)}
	program, known := programs[os.Args[0]]
	if !known {
		os.Exit(book.Main(m))
	}
	program()
}

// tell prints what a program has to say.
func tell(answer any) {
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		(stderr{}).Fatal(err)
	}
}

// stderr is where a program says why it does not go on.
type stderr struct{}

// Helper is there to be a reporter.
func (stderr) Helper() {}

// Fatal ends the program.
func (stderr) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	os.Exit(1)
}

// tenantAddress tells a client where the emulator is.
type tenantAddress struct {
	Tenant, Addr string
	Authority    []byte
}

// farTenant is an emulator in a process of its own.
type farTenant struct {
	tenantAddress
	*remote
}

// command runs this binary as one of its programs, with what it is to know.
func command(ctx context.Context, program string, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		(stderr{}).Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Args = append([]string{program}, args...)
	cmd.Stderr = os.Stderr
	return cmd
}

// startTenant starts an emulator, in which a page of users takes so long; it ends
// with the benchmark.
func startTenant(b *testing.B, size int, page time.Duration) *farTenant {
	b.Helper()
	cmd := command(context.Background(), serving, strconv.Itoa(size), page.String())
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := errors.Join(lifeline.Close(), cmd.Wait()); err != nil {
			b.Error(err)
		}
	})
	var at tenantAddress
	if err := json.NewDecoder(out).Decode(&at); err != nil {
		b.Fatal(err)
	}
	return &farTenant{at, reach(b, at.Tenant, at.Addr, at.Authority)}
}

// countersPath gives the emulator's counters, beside what the service has.
const countersPath = "/counters"

// serveTenant is the emulator as a program. It ends with its standard input, so
// that it never outlives whoever started it.
func serveTenant() {
	var quit stderr
	e, err := emulator.New(synthetic(), emulator.Options{})
	if err != nil {
		quit.Fatal(err)
	}
	mux := http.NewServeMux()
	page, err := time.ParseDuration(os.Args[2])
	if err != nil {
		quit.Fatal(err)
	}
	mux.Handle("/", longLine{page: page, emulator: e})
	mux.HandleFunc(countersPath, func(w http.ResponseWriter, _ *http.Request) {
		if err := json.NewEncoder(w).Encode(e.Counters()); err != nil {
			quit.Fatal(err)
		}
	})
	server, authority := listen(quit, mux)
	tell(tenantAddress{e.TenantID().String(), server.Listener.Addr().String(), authority})
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		quit.Fatal(err)
	}
}

// longLine is an emulator in which a page of users takes its time, and a batch
// half of it.
type longLine struct {
	page     time.Duration
	emulator http.Handler
}

func (l longLine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/users"):
		time.Sleep(l.page)
	case strings.HasSuffix(r.URL.Path, "/$batch"):
		time.Sleep(l.page / 2)
	}
	l.emulator.ServeHTTP(w, r)
}

// synthetic is the tenant of the size that the program was called with.
func synthetic() emulator.Tenant {
	size, err := strconv.Atoi(os.Args[1])
	if err != nil {
		(stderr{}).Fatal(err)
	}
	return emulator.Synthetic(emulator.SyntheticOptions{Users: size, Seed: 1})
}

func (f *farTenant) counters(b *testing.B) (n emulator.Counters) {
	b.Helper()
	reply, err := f.http.Get("https://" + f.addr + countersPath)
	if err != nil {
		b.Fatal(err)
	}
	defer reply.Body.Close()
	if err := json.NewDecoder(reply.Body).Decode(&n); err != nil {
		b.Fatal(err)
	}
	return n
}

// read runs a client, and gives what it took.
func (f *farTenant) read(b *testing.B, client string, size int) effort {
	b.Helper()
	at, err := json.Marshal(f.tenantAddress)
	if err != nil {
		b.Fatal(err)
	}
	before := f.counters(b)
	cmd := command(b.Context(), client, strconv.Itoa(size))
	cmd.Stdin = bytes.NewReader(at)
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s: %v", client, err)
	}
	var e effort
	if err := json.Unmarshal(out, &e); err != nil {
		b.Fatal(err)
	}
	if want := (size + every - 1) / every; e.Changes != want {
		b.Errorf("%s finds %d users who are not as declared, and there are %d", client, e.Changes, want)
	}
	after := f.counters(b)
	e.requests = after.Requests - before.Requests
	e.throttled = after.ByStatus[http.StatusTooManyRequests] - before.ByStatus[http.StatusTooManyRequests]
	return e
}

// reading reads a tenant and tells how many users are not as declared. What it
// does before the returned function is not measured.
type reading func(*remote) func(context.Context) (changes int, err error)

// measured is a client as a program.
func measured(client reading) func() {
	return func() {
		var quit stderr
		var at tenantAddress
		data, err := io.ReadAll(os.Stdin)
		if err == nil {
			err = json.Unmarshal(data, &at)
		}
		if err != nil {
			quit.Fatal(err)
		}
		read := client(reach(quit, at.Tenant, at.Addr, at.Authority))
		begun, before := time.Now(), usage()
		changes, err := read(context.Background())
		if err != nil {
			quit.Fatal(err)
		}
		after := usage()
		const unit = 1024 // of Maxrss on Linux
		tell(effort{
			Seconds: time.Since(begun).Seconds(), CPU: seconds(after) - seconds(before),
			Before: before.Maxrss * unit, Peak: after.Maxrss * unit, Changes: changes,
		})
	}
}

func usage() (out syscall.Rusage) {
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &out); err != nil {
		(stderr{}).Fatal(err)
	}
	return out
}

func seconds(u syscall.Rusage) float64 {
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// every says how many users there are to one who is not as declared.
const every = 100

// declared gives the users as they are, but for one in every hundred, who is
// declared to be elsewhere.
func declared() iter.Seq[emulator.User] {
	return func(yield func(emulator.User) bool) {
		n := 0
		for u := range synthetic().Stream {
			if n%every == 0 {
				u.UsageLocation = map[bool]string{true: "IT", false: "FR"}[u.UsageLocation == "FR"]
			}
			n++
			if !yield(u) {
				return
			}
		}
	}
}

// wanted is what a loop knows of a user.
type wanted struct {
	location string
	licenses []string // a SKU with the service plans that are off, sorted
}

// readWithSDK is what one would write with the SDK.
func readWithSDK(far *remote) func(context.Context) (int, error) {
	desired := map[string]wanted{}
	for u := range declared() {
		w := wanted{location: u.UsageLocation}
		for _, l := range u.Licenses {
			w.licenses = append(w.licenses, heldText(l.SKU, l.DisabledPlans))
		}
		slices.Sort(w.licenses)
		desired[strings.ToLower(u.UserPrincipalName)] = w
	}
	client := far.sdk(far.app())
	return func(ctx context.Context) (int, error) {
		page, err := client.Users().Get(ctx, userQuery(users.UsersRequestBuilderGetQueryParameters{
			Select: []string{
				"id", "userPrincipalName", "displayName", "accountEnabled", "userType", "usageLocation", "licenseAssignmentStates",
			},
			Top: ptr[int32](999),
		}))
		if err != nil {
			return 0, err
		}
		iterator, err := msgraphcore.NewPageIterator[models.Userable](page, client.GetAdapter(), models.CreateUserCollectionResponseFromDiscriminatorValue)
		if err != nil {
			return 0, err
		}
		var all []models.Userable
		if err := iterator.Iterate(ctx, func(u models.Userable) bool { all = append(all, u); return true }); err != nil {
			return 0, err
		}
		changes := 0
		for _, u := range all {
			w, known := desired[strings.ToLower(text(u.GetUserPrincipalName()))]
			if known && !(w.location == "" || w.location == text(u.GetUsageLocation())) || !slices.Equal(w.licenses, directOf(u)) {
				changes++
			}
		}
		return changes, nil
	}
}

// directOf gives the licenses that a user holds directly, as wanted has them.
func directOf(u models.Userable) []string {
	var out []string
	for _, s := range u.GetLicenseAssignmentStates() {
		if s.GetAssignedByGroup() != nil || s.GetSkuId() == nil {
			continue
		}
		held := s.GetSkuId().String()
		var off []string
		for _, id := range s.GetDisabledPlans() {
			off = append(off, id.String())
		}
		slices.Sort(off)
		out = append(out, strings.Join(append([]string{held}, off...), " "))
	}
	slices.Sort(out)
	return out
}

func heldText(sku license.GUID, off []license.GUID) string {
	text := sku.String()
	for _, id := range license.SortedGUIDs(off) {
		text += " " + id.String()
	}
	return text
}

// readWithTool reads the tenant as licensectl plan does, and plans.
func readWithTool(far *remote) func(context.Context) (int, error) {
	var desired plan.Desired
	var names []string
	for u := range declared() {
		entry := plan.DesiredUser{User: plan.Ref{Name: u.UserPrincipalName}, UsageLocation: u.UsageLocation, ManagesLicenses: true}
		for _, l := range u.Licenses {
			off := plan.PlanChoice{Mode: plan.PlansDisabled}
			for _, id := range l.DisabledPlans {
				off.Plans = append(off.Plans, plan.Ref{Name: id.String()})
			}
			entry.Licenses = append(entry.Licenses, plan.DesiredLicense{SKU: plan.Ref{Name: l.SKU.String()}, Plans: off})
		}
		desired.Users, names = append(desired.Users, entry), append(names, u.UserPrincipalName)
	}
	policy := plan.DefaultPolicy()
	policy.Guards.MaxUsersChanged = plan.Limit{Off: true}
	reader, err := graph.NewReader(graph.Config{Root: "https://" + graphHost, Credential: far.app(), Transport: far.http})
	if err != nil {
		far.t.Fatal(err)
	}
	return func(ctx context.Context) (int, error) {
		observed, err := observe.Tenant(ctx, reader, observe.Request{Users: names})
		if err != nil {
			return 0, err
		}
		p, err := planner.Make(planner.Input{
			Desired: desired, Policy: policy, Observed: observed,
			Now: time.Now(), Tool: plan.Tool{Name: "interop"}, Cloud: "global",
		})
		if err != nil {
			return 0, err
		}
		return len(p.Changes), nil
	}
}

//go:build scale && unix

package cli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"
	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

// scale is a tenant and the manifests that declare its users as they are.
type scale struct {
	users, files int
	moved        bool // every user is declared to be in another country
}

func (s scale) String() string {
	name := fmt.Sprintf("users=%d/files=%d", s.users, s.files)
	if s.moved {
		name += "/all-change"
	}
	return name
}

// scales are the sizes that are measured, the same number of users also in
// many files and in one.
func scales() []scale {
	return []scale{
		{users: 1_000, files: 1},
		{users: 10_000, files: 10},
		{users: 100_000, files: 100},
		{users: 100_000, files: 1_000},
		{users: 100_000, files: 1},
		{users: 100_000, files: 100, moved: true},
		{users: 1_000_000, files: 1_000},
		{users: 1_000_000, files: 1_000, moved: true},
	}
}

// BenchmarkScale lets the program plan for tenants of growing size, against
// an emulator in a process of its own, and gives what each stage took. The
// floor is a process that parses the same files with yaml.v3 on all
// processors, and decodes the same pages into structs with the JSON package
// that is to come into Go; it reads both from the disk and keeps nothing.
func BenchmarkScale(b *testing.B) {
	binary := buildProgram(b)
	for _, s := range scales() {
		b.Run(s.String(), func(b *testing.B) { s.measure(b, binary) })
	}
}

var profile = flag.String("profile", "", "also write a CPU profile of each size into this `FOLDER`")

// profile writes a CPU profile of the program, where that is asked for.
func (t *servedTenant) profile(b *testing.B, name, dir string, args ...string) {
	if *profile == "" {
		return
	}
	file := must(filepath.Abs(filepath.Join(*profile, strings.ReplaceAll(name, "/", "-")+".prof")))
	must(file, os.MkdirAll(filepath.Dir(file), 0o755))
	t.run(b, program{path: must(os.Executable()), name: profiledName, env: []string{profileVariable + "=" + file, "GOGC=150"}}, dir, args...)
}

func (s scale) measure(b *testing.B, binary string) {
	dir := b.TempDir()
	s.declare(b, dir)
	tenant := startTenant(b, binary, s.users)
	tenant.save(b, filepath.Join(dir, "pages"))
	var plan, floor usage
	var stages map[string]float64
	for b.Loop() {
		floor.add(runFloor(b, dir))
		used, log := tenant.plan(b, program{path: binary, name: binary}, dir)
		plan.add(used)
		stages = stagesOf(b, log)
	}
	tenant.profile(b, s.String(), dir, planning()...)
	n := float64(b.N)
	b.ReportMetric(0, "ns/op") // it would be the plan and the floor together
	b.ReportMetric(plan.wall.Seconds()/n, "plan-s")
	b.ReportMetric(plan.cpu.Seconds()/n, "plan-cpu-s")
	b.ReportMetric(floor.wall.Seconds()/n, "floor-s")
	b.ReportMetric(floor.cpu.Seconds()/n, "floor-cpu-s")
	b.ReportMetric(plan.cpu.Seconds()/floor.cpu.Seconds(), "x-floor-cpu")
	b.ReportMetric(plan.wall.Seconds()/floor.wall.Seconds(), "x-floor")
	b.ReportMetric(float64(plan.peak)/1e6, "peak-MB")
	for name, value := range stages {
		b.ReportMetric(value, name)
	}
}

// usage is what processes took.
type usage struct {
	wall, cpu time.Duration
	peak      int64 // bytes, of the largest
}

func (u *usage) add(v usage) {
	u.wall += v.wall
	u.cpu += v.cpu
	u.peak = max(u.peak, v.peak)
}

// timed runs a process and gives what it took.
func timed(b *testing.B, cmd *exec.Cmd) usage {
	b.Helper()
	begun := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v", cmd, err)
	}
	u := usage{wall: time.Since(begun), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		const unit = 1024 // of Maxrss on Linux
		u.peak = r.Maxrss * unit
	}
	return u
}

// declare writes the manifests.
func (s scale) declare(b *testing.B, dir string) {
	folder := filepath.Join(dir, "manifests")
	must(folder, os.MkdirAll(folder, 0o755))
	must(folder, os.WriteFile(filepath.Join(folder, "policy.yaml"), []byte(
		"apiVersion: licensectl.dev/v1\nkind: Policy\nmetadata: {name: scale}\nspec: {guards: {maxUsersChanged: off, maxRemovals: off, maxRemovalsPerSku: off, maxUsersLosingAll: off}}\n"), 0o600))
	catalog := license.Published()
	next, stop := iter.Pull(emulator.Synthetic(emulator.SyntheticOptions{Users: s.users, Seed: 1}).Stream)
	defer stop()
	for i := range s.files {
		var text bytes.Buffer
		fmt.Fprintf(&text, "apiVersion: licensectl.dev/v1\nkind: UserLicenses\nmetadata: {name: part-%04d}\nspec:\n  users:\n", i)
		for range s.users / s.files {
			u, ok := next()
			if !ok {
				b.Fatal("the tenant has too few users")
			}
			s.entry(&text, u, catalog)
		}
		must(folder, os.WriteFile(filepath.Join(folder, fmt.Sprintf("part-%04d.yaml", i)), text.Bytes(), 0o600))
	}
}

func (s scale) entry(w io.Writer, u emulator.User, catalog *license.Catalog) {
	fmt.Fprintf(w, "    - user: %s\n", u.UserPrincipalName)
	if location := u.UsageLocation; location != "" {
		if s.moved {
			location = "FR"
		}
		fmt.Fprintf(w, "      usageLocation: %q\n", location)
	}
	fmt.Fprint(w, "      licenses:\n")
	for _, l := range u.Licenses {
		sku, _ := catalog.SKU(l.SKU)
		fmt.Fprintf(w, "        - sku: %s\n", sku.PartNumber)
	}
	if len(u.Licenses) == 0 {
		fmt.Fprint(w, "        []\n")
	}
}

// servedTenant is a tenant in a process of its own.
type servedTenant struct{ url, token string }

var serving = regexp.MustCompile(`serving tenant (\S+) at (\S+)`)

func startTenant(b *testing.B, binary string, users int) *servedTenant {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), binary, "emulator", "--users", fmt.Sprint(users), "--listen", "127.0.0.1:0")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	out := must(cmd.StdoutPipe())
	must(cmd, cmd.Start())
	line := must(bufio.NewReader(out).ReadString('\n'))
	found := serving.FindStringSubmatch(line)
	if found == nil {
		b.Fatalf("the emulator says %q", line)
	}
	t := &servedTenant{url: found[2]}
	reply := must(http.PostForm(t.url+"/"+found[1]+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {canary}, "scope": {"https://graph.microsoft.com/.default"},
	}))
	defer reply.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	must(t, json.NewDecoder(reply.Body).Decode(&token))
	t.token = token.AccessToken
	return t
}

// save keeps the pages of users for the floor.
func (t *servedTenant) save(b *testing.B, folder string) {
	must(folder, os.MkdirAll(folder, 0o755))
	const properties = "id,userPrincipalName,displayName,accountEnabled,userType,usageLocation,assignedLicenses,licenseAssignmentStates"
	t.savePages(b, filepath.Join(folder, "users"), "/users?$top=999&$select="+properties)
}

// savePages keeps the pages of a list in files whose names begin with a path.
func (t *servedTenant) savePages(b *testing.B, path, query string) {
	for next, n := t.url+"/v1.0"+query, 0; next != ""; n++ {
		req := must(http.NewRequestWithContext(b.Context(), http.MethodGet, next, nil))
		req.Header.Set("Authorization", "Bearer "+t.token)
		reply := must(http.DefaultClient.Do(req))
		body := must(io.ReadAll(reply.Body))
		reply.Body.Close()
		var page struct {
			Next string `json:"@odata.nextLink"`
		}
		must(page, jsonv2.Unmarshal(body, &page))
		next = page.Next
		must(path, os.WriteFile(fmt.Sprintf("%s-%05d.json", path, n), body, 0o600))
	}
}

// program is an executable under a name that it goes by.
type program struct {
	path, name string
	env        []string
}

// plan lets the program plan with the manifests of a folder, and gives its messages.
func (t *servedTenant) plan(b *testing.B, p program, dir string) (usage, []byte) {
	return t.run(b, p, dir, planning()...)
}

func planning() []string { return []string{"plan", "manifests", "--out", "plan.json"} }

// run runs the program in a folder, and gives its messages.
func (t *servedTenant) run(b *testing.B, p program, dir string, args ...string) (usage, []byte) {
	var log bytes.Buffer
	cmd := exec.CommandContext(b.Context(), p.path, append(args, "--auth", "token", "--graph-url", t.url, "--log-level", "debug", "--log-format", "json")...)
	cmd.Args[0], cmd.Dir, cmd.Stderr = p.name, dir, &log
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LICENSECTL_ACCESS_TOKEN=" + t.token}, p.env...)
	return timed(b, cmd), log.Bytes()
}

// stagesOf finds the times and counts in the messages.
func stagesOf(b *testing.B, log []byte) map[string]float64 {
	names := map[string]string{
		"read the manifests": "manifests-s", "read the tenant": "tenant-s", "made the plan": "make-s",
		"saved the plan": "save-s", "wrote the document": "text-s",
	}
	out := map[string]float64{}
	for line := range bytes.Lines(log) {
		var m struct {
			Msg, Took     string
			Requests      int
			ResourceUnits int
		}
		if json.Unmarshal(line, &m) != nil || names[m.Msg] == "" {
			continue
		}
		out[names[m.Msg]] = must(time.ParseDuration(m.Took)).Seconds()
		if m.Requests > 0 {
			out["requests"], out["units"] = float64(m.Requests), float64(m.ResourceUnits)
		}
	}
	if len(out) < len(names) {
		b.Fatalf("the messages tell %v:\n%s", out, log)
	}
	return out
}

// programs are what the test binary can be.
func programs() map[string]func() {
	return map[string]func(){"licensectl": licensectl, workerName: licensectlWorker, floorName: floor, profiledName: profiled}
}

const (
	floorName       = "floor"
	profiledName    = "profiled"
	profileVariable = "CPU_PROFILE" // the file that profiled writes
)

// profiled is licensectl with a CPU profile.
func profiled() {
	file := must(os.Create(os.Getenv(profileVariable)))
	must(file, pprof.StartCPUProfile(file))
	code := runLicensectl()
	pprof.StopCPUProfile()
	must(file, file.Close())
	os.Exit(code)
}

func runFloor(b *testing.B, dir string) usage {
	b.Helper()
	return timed(b, &exec.Cmd{Path: must(os.Executable()), Args: []string{floorName}, Dir: dir, Stderr: os.Stderr})
}

// floor does with the manifests and pages of the folder what no plan can do
// without, and nothing else.
func floor() {
	var all errgroup.Group
	all.SetLimit(8)
	for _, path := range must(filepath.Glob(filepath.Join("*", "*"))) {
		all.Go(func() error {
			data, err := os.ReadFile(path)
			switch {
			case err != nil:
				return err
			case strings.HasSuffix(path, ".yaml"):
				var root yaml.Node
				return yaml.Unmarshal(data, &root)
			default:
				var page floorPage
				return jsonv2.Unmarshal(data, &page)
			}
		})
	}
	if err := all.Wait(); err != nil {
		panic(err)
	}
}

// floorPage is what a plan takes from a page of users.
type floorPage struct {
	Value []struct {
		ID                string `json:"id"`
		UserPrincipalName string `json:"userPrincipalName"`
		DisplayName       string `json:"displayName"`
		AccountEnabled    bool   `json:"accountEnabled"`
		UserType          string `json:"userType"`
		UsageLocation     string `json:"usageLocation"`
		AssignedLicenses  []struct {
			SKUID string `json:"skuId"`
		} `json:"assignedLicenses"`
		States []struct {
			SKUID           string   `json:"skuId"`
			AssignedByGroup string   `json:"assignedByGroup"`
			DisabledPlans   []string `json:"disabledPlans"`
			State           string   `json:"state"`
			Error           string   `json:"error"`
		} `json:"licenseAssignmentStates"`
	} `json:"value"`
}

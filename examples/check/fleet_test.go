package check_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coreos/go-systemd/v22/unit"
	"github.com/rhysd/actionlint"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

// fleetTenants is how many tenants the recipes are tried with.
const fleetTenants = 7

// estate is a fleet whose tenants `licensectl emulator` serves, in a folder like
// the repository that the recipes speak of. In each tenant one user loses a
// license and another gains it.
type estate struct {
	t   testing.TB
	dir string // the checkout
	env []string
	log string // of the emulator
}

func startEstate(t testing.TB, options string) *estate {
	t.Helper()
	const method = "workload"
	e := &estate{t: t, dir: t.TempDir()}
	served := t.TempDir()
	fleet := "apiVersion: licensectl.dev/v1\nkind: Fleet\nmetadata: {name: customers}\nspec:\n  defaults: {auth: " + method + ", paths: [baseline]}\n" +
		"  guards: {maxTenantsChanged: off, maxRemovals: off}\n  tenants:\n"
	write(t, filepath.Join(e.dir, "baseline/mail.yaml"), "apiVersion: licensectl.dev/v1\nkind: LicenseProfile\nmetadata: {name: mail}\nspec: {licenses: [{sku: EXCHANGESTANDARD}]}\n")
	for n := range fleetTenants {
		name, id := fmt.Sprintf("customer-%d", n), fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012d", n)
		fleet += fmt.Sprintf("    - {name: %s, tenantId: %s, paths: [tenants/%s.yaml]}\n", name, id, name)
		write(t, filepath.Join(e.dir, "tenants", name+".yaml"), fmt.Sprintf("apiVersion: licensectl.dev/v1\nkind: UserLicenses\nmetadata: {name: staff}\nspec:\n  users:\n    - {user: ada@%[1]s.example, profiles: [mail]}\n    - {user: bo@%[1]s.example, licenses: []}\n", name))
		write(t, filepath.Join(served, name+".yaml"), fmt.Sprintf("apiVersion: licensectl.dev/v1\nkind: EmulatedTenant\nmetadata: {name: %[1]s}\nspec:\n  tenant: {id: %[2]s, displayName: %[1]s, defaultDomain: %[1]s.example}\n  products: [{sku: EXCHANGESTANDARD, enabled: 10}]\n  users:\n    - {user: ada@%[1]s.example, usageLocation: DE}\n    - {user: bo@%[1]s.example, usageLocation: DE, licenses: [{sku: EXCHANGESTANDARD}]}\n", name, id))
	}
	write(t, filepath.Join(e.dir, "fleet.yaml"), fleet)
	e.serve(served, options)
	return e
}

// serve starts the emulator of the tenants, with these options (YAML, may be
// empty), until the test ends.
func (e *estate) serve(folder, options string) {
	e.t.Helper()
	tls := e.t.TempDir()
	e.log = filepath.Join(tls, "log.jsonl")
	args := []string{"emulator", "--listen", "127.0.0.1:0", "--tls", tls, "--tenant", folder, "--log", e.log}
	if options != "" {
		file := filepath.Join(tls, "options.yaml")
		write(e.t, file, "apiVersion: licensectl.dev/v1\nkind: EmulatorOptions\nmetadata: {name: options}\nspec: "+options+"\n")
		args = append(args, "--faults", file)
	}
	cmd := exec.Command(licensectlPath(), args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		e.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		e.t.Fatalf("the emulator did not say where it serves: %v", err)
	}
	_, address, _ := strings.Cut(strings.TrimSpace(line), " at ")
	token, err := identityToken("https://cluster.example.com", "system:serviceaccount:licensectl:fleet", "api://AzureADTokenExchange")
	if err != nil {
		e.t.Fatal(err)
	}
	tokenFile := filepath.Join(tls, "token")
	write(e.t, tokenFile, token)
	e.env = []string{
		"LICENSECTL_GRAPH_URL=" + address, "LICENSECTL_AUTHORITY_URL=" + address, "SSL_CERT_FILE=" + filepath.Join(tls, "ca.pem"),
		"AZURE_FEDERATED_TOKEN_FILE=" + tokenFile, "AZURE_CLIENT_ID=22222222-2222-4222-8222-222222222222",
		"PATH=" + filepath.Dir(licensectlPath()) + ":" + os.Getenv("PATH"),
	}
}

// mutations counts what was changed in all tenants, and sees that no token came
// to another tenant than its own.
func (e *estate) mutations() int {
	e.t.Helper()
	n := 0
	for line := range bytes.Lines(read(e.t, e.log)) {
		var r struct {
			Mutated           bool
			TenantID, TokenOf string
		}
		if err := json.Unmarshal(line, &r); err != nil || r.TokenOf != "" && r.TokenOf != r.TenantID {
			e.t.Errorf("a token crossed: %s (%v)", line, err)
		}
		if r.Mutated {
			n++
		}
	}
	return n
}

// fleetReport is what fleet.json says of the whole.
func (e *estate) fleetReport(file string) (outcomes map[string]int, planID string) {
	e.t.Helper()
	var r struct {
		PlanID  string
		Summary struct{ Outcomes map[string]int }
	}
	if err := json.Unmarshal(read(e.t, file), &r); err != nil {
		e.t.Fatal(err)
	}
	return r.Summary.Outcomes, r.PlanID
}

// fleetJobs decodes the Jobs of the recipe as strictly as a server that is asked
// to, by their names.
func fleetJobs(t *testing.T) map[string]*batchv1.Job {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, batchv1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	out := map[string]*batchv1.Job{}
	for _, name := range []string{"volume", "plan", "join", "apply"} {
		object, _, err := decoder.Decode(read(t, "../fleet/kubernetes/"+name+".yaml"), nil, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if job, isJob := object.(*batchv1.Job); isJob {
			out[name] = job
		}
	}
	return out
}

func TestFleetPodsAreRestricted(t *testing.T) {
	t.Parallel()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, job := range fleetJobs(t) {
		pod := job.Spec.Template
		for _, result := range evaluator.EvaluatePod(api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}, &pod.ObjectMeta, &pod.Spec) {
			if !result.Allowed {
				t.Errorf("%s: %s: %s", name, result.ForbiddenReason, result.ForbiddenDetail)
			}
		}
		container := pod.Spec.Containers[0]
		if *pod.Spec.AutomountServiceAccountToken || !*container.SecurityContext.ReadOnlyRootFilesystem || container.Resources.Limits.Memory().IsZero() || len(container.Command) > 0 {
			t.Errorf("%s: the pod may more than it has to, or has a shell", name)
		}
		if job.Spec.CompletionMode == nil {
			continue
		}
		shards := fmt.Sprintf("$(SHARD)/%d", *job.Spec.Completions)
		if *job.Spec.CompletionMode != batchv1.IndexedCompletion || *job.Spec.Parallelism != *job.Spec.Completions || *job.Spec.BackoffLimitPerIndex != 0 || !slices.Contains(container.Args, shards) {
			t.Errorf("%s: the shards are not those of the job: %v", name, container.Args)
		}
	}
}

// pod runs the container of a job as a kubelet would, at an index.
func (e *estate) pod(job *batchv1.Job, root string, index int) (string, int) {
	e.t.Helper()
	container := job.Spec.Template.Spec.Containers[0]
	args := slices.Clone(container.Args)
	for i, arg := range args {
		arg = strings.ReplaceAll(arg, "$(SHARD)", fmt.Sprint(index))
		arg = strings.Replace(arg, "/etc/licensectl/fleet", e.dir, 1)
		args[i] = strings.Replace(arg, "/var/lib/licensectl", root, 1)
	}
	cmd := exec.Command(licensectlPath(), args...)
	cmd.Dir, cmd.Env = root, e.env
	return outcome(e.t, cmd)
}

// TestFleetInACluster plans in three shards, joins and applies in three.
func TestFleetInACluster(t *testing.T) {
	t.Parallel()
	e, jobs, root := startEstate(t, ""), fleetJobs(t), t.TempDir()
	run := func(name string) {
		t.Helper()
		for index := range max(1, int(value(jobs[name].Spec.Completions))) {
			if out, code := e.pod(jobs[name], root, index); code != 0 {
				t.Fatalf("%s, shard %d: exit code %d\n%s", name, index, code, out)
			}
		}
	}
	run("plan")
	run("join")
	if outcomes, _ := e.fleetReport(filepath.Join(root, "plans/fleet.json")); outcomes["changes"] != fleetTenants || e.mutations() != 0 {
		t.Fatalf("the plans are %v, with %d writes", outcomes, e.mutations())
	}
	run("apply")
	if n := e.mutations(); n != 2*fleetTenants {
		t.Errorf("%d writes", n)
	}
	run("apply") // as after a shard that was killed
	if n := e.mutations(); n != 2*fleetTenants {
		t.Errorf("%d writes after the second time", n)
	}
}

func value(n *int32) int32 {
	if n == nil {
		return 0
	}
	return *n
}

const fleetWorkflow = "../fleet/.github/workflows/fleet.yml"

func TestFleetWorkflow(t *testing.T) {
	t.Parallel()
	linter, err := actionlint.NewLinter(os.Stderr, &actionlint.LinterOptions{Shellcheck: "shellcheck"})
	if err != nil {
		t.Fatal(err)
	}
	problems, err := linter.Lint(fleetWorkflow, read(t, fleetWorkflow), nil)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
	for line := range bytes.Lines(read(t, fleetWorkflow)) {
		if bytes.Contains(line, []byte("uses:")) && !pinned.Match(bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(line), []byte("- ")))) {
			t.Errorf("not pinned: %s", line)
		}
	}
	workflow, _ := actionlint.Parse(read(t, fleetWorkflow))
	if workflow.Permissions == nil || len(workflow.Permissions.Scopes) > 0 || workflow.Concurrency == nil {
		t.Error("permissions: {} or the concurrency group is missing at the top")
	}
	for name, job := range workflow.Jobs {
		checkJob(t, name, job)
	}
}

// TestFleetWorkflowRuns runs the scripts of the workflow, each shard with a
// folder of its own, and carries the artifacts over by hand.
func TestFleetWorkflowRuns(t *testing.T) {
	t.Parallel()
	e := startEstate(t, "")
	workflow, problems := actionlint.Parse(read(t, fleetWorkflow))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	joined := t.TempDir()
	run := func(job, step, temp string, env ...string) {
		t.Helper()
		script := ""
		for _, s := range workflow.Jobs[job].Steps {
			if exec, ok := s.Exec.(*actionlint.ExecRun); ok && s.Name.Value == step {
				script = exec.Run.Value
			}
		}
		cmd := exec.Command("bash", "-e", "-o", "pipefail", "-c", script)
		cmd.Dir = e.dir
		cmd.Env = append(append(e.env, "SHARDS=3", "RUNNER_TEMP="+temp, "GITHUB_STEP_SUMMARY="+temp+"/summary", "GITHUB_OUTPUT="+temp+"/output"), env...)
		if out, code := outcome(t, cmd); code != 0 || script == "" {
			t.Fatalf("%s: exit code %d\n%s", job, code, out)
		}
	}
	for shard := range 3 {
		temp := t.TempDir()
		run("plan", "Plan", temp, fmt.Sprintf("SHARD=%d", shard))
		part := fmt.Sprintf("part-%d", shard)
		copyFolder(t, filepath.Join(temp, part), filepath.Join(joined, "parts", part))
	}
	run("join", "Join", joined)
	id := settings(string(read(t, filepath.Join(joined, "output"))))["plan-id"]
	if outcomes, planID := e.fleetReport(filepath.Join(joined, "plans/fleet.json")); outcomes["changes"] != fleetTenants || id == "" || id != planID {
		t.Fatalf("the plans are %v with the id %q, and the job hands on %q", outcomes, planID, id)
	}
	wants(t, string(read(t, filepath.Join(joined, "summary"))), "licensectl fleet plan: 7 tenants")
	for shard := range 3 {
		temp := t.TempDir()
		copyFolder(t, filepath.Join(joined, "plans"), filepath.Join(temp, "plans"))
		run("apply", "Apply", temp, fmt.Sprintf("SHARD=%d", shard), "PLAN_ID="+id)
	}
	if n := e.mutations(); n != 2*fleetTenants {
		t.Errorf("%d writes", n)
	}
}

// TestFleetPipelineRuns runs the scripts of the jobs of GitLab's pipeline, each
// node in a checkout of its own.
func TestFleetPipelineRuns(t *testing.T) {
	t.Parallel()
	e := startEstate(t, "")
	var jobs map[string]json.RawMessage
	if err := yaml.Unmarshal(bytes.ReplaceAll(read(t, "../fleet/gitlab-ci.yml"), []byte("!reference "), nil), &jobs); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	run := func(name string, env ...string) {
		t.Helper()
		var job struct{ Script []string }
		if err := json.Unmarshal(jobs[name], &job); err != nil || len(job.Script) == 0 {
			t.Fatalf("%s: %v", name, err)
		}
		cmd := exec.Command("bash", "-e", "-c", strings.Join(job.Script, "\n"))
		cmd.Dir, cmd.Env = e.dir, append(e.env, env...)
		if text, code := outcome(t, cmd); code != 0 {
			t.Fatalf("%s: exit code %d\n%s", name, code, text)
		}
	}
	if err := os.Symlink(out, filepath.Join(e.dir, "out")); err != nil {
		t.Fatal(err)
	}
	for node := 1; node <= 3; node++ {
		run("plan", fmt.Sprintf("CI_NODE_INDEX=%d", node), "CI_NODE_TOTAL=3")
	}
	run("join")
	id := settings(string(read(t, filepath.Join(out, "plan.env"))))["PLAN_ID"]
	if outcomes, planID := e.fleetReport(filepath.Join(out, "plans/fleet.json")); outcomes["changes"] != fleetTenants || id != planID {
		t.Fatalf("the plans are %v with the id %q, and the job hands on %q", outcomes, planID, id)
	}
	for node := 1; node <= 3; node++ {
		run("apply", fmt.Sprintf("CI_NODE_INDEX=%d", node), "CI_NODE_TOTAL=3", "PLAN_ID="+id)
	}
	if n := e.mutations(); n != 2*fleetTenants {
		t.Errorf("%d writes", n)
	}
}

// TestFleetUnits has systemd look at the units, and runs the service once.
func TestFleetUnits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"licensectl-fleet.service", "licensectl-fleet.timer"} {
		write(t, filepath.Join(dir, name), strings.ReplaceAll(string(read(t, "../fleet/"+name)), "/usr/local/bin/licensectl", licensectlPath()))
	}
	cmd := exec.Command("systemd-analyze", "verify", "--man=no", filepath.Join(dir, "licensectl-fleet.service"), filepath.Join(dir, "licensectl-fleet.timer"))
	cmd.Env = append(os.Environ(), "SYSTEMD_UNIT_PATH="+dir+":")
	if out, code := outcome(t, cmd); code != 0 || strings.TrimSpace(out) != "" {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if out, code := outcome(t, exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", "../fleet/licensectl-fleet.service")); code != 0 {
		t.Errorf("it is not hardened:\n%s", out)
	}
	e, state := startEstate(t, ""), t.TempDir()
	options, err := unit.DeserializeOptions(bytes.NewReader(read(t, "../fleet/licensectl-fleet.service")))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range options {
		if o.Name != "ExecStart" {
			continue
		}
		args := strings.Fields(strings.NewReplacer("/etc/licensectl/fleet", e.dir, "/var/lib/licensectl-fleet", state).Replace(o.Value))
		cmd := exec.Command(licensectlPath(), args[1:]...)
		cmd.Dir, cmd.Env = state, e.env
		if out, code := outcome(t, cmd); code != 2 {
			t.Errorf("exit code %d\n%s", code, out)
		}
	}
	if outcomes, _ := e.fleetReport(filepath.Join(state, "drift/fleet.json")); outcomes["changes"] != fleetTenants {
		t.Errorf("the night found %v", outcomes)
	}
}

// TestFleetAfterAKill kills a run in the middle of its writes, and runs it again:
// nothing is lost, and nothing is done twice.
func TestFleetAfterAKill(t *testing.T) {
	t.Parallel()
	e := startEstate(t, "{writeLatency: 300ms}")
	run := func(args ...string) *exec.Cmd {
		cmd := exec.Command(licensectlPath(), append([]string{"fleet"}, args...)...)
		cmd.Dir, cmd.Env = e.dir, e.env
		return cmd
	}
	if out, code := outcome(t, run("plan", "--out", "plans")); code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	killed := run("apply", "plans", "--at-once", "2", "--parallelism", "1")
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); e.mutations() < 3; time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatal("nothing was written within a minute")
		}
	}
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait() // it was killed
	if n := e.mutations(); n >= 2*fleetTenants {
		t.Fatalf("it was done before it was killed: %d writes", n)
	}
	if out, code := outcome(t, run("apply", "plans")); code != 0 {
		t.Fatalf("again: exit code %d\n%s", code, out)
	}
	if n := e.mutations(); n != 2*fleetTenants {
		t.Errorf("%d writes for %d changes", n, 2*fleetTenants)
	}
	if outcomes, _ := e.fleetReport(filepath.Join(e.dir, "plans/fleet.json")); outcomes["done"] != fleetTenants {
		t.Errorf("the tenants are %v", outcomes)
	}
	receipts, err := filepath.Glob(filepath.Join(e.dir, "plans/*/receipt*.jsonl"))
	if err != nil || len(receipts) <= fleetTenants {
		t.Errorf("the receipts are %v: those of the run that was killed are missing (%v)", receipts, err)
	}
	if out, code := outcome(t, run("drift")); code != 0 {
		t.Errorf("something is left: exit code %d\n%s", code, out)
	}
}

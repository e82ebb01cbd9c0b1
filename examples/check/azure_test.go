package check_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// azurePipeline is what the pipelines of examples/azure-devops may have, after
// Microsoft's "YAML schema reference for Azure Pipelines". No registry has that
// schema; any other key is an error here, be it known there or not.
type azurePipeline struct {
	Trigger      azureTrigger      `json:"trigger"`
	PR           azureTrigger      `json:"pr"`
	LockBehavior string            `json:"lockBehavior"`
	Schedules    []azureSchedule   `json:"schedules"`
	Variables    map[string]string `json:"variables"`
	Pool         azurePool         `json:"pool"`
	Resources    struct {
		Pipelines []struct {
			Pipeline string `json:"pipeline"`
			Source   string `json:"source"`
			Branch   string `json:"branch"`
		} `json:"pipelines"`
	} `json:"resources"`
	Stages []azureStage `json:"stages"`
	Jobs   []azureJob   `json:"jobs"`
}

// azureTrigger is the word none, or what starts a run.
type azureTrigger struct {
	None     bool         `json:"-"`
	Batch    bool         `json:"batch"`
	Branches azureInclude `json:"branches"`
	Paths    azureInclude `json:"paths"`
}

// UnmarshalJSON takes both forms.
func (a *azureTrigger) UnmarshalJSON(data []byte) error {
	if string(data) == `"none"` {
		a.None = true
		return nil
	}
	type plain azureTrigger
	return yaml.UnmarshalStrict(data, (*plain)(a))
}

type azureInclude struct {
	Include []string `json:"include"`
}

type azureSchedule struct {
	Cron        string       `json:"cron"`
	DisplayName string       `json:"displayName"`
	Branches    azureInclude `json:"branches"`
	Always      bool         `json:"always"`
}

type azurePool struct {
	VMImage string `json:"vmImage"`
}

type azureStage struct {
	Stage     string     `json:"stage"`
	DependsOn string     `json:"dependsOn"`
	Condition string     `json:"condition"`
	Jobs      []azureJob `json:"jobs"`
}

type azureJob struct {
	Job              string `json:"job"`
	Deployment       string `json:"deployment"`
	TimeoutInMinutes int    `json:"timeoutInMinutes"`
	Environment      string `json:"environment"`
	Workspace        struct {
		Clean string `json:"clean"`
	} `json:"workspace"`
	Variables map[string]string `json:"variables"`
	Steps     []azureStep       `json:"steps"`
	Strategy  struct {
		RunOnce struct {
			Deploy struct {
				Steps []azureStep `json:"steps"`
			} `json:"deploy"`
		} `json:"runOnce"`
	} `json:"strategy"`
}

type azureStep struct {
	Checkout           string `json:"checkout"`
	PersistCredentials *bool  `json:"persistCredentials"`
	Script             string `json:"script"`
	Task               string `json:"task"`
	Name               string `json:"name"`
	Inputs             struct {
		AzureSubscription   string `json:"azureSubscription"`
		AddSpnToEnvironment bool   `json:"addSpnToEnvironment"`
		ScriptType          string `json:"scriptType"`
		ScriptLocation      string `json:"scriptLocation"`
		ScriptPath          string `json:"scriptPath"`
	} `json:"inputs"`
	Publish         string `json:"publish"`
	Artifact        string `json:"artifact"`
	Download        string `json:"download"`
	Patterns        string `json:"patterns"`
	DisplayName     string `json:"displayName"`
	Condition       string `json:"condition"`
	ContinueOnError bool   `json:"continueOnError"`
}

func readAzurePipeline(t testing.TB, file string) *azurePipeline {
	t.Helper()
	p := &azurePipeline{}
	if err := yaml.UnmarshalStrict(read(t, file), p); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return p
}

// azureDevOps runs jobs of the pipelines, with the service connections that the
// README has set up.
type azureDevOps struct {
	t         *testing.T
	tenant    *tenant
	repo      *repository
	program   string   // what is installed as licensectl
	env       []string // of every job, beside what the agent says
	attempt   int
	artifacts map[string]map[string][]byte // files by name, by artifact
	outputs   map[string]string            // variables that steps hand on, by STAGE.JOB.STEP.NAME
}

func startAzureDevOps(t *testing.T, faults string) *azureDevOps {
	t.Helper()
	return &azureDevOps{t: t, tenant: startTenant(t, faults), repo: newRepository(t, "../azure-devops"), program: licensectlPath(),
		artifacts: map[string]map[string][]byte{}, outputs: map[string]string{}}
}

// stage gives the only job of a stage.
func (a *azureDevOps) stage(name string) azureJob {
	a.t.Helper()
	for _, s := range readAzurePipeline(a.t, filepath.Join(a.repo.dir, "azure-pipelines.yml")).Stages {
		if s.Stage == name && len(s.Jobs) == 1 {
			return s.Jobs[0]
		}
	}
	a.t.Fatalf("there is no stage %s of one job", name)
	return azureJob{}
}

func (a *azureDevOps) nightly() azureJob {
	a.t.Helper()
	return readAzurePipeline(a.t, filepath.Join(a.repo.dir, "azure-pipelines-drift.yml")).Jobs[0]
}

// azureAgent is an agent with a job on it.
type azureAgent struct {
	*azureDevOps
	dir       string
	job       azureJob
	variables map[string]string // of the job
	env       []string
	log       strings.Builder
}

// run runs a job, and gives its log and whether it succeeded.
func (a *azureDevOps) run(job azureJob) (string, bool) {
	a.t.Helper()
	a.attempt++
	agent := &azureAgent{azureDevOps: a, dir: a.t.TempDir(), job: job, variables: map[string]string{}}
	agent.env = append(a.tenant.environment(), "PATH="+standInPath()+":/usr/bin:/bin", "HOME="+agent.dir, "TESTED_LICENSECTL="+a.program,
		"RELEASE=v0.1.0", "GOFLAGS=-trimpath", "AGENT_TEMPDIRECTORY="+agent.dir+"/tmp", "PIPELINE_WORKSPACE="+agent.dir,
		"BUILD_ARTIFACTSTAGINGDIRECTORY="+agent.dir+"/a", fmt.Sprintf("SYSTEM_JOBATTEMPT=%d", a.attempt))
	agent.env = append(agent.env, a.env...)
	for name, value := range job.Variables {
		agent.variables[name] = a.output(value)
		agent.env = append(agent.env, name+"="+agent.variables[name])
	}
	for _, dir := range []string{"tmp", "s", "a"} {
		if err := os.Mkdir(filepath.Join(agent.dir, dir), 0o755); err != nil {
			a.t.Fatal(err)
		}
	}
	ok := true
	for _, step := range slices.Concat(job.Steps, job.Strategy.RunOnce.Deploy.Steps) {
		if !ok && step.Condition != "always()" {
			continue
		}
		if err := agent.step(step); err != nil && !step.ContinueOnError {
			fmt.Fprintf(&agent.log, "%v\n", err)
			ok = false
		}
	}
	return agent.log.String(), ok
}

// handedOn is an expression that reads what a step of an earlier stage has
// handed on.
var handedOn = regexp.MustCompile(`^\$\[ stageDependencies\.(\w+)\.(\w+)\.outputs\['(\w+\.\w+)'\] \]$`)

// output evaluates the value of a variable of a job. What nobody has handed on
// is empty.
func (a *azureDevOps) output(value string) string {
	a.t.Helper()
	m := handedOn.FindStringSubmatch(value)
	if m == nil {
		a.t.Fatalf("the agent of these tests does not know %s", value)
	}
	return a.outputs[m[1]+"."+m[2]+"."+m[3]]
}

// setVariable is a line by which a step hands a variable on. The stages of
// these pipelines are called as their jobs.
var setVariable = regexp.MustCompile(`(?m)^##vso\[task\.setvariable variable=(\w+);isOutput=true\](.*)$`)

func (a *azureAgent) handOn(step azureStep, out []byte) {
	for _, m := range setVariable.FindAllSubmatch(out, -1) {
		a.outputs[a.job.Job+"."+a.job.Job+"."+step.Name+"."+string(m[1])] = string(m[2])
	}
}

func (a *azureAgent) step(step azureStep) error {
	switch {
	case step.Checkout == "self":
		a.repo.checkout("HEAD", filepath.Join(a.dir, "s"))
		return nil
	case step.Script != "":
		_, err := a.script(a.env, "--noprofile", "--norc", "-c", step.Script)
		return err
	case step.Task == "AzureCLI@2":
		return a.azureCLI(step)
	case step.Publish == "$(Build.ArtifactStagingDirectory)":
		return a.publish(strings.ReplaceAll(step.Artifact, "$(System.JobAttempt)", fmt.Sprint(a.attempt)))
	case step.Download != "":
		return a.download(step)
	}
	return fmt.Errorf("the agent of these tests does not know %+v", step)
}

func (a *azureAgent) script(env []string, args ...string) ([]byte, error) {
	cmd := exec.Command("/bin/bash", args...)
	cmd.Dir, cmd.Env = filepath.Join(a.dir, "s"), env
	out, err := cmd.CombinedOutput()
	a.log.Write(out)
	return out, err
}

// azureCLI runs a script as the task does: with the identity of the service
// connection in three variables, none of which `az` has to be asked for. Notes are
// written with a token that `az` gives, and by nobody whom the tenant knows.
func (a *azureAgent) azureCLI(step azureStep) error {
	in := step.Inputs
	client, ok := map[string]string{"licenses-reader": readerClientID, "licenses-writer": writerClientID}[in.AzureSubscription]
	if in.AzureSubscription == "licenses-notes" && !in.AddSpnToEnvironment && in.ScriptType == "bash" && in.ScriptLocation == "scriptPath" {
		_, err := a.script(append(slices.Clone(a.env), "AZ_SIGNED_IN_AS=licenses-notes"), in.ScriptPath)
		return err
	}
	if !ok || in.ScriptType != "bash" || in.ScriptLocation != "scriptPath" || !in.AddSpnToEnvironment {
		return fmt.Errorf("the agent of these tests does not know %+v", in)
	}
	token, err := identityToken("https://vstoken.dev.azure.com/00000000-1111-4222-8333-444444444444", "sc://contoso/licenses/"+in.AzureSubscription, "api://AzureADTokenExchange")
	if err != nil {
		return err
	}
	out, err := a.script(append(slices.Clone(a.env), "idToken="+token, "tenantId="+tenantID, "servicePrincipalId="+client), in.ScriptPath)
	a.handOn(step, out)
	return err
}

func (a *azureAgent) publish(artifact string) error {
	files := map[string][]byte{}
	found, err := filepath.Glob(a.dir + "/a/*")
	for _, file := range found {
		files[filepath.Base(file)] = read(a.t, file)
	}
	a.artifacts[artifact] = files
	return err
}

// download gets files into a folder of their artifact: of this run into the
// workspace, of another pipeline into a folder of its name. The pattern has the
// artifact in it unless the step names one.
func (a *azureAgent) download(step azureStep) error {
	dir := a.dir
	if step.Download != "current" {
		dir = filepath.Join(a.dir, step.Download)
	}
	pattern := step.Patterns
	if step.Artifact != "" {
		pattern = os.Expand(strings.NewReplacer("$(", "${", ")", "}").Replace(step.Artifact), func(name string) string { return a.variables[name] }) + "/" + pattern
	}
	found := false
	for artifact, files := range a.artifacts {
		wanted := maps.Clone(files)
		maps.DeleteFunc(wanted, func(name string, _ []byte) bool {
			ok, err := filepath.Match(pattern, artifact+"/"+name)
			return err != nil || !ok
		})
		found = found || len(wanted) > 0
		if err := unpack(wanted, filepath.Join(dir, artifact)); err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("no artifact has %s", pattern)
	}
	return nil
}

// TestAzurePipelinesAreLocked sees that no job leaves its token behind, every
// job has an end, and that the writer is behind the environment, on main.
func TestAzurePipelinesAreLocked(t *testing.T) {
	t.Parallel()
	review := readAzurePipeline(t, "../azure-devops/azure-pipelines.yml")
	if review.LockBehavior != "sequential" {
		t.Error("an apply may be left out")
	}
	jobs := readAzurePipeline(t, "../azure-devops/azure-pipelines-drift.yml").Jobs
	notes := readAzurePipeline(t, "../azure-devops/azure-pipelines-notes.yml")
	if !notes.Trigger.None || !notes.PR.None || !slices.Equal(notes.Schedules[0].Branches.Include, []string{"main"}) {
		t.Error("what writes to the project runs elsewhere than on main")
	}
	jobs = append(jobs, notes.Jobs...)
	for _, stage := range review.Stages {
		if stage.Stage == "apply" && !strings.Contains(stage.Condition, "eq(variables['Build.SourceBranch'], 'refs/heads/main')") {
			t.Errorf("the stage apply runs where %s", stage.Condition)
		}
		jobs = append(jobs, stage.Jobs...)
	}
	for _, job := range jobs {
		if job.TimeoutInMinutes == 0 {
			t.Errorf("%s%s has no timeout", job.Job, job.Deployment)
		}
		steps := slices.Concat(job.Steps, job.Strategy.RunOnce.Deploy.Steps)
		if slices.ContainsFunc(steps, func(s azureStep) bool { return s.Download != "" }) && job.Workspace.Clean != "all" {
			t.Errorf("%s%s may find what another run has downloaded", job.Job, job.Deployment)
		}
		for _, step := range steps {
			if step.Checkout != "" && (step.PersistCredentials == nil || *step.PersistCredentials) {
				t.Errorf("%s%s leaves its token behind", job.Job, job.Deployment)
			}
			if (step.Inputs.AzureSubscription == "licenses-writer") && job.Environment != "licenses" {
				t.Errorf("%s%s writes without the environment", job.Job, job.Deployment)
			}
		}
	}
}

// TestAzureFromPullRequestToTenant plans what a guard stops, approves and
// applies it, and compares at night.
func TestAzureFromPullRequestToTenant(t *testing.T) {
	t.Parallel()
	a := startAzureDevOps(t, "")
	a.repo.removals()
	a.repo.commit("Take Power BI back")
	a.must(a.stage("validate"))
	a.must(a.stage("plan"), "exit 5 (refused)", "##vso[task.uploadsummary]")
	file := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(file, a.artifacts["plan-2"]["plan.json"], 0o600); err != nil {
		t.Fatal(err)
	}
	if page := a.artifacts["plan-2"]["plan.html"]; !strings.HasPrefix(string(page), "<!doctype html>") {
		t.Errorf("the page begins with %.40q", page)
	}
	wants(t, string(a.artifacts["plan-2"]["plan.md"]), "`plan.html` in the artifact `plan-2`")
	a.repo.approve(planIDOf(t, file))
	a.repo.commit("Approve it")
	clear(a.artifacts) // the run on main is another one
	a.must(a.stage("plan"))
	a.must(a.stage("apply"))
	a.tenant.wantHolds("cem@contoso.com", skuE3)

	a.must(a.nightly())
	a.tenant.assign("ada@contoso.com", []string{skuPowerBI}, nil)
	a.must(a.nightly(), "exit 2 (changes)")
	found := regexp.MustCompile("ada@contoso.com")
	if last := a.artifacts[fmt.Sprintf("drift-%d", a.attempt)]; !found.Match(last["drift.md"]) {
		t.Errorf("drift.md:\n%s", last["drift.md"])
	}
}

// TestAzureHalfFailedApply runs the stage again.
func TestAzureHalfFailedApply(t *testing.T) {
	t.Parallel()
	a := startAzureDevOps(t, halfFailure)
	a.repo.powerBI()
	a.repo.commit("Give Power BI")
	a.must(a.stage("plan"))
	a.must(a.stage("apply"), "exit 7 (partial)")
	a.must(a.stage("apply"))
	a.tenant.wantHolds("ada@contoso.com", skuE3, skuPowerBI)
	a.tenant.wantHolds("ben@contoso.com", skuE3, skuPowerBI)
	for _, name := range []string{"receipt-2", "receipt-3"} {
		if a.artifacts[name]["receipt.jsonl"] == nil {
			t.Errorf("%s is not kept", name)
		}
	}
}

// TestAzureCommittedFiles has a plan and a baseline in the repository, where
// artifacts of these names would lie, and sees that nobody takes them: what is
// applied is the artifact of the run, and only while it is the plan that the
// job before has made.
func TestAzureCommittedFiles(t *testing.T) {
	t.Parallel()
	a := startAzureDevOps(t, "")
	a.repo.powerBI()
	a.repo.commit("Give Power BI")
	a.must(a.stage("plan"))
	other := a.artifacts["plan-1"]["plan.json"]
	a.repo.replace("manifests/users.yaml", "ada@contoso.com, licenses: [{sku: SPE_E3}, {sku: POWER_BI_PRO}", "ada@contoso.com, licenses: [{sku: SPE_E3}")
	for _, dir := range []string{"plan-99", "a/plan-99", "licenses/receipt-99"} {
		a.repo.edit(dir+"/plan.json", string(other))
		a.repo.edit(dir+"/baseline.json", "{}")
	}
	a.repo.commit("Give it to one, and commit other plans")
	clear(a.artifacts) // the run on main is another one
	a.must(a.stage("plan"))

	mine := a.artifacts["plan-2"]["plan.json"]
	a.artifacts["plan-2"]["plan.json"] = other
	a.must(a.stage("apply"), "exit 6 (stale)")
	a.tenant.wantHolds("ada@contoso.com", skuE3)
	a.artifacts["plan-2"]["plan.json"] = mine
	a.must(a.stage("apply"))
	a.tenant.wantHolds("ada@contoso.com", skuE3)
	a.tenant.wantHolds("ben@contoso.com", skuE3, skuPowerBI)
	clear(a.artifacts)
	a.must(a.nightly())
}

// TestAzureWithoutPlan sees that an apply without the job that plans does
// nothing.
func TestAzureWithoutPlan(t *testing.T) {
	t.Parallel()
	a := startAzureDevOps(t, "")
	a.repo.powerBI()
	a.repo.commit("Give Power BI")
	a.must(a.stage("apply"), "no artifact has")
	a.tenant.wantHolds("ada@contoso.com", skuE3)
}

// TestAzureCrashIsNoDrift has the program die with the exit code that means
// drift.
func TestAzureCrashIsNoDrift(t *testing.T) {
	t.Parallel()
	a := startAzureDevOps(t, "")
	a.program = dyingProgram(t)
	a.must(a.stage("plan"), "No plan was made (exit code 2)")
	a.must(a.nightly(), "The tenant was not compared (exit code 2)")
	for name, files := range a.artifacts {
		if len(files) > 0 {
			t.Errorf("%s: %v", name, slices.Sorted(maps.Keys(files)))
		}
	}
}

// must runs a job that has to end well, or has to fail with these words.
func (a *azureDevOps) must(job azureJob, words ...string) {
	a.t.Helper()
	log, ok := a.run(job)
	if ok == (len(words) > 0) {
		a.t.Fatalf("%s%s: %v\n%s", job.Job, job.Deployment, ok, log)
	}
	wants(a.t, log, words...)
}

package check_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// event is what starts a workflow.
type event struct {
	name   string // push, pull_request, workflow_dispatch, schedule
	commit string
	branch string // of the commit
	pull   *pull
	inputs map[string]string
}

// headRepository is where the commit is from.
func (e event) headRepository() string {
	if e.pull != nil && e.pull.fork {
		return "mallory/licenses"
	}
	return repositoryName
}

// ref is the ref that a run has, which a pull request has of its own.
func (e event) ref() string {
	if e.pull != nil {
		return fmt.Sprintf("refs/pull/%d/merge", e.pull.number)
	}
	return "refs/heads/" + e.branch
}

// payload is what of the event the workflows may look at.
func (e event) payload() map[string]any {
	if e.pull == nil {
		return map[string]any{}
	}
	return map[string]any{"pull_request": map[string]any{
		"number": e.pull.number,
		"base":   map[string]any{"sha": e.pull.baseOID},
		"head":   map[string]any{"repo": map[string]any{"full_name": e.headRepository()}},
	}}
}

// workflowRun is a run of a workflow with everything that is left of it.
type workflowRun struct {
	github    *github
	workflow  *actionlint.Workflow
	file      string
	event     event
	id        int
	attempt   int
	artifacts map[string]map[string][]byte // files by path, by artifact
	results   map[string]*jobResult
}

// jobResult is what became of a job.
type jobResult struct {
	result  string // success, failure, skipped
	outputs map[string]string
	log     string
	summary string
}

// run runs a workflow of the checked-out commit for an event.
func (g *github) run(file string, e event) *workflowRun {
	g.t.Helper()
	dir := g.t.TempDir()
	g.repo.checkout(e.commit, dir)
	workflow, problems := actionlint.Parse(read(g.t, filepath.Join(dir, ".github/workflows", file)))
	if len(problems) > 0 {
		g.t.Fatalf("%s: %v", file, problems)
	}
	run := &workflowRun{github: g, workflow: workflow, file: file, event: e, id: 9000 + len(g.runs),
		artifacts: map[string]map[string][]byte{}, results: map[string]*jobResult{}}
	g.runs = append(g.runs, run)
	run.runJobs()
	return run
}

// rerunFailed runs the failed jobs again, and those that wait for them.
func (run *workflowRun) rerunFailed() {
	maps.DeleteFunc(run.results, func(_ string, r *jobResult) bool { return r.result != "success" })
	run.runJobs()
}

// runJobs runs the jobs that have no result, each after those that it needs.
func (run *workflowRun) runJobs() {
	run.attempt++
	for len(run.results) < len(run.workflow.Jobs) {
		for _, name := range slices.Sorted(maps.Keys(run.workflow.Jobs)) {
			job := run.workflow.Jobs[name]
			waits := slices.ContainsFunc(job.Needs, func(n *actionlint.String) bool { return run.results[n.Value] == nil })
			if run.results[name] == nil && !waits {
				run.results[name] = run.runJob(name, job)
			}
		}
	}
}

// job gives the result of a job, which has to be the one that is wanted.
func (run *workflowRun) job(name, want string) *jobResult {
	run.github.t.Helper()
	r := run.results[name]
	if r == nil || r.result != want {
		run.github.t.Fatalf("%s: job %s: %+v, want %s", run.file, name, r, want)
	}
	return r
}

func (run *workflowRun) runJob(name string, job *actionlint.Job) *jobResult {
	needs, failed := map[string]any{}, false
	for _, n := range job.Needs {
		r := run.results[n.Value]
		needs[n.Value] = map[string]any{"result": r.result, "outputs": r.outputs}
		failed = failed || r.result != "success"
	}
	c := run.contexts()
	c["needs"] = needs
	if !c.holds(run.github.t, job.If, statusOf{failed}) {
		return &jobResult{result: "skipped"}
	}
	return (&jobRun{run: run, name: name, job: job, contexts: c, steps: map[string]any{}}).do()
}

// contexts are what every expression of the run may speak of.
func (run *workflowRun) contexts() contexts {
	e := run.event
	return contexts{
		"vars":   run.github.vars,
		"inputs": e.inputs,
		"github": map[string]any{
			"event": e.payload(), "repository": repositoryName, "ref": e.ref(), "run_attempt": run.attempt,
		},
	}
}

// jobRun is a job that runs: a fresh machine.
type jobRun struct {
	run      *workflowRun
	name     string
	job      *actionlint.Job
	contexts contexts

	workspace, temp string
	env             map[string]string // what steps have set for those after them
	path            []string
	steps           map[string]any // the context of that name
	failed          bool
	log             strings.Builder
}

func (j *jobRun) t() testing.TB { return j.run.github.t }

func (j *jobRun) do() *jobResult {
	j.workspace, j.temp, j.env = j.t().TempDir(), j.t().TempDir(), map[string]string{}
	result := &jobResult{result: "failure", outputs: map[string]string{}}
	if why := j.enter(); why != "" {
		result.log = why
		return result
	}
	j.contexts["runner"] = map[string]any{"temp": j.temp}
	for i, step := range j.job.Steps {
		j.step(i, step)
	}
	for name, output := range j.job.Outputs {
		result.outputs[name] = j.contexts.expand(j.t(), output.Value.Value)
	}
	if !j.failed {
		result.result = "success"
	}
	result.log, result.summary = j.log.String(), j.fileOf("summary")
	return result
}

// enter gives the job its token, or says why the environment of the job does
// not let it in.
func (j *jobRun) enter() string {
	g, e := j.run.github, j.run.event
	subject := "repo:" + repositoryName + ":ref:" + e.ref()
	if e.pull != nil {
		subject = "repo:" + repositoryName + ":pull_request"
	}
	if j.job.Environment != nil {
		if e.ref() != "refs/heads/main" {
			return "this branch may not deploy to the environment"
		}
		subject = "repo:" + repositoryName + ":environment:" + j.job.Environment.Name.Value
	}
	job := &grant{job: j.run.file + ": " + j.name, allowed: j.permissions(), used: map[string]string{}, subject: subject}
	token := fmt.Sprintf("token-%d", len(g.jobs)+1)
	g.jobs[token] = job
	j.contexts["github"].(map[string]any)["token"] = token
	return ""
}

// permissions are those of the job. A fork's token reads, and no more.
func (j *jobRun) permissions() map[string]string {
	permissions := j.job.Permissions
	if permissions == nil {
		permissions = j.run.workflow.Permissions
	}
	allowed := map[string]string{}
	for _, scope := range permissions.Scopes {
		level := scope.Value.Value
		if j.run.event.headRepository() != repositoryName && level == "write" {
			level = "read"
		}
		allowed[scope.Name.Value] = level
	}
	return allowed
}

// step runs a step if its condition holds, and notes what it leaves.
func (j *jobRun) step(index int, step *actionlint.Step) {
	j.contexts["steps"] = j.steps
	if !j.contexts.holds(j.t(), step.If, statusOf{j.failed}) {
		return
	}
	outputs, err := map[string]string{}, error(nil)
	switch exec := step.Exec.(type) {
	case *actionlint.ExecAction:
		err = j.action(exec)
	case *actionlint.ExecRun:
		outputs, err = j.script(index, step, exec)
	}
	if step.ID != nil {
		j.steps[step.ID.Value] = map[string]any{"outputs": outputs}
	}
	if err == nil {
		return
	}
	fmt.Fprintf(&j.log, "step %d: %v\n", index+1, err)
	if step.ContinueOnError == nil || !step.ContinueOnError.Value {
		j.failed = true
	}
}

// script runs the text of a step as the runner does: `bash -e FILE`, with the
// variables of the workflow, the job and the step.
func (j *jobRun) script(index int, step *actionlint.Step, run *actionlint.ExecRun) (map[string]string, error) {
	file := filepath.Join(j.temp, fmt.Sprintf("step-%d.sh", index))
	write(j.t(), file, j.contexts.expand(j.t(), run.Run.Value))
	for _, name := range []string{"output", "env", "path"} {
		write(j.t(), filepath.Join(j.temp, name), "")
	}
	cmd := exec.Command("/bin/bash", "-e", file)
	cmd.Dir = j.workspace
	cmd.Env = j.environ(step)
	out, err := cmd.CombinedOutput()
	j.log.Write(out)
	maps.Copy(j.env, settings(j.fileOf("env")))
	j.path = append(strings.Fields(j.fileOf("path")), j.path...)
	return settings(j.fileOf("output")), err
}

// environ is the environment of a step. What leads to the tenant of the test
// stands for Microsoft's addresses.
func (j *jobRun) environ(step *actionlint.Step) []string {
	g, e := j.run.github, j.run.event
	path := strings.Join(append(slices.Clone(j.path), standInPath(), "/usr/local/bin", "/usr/bin", "/bin"), ":")
	env := append(g.tenant.environment(),
		"PATH="+path, "HOME="+j.temp, "TESTED_LICENSECTL="+g.program,
		"CI=true", "GITHUB_ACTIONS=true", "GITHUB_API_URL="+g.server.URL, "GITHUB_SERVER_URL=https://github.com",
		"GITHUB_REPOSITORY="+repositoryName, "GITHUB_SHA="+e.commit, "GITHUB_REF="+e.ref(), "GITHUB_REF_NAME="+strings.TrimPrefix(e.ref(), "refs/heads/"),
		"GITHUB_ACTOR=ada", "GITHUB_EVENT_NAME="+e.name, fmt.Sprintf("GITHUB_RUN_ID=%d", j.run.id), "RUNNER_TEMP="+j.temp,
		"GITHUB_OUTPUT="+filepath.Join(j.temp, "output"), "GITHUB_ENV="+filepath.Join(j.temp, "env"),
		"GITHUB_PATH="+filepath.Join(j.temp, "path"), "GITHUB_STEP_SUMMARY="+filepath.Join(j.temp, "summary"))
	if token, _ := j.contexts["github"].(map[string]any)["token"].(string); g.jobs[token].allowed["id-token"] == "write" {
		env = append(env, "ACTIONS_ID_TOKEN_REQUEST_TOKEN="+token, "ACTIONS_ID_TOKEN_REQUEST_URL="+g.server.URL+"/id-token?api-version=2")
	}
	for _, vars := range []*actionlint.Env{j.run.workflow.Env, j.job.Env, step.Env} {
		if vars == nil {
			continue
		}
		for _, v := range vars.Vars {
			env = append(env, v.Name.Value+"="+j.contexts.expand(j.t(), v.Value.Value))
		}
	}
	for name, value := range j.env {
		env = append(env, name+"="+value)
	}
	return env
}

// fileOf gives what the steps wrote to one of the runner's files.
func (j *jobRun) fileOf(name string) string {
	data, err := os.ReadFile(filepath.Join(j.temp, name))
	if err != nil {
		return ""
	}
	return string(data)
}

// settings reads lines NAME=VALUE.
func settings(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
			out[name] = value
		}
	}
	return out
}

// action plays the three actions that the workflows use.
func (j *jobRun) action(action *actionlint.ExecAction) error {
	with := map[string]string{}
	for name, input := range action.Inputs {
		with[name] = j.contexts.expand(j.t(), input.Value.Value)
	}
	name, _, _ := strings.Cut(action.Uses.Value, "@")
	switch name {
	case "actions/checkout":
		return j.checkout(with)
	case "actions/upload-artifact":
		return j.upload(with)
	case "actions/download-artifact":
		return j.download(with)
	}
	return fmt.Errorf("the runner of these tests does not know %s", action.Uses.Value)
}

func (j *jobRun) checkout(with map[string]string) error {
	token := j.contexts["github"].(map[string]any)["token"].(string)
	job := j.run.github.jobs[token]
	if job.allowed["contents"] == "" || with["persist-credentials"] != "false" {
		return fmt.Errorf("checkout: the job may not read, or leaves its token behind: %v", job.allowed)
	}
	job.use("contents", "read")
	commit := j.run.event.commit
	if ref := with["ref"]; ref != "" {
		commit = ref
	}
	j.run.github.repo.checkout(commit, j.workspace)
	return nil
}

func (j *jobRun) upload(with map[string]string) error {
	files := map[string][]byte{}
	root := with["path"]
	j.outside(root)
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		files[name] = read(j.t(), path)
		return err
	})
	if len(files) == 0 {
		if with["if-no-files-found"] == "ignore" {
			return nil
		}
		return fmt.Errorf("no files were found at %s", with["path"])
	}
	if _, there := j.run.artifacts[with["name"]]; there && with["overwrite"] != "true" {
		return fmt.Errorf("an artifact with the name %s is there already", with["name"])
	}
	j.run.artifacts[with["name"]] = files
	return nil
}

func (j *jobRun) download(with map[string]string) error {
	files, ok := j.run.artifacts[with["name"]]
	if !ok {
		return fmt.Errorf("there is no artifact %s", with["name"])
	}
	j.outside(with["path"])
	return unpack(files, with["path"])
}

// outside sees that a path is not one at which a commit can have put something.
func (j *jobRun) outside(path string) {
	if !strings.HasPrefix(path, j.temp+"/") {
		j.t().Errorf("%s: %s is in the checkout", j.name, path)
	}
}

package check_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// gitLabLocal runs pipelines of GitLab on this machine, and holds them against
// GitLab's published schema, which it brings along.
const gitLabLocal = "testdata/npm/node_modules/.bin/gitlab-ci-local"

// gitLab runs the pipeline of examples/gitlab in a repository.
type gitLab struct {
	t      testing.TB
	tenant *tenant
	repo   *repository
	home   string

	program string // what is installed as licensectl
}

func startGitLab(t *testing.T, faults string) *gitLab {
	t.Helper()
	g := &gitLab{t: t, tenant: startTenant(t, faults), repo: newRepository(t, "../gitlab"), home: t.TempDir(), program: licensectlPath()}
	g.repo.edit(".gitignore", ".gitlab-ci-local/\n/out/\n")
	g.repo.commit("Ignore what stays on the machine")
	g.repo.git("remote", "add", "origin", "git@gitlab.example.com:contoso/licenses.git")
	return g
}

// run runs these jobs as the pipeline of this source would on the branch that
// is checked out, and gives what it printed and the exit code of the last.
func (g *gitLab) run(source string, jobs ...string) (string, int) {
	g.t.Helper()
	branch := strings.TrimSpace(g.repo.git("branch", "--show-current"))
	token, err := identityToken("https://gitlab.example.com", "project_path:contoso/licenses:ref_type:branch:ref:"+branch, "api://AzureADTokenExchange")
	if err != nil {
		g.t.Fatal(err)
	}
	tool, err := filepath.Abs(gitLabLocal)
	if err != nil {
		g.t.Fatal(err)
	}
	if _, err := os.Stat(tool); err != nil {
		g.t.Fatalf("%v: run `npm ci --prefix examples/check/testdata/npm` first", err)
	}
	args := append([]string{"--force-shell-executor", "--shell-isolation", "--color=false", "--ignore-predefined-vars", "CI_PIPELINE_SOURCE"}, jobs...)
	for _, v := range append(g.tenant.environment(), "CI_PIPELINE_SOURCE="+source, "ENTRA_ID_TOKEN="+token, "AZURE_TENANT_ID="+tenantID,
		"LICENSES_READER_CLIENT_ID="+readerClientID, "LICENSES_WRITER_CLIENT_ID="+writerClientID, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID=1217") {
		args = append(args, "--variable", v)
	}
	cmd := exec.Command(tool, args...)
	cmd.Dir = g.repo.dir
	cmd.Env = []string{"HOME=" + g.home, "PATH=" + standInPath() + ":" + os.Getenv("PATH"), "TESTED_LICENSECTL=" + g.program}
	return outcome(g.t, cmd)
}

// must runs jobs that have to end well, or have to fail with these words.
func (g *gitLab) must(source string, jobs []string, words ...string) {
	g.t.Helper()
	out, code := g.run(source, jobs...)
	if (code != 0) != (len(words) > 0) {
		g.t.Fatalf("%s %v: exit code %d\n%s", source, jobs, code, out)
	}
	wants(g.t, out, words...)
}

// jobs lists the jobs that the pipeline of a source has, and how they start.
func (g *gitLab) jobs(source string) []string {
	g.t.Helper()
	out, code := g.run(source, "--list-csv")
	if code != 0 {
		g.t.Fatalf("listing: %d\n%s", code, out)
	}
	var jobs []string
	for line := range strings.Lines(out) {
		if fields := strings.Split(line, ";"); len(fields) > 4 && fields[0] != "name" {
			jobs = append(jobs, fields[0]+" "+fields[3])
		}
	}
	slices.Sort(jobs)
	return jobs
}

// TestGitLabPipelines sees which jobs belong to which pipeline. The writing
// identity is on main alone, and waits for somebody.
func TestGitLabPipelines(t *testing.T) {
	t.Parallel()
	g := startGitLab(t, "")
	for source, want := range map[string][]string{
		"merge_request_event": {"plan on_success", "validate on_success"},
		"push":                {"apply manual", "plan on_success", "validate on_success"},
		"schedule":            {"drift on_success"},
	} {
		if got := g.jobs(source); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", source, got, want)
		}
	}
}

// TestGitLabFromMergeRequestToTenant proposes what a guard stops, approves it,
// merges and applies it, and compares at night.
func TestGitLabFromMergeRequestToTenant(t *testing.T) {
	t.Parallel()
	g := startGitLab(t, "")
	g.repo.branch("join")
	g.repo.removals()
	g.repo.commit("Take Power BI back")
	g.must("merge_request_event", []string{"validate"})
	g.must("merge_request_event", []string{"plan"}, "maxRemovals", "exit 5 (refused)")
	g.repo.approve(g.planID())
	g.repo.commit("Approve it")
	g.must("merge_request_event", []string{"plan"})
	g.tenant.wantHolds("cem@contoso.com", skuE3, skuPowerBI)

	g.repo.squash("join")
	g.must("push", []string{"plan"})
	g.must("push", []string{"apply"})
	g.tenant.wantHolds("cem@contoso.com", skuE3)

	g.must("schedule", []string{"drift"})
	g.tenant.assign("ada@contoso.com", []string{skuPowerBI}, nil)
	g.must("schedule", []string{"drift"}, "ada@contoso.com", "exit 2 (changes)")
}

// TestGitLabHalfFailedApply retries the job that applied only a part.
func TestGitLabHalfFailedApply(t *testing.T) {
	t.Parallel()
	g := startGitLab(t, halfFailure)
	g.repo.powerBI()
	g.repo.commit("Give Power BI")
	g.must("push", []string{"plan"})
	g.must("push", []string{"apply"}, "exit 7 (partial)")
	g.must("push", []string{"apply"})
	g.tenant.wantHolds("ada@contoso.com", skuE3, skuPowerBI)
	g.tenant.wantHolds("ben@contoso.com", skuE3, skuPowerBI)
}

// TestGitLabWriterIsOnMain sees that a branch cannot sign in as the writer.
func TestGitLabWriterIsOnMain(t *testing.T) {
	t.Parallel()
	g := startGitLab(t, "")
	g.repo.branch("join")
	g.repo.powerBI()
	g.repo.commit("Give Power BI")
	g.must("push", []string{"plan"})
	g.must("push", []string{"apply"}, "AADSTS700213", "exit 4 (auth)")
}

// TestGitLabCommittedFiles has a plan and a baseline in the repository, where
// jobs look for those of other jobs.
func TestGitLabCommittedFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"out/plan.json", "out/baseline.json", "out"} {
		g := startGitLab(t, "")
		g.repo.edit(name, "{}")
		g.repo.git("add", "--force", name)
		g.repo.commit("Commit what a job makes")
		for source, job := range map[string]string{"push": "plan", "merge_request_event": "plan", "schedule": "drift"} {
			g.must(source, []string{job}, "something in it is committed")
		}
		g.must("push", []string{"apply"}, "something in it is committed")
	}
}

// TestGitLabOtherPlan puts another plan in the place of the one that was made,
// after the job that has told its id.
func TestGitLabOtherPlan(t *testing.T) {
	t.Parallel()
	g := startGitLab(t, "")
	g.repo.powerBI()
	g.repo.commit("Give Power BI")
	g.must("push", []string{"plan"})
	mine, other := g.artifact("plan.json"), read(t, filepath.Join(g.repo.dir, "out/plan.json"))
	write(t, mine, strings.ReplaceAll(string(other), planIDOf(t, mine), "sha256:"+strings.Repeat("0", 64)))
	g.must("push", []string{"apply"}, "exit 3 (input)")
	g.repo.replace("manifests/users.yaml", "ada@contoso.com, licenses: [{sku: SPE_E3}, {sku: POWER_BI_PRO}", "ada@contoso.com, licenses: [{sku: SPE_E3}")
	g.repo.commit("Give it to one")
	g.must("push", []string{"plan"})
	write(t, mine, string(other))
	g.must("push", []string{"apply"}, "exit 6 (stale)")
	g.tenant.wantHolds("ada@contoso.com", skuE3)
}

// artifact is where the runner keeps a file that the job plan hands on.
func (g *gitLab) artifact(name string) string {
	return filepath.Join(g.repo.dir, ".gitlab-ci-local/artifacts/plan/out", name)
}

// TestGitLabCrashIsNoDrift has the program die with the exit code that means
// drift.
func TestGitLabCrashIsNoDrift(t *testing.T) {
	t.Parallel()
	g := startGitLab(t, "")
	g.program = dyingProgram(t)
	g.must("push", []string{"plan"}, "no plan was made (exit code 2)")
	g.must("schedule", []string{"drift"}, "the tenant was not compared (exit code 2)")
}

// planID gives the id of the plan that the last job has left.
func (g *gitLab) planID() string {
	g.t.Helper()
	return planIDOf(g.t, filepath.Join(g.repo.dir, "out/plan.json"))
}

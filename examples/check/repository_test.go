package check_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository is a git repository of the one who follows an example: its files,
// and the manifests of testdata.
type repository struct {
	t   testing.TB
	dir string
}

// newRepository begins one with the files of these folders as its first commit.
func newRepository(t testing.TB, folders ...string) *repository {
	t.Helper()
	r := &repository{t: t, dir: t.TempDir()}
	for _, folder := range folders {
		copyFolder(t, folder, r.dir)
	}
	copyFolder(t, "testdata/manifests", filepath.Join(r.dir, "manifests"))
	r.git("init", "--quiet", "--initial-branch=main")
	r.commit("Begin")
	return r
}

// edit writes a manifest.
func (r *repository) edit(name, text string) { write(r.t, filepath.Join(r.dir, name), text) }

// replace changes a text in a manifest, where it has to be.
func (r *repository) replace(name, old, with string) {
	r.t.Helper()
	text := string(read(r.t, filepath.Join(r.dir, name)))
	if !strings.Contains(text, old) {
		r.t.Fatalf("%s has no %q", name, old)
	}
	r.edit(name, strings.ReplaceAll(text, old, with))
}

// commit commits everything and gives the id.
func (r *repository) commit(subject string) string {
	r.t.Helper()
	r.git("add", "--all")
	r.git("commit", "--quiet", "--allow-empty", "--message", subject)
	return r.head()
}

func (r *repository) head() string { return strings.TrimSpace(r.git("rev-parse", "HEAD")) }

// branch begins a branch at main.
func (r *repository) branch(name string) { r.git("switch", "--quiet", "--create", name, "main") }

// squash merges a branch into main as one commit, and gives its id.
func (r *repository) squash(branch string) string {
	r.t.Helper()
	r.git("switch", "--quiet", "main")
	r.git("merge", "--quiet", "--squash", branch)
	return r.commit("Merge " + branch)
}

// checkout puts the files of a commit into a folder.
func (r *repository) checkout(commit, dir string) {
	r.t.Helper()
	archive := filepath.Join(r.t.TempDir(), "archive.tar")
	r.git("archive", "--output", archive, commit)
	if out, err := exec.Command("tar", "-x", "-f", archive, "-C", dir).CombinedOutput(); err != nil {
		r.t.Fatalf("tar: %v\n%s", err, out)
	}
}

func (r *repository) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=Ada", "-c", "user.email=ada@contoso.com", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Dir = r.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// removals takes Power BI from three users, which is one more than the policy
// lets pass.
func (r *repository) removals() {
	r.t.Helper()
	r.replace("manifests/users.yaml", ", {sku: POWER_BI_PRO}", "")
}

// approve merges an approval of a plan into the manifests.
func (r *repository) approve(planID string) {
	r.edit("manifests/approval.yaml", fmt.Sprintf(`apiVersion: licensectl.dev/v1
kind: Approval
metadata: {name: power-bi}
spec: {planId: %q, guards: [maxRemovals, maxRemovalsPerSku]}
`, planID))
}

// powerBI is a change that no guard minds: two licenses more.
func (r *repository) powerBI() {
	r.t.Helper()
	r.replace("manifests/users.yaml", "ada@contoso.com, licenses: [{sku: SPE_E3}", "ada@contoso.com, licenses: [{sku: SPE_E3}, {sku: POWER_BI_PRO}")
	r.replace("manifests/users.yaml", "ben@contoso.com, licenses: [{sku: SPE_E3}", "ben@contoso.com, licenses: [{sku: SPE_E3}, {sku: POWER_BI_PRO}")
}

// halfFailure has the service refuse the second change, once.
const halfFailure = "    - {route: assignLicense, effect: status, status: 400, after: 1, count: 1}\n"

// planIDOf gives the id of a saved plan.
func planIDOf(t testing.TB, file string) string {
	t.Helper()
	var plan struct {
		PlanID string `json:"planId"`
	}
	if err := json.Unmarshal(read(t, file), &plan); err != nil || plan.PlanID == "" {
		t.Fatalf("%s: %v", file, err)
	}
	return plan.PlanID
}

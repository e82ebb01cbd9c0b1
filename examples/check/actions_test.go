package check_test

import (
	"regexp"
	"strings"
	"testing"
)

// open opens a pull request of a branch.
func (g *github) open(branch string) *pull {
	p := &pull{number: len(g.pulls) + 1, branch: branch, base: "main"}
	g.pulls = append(g.pulls, p)
	return p
}

// openPowerBI opens a pull request that gives two users Power BI.
func (g *github) openPowerBI() *pull {
	g.t.Helper()
	g.repo.branch("power-bi")
	g.repo.powerBI()
	g.repo.commit("Give Power BI")
	return g.open("power-bi")
}

// openRemovals opens one that takes more away than the guards allow.
func (g *github) openRemovals() *pull {
	g.t.Helper()
	g.repo.branch("reorganize")
	g.repo.removals()
	g.repo.commit("Take Power BI back")
	return g.open("reorganize")
}

// review runs the workflow that a push to the pull request starts.
func (g *github) review(p *pull) *workflowRun {
	g.t.Helper()
	commit := strings.TrimSpace(g.repo.git("rev-parse", p.branch))
	p.baseOID = strings.TrimSpace(g.repo.git("rev-parse", "main"))
	return g.run("licenses-review.yml", event{name: "pull_request", commit: commit, branch: p.branch, pull: p})
}

// merge merges the pull request, and runs the workflow that this starts.
func (g *github) merge(p *pull) *workflowRun {
	g.t.Helper()
	p.merged, p.mergeOID = true, g.repo.squash(p.branch)
	return g.run("licenses-apply.yml", event{name: "push", commit: p.mergeOID, branch: "main"})
}

// byHand runs the workflow that applies for somebody who gives an id.
func (g *github) byHand(planID string) *workflowRun {
	g.t.Helper()
	return g.run("licenses-apply.yml", event{name: "workflow_dispatch", commit: g.repo.head(), branch: "main", inputs: map[string]string{"plan-id": planID}})
}

// night runs the nightly workflow.
func (g *github) night() *workflowRun {
	g.t.Helper()
	return g.run("licenses-drift.yml", event{name: "schedule", commit: g.repo.head(), branch: "main"})
}

// planComment gives the only comment of the bot on a pull request, and the id
// of the plan in it.
func (g *github) planComment(p *pull) (body, planID string) {
	g.t.Helper()
	found := regexp.MustCompile(`^<!-- licensectl:plan v1 id=(sha256:[0-9a-f]{64}) tenant=`)
	for _, c := range p.comments {
		if *c.author != bot() {
			continue
		}
		if body != "" {
			g.t.Fatal("the bot has commented twice")
		}
		body = c.body
	}
	if match := found.FindStringSubmatch(body); match != nil {
		planID = match[1]
	}
	return body, planID
}

// startGitHub is a repository whose owner has followed the README.
func startGitHub(t *testing.T, faults string) *github {
	t.Helper()
	return newGitHub(t, startTenant(t, faults), newRepository(t, "../github-actions"))
}

func wants(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("there is no %q in\n%s", part, text)
		}
	}
}

// TestGitHubFromPullRequestToTenant is the life of a change that trips a guard:
// proposed, refused, approved, merged and applied.
func TestGitHubFromPullRequestToTenant(t *testing.T) {
	t.Parallel()
	g := startGitHub(t, "")
	p := g.openRemovals()

	run := g.review(p)
	run.job("validate", "success")
	refused := run.job("plan", "failure")
	run.job("comment", "success")
	wants(t, refused.log, "exit 5 (refused)")
	wants(t, refused.summary, "maxRemovals")
	body, planID := g.planComment(p)
	wants(t, body, "maxRemovals", "cem@contoso.com", "`plan.html` in [the artifact `plan`](https://github.com/contoso/licenses/actions/runs/")
	if page := run.artifacts["plan"]["plan.html"]; !strings.HasPrefix(string(page), "<!doctype html>") {
		t.Errorf("the page begins with %.40q", page)
	}

	g.repo.approve(planID)
	g.repo.commit("Approve it")
	run = g.review(p)
	run.job("plan", "success")
	run.job("comment", "success")
	if _, again := g.planComment(p); again != planID {
		t.Errorf("the approval has changed the id: %s, then %s", planID, again)
	}

	run = g.merge(p)
	run.job("reviewed", "success")
	run.job("plan", "success")
	applied := run.job("apply", "success")
	wants(t, applied.summary, "3 done")
	for _, user := range []string{"cem", "dee", "eva"} {
		g.tenant.wantHolds(user+"@contoso.com", skuE3)
	}
	if run.artifacts["receipt-1"]["receipt.jsonl"] == nil || run.artifacts["receipt-1"]["baseline.json"] == nil {
		t.Errorf("the receipt and the baseline are not kept: %d artifacts", len(run.artifacts))
	}

	// Run again as a whole, there is nothing to do, and that is no failure.
	again := g.run("licenses-apply.yml", run.event)
	again.job("plan", "success")
	again.job("apply", "skipped")
}

// TestGitHubRefusedMerge merges what a guard stops, without an approval.
func TestGitHubRefusedMerge(t *testing.T) {
	t.Parallel()
	g := startGitHub(t, "")
	p := g.openRemovals()
	g.review(p).job("comment", "success")
	run := g.merge(p)
	wants(t, run.job("plan", "failure").log, "::error title=A guard has tripped::Nothing was written.")
	run.job("apply", "skipped")
	g.tenant.wantHolds("cem@contoso.com", skuE3, skuPowerBI)
}

// TestGitHubHalfFailedApply has the service refuse one of two changes. The same
// job, run again, does the rest.
func TestGitHubHalfFailedApply(t *testing.T) {
	t.Parallel()
	g := startGitHub(t, halfFailure)
	p := g.openPowerBI()
	g.review(p).job("plan", "success")

	run := g.merge(p)
	partial := run.job("apply", "failure")
	wants(t, partial.log, "exit 7 (partial)", "::error title=Partial::")
	if run.artifacts["receipt-1"]["receipt.jsonl"] == nil {
		t.Error("the receipt of a partial apply is not kept")
	}
	run.rerunFailed()
	run.job("apply", "success")
	for _, user := range []string{"ada", "ben"} {
		g.tenant.wantHolds(user+"@contoso.com", skuE3, skuPowerBI)
	}
	if run.artifacts["receipt-2"]["receipt.jsonl"] == nil {
		t.Error("the second receipt is not kept")
	}
}

// TestGitHubPlanNoLongerFits has the tenant change between review and merge.
// Nothing is written until somebody has read the new plan.
func TestGitHubPlanNoLongerFits(t *testing.T) {
	t.Parallel()
	g := startGitHub(t, "")
	p := g.openPowerBI()
	g.review(p).job("comment", "success")
	_, reviewed := g.planComment(p)
	g.tenant.assign("ada@contoso.com", []string{skuPowerBI}, nil)

	run := g.merge(p)
	stale := run.job("plan", "failure")
	run.job("apply", "skipped")
	wants(t, stale.log, "::error title=Not the reviewed plan::Nothing was written.", reviewed)
	g.tenant.wantHolds("ben@contoso.com", skuE3)

	fresh := regexp.MustCompile(`The plan is now (sha256:[0-9a-f]{64})`).FindStringSubmatch(stale.log)
	if fresh == nil {
		t.Fatalf("the log does not name the new plan:\n%s", stale.log)
	}
	g.byHand(fresh[1]).job("apply", "success")
	g.tenant.wantHolds("ben@contoso.com", skuE3, skuPowerBI)
}

// TestGitHubForks sees that a fork's pull request is validated, and gets
// neither an identity nor a comment.
func TestGitHubForks(t *testing.T) {
	t.Parallel()
	g := startGitHub(t, "")
	g.repo.branch("fork")
	g.repo.replace("manifests/users.yaml", "user: ada@contoso.com,", "usr: ada@contoso.com,")
	g.repo.commit("Misspell a key")
	p := g.open("fork")
	p.fork = true
	run := g.review(p)
	wants(t, run.job("validate", "failure").log, "::error file=manifests/users.yaml,line=6")
	run.job("plan", "skipped")

	g.repo.replace("manifests/users.yaml", "usr: ada@contoso.com,", "user: ada@contoso.com,")
	g.repo.commit("Spell it right")
	run = g.review(p)
	run.job("validate", "success")
	run.job("plan", "skipped")
	run.job("comment", "skipped")
}

// TestGitHubFailedPlanReplacesTheComment sees that the id of an older plan does
// not outlive a push that cannot be planned.
func TestGitHubFailedPlanReplacesTheComment(t *testing.T) {
	t.Parallel()
	g := startGitHub(t, "")
	p := g.openPowerBI()
	g.review(p).job("comment", "success")
	g.vars["LICENSES_READER_CLIENT_ID"] = "aaaaaaaa-0000-4000-8000-00000000dead"
	run := g.review(p)
	run.job("plan", "failure")
	run.job("comment", "success")
	body, planID := g.planComment(p)
	if planID != "" {
		t.Errorf("the old plan is still there:\n%s", body)
	}
	wants(t, body, "exit code 4", "https://github.com/contoso/licenses/actions/runs/")
	wants(t, g.merge(p).job("reviewed", "failure").log, "::error title=No reviewed plan::")
}

// TestGitHubNights are four nights: clean, with a difference, with another one,
// and clean again.
func TestGitHubNights(t *testing.T) {
	t.Parallel()
	g := startGitHub(t, "")
	run := g.night()
	run.job("issue", "success")
	run.job("correct", "skipped")
	if len(g.issues) != 0 {
		t.Fatalf("a clean night has opened an issue: %+v", g.issues[0])
	}

	g.issues = append(g.issues, &issue{number: 1, author: person("mallory"), body: "<!-- licensectl:drift -->", open: true})
	g.tenant.assign("ada@contoso.com", []string{skuPowerBI}, nil)
	g.night().job("issue", "success")
	if len(g.issues) != 2 || !g.issues[1].open {
		t.Fatalf("no issue was opened")
	}
	wants(t, g.issues[1].body, "<!-- licensectl:drift -->\n", "ada@contoso.com")

	g.tenant.assign("ben@contoso.com", []string{skuPowerBI}, nil)
	g.night().job("issue", "success")
	if len(g.issues) != 2 {
		t.Fatalf("a second issue was opened")
	}
	wants(t, g.issues[1].body, "ada@contoso.com", "ben@contoso.com")

	g.tenant.assign("ada@contoso.com", nil, []string{skuPowerBI})
	g.tenant.assign("ben@contoso.com", nil, []string{skuPowerBI})
	g.night().job("issue", "success")
	if g.issues[1].open || !g.issues[0].open {
		t.Error("the issue is still open, or somebody else's was closed")
	}
}

// TestGitHubCorrectsDriftAlone has somebody change the tenant while a change of
// the manifests waits to be applied. The night takes back the former and leaves
// the latter.
func TestGitHubCorrectsDriftAlone(t *testing.T) {
	t.Parallel()
	g := startGitHub(t, "")
	g.vars["CORRECT_DRIFT"] = "true"
	g.repo.branch("ada")
	g.repo.replace("manifests/users.yaml", "ada@contoso.com, licenses: [{sku: SPE_E3}", "ada@contoso.com, licenses: [{sku: SPE_E3}, {sku: POWER_BI_PRO}")
	g.repo.commit("Give Ada Power BI")
	p := g.open("ada")
	g.review(p).job("comment", "success")
	g.merge(p).job("apply", "success")

	g.repo.replace("manifests/users.yaml", "ben@contoso.com, licenses: [{sku: SPE_E3}", "ben@contoso.com, licenses: [{sku: SPE_E3}, {sku: POWER_BI_PRO}")
	g.repo.commit("Give Ben Power BI, which is not applied yet")
	g.tenant.assign("ada@contoso.com", nil, []string{skuPowerBI})

	run := g.night()
	run.job("issue", "success")
	run.job("correct", "success")
	g.tenant.wantHolds("ada@contoso.com", skuE3, skuPowerBI)
	g.tenant.wantHolds("ben@contoso.com", skuE3)
}

// TestGitHubCommentRunsTheScriptOfMain: what a pull request makes of the script
// that comments is not run, for the job can write.
func TestGitHubCommentRunsTheScriptOfMain(t *testing.T) {
	t.Parallel()
	g := startGitHub(t, "")
	g.repo.branch("other-script")
	g.repo.edit(".github/licensectl/comment.sh", "#!/bin/sh\nexit 77\n")
	g.repo.powerBI()
	g.repo.commit("Comment otherwise")
	p := g.open("other-script")
	g.review(p).job("comment", "success")
	g.planComment(p)
}

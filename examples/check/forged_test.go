package check_test

import (
	"maps"
	"strings"
	"testing"
)

// forged is a marker that a bot might have written, with this id.
func forged(planID string) string {
	return "<!-- licensectl:plan v1 id=" + planID + " tenant=" + tenantID + " -->\nNothing to see here."
}

// TestGitHubForgedReviews are ways to pass a plan off as reviewed. In each, the
// pull request is merged after the tenant has changed, so that its own plan no
// longer fits, and what is forged is the id of the plan that would.
func TestGitHubForgedReviews(t *testing.T) {
	t.Parallel()
	const id = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	for name, forge := range map[string]func(g *github, p *pull){
		"nobody has planned": func(*github, *pull) {},
		"somebody else's comment": func(g *github, p *pull) {
			g.say(p, person("mallory"), forged(id))
		},
		"a person who goes by the bot's name": func(g *github, p *pull) {
			g.say(p, person("github-actions"), forged(id))
		},
		"another bot": func(g *github, p *pull) {
			g.say(p, actor{"mallory-app[bot]", "Bot"}, forged(id))
		},
		"the bot's comment, edited": func(g *github, p *pull) {
			editor := person("mallory")
			g.say(p, bot(), forged(id)).editor = &editor
		},
		"two comments of the bot": func(g *github, p *pull) {
			g.say(p, bot(), forged(id))
			g.say(p, bot(), forged(strings.ReplaceAll(id, "0", "1")))
		},
		"more than a marker in the first line": func(g *github, p *pull) {
			g.say(p, bot(), "<!-- licensectl:plan v1 id="+id+" tenant="+tenantID+" --> $(touch pwned)")
		},
		"something else than an id": func(g *github, p *pull) {
			g.say(p, bot(), forged("sha256:$(touch pwned)"))
		},
		"a marker further down": func(g *github, p *pull) {
			g.say(p, bot(), "Look:\n"+forged(id))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := startGitHub(t, "")
			p := g.openPowerBI()
			forge(g, p)
			run := g.merge(p)
			wants(t, run.job("reviewed", "failure").log, "::error title=No reviewed plan::")
			run.job("plan", "skipped")
			run.job("apply", "skipped")
			g.tenant.wantHolds("ada@contoso.com", skuE3)
		})
	}
}

// TestGitHubForgedID has the bot itself say an id that is not the plan's, as a
// workflow could that was changed in the pull request. It gets nobody further
// than to the plan that was merged.
func TestGitHubForgedID(t *testing.T) {
	t.Parallel()
	g := startGitHub(t, "")
	p := g.openPowerBI()
	g.say(p, bot(), forged("sha256:"+strings.Repeat("0", 64)))
	wants(t, g.merge(p).job("plan", "failure").log, "::error title=Not the reviewed plan::")
	g.tenant.wantHolds("ada@contoso.com", skuE3)
}

// TestGitHubPushWithoutReview pushes to main, and gives ids that are none.
func TestGitHubPushWithoutReview(t *testing.T) {
	t.Parallel()
	g := startGitHub(t, "")
	g.repo.powerBI()
	commit := g.repo.commit("Give Power BI, and ask nobody")
	run := g.run("licenses-apply.yml", event{name: "push", commit: commit, branch: "main"})
	wants(t, run.job("reviewed", "failure").log, "This commit is not the merge of one pull request.")
	for _, id := range []string{"sha256:1", "$(touch pwned)", "sha256:" + strings.Repeat("0", 64) + "\nplan-id=x"} {
		g.byHand(id).job("reviewed", "failure")
	}
	g.tenant.wantHolds("ada@contoso.com", skuE3)
}

// TestGitHubForeignBaseline offers the nightly job the artifacts of a fork's
// run, which has the name and the branch of the real one.
func TestGitHubForeignBaseline(t *testing.T) {
	t.Parallel()
	g := startGitHub(t, "")
	g.runs = append(g.runs, &workflowRun{github: g, file: "licenses-apply.yml", id: 1,
		event:     event{name: "pull_request", branch: "main", pull: &pull{number: 1, fork: true}},
		artifacts: map[string]map[string][]byte{"receipt-9": {"baseline.json": []byte("{}")}}})
	wants(t, g.night().job("drift", "success").log, "::notice title=No baseline::")
}

// TestGitHubCommittedFiles has a plan, a baseline and a receipt in the
// repository, where the workflows might look for theirs.
func TestGitHubCommittedFiles(t *testing.T) {
	t.Parallel()
	g := startGitHub(t, "")
	for _, name := range []string{"plan/plan.json", "plan/plan.md", "drift/baseline.json", "drift/drift.json", "receipt/receipt.jsonl", "receipt/baseline.json"} {
		g.repo.edit(name, "{}")
	}
	g.repo.commit("Commit what the workflows make")
	wants(t, g.night().job("drift", "success").log, "::notice title=No baseline::")
	p := g.openPowerBI()
	g.review(p).job("comment", "success")
	run := g.merge(p)
	run.job("apply", "success")
	g.tenant.wantHolds("ada@contoso.com", skuE3, skuPowerBI)
	if string(run.artifacts["receipt-1"]["baseline.json"]) == "{}" {
		t.Error("the baseline is the committed one")
	}
}

// TestGitHubCrashIsNoDrift has the program die with the exit code that means
// drift: nothing is corrected, and no issue says that something differs.
func TestGitHubCrashIsNoDrift(t *testing.T) {
	t.Parallel()
	g := startGitHub(t, "")
	g.vars["CORRECT_DRIFT"] = "true"
	g.program = dyingProgram(t)
	night := g.night()
	wants(t, night.job("drift", "failure").log, "::error title=Not compared::licensectl drift ended with exit code 2")
	night.job("issue", "skipped")
	night.job("correct", "skipped")
	if len(g.issues) > 0 {
		t.Errorf("an issue says %q", g.issues[0].title)
	}

	p := g.openPowerBI()
	run := g.review(p)
	run.job("plan", "failure")
	wants(t, p.comments[0].body, "<!-- licensectl:plan v1 none -->", "ended with exit code 2")
	if run.artifacts["plan"]["plan.json"] != nil {
		t.Error("half a plan is kept")
	}
}

// TestGitHubPermissionsAreUsed goes through everything that the workflows do,
// and sees that no job may more than it needs.
func TestGitHubPermissionsAreUsed(t *testing.T) {
	t.Parallel()
	g := startGitHub(t, "")
	g.vars["CORRECT_DRIFT"] = "true"
	p := g.openPowerBI()
	g.review(p).job("comment", "success")
	g.merge(p).job("apply", "success")
	g.tenant.assign("ada@contoso.com", nil, []string{skuPowerBI})
	night := g.night()
	night.job("issue", "success")
	night.job("correct", "success")
	g.tenant.wantHolds("ada@contoso.com", skuE3, skuPowerBI)

	jobs := map[string]bool{}
	for _, job := range g.jobs {
		jobs[job.job] = true
		if !maps.Equal(job.allowed, job.used) {
			t.Errorf("%s may %v, and needs %v", job.job, job.allowed, job.used)
		}
	}
	if len(jobs) != 9 {
		t.Errorf("%d jobs were seen: %v", len(jobs), jobs)
	}
}

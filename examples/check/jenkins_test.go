package check_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	sitter "github.com/smacker/go-tree-sitter"
	"github.com/smacker/go-tree-sitter/groovy"
)

// call is one call of a Jenkinsfile: a name, texts by name (those that have
// none by their position), and what stands in its braces.
type call struct {
	name string
	args map[string]string
	body []*call
}

// parseJenkinsfile reads the pipeline of a Jenkinsfile with a parser of Groovy.
func parseJenkinsfile(t testing.TB, file string) *call {
	t.Helper()
	source := read(t, file)
	parser := sitter.NewParser()
	parser.SetLanguage(groovy.GetLanguage())
	tree, err := parser.ParseCtx(context.Background(), nil, source)
	if err != nil || tree.RootNode().HasError() {
		t.Fatalf("%s is not Groovy: %v\n%s", file, err, tree.RootNode())
	}
	reader := groovyReader{t, source}
	pipeline := child(tree.RootNode(), "pipeline")
	return &call{name: "pipeline", body: reader.calls(child(pipeline, "closure"))}
}

type groovyReader struct {
	t      testing.TB
	source []byte
}

// calls gives the calls below a node, down to their own braces.
func (g groovyReader) calls(node *sitter.Node) []*call {
	var out []*call
	for n := range children(node) {
		switch n.Type() {
		case "juxt_function_call", "function_call":
			out = append(out, g.call(n))
		case "assignment":
			out = append(out, &call{name: "=", args: map[string]string{
				"name": n.NamedChild(0).Content(g.source), "value": g.text(n.NamedChild(1))}})
		case "closure": // the parser has it beside the call that it belongs to
			if len(out) == 0 {
				g.t.Fatalf("braces of nothing: %s", n.Content(g.source))
			}
			out[len(out)-1].body = append(out[len(out)-1].body, g.calls(n)...)
		default:
			out = append(out, g.calls(n)...)
		}
	}
	return out
}

func (g groovyReader) call(node *sitter.Node) *call {
	c := &call{name: node.ChildByFieldName("function").Content(g.source), args: map[string]string{}}
	for n := range children(node.ChildByFieldName("args")) {
		switch n.Type() {
		case "closure":
			c.body = append(c.body, g.calls(n)...)
		case "map_item":
			c.args[n.ChildByFieldName("key").Content(g.source)] = g.text(n.ChildByFieldName("value"))
		case "juxt_function_call", "function_call":
			c.body = append(c.body, g.call(n))
		default:
			c.args[fmt.Sprint(len(c.args))] = g.text(n)
		}
	}
	return c
}

// text gives a literal without its quotes, and any other expression as it is.
// The literals have no escapes, so that what the shell gets is what is written.
func (g groovyReader) text(node *sitter.Node) string {
	text := node.Content(g.source)
	if node.Type() != "string" {
		return text
	}
	if strings.Contains(text, `\`) || strings.HasPrefix(text, `"`) {
		g.t.Errorf("Groovy would change this text before the shell sees it: %s", text)
	}
	for _, quote := range []string{"'''", "'"} {
		if inner, ok := strings.CutPrefix(text, quote); ok {
			return strings.TrimSuffix(inner, quote)
		}
	}
	return text
}

func children(node *sitter.Node) func(yield func(*sitter.Node) bool) {
	return func(yield func(*sitter.Node) bool) {
		for i := range int(node.NamedChildCount()) {
			if !yield(node.NamedChild(i)) {
				return
			}
		}
	}
}

// child gives the node below one that has this type.
func child(node *sitter.Node, kind string) *sitter.Node {
	for n := range children(node) {
		if n.Type() == kind {
			return n
		}
	}
	return node
}

// find gives the calls of that name in the braces of a call.
func (c *call) find(name string) []*call {
	var out []*call
	for _, inner := range c.body {
		if inner.name == name {
			out = append(out, inner)
		}
	}
	return out
}

// only gives the one call of that name.
func (c *call) only(t testing.TB, name string) *call {
	t.Helper()
	found := c.find(name)
	if len(found) != 1 {
		t.Fatalf("%s has %d of %s", c.name, len(found), name)
	}
	return found[0]
}

// jenkins runs stages of a Jenkinsfile, each on an agent of its label.
type jenkins struct {
	t        *testing.T
	tenant   *tenant
	repo     *repository
	pipeline *call
	program  string // what is installed as licensectl
	planID   string // what is typed when a stage asks for it
	build    int
	stashes  map[string]map[string][]byte
	archive  map[string][]byte // artifacts of this build
	kept     map[string][]byte // artifacts of the last build that is kept for ever
	log      strings.Builder
}

func startJenkins(t *testing.T, faults string) *jenkins {
	t.Helper()
	repo := newRepository(t, "../jenkins")
	return &jenkins{t: t, tenant: startTenant(t, faults), repo: repo, pipeline: parseJenkinsfile(t, filepath.Join(repo.dir, "Jenkinsfile")),
		program: licensectlPath(), stashes: map[string]map[string][]byte{}}
}

// stage gives the stage of that name.
func (j *jenkins) stage(name string) *call {
	j.t.Helper()
	for _, s := range j.pipeline.only(j.t, "stages").find("stage") {
		if s.args["0"] == name {
			return s
		}
	}
	j.t.Fatalf("there is no stage %s", name)
	return nil
}

// run runs a stage, and gives its log and whether it succeeded.
func (j *jenkins) run(name string) (string, bool) {
	j.t.Helper()
	j.build++
	j.archive = map[string][]byte{}
	j.log.Reset()
	stage := j.stage(name)
	dir, label := j.t.TempDir(), stage.only(j.t, "agent").only(j.t, "label").args["0"]
	on, ok := map[string]machine{"licenses-reader": readingMachine(), "licenses-writer": writingMachine()}[label]
	if !ok {
		j.t.Fatalf("there is no agent %s", label)
	}
	env := j.environ(on, dir)
	j.repo.checkout("HEAD", dir)
	err := j.steps(stage.only(j.t, "steps"), dir, env)
	for _, when := range []string{"always", "cleanup"} {
		for _, post := range stage.only(j.t, "post").find(when) {
			if err := j.steps(post, dir, env); err != nil {
				j.t.Errorf("post %s: %v\n%s", when, err, j.log.String())
			}
		}
	}
	return j.log.String(), err == nil
}

func (j *jenkins) environ(on machine, dir string) []string {
	env := append(j.tenant.environment(), on.environment(j.t, j.tenant)...)
	env = append(env, "PATH="+standInPath()+":/usr/bin:/bin", "HOME="+j.t.TempDir(), "TESTED_LICENSECTL="+j.program,
		"WORKSPACE="+dir, "WORKSPACE_TMP="+dir+"@tmp", "PLAN_ID="+j.planID, fmt.Sprintf("BUILD_NUMBER=%d", j.build))
	for _, set := range j.pipeline.only(j.t, "environment").find("=") {
		env = append(env, set.args["name"]+"="+set.args["value"])
	}
	return env
}

// steps runs steps until one fails. sh does as Jenkins does: `sh -xe FILE`.
func (j *jenkins) steps(steps *call, dir string, env []string) error {
	for _, step := range steps.body {
		var err error
		switch step.name {
		case "sh":
			file := filepath.Join(j.t.TempDir(), "script.sh")
			write(j.t, file, step.args["0"])
			cmd := exec.Command("/bin/sh", "-xe", file)
			cmd.Dir, cmd.Env = dir, env
			var out []byte
			out, err = cmd.CombinedOutput()
			j.log.Write(out)
		case "dir":
			if step.args["0"] != "env.WORKSPACE_TMP" {
				j.t.Fatalf("the Jenkins of these tests does not know the folder %s", step.args["0"])
			}
			err = j.steps(&call{body: step.body}, strings.TrimSuffix(dir, "@tmp")+"@tmp", env)
		case "script":
			keep := step.only(j.t, "=")
			if keep.args["name"] != "currentBuild.keepLog" || keep.args["value"] != "true" {
				j.t.Fatalf("the Jenkins of these tests does not know %v", keep.args)
			}
			j.kept = j.archive // what is archived later in this build is in it as well
		case "stash":
			j.stashes[step.args["name"]] = j.collect(dir, step.args["includes"])
		case "unstash":
			err = unpack(j.stashes[step.args["0"]], dir)
		case "archiveArtifacts":
			maps.Copy(j.archive, j.collect(dir, step.args["artifacts"]))
		case "copyArtifacts":
			if step.args["selector"] != "latestSavedBuild()" && len(step.find("latestSavedBuild")) != 1 {
				j.t.Fatalf("the Jenkins of these tests does not know the selector %v", step)
			}
			files := maps.Clone(j.kept)
			maps.DeleteFunc(files, func(name string, _ []byte) bool { return name != step.args["filter"] })
			err = unpack(files, dir)
		default:
			j.t.Fatalf("the Jenkins of these tests does not know %s", step.name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// collect gives the files that match any of the patterns.
func (j *jenkins) collect(dir, patterns string) map[string][]byte {
	files := map[string][]byte{}
	for pattern := range strings.SplitSeq(patterns, ",") {
		found, err := filepath.Glob(filepath.Join(dir, strings.TrimSpace(pattern)))
		if err != nil {
			j.t.Error(err)
		}
		for _, file := range found {
			name, err := filepath.Rel(dir, file)
			if err != nil {
				j.t.Error(err)
			}
			files[name] = read(j.t, file)
		}
	}
	return files
}

// TestJenkinsfile sees that the stages have what keeps them apart.
func TestJenkinsfile(t *testing.T) {
	t.Parallel()
	p := parseJenkinsfile(t, "../jenkins/Jenkinsfile")
	var known = []string{"agent", "options", "triggers", "environment", "stages"}
	for _, section := range p.body {
		if !slices.Contains(known, section.name) {
			t.Errorf("a declarative pipeline has no section %q", section.name)
		}
	}
	p.only(t, "options").only(t, "disableConcurrentBuilds")
	for _, stage := range p.only(t, "stages").find("stage") {
		label := stage.only(t, "agent").only(t, "label").args["0"]
		writes := stage.args["0"] == "Apply"
		if writes != (label == "licenses-writer") || writes != (len(stage.find("input")) == 1) {
			t.Errorf("%s runs on %s", stage.args["0"], label)
		}
		when := stage.only(t, "when")
		if when.only(t, "beforeAgent").args["0"] != "true" || writes && (when.only(t, "beforeInput").args["0"] != "true" || when.only(t, "branch").args["0"] != "main") {
			t.Errorf("%s asks, or takes an agent, where it does not run", stage.args["0"])
		}
	}
}

// TestJenkinsFromChangeToTenant plans what a guard stops, approves and applies
// it, and compares at night.
func TestJenkinsFromChangeToTenant(t *testing.T) {
	t.Parallel()
	j := startJenkins(t, "")
	j.repo.removals()
	j.repo.commit("Take Power BI back")
	log, ok := j.run("Plan")
	if ok {
		t.Fatalf("a guard does not hold\n%s", log)
	}
	wants(t, log, "exit 5 (refused)", "maxRemovals")
	j.repo.approve(j.readPlan())
	j.repo.commit("Approve it")
	for _, stage := range []string{"Plan", "Apply", "Drift"} {
		if log, ok := j.run(stage); !ok {
			t.Fatalf("%s:\n%s", stage, log)
		}
		if stage == "Plan" {
			j.readPlan()
		}
	}
	j.tenant.wantHolds("cem@contoso.com", skuE3)
	j.tenant.assign("ada@contoso.com", []string{skuPowerBI}, nil)
	log, ok = j.run("Drift")
	if ok {
		t.Error("a difference passes")
	}
	wants(t, log, "ada@contoso.com", "exit 2 (changes)", "licenses/baseline.json")
	// The build that compared has artifacts too, and they are no baseline.
	log, _ = j.run("Drift")
	wants(t, log, "licenses/baseline.json")
}

// readPlan does what a person does: reads which plan the build has made, to
// type its id where the next stage asks for it.
func (j *jenkins) readPlan() string {
	j.t.Helper()
	file := filepath.Join(j.t.TempDir(), "plan.json")
	if err := os.WriteFile(file, j.archive["licenses/plan.json"], 0o600); err != nil {
		j.t.Fatal(err)
	}
	j.planID = planIDOf(j.t, file)
	return j.planID
}

// TestJenkinsCommittedFiles has a plan, a baseline and a receipt in the
// repository, where the stages might look for theirs, and sees that an agreement
// to one plan is none to another.
func TestJenkinsCommittedFiles(t *testing.T) {
	t.Parallel()
	j := startJenkins(t, "")
	for _, name := range []string{"plan.json", "baseline.json", "receipt-1.jsonl", "licenses/plan.json", "licenses/baseline.json", "licenses/receipt-1.jsonl"} {
		j.repo.edit(name, "{}")
	}
	j.repo.powerBI()
	j.repo.commit("Give Power BI, and commit what the stages make")
	if log, ok := j.run("Plan"); !ok {
		t.Fatal(log)
	}
	j.readPlan()
	mine := j.planID
	for _, typed := range []string{"", "sha256:" + strings.Repeat("0", 64), "$(touch pwned)"} {
		j.planID = typed
		if log, ok := j.run("Apply"); ok {
			t.Fatalf("%q is enough:\n%s", typed, log)
		}
		if len(j.archive) > 0 {
			t.Errorf("%q: %v is kept", typed, slices.Collect(maps.Keys(j.archive)))
		}
	}
	j.tenant.wantHolds("ada@contoso.com", skuE3)
	j.planID = mine
	if log, ok := j.run("Apply"); !ok {
		t.Fatal(log)
	}
	j.tenant.wantHolds("ada@contoso.com", skuE3, skuPowerBI)
	if log, ok := j.run("Drift"); !ok {
		t.Fatal(log)
	}
}

// TestJenkinsCrashIsNoDrift has the program die with the exit code that means
// drift.
func TestJenkinsCrashIsNoDrift(t *testing.T) {
	t.Parallel()
	j := startJenkins(t, "")
	j.program = dyingProgram(t)
	for stage, words := range map[string]string{"Plan": "no plan was made (exit code 2)", "Drift": "the tenant was not compared (exit code 2)"} {
		log, ok := j.run(stage)
		if ok || len(j.archive) > 0 {
			t.Errorf("%s succeeds, or leaves %d files", stage, len(j.archive))
		}
		wants(t, log, words)
	}
}

// TestJenkinsHalfFailedApply runs the stage again, as "Restart from Stage" does.
func TestJenkinsHalfFailedApply(t *testing.T) {
	t.Parallel()
	j := startJenkins(t, halfFailure)
	j.repo.powerBI()
	j.repo.commit("Give Power BI")
	if log, ok := j.run("Plan"); !ok {
		t.Fatal(log)
	}
	j.readPlan()
	log, ok := j.run("Apply")
	if ok {
		t.Fatal("half is enough")
	}
	wants(t, log, "exit 7 (partial)")
	if log, ok := j.run("Apply"); !ok {
		t.Fatal(log)
	}
	j.tenant.wantHolds("ada@contoso.com", skuE3, skuPowerBI)
	j.tenant.wantHolds("ben@contoso.com", skuE3, skuPowerBI)
}

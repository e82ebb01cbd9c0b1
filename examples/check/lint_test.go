package check_test

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// examples gives the files of examples/ whose names match, from here.
func examples(t testing.TB, pattern string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == "../check" {
			return filepath.SkipDir
		}
		if ok, err := filepath.Match(pattern, d.Name()); !d.IsDir() && ok {
			found = append(found, path)
		} else if err != nil {
			return err
		}
		return nil
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %v %v", pattern, found, err)
	}
	return found
}

func workflows(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("../github-actions/.github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v %v", files, err)
	}
	return files
}

// TestActionlint holds the workflows against actionlint, which has shellcheck
// look at their scripts.
func TestActionlint(t *testing.T) {
	t.Parallel()
	shellcheck, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Fatal("install shellcheck, of the Debian package of that name")
	}
	for _, file := range workflows(t) {
		linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{Shellcheck: shellcheck})
		if err != nil {
			t.Fatal(err)
		}
		problems, err := linter.Lint(file, read(t, file), nil)
		if err != nil {
			t.Error(err)
		}
		for _, p := range problems {
			t.Error(p)
		}
	}
}

var pinned = regexp.MustCompile(`uses: [a-z-]+/[a-z-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+$`)

// TestWorkflowsAreLocked sees that the workflows give nothing away by default,
// pin what they use, bound their time, and put no text of strangers into a
// script.
func TestWorkflowsAreLocked(t *testing.T) {
	t.Parallel()
	for _, file := range workflows(t) {
		for line := range bytes.Lines(read(t, file)) {
			if bytes.Contains(line, []byte("uses:")) && !pinned.Match(bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(line), []byte("- ")))) {
				t.Errorf("%s: not pinned: %s", file, line)
			}
		}
		workflow, problems := actionlint.Parse(read(t, file))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if workflow.Permissions == nil || workflow.Permissions.All != nil || len(workflow.Permissions.Scopes) > 0 {
			t.Errorf("%s: permissions: {} is missing at the top", file)
		}
		if workflow.Concurrency == nil {
			t.Errorf("%s: there is no concurrency group", file)
		}
		for name, job := range workflow.Jobs {
			checkJob(t, file+": "+name, job)
		}
	}
}

func checkJob(t *testing.T, name string, job *actionlint.Job) {
	if job.TimeoutMinutes == nil || job.Permissions == nil || job.Permissions.All != nil {
		t.Errorf("%s: no timeout, or permissions that are not listed one by one", name)
	}
	_, signsIn := job.Permissions.Scopes["id-token"]
	for scope, level := range job.Permissions.Scopes {
		if signsIn && scope != "id-token" && level.Value.Value == "write" {
			t.Errorf("%s: signs in to the tenant and writes %s", name, scope)
		}
	}
	for _, step := range job.Steps {
		if run, ok := step.Exec.(*actionlint.ExecRun); ok && strings.Contains(run.Run.Value, "${{") {
			t.Errorf("%s: an expression in a script: %s", name, run.Run.Value)
		}
	}
}

func TestShellcheck(t *testing.T) {
	t.Parallel()
	scripts := examples(t, "*.sh")
	if out, err := exec.Command("shellcheck", append([]string{"--external-sources", "--source-path=SCRIPTDIR"}, scripts...)...).CombinedOutput(); err != nil {
		t.Errorf("shellcheck: %v\n%s", err, out)
	}
	for _, script := range scripts {
		info, err := os.Stat(script)
		if err != nil {
			t.Fatal(err)
		}
		if runs := bytes.HasPrefix(read(t, script), []byte("#!")); runs != (info.Mode()&0o111 != 0) {
			t.Errorf("%s: its mode is %s", script, info.Mode())
		}
	}
}

var release = regexp.MustCompile(`(?:RELEASE: |licensectl[:@])["']?(v[0-9]+\.[0-9]+\.[0-9]+)`)

// TestOneRelease sees that every example installs the same release.
func TestOneRelease(t *testing.T) {
	t.Parallel()
	var versions []string
	for _, file := range examples(t, "*") {
		for _, match := range release.FindAllSubmatch(read(t, file), -1) {
			versions = append(versions, string(match[1]))
		}
	}
	slices.Sort(versions)
	if all := slices.Compact(versions); len(all) != 1 {
		t.Errorf("the examples install %v", all)
	}
}

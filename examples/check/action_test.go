package check_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// publishedRelease is a release on the disk, for this machine: a program that
// says which version it is, in an archive, with its checksum.
type publishedRelease struct {
	folder, archive, sum string
}

func publishRelease(t *testing.T, version string) publishedRelease {
	t.Helper()
	r := publishedRelease{folder: t.TempDir(), archive: fmt.Sprintf("licensectl_%s_%s_%s.tar.gz", version, runtime.GOOS, runtime.GOARCH)}
	file := filepath.Join(r.folder, version, r.archive)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	program := "#!/bin/sh\necho licensectl " + version + " of an archive\n"
	zw := gzip.NewWriter(out)
	tw := tar.NewWriter(zw)
	if err := tw.WriteHeader(&tar.Header{Name: "licensectl", Mode: 0o755, Size: int64(len(program))}); err != nil {
		t.Fatal(err)
	}
	if _, err := tw.Write([]byte(program)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []interface{ Close() error }{tw, zw, out} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r.sum = fmt.Sprintf("%x", sha256.Sum256(data))
	sums := strings.Repeat("0", 64) + "  licensectl_" + version + "_plan9_mips.tar.gz\n" + r.sum + "  " + r.archive + "\n"
	if err := os.WriteFile(filepath.Join(r.folder, version, "SHA256SUMS"), []byte(sums), 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestActionInstallsWhatHasTheChecksum runs the script of the action against a
// release on the disk: what has not the checksum is never installed, and only
// where none was asked for the program is built instead.
func TestActionInstallsWhatHasTheChecksum(t *testing.T) {
	t.Parallel()
	r := publishRelease(t, "v1.2.3")
	bin := t.TempDir()
	builds := "#!/bin/sh\nprintf '#!/bin/sh\\necho built %s\\n' \"$2\" >\"$GOBIN/licensectl\"\nchmod +x \"$GOBIN/licensectl\"\n"
	if err := os.WriteFile(filepath.Join(bin, "go"), []byte(builds), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		version, sum string
		says         string // empty: it fails, and nothing is there
	}{
		"the checksum that was given": {"v1.2.3", r.sum, "v1.2.3 of an archive"},
		"the checksum of the release": {"v1.2.3", "", "v1.2.3 of an archive"},
		"another checksum":            {"v1.2.3", strings.Repeat("a", 64), ""},
		"no archive":                  {"v9.9.9", "", "built github.com/licensectl/licensectl/cmd/licensectl@v9.9.9"},
		"no archive, and a checksum":  {"v9.9.9", r.sum, ""},
		"no version":                  {"latest", "", ""},
		"no checksum":                 {"v1.2.3", "abc", ""},
		"a version with a path in it": {"v1.2.3/../../x", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			folder, github := filepath.Join(t.TempDir(), "to"), t.TempDir()
			cmd := exec.Command("bash", "../../action/install.sh", c.version, c.sum, folder)
			cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "LICENSECTL_RELEASES=file://"+r.folder,
				"GITHUB_PATH="+filepath.Join(github, "path"), "GITHUB_OUTPUT="+filepath.Join(github, "output"))
			text, err := cmd.CombinedOutput()
			_, statErr := os.Stat(filepath.Join(folder, "licensectl"))
			if c.says == "" {
				if err == nil || statErr == nil {
					t.Errorf("it passes:\n%s", text)
				}
				return
			}
			path, _ := os.ReadFile(filepath.Join(github, "path"))
			if err != nil || !strings.Contains(string(text), c.says) || string(path) != folder+"\n" {
				t.Errorf("%v, path %q:\n%s", err, path, text)
			}
		})
	}
}

func TestScriptOfTheActionIsClean(t *testing.T) {
	t.Parallel()
	if out, err := exec.Command("shellcheck", "../../action/install.sh").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestReleaseWorkflowIsLocked sees that what makes releases gives nothing away by
// default, pins what it uses, and puts no expression into a script. Unlike the
// pipelines of the examples it may sign and write, and signs in to no tenant.
func TestReleaseWorkflowIsLocked(t *testing.T) {
	t.Parallel()
	const file = "../../.github/workflows/release.yml"
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{Shellcheck: "shellcheck"})
	if err != nil {
		t.Fatal(err)
	}
	problems, err := linter.Lint(file, read(t, file), nil)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
	for line := range bytes.Lines(read(t, file)) {
		if bytes.Contains(line, []byte("uses:")) && !pinned.Match(bytes.TrimPrefix(bytes.TrimSpace(line), []byte("- "))) {
			t.Errorf("not pinned: %s", line)
		}
	}
	workflow, _ := actionlint.Parse(read(t, file))
	if workflow.Permissions == nil || workflow.Permissions.All != nil || len(workflow.Permissions.Scopes) > 0 {
		t.Error("permissions: {} is missing at the top")
	}
	for name, job := range workflow.Jobs {
		for _, step := range job.Steps {
			if run, ok := step.Exec.(*actionlint.ExecRun); ok && strings.Contains(run.Run.Value, "${{") {
				t.Errorf("%s: an expression in a script: %s", name, run.Run.Value)
			}
		}
	}
}

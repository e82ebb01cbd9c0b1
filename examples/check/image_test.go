package check_test

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// stages reads the Dockerfile as BuildKit does.
func stages(t testing.TB) (build, final instructions.Stage) {
	t.Helper()
	result, err := parser.Parse(bytes.NewReader(read(t, "../../Dockerfile")))
	if err != nil {
		t.Fatal(err)
	}
	found, _, err := instructions.Parse(result.AST, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 || len(result.Warnings) > 0 {
		t.Fatalf("%d stages, %v", len(found), result.Warnings)
	}
	return found[0], found[1]
}

// TestImageIsSmallAndNobodys sees that the image is pinned, runs as a user that
// is not root, by number, as Kubernetes wants it, and takes one program along.
func TestImageIsSmallAndNobodys(t *testing.T) {
	t.Parallel()
	build, final := stages(t)
	for _, stage := range []instructions.Stage{build, final} {
		if !regexp.MustCompile(`@sha256:[0-9a-f]{64}$`).MatchString(stage.BaseName) {
			t.Errorf("%s is not pinned", stage.BaseName)
		}
	}
	if !strings.HasPrefix(final.BaseName, "gcr.io/distroless/static-debian12:nonroot@") {
		t.Errorf("the image is made from %s", final.BaseName)
	}
	var user string
	for _, command := range final.Commands {
		switch c := command.(type) {
		case *instructions.UserCommand:
			user = c.User
		case *instructions.RunCommand:
			t.Errorf("there is no shell to run %v", c.CmdLine)
		case *instructions.CopyCommand:
			if c.From != build.Name {
				t.Errorf("%v comes from %q", c.SourcePaths, c.From)
			}
		case *instructions.EntrypointCommand:
			if !slices.Equal(c.CmdLine, []string{"/usr/local/bin/licensectl"}) || c.PrependShell {
				t.Errorf("the entry point is %v", c.CmdLine)
			}
		}
	}
	if user != "65532:65532" {
		t.Errorf("the user is %q", user)
	}
}

// TestImageBuilds runs the stage that builds, with what .dockerignore lets in,
// and looks at what the image would take along.
func TestImageBuilds(t *testing.T) {
	t.Parallel()
	build, _ := stages(t)
	allowed := string(read(t, "../../.dockerignore"))
	src, out := t.TempDir(), t.TempDir()
	env := []string{"VERSION=v0.1.0-test"}
	for _, command := range build.Commands {
		switch c := command.(type) {
		case *instructions.ArgCommand:
			for _, arg := range c.Args {
				if arg.Key != "VERSION" {
					env = append(env, arg.Key+"="+*arg.Value)
				}
			}
		case *instructions.CopyCommand:
			for _, path := range c.SourcePaths {
				if !strings.Contains(allowed, "\n!"+path+"\n") {
					t.Fatalf("%s does not reach the build", path)
				}
				to := filepath.Join(src, c.DestPath)
				if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
					t.Fatal(err)
				}
				if out, err := exec.Command("cp", "-r", filepath.Join("../..", path), to).CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
			}
		case *instructions.RunCommand:
			cmd := exec.Command("/bin/sh", "-c", strings.ReplaceAll(strings.Join(c.CmdLine, " "), "/out/", out+"/"))
			cmd.Dir, cmd.Env = src, append(cmd.Environ(), env...)
			if log, code := outcome(t, cmd); code != 0 {
				t.Fatalf("%v: exit code %d\n%s", c.CmdLine, code, log)
			}
		}
	}
	wantProgram(t, filepath.Join(out, "licensectl"), "licensectl v0.1.0-test (go")
	wants(t, string(read(t, filepath.Join(out, "THIRD_PARTY_NOTICES.txt"))), "The Go programming language", "github.com/spf13/cobra", "CC BY 4.0")
}

// wantProgram sees that a program is static, small, and says its version.
func wantProgram(t testing.TB, file, version string) {
	t.Helper()
	program, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	libraries, err := program.ImportedLibraries()
	if err != nil || len(libraries) > 0 || slices.ContainsFunc(program.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Errorf("%s is not static: %v %v", file, libraries, err)
	}
	if size := len(read(t, file)); size > 30<<20 {
		t.Errorf("%s has %d bytes", file, size)
	}
	out, code := outcome(t, exec.Command(file, "version"))
	if code != 0 || !strings.HasPrefix(out, version) {
		t.Errorf("exit code %d: %s", code, out)
	}
}

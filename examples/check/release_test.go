package check_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReleaseIsReproducible builds a release in two folders, with other settings
// of Go and another clock, and wants the same bytes; and that the checksums are
// what sha256sum takes.
func TestReleaseIsReproducible(t *testing.T) {
	t.Parallel()
	var sums []string
	var dist string
	for _, env := range [][]string{{"TZ=UTC"}, {"TZ=Asia/Tokyo", "GOFLAGS=-buildvcs=true", "GOAMD64=v3", "LANG=C.UTF-8"}} {
		root := t.TempDir()
		for _, path := range []string{"go.mod", "go.sum", "README.md", "LICENSE", "sample.go", "manifests", "examples", "cmd", "docs", "pkg"} {
			if out, err := exec.Command("cp", "-r", filepath.Join("../..", path), root).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		}
		dist = filepath.Join(root, "dist")
		tool := exec.Command("go", "build", "-o", filepath.Join(root, "release"), "./pkg/internal/release")
		tool.Dir = root
		if out, code := outcome(t, tool); code != 0 {
			t.Fatal(out)
		}
		cmd := exec.Command(filepath.Join(root, "release"), "-version", "v0.1.0", "-epoch", "1790000000", "-targets", "linux/amd64")
		cmd.Dir, cmd.Env = root, append(os.Environ(), env...)
		if out, code := outcome(t, cmd); code != 0 {
			t.Fatal(out)
		}
		sums = append(sums, string(read(t, filepath.Join(dist, "SHA256SUMS"))))
	}
	if sums[0] != sums[1] {
		t.Errorf("the same release twice:\n%s%s", sums[0], sums[1])
	}

	check := exec.Command("sha256sum", "--check", "--strict", "SHA256SUMS")
	check.Dir = dist
	if out, code := outcome(t, check); code != 0 || strings.Count(out, ": OK") != 1 {
		t.Errorf("exit code %d\n%s", code, out)
	}
	unpackArchive := exec.Command("tar", "-x", "-z", "-f", "licensectl_v0.1.0_linux_amd64.tar.gz")
	unpackArchive.Dir = dist
	if out, code := outcome(t, unpackArchive); code != 0 {
		t.Fatal(out)
	}
	wantProgram(t, filepath.Join(dist, "licensectl"), "licensectl v0.1.0 (go")
	wants(t, string(read(t, filepath.Join(dist, "THIRD_PARTY_NOTICES.txt"))), "golang.org/x/sync", "gopkg.in/yaml.v3")
}

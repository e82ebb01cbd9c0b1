package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func sample() []file {
	return []file{{"README.md", 0o644, []byte("read me")}, {"licensectl", 0o755, bytes.Repeat([]byte("program"), 1000)}}
}

// entry is what an archive has of a file.
type entry struct {
	Name    string
	Mode    os.FileMode
	ModTime time.Time
	Data    string
}

func want(modTime time.Time) []entry {
	var out []entry
	for _, f := range sample() {
		out = append(out, entry{f.name, f.mode, modTime, string(f.data)})
	}
	return out
}

func TestTarGz(t *testing.T) {
	modTime := time.Unix(1790000000, 0).UTC()
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := tarGz(out, sample(), modTime); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two archives of the same files differ")
	}
	zr, err := gzip.NewReader(&first)
	if err != nil {
		t.Fatal(err)
	}
	var got []entry
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(tr)
		if err != nil || h.Uid != 0 || h.Gid != 0 || h.Uname+h.Gname != "" {
			t.Errorf("%s: %v, of %d:%d %q", h.Name, err, h.Uid, h.Gid, h.Uname+h.Gname)
		}
		got = append(got, entry{h.Name, h.FileInfo().Mode(), h.ModTime.UTC(), string(data)})
	}
	if diff := cmp.Diff(want(modTime), got); diff != "" {
		t.Error(diff)
	}
}

func TestZipped(t *testing.T) {
	modTime := time.Unix(1790000000, 0).UTC()
	var out bytes.Buffer
	if err := zipped(&out, sample(), modTime); err != nil {
		t.Fatal(err)
	}
	zr, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var got []entry
	for _, f := range zr.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, entry{f.Name, f.Mode(), f.Modified.UTC(), string(data)})
	}
	if diff := cmp.Diff(want(modTime), got); diff != "" {
		t.Error(diff)
	}
}

func TestModuleWithoutLicenceIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "licensing.go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err := module{"example.com/m", "v1.0.0", dir}.writeTerms(&out)
	if err == nil || !strings.Contains(err.Error(), "example.com/m has no licence") {
		t.Errorf("%v", err)
	}
	for _, name := range []string{"LICENSE", "License.md", "COPYING", "NOTICE.txt", "LICENCE-MIT"} {
		if !licenceFile.MatchString(name) {
			t.Errorf("%s is passed by", name)
		}
	}
}

func TestBadSettings(t *testing.T) {
	for _, args := range [][]string{
		nil,
		{"-version", "v0.1.0"},
		{"-version", "0.1.0", "-epoch", "1"},
		{"-version", "v0.1.0", "-epoch", "1", "-targets", "plan9/mips"},
	} {
		if _, err := parse(args); err == nil {
			t.Errorf("%v passes", args)
		}
	}
}

// TestEnvironment sees that nothing of the machine's settings of Go reaches a
// build, but where things are.
func TestEnvironment(t *testing.T) {
	for name, value := range map[string]string{"GOFLAGS": "-race", "GOAMD64": "v4", "GOEXPERIMENT": "x", "CGO_CFLAGS": "-O0", "GOPROXY": "https://proxy.example.com"} {
		t.Setenv(name, value)
	}
	env := strings.Join(target{"linux", "amd64"}.environ("1.26.8"), "\n") + "\n"
	for _, wrong := range []string{"-race", "v4", "GOEXPERIMENT=x", "CGO_CFLAGS"} {
		if strings.Contains(env, wrong) {
			t.Errorf("%s is in the environment", wrong)
		}
	}
	for _, right := range []string{"GOPROXY=https://proxy.example.com\n", "GOTOOLCHAIN=go1.26.8\n", "CGO_ENABLED=0\n"} {
		if !strings.Contains(env, right) {
			t.Errorf("%s is not in the environment", right)
		}
	}
}

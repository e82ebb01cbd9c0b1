package manifest_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/manifest"
)

// diskFS is the real file system, as the command line provides it. It
// polices its caller: what is opened has to be closed, and no file is opened
// by two names.
type diskFS struct {
	t      *testing.T
	opened map[string]int
	open   int
}

func newDiskFS(t *testing.T) *diskFS {
	d := &diskFS{t: t, opened: make(map[string]int)}
	t.Cleanup(func() {
		if d.open != 0 {
			t.Errorf("%d files were left open", d.open)
		}
	})
	return d
}

func (d *diskFS) Stat(name string) (fs.FileInfo, error)      { return os.Stat(name) }
func (d *diskFS) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }

func (d *diskFS) RealPath(name string) (string, error) {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(absolute)
}

func (d *diskFS) Open(name string) (io.ReadCloser, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	d.open++
	return &diskFile{File: f, fs: d}, nil
}

type diskFile struct {
	*os.File
	fs *diskFS
}

func (f *diskFile) Close() error {
	f.fs.open--
	return f.File.Close()
}

// inTree makes a tree of files in a folder and works there. A text that
// begins with "->" makes a symbolic link.
func inTree(t *testing.T, tree map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range tree {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		target, isLink := strings.CutPrefix(text, "->")
		err := error(nil)
		if isLink {
			err = os.Symlink(target, name)
		} else {
			err = os.WriteFile(name, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// load gives what was loaded as "path=text", and the errors one a line.
func load(t *testing.T, stdin string, paths ...string) (files []string, problems []string) {
	t.Helper()
	loaded, err := manifest.Load(newDiskFS(t), paths, strings.NewReader(stdin))
	for _, f := range loaded {
		files = append(files, fmt.Sprintf("%s=%s", f.Path, f.Data))
	}
	var errs manifest.Errors
	if errors.As(err, &errs) {
		for _, e := range errs {
			problems = append(problems, fmt.Sprintf("%s: %s", e.Code, e))
		}
	}
	return files, problems
}

func TestLoad(t *testing.T) {
	tree := map[string]string{
		"manifests/b.yaml":            "b",
		"manifests/a.yml":             "a",
		"manifests/C.YAML":            "C",
		"manifests/notes.txt":         "no",
		"manifests/yaml":              "no",
		"manifests/.hidden.yaml":      "no",
		"manifests/.git/config.yaml":  "no",
		"manifests/sub/deep/er/d.yml": "d",
		"manifests/sub.yaml/e.yaml":   "e",
		"single":                      "single",
		".hidden/f.yaml":              "f",
		".hidden.yaml":                "hidden",
		"links/file.yaml":             "->../manifests/b.yaml",
		"links/folder":                "->../manifests/sub",
		"links/loop":                  "->.",
		"links/up":                    "->..",
		"links/broken":                "->nowhere",
		"empty/notes.txt":             "no",
		"emptier/sub/.keep":           "",
		"broken/x.yaml":               "->nowhere",
		"selfish/x.yaml":              "->x.yaml",
		"devices/x.yaml":              "->" + os.DevNull,
	}
	folder := []string{"manifests/C.YAML=C", "manifests/a.yml=a", "manifests/b.yaml=b", "manifests/sub/deep/er/d.yml=d", "manifests/sub.yaml/e.yaml=e"}
	tests := map[string]struct {
		paths    []string
		files    []string
		problems []string
	}{
		"a folder":           {paths: []string{"manifests"}, files: folder},
		"with a slash":       {paths: []string{"./manifests/"}, files: folder},
		"twice":              {paths: []string{"manifests", "./manifests", "manifests/b.yaml", "manifests/sub"}, files: folder},
		"inner first":        {paths: []string{"manifests/sub", "manifests/b.yaml"}, files: []string{"manifests/sub/deep/er/d.yml=d", "manifests/b.yaml=b"}},
		"a file of any name": {paths: []string{"single"}, files: []string{"single=single"}},
		"hidden, but named":  {paths: []string{".hidden", ".hidden.yaml"}, files: []string{".hidden/f.yaml=f", ".hidden.yaml=hidden"}},
		"up and down":        {paths: []string{"manifests/../single"}, files: []string{"single=single"}},
		"standard input":     {paths: []string{"-", "single", "-"}, files: []string{"-=typed", "single=single"}},
		"links":              {paths: []string{"links/file.yaml", "links/folder"}, files: []string{"links/file.yaml=b", "links/folder/deep/er/d.yml=d"}},
		"missing":            {paths: []string{"nothing", "single"}, problems: []string{"bad-path: nothing: no such file or folder"}},
		"missing twice":      {paths: []string{"x/y", "z"}, problems: []string{"bad-path: x/y: no such file or folder", "bad-path: z: no such file or folder"}},
		"a link to nowhere":  {paths: []string{"links/broken"}, problems: []string{"bad-path: links/broken: no such file or folder"}},
		"an empty folder":    {paths: []string{"empty", "single"}, problems: []string{"empty-folder: empty: the folder holds no *.yaml or *.yml file"}},
		"empty folders":      {paths: []string{"emptier"}, problems: []string{"empty-folder: emptier: the folder holds no *.yaml or *.yml file"}},
		"a broken manifest":  {paths: []string{"broken"}, problems: []string{"bad-path: broken/x.yaml: cannot be read: no such file or directory"}},
		"a link to itself":   {paths: []string{"selfish"}, problems: []string{"bad-path: selfish/x.yaml: cannot be read: too many levels of symbolic links"}},
		"a device":           {paths: []string{"devices"}, problems: []string{"bad-path: devices/x.yaml: this is not a regular file"}},
		"an empty path":      {paths: []string{""}, problems: []string{"bad-path: a path is empty"}},
		"no path":            {problems: []string{"bad-path: no path was given"}},
		"below a file":       {paths: []string{"single/x"}, problems: []string{"bad-path: single/x: cannot be read: not a directory"}},
		"all wrong is all said": {paths: []string{"empty", "nothing", "broken"}, problems: []string{
			"bad-path: broken/x.yaml: cannot be read: no such file or directory",
			"empty-folder: empty: the folder holds no *.yaml or *.yml file",
			"bad-path: nothing: no such file or folder"}},
	}
	inTree(t, tree)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			files, problems := load(t, "typed", test.paths...)
			if diff := cmp.Diff(test.files, files); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.problems, problems); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLoadLoops holds that links that lead in circles end, and that every
// file is read by the first name that leads to it.
func TestLoadLoops(t *testing.T) {
	inTree(t, map[string]string{
		"m/a/x.yaml": "x",
		"m/a/back":   "->..",
		"m/b":        "->a",
		"m/c.yaml":   "->a/x.yaml",
		"m/d.yaml":   "d",
	})
	files, problems := load(t, "", "m")
	if want := []string{"m/a/x.yaml=x", "m/d.yaml=d"}; !cmp.Equal(want, files) || problems != nil {
		t.Errorf("got %q, %q, want %q", files, problems, want)
	}
}

func TestLoadAbsoluteAndOutside(t *testing.T) {
	inTree(t, map[string]string{"m/x.yaml": "x", "work/y.yaml": "y"})
	folder, err := filepath.Abs("m")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("work")
	files, problems := load(t, "", folder, "../m", ".")
	want := []string{filepath.ToSlash(folder) + "/x.yaml=x", "y.yaml=y"}
	if !cmp.Equal(want, files) || problems != nil {
		t.Errorf("got %q, %q, want %q", files, problems, want)
	}
}

// failingFS fails where it is told to.
type failingFS struct {
	*diskFS
	fail map[string]error // by operation and name
}

func (f failingFS) Stat(name string) (fs.FileInfo, error) {
	if err := f.fail["stat "+name]; err != nil {
		return nil, err
	}
	return f.diskFS.Stat(name)
}

func (f failingFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := f.fail["readdir "+name]; err != nil {
		return nil, err
	}
	return f.diskFS.ReadDir(name)
}

func (f failingFS) RealPath(name string) (string, error) {
	if err := f.fail["realpath "+name]; err != nil {
		return "", err
	}
	return f.diskFS.RealPath(name)
}

func (f failingFS) Open(name string) (io.ReadCloser, error) {
	if err := f.fail["open "+name]; err != nil {
		return nil, err
	}
	if err := f.fail["read "+name]; err != nil {
		return io.NopCloser(iotest.ErrReader(err)), nil
	}
	return f.diskFS.Open(name)
}

// TestLoadFailures holds that nothing that cannot be read is taken for
// nothing: a license could be lost by it.
func TestLoadFailures(t *testing.T) {
	inTree(t, map[string]string{"m/a.yaml": "a", "m/sub/b.yaml": "b"})
	denied := &fs.PathError{Op: "open", Path: "elsewhere", Err: fs.ErrPermission}
	tests := map[string]string{
		"stat m":            "m: cannot be read: permission denied",
		"readdir m":         "m: cannot be read: permission denied",
		"realpath m":        "m: cannot be read: permission denied",
		"readdir m/sub":     "m/sub: cannot be read: permission denied",
		"realpath m/sub":    "m/sub: cannot be read: permission denied",
		"stat m/a.yaml":     "m/a.yaml: cannot be read: permission denied",
		"realpath m/a.yaml": "m/a.yaml: cannot be read: permission denied",
		"open m/sub/b.yaml": "m/sub/b.yaml: cannot be read: permission denied",
		"read m/sub/b.yaml": "m/sub/b.yaml: cannot be read: permission denied",
	}
	for what, want := range tests {
		t.Run(what, func(t *testing.T) {
			fsys := failingFS{diskFS: newDiskFS(t), fail: map[string]error{what: denied}}
			files, err := manifest.Load(fsys, []string{"m"}, nil)
			if err == nil || err.Error() != want || files != nil {
				t.Errorf("got %v and %d files, want %s", err, len(files), want)
			}
		})
	}
}

// TestLoadIsBounded holds that an endless input is not read to its end.
func TestLoadIsBounded(t *testing.T) {
	files, err := manifest.Load(newDiskFS(t), []string{"-"}, endless{})
	if err != nil {
		t.Fatal(err)
	}
	errs := parseErrors(t, files)
	if want := "-: the file is larger than 50 MiB"; errs.Error() != want {
		t.Errorf("got %v, want %s", errs, want)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '#'
	}
	return len(p), nil
}

// TestLoadTables finds the tables that manifests name, from the folder of each,
// and reads each once. One that cannot be read is told where it is named.
func TestLoadTables(t *testing.T) {
	const select1 = "spec:\n  select:\n"
	inTree(t, map[string]string{
		"m/a.yaml": head + select1 + "  - {csv: people.csv, column: UPN}\n  - {csv: below/../below/b.csv, column: UPN}\n" +
			"---\napiVersion: licensectl.dev/v1\nkind: UserLicenses\nmetadata: {name: again}\n" + select1 + "  - {csv: ./people.csv, column: UPN}\n",
		"m/people.csv":     "UPN\nada@contoso.com\n",
		"m/unused.csv":     "UPN\nada@contoso.com\n",
		"m/below/b.csv":    "->real.csv",
		"m/below/real.csv": "UPN\nben@contoso.com\n",
		"bad/a.yaml": head + select1 +
			"  - {csv: gone.csv, column: UPN}\n  - {csv: folder.csv, column: UPN}\n  - {csv: out.csv, column: UPN}\n",
		"bad/folder.csv/x": "",
		"bad/out.csv":      "->../m/people.csv",
	})
	files, err := manifest.Load(newDiskFS(t), []string{"m"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, fmt.Sprintf("%s %v %s", f.Path, f.Table, f.Problem))
	}
	if diff := cmp.Diff([]string{"m/a.yaml false ", "m/people.csv true ", "m/below/b.csv true "}, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if set, err := manifest.Parse(files); err != nil || len(set.Desired.Selections) != 3 || len(set.Desired.Files) != 3 {
		t.Errorf("set %+v, error %v", set, err)
	}
	files, err = manifest.Load(newDiskFS(t), []string{"bad"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `bad/a.yaml:6:11: the table "gone.csv": cannot be read: no such file or directory
bad/a.yaml:7:11: the table "folder.csv": cannot be read: this is not a regular file
bad/a.yaml:8:11: the table "out.csv": cannot be read: it is a link that leads out of the folder of the manifest`
	if got := parseErrors(t, files).Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

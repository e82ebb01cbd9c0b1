package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/charset"
	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
)

// FileSystem is where Load finds files, by names as people type them:
// absolute, relative, with "..", in the spelling of the operating system. An
// implementation on top of package os forwards each method to the function of
// the same name, and RealPath to filepath.Abs and filepath.EvalSymlinks.
type FileSystem interface {
	// Stat describes what a name leads to, symbolic links followed.
	Stat(name string) (fs.FileInfo, error)
	// ReadDir lists a folder, sorted by name.
	ReadDir(name string) ([]fs.DirEntry, error)
	// Open opens a file for reading.
	Open(name string) (io.ReadCloser, error)
	// RealPath gives the one absolute name, without symbolic links, by which
	// two names of the same file or folder can be told to be the same.
	RealPath(name string) (string, error)
}

// Stdin is the path that stands for standard input.
const Stdin = "-"

// Load reads the manifests that the paths lead to: files of any name, "-" for
// standard input, and below folders every *.yaml and *.yml whose name, and
// whose folders' names, do not begin with a dot. Symbolic links are followed.
// A file that several paths lead to is read once. The tables that manifests
// name are read too; one that cannot be is left for Parse to report, at the
// place that names it.
//
// The paths of the result are those that were given, extended by what was
// found in folders, with forward slashes. A path that leads to nothing is an
// error: emptiness must be written. The error is of type Errors.
func Load(fsys FileSystem, paths []string, stdin io.Reader) ([]File, error) {
	l := &loader{fsys: fsys, stdin: stdin, visited: make(map[string]bool), found: make(map[string]int)}
	for _, path := range paths {
		l.loadPath(path)
	}
	if len(paths) == 0 {
		l.errs.Add(&Error{Code: CodeBadPath, Msg: "no path was given"})
	}
	if len(l.errs) > 0 {
		l.errs.Sort()
		return nil, l.errs
	}
	l.loadTables()
	return l.files, nil
}

type loader struct {
	fsys    FileSystem
	stdin   io.Reader
	visited map[string]bool // files by their real path, and Stdin
	found   map[string]int  // folders by their real path: the manifests below
	files   []File
	errs    strictyaml.Errors
}

// loadPath loads what a person has named.
func (l *loader) loadPath(path string) {
	if path == Stdin {
		l.readOnce(Stdin, Stdin, openFile{l.stdin, 0})
		return
	}
	name := filepath.Clean(path)
	info, err := l.fsys.Stat(name)
	switch {
	case path == "":
		l.errs.Add(&Error{Code: CodeBadPath, Msg: "a path is empty"})
	case errors.Is(err, fs.ErrNotExist):
		l.report(name, CodeBadPath, "no such file or folder")
	case err != nil:
		l.reportFailure(name, err)
	case !info.IsDir():
		l.loadFile(name, info.Size())
	case l.loadFolder(name) == 0:
		l.report(name, CodeEmptyFolder, "the folder holds no *.yaml or *.yml file").Hint =
			"give a folder with manifests; emptiness must be written"
	}
}

// loadFolder loads what is below a folder and returns how many manifests
// there are, those counted that another path has led to before. A folder that
// a link leads back to counts none.
func (l *loader) loadFolder(name string) int {
	path, err := l.fsys.RealPath(name)
	if err != nil {
		l.reportFailure(name, err)
		return 1
	}
	if found, visited := l.found[path]; visited {
		return found
	}
	l.found[path] = 0
	entries, err := l.fsys.ReadDir(name)
	if err != nil {
		l.reportFailure(name, err)
		return 1
	}
	found := 0
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), ".") {
			found += l.loadEntry(filepath.Join(name, entry.Name()))
		}
	}
	l.found[path] = found
	return found
}

// loadEntry loads one entry of a folder. What cannot be looked at is an error
// if its name is that of a manifest.
func (l *loader) loadEntry(name string) int {
	info, err := l.fsys.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return l.loadFolder(name)
	case !isManifestName(name):
		return 0
	case err != nil:
		l.reportFailure(name, err)
	case !info.Mode().IsRegular():
		l.report(name, CodeBadPath, "this is not a regular file")
	default:
		l.loadFile(name, info.Size())
	}
	return 1
}

func isManifestName(name string) bool {
	extension := strings.ToLower(filepath.Ext(name))
	return extension == ".yaml" || extension == ".yml"
}

func (l *loader) loadFile(name string, size int64) {
	path, err := l.fsys.RealPath(name)
	if err != nil {
		l.reportFailure(name, err)
		return
	}
	file, err := l.fsys.Open(name)
	if err != nil {
		l.reportFailure(name, err)
		return
	}
	defer file.Close()
	l.readOnce(path, name, openFile{file, size})
}

// openFile is what a file holds, and how much that was when somebody looked; 0: nobody
// knows.
type openFile struct {
	io.Reader
	size int64
}

// readOnce takes in one file, unless it has been.
func (l *loader) readOnce(identity, name string, from openFile) {
	if l.visited[identity] {
		return
	}
	l.visited[identity] = true
	data, err := from.read()
	if err != nil {
		l.reportFailure(name, err)
		return
	}
	file, err := File{Path: filepath.ToSlash(name), Data: data}.decoded()
	if err != nil {
		l.report(name, strictyaml.CodeEncoding, err.Error())
		return
	}
	l.files = append(l.files, file)
}

// read gives what a file holds. It stops one byte after the largest size that Parse
// accepts, for Parse to report.
func (f openFile) read() ([]byte, error) {
	const most = strictyaml.MaxBytes + 1
	var room bytes.Buffer
	room.Grow(int(min(f.size, most)) + bytes.MinRead) // ReadFrom wants to see the end
	_, err := room.ReadFrom(io.LimitReader(f, most))
	return room.Bytes(), err
}

// decoded gives a file in UTF-16 as UTF-8. Its hash stays that of its bytes.
func (f File) decoded() (File, error) {
	text, err := charset.DecodeUTF16(f.Data)
	if err != nil {
		return File{}, err
	}
	if !bytes.Equal(text, f.Data) {
		f.SHA256 = f.Source().SHA256
	}
	f.Data = text
	return f, nil
}

func (l *loader) report(name string, code Code, msg string) *Error {
	e := &Error{Pos: strictyaml.Pos{File: filepath.ToSlash(name)}, Code: code, Msg: msg}
	l.errs.Add(e)
	return e
}

// reportFailure reports an error of the file system, without the operation
// and the path that it repeats.
func (l *loader) reportFailure(name string, err error) {
	l.report(name, CodeBadPath, fmt.Sprintf("cannot be read: %v", withoutPath(err)))
}

func withoutPath(err error) error {
	var inner *fs.PathError
	if errors.As(err, &inner) {
		return inner.Err
	}
	return err
}

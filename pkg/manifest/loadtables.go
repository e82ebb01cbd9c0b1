package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
)

// loadTables reads the tables that the manifests name, each once.
func (l *loader) loadTables() {
	named := map[string]bool{}
	for _, manifest := range l.files {
		for _, name := range tableNames(manifest) {
			file, problem := tablePath(manifest.Path, name)
			if problem == nil && !named[file] {
				named[file] = true
				l.files = append(l.files, l.loadTable(path.Dir(manifest.Path), file))
			}
		}
	}
}

// tableNames gives the tables that a manifest names. Few manifests name any,
// so the others are not parsed for it. What is wrong with one Parse reports.
func tableNames(f File) []string {
	if !bytes.Contains(f.Data, []byte("select")) || !bytes.Contains(f.Data, []byte("csv")) {
		return nil
	}
	var ignored strictyaml.Errors
	var names []string
	for _, root := range strictyaml.Parse(f.Path, f.Data, &ignored) {
		m, _ := root.Mapping(documentKeys)
		spec, _ := m.Get("spec").Mapping(userLicensesKeys)
		selections := spec.Get("select")
		items, isList := selections.Items()
		if !isList {
			items = func(yield func(strictyaml.Value) bool) { yield(selections) }
		}
		for item := range items {
			selection, _ := item.Mapping(selectionKeys)
			if name, ok := selection.Get("csv").Str(); ok {
				names = append(names, name)
			}
		}
	}
	return names
}

// loadTable reads a table. A link that leads out of the folder of the manifest
// is not followed: what stands elsewhere is nobody's list of users, and errors
// quote it.
func (l *loader) loadTable(folder, file string) File {
	table := File{Path: file, Table: true}
	data, err := l.readTable(filepath.FromSlash(folder), filepath.FromSlash(file))
	if err != nil {
		table.Problem = fmt.Sprintf("cannot be read: %v", withoutPath(err))
		return table
	}
	table.Data = data
	decoded, err := table.decoded()
	if err != nil {
		table.Problem = err.Error()
		return table
	}
	return decoded
}

func (l *loader) readTable(folder, name string) ([]byte, error) {
	base, err := l.fsys.RealPath(folder)
	if err != nil {
		return nil, err
	}
	target, err := l.fsys.RealPath(name)
	if err != nil {
		return nil, err
	}
	if inside, err := filepath.Rel(base, target); err != nil || !filepath.IsLocal(inside) {
		return nil, errors.New("it is a link that leads out of the folder of the manifest")
	}
	info, err := l.fsys.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("this is not a regular file")
	}
	file, err := l.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, strictyaml.MaxBytes+1))
}

package edit

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/pkg/manifest"
)

// Draft is manifests that are about to be changed. Changes are noted and
// carried out together; a line that none of them concerns stays as it is, byte
// for byte.
type Draft struct {
	files []*draftFile
	lists []*List
}

// draftFile is one file of a draft.
type draftFile struct {
	path    string
	raw     []string // lines with their ends
	ending  string   // how lines end
	splices []splice
}

// splice puts lines in the place of others.
type splice struct {
	from, to int // lines of the file, from 0; equal: nothing is taken out
	lines    []string
}

// NewDraft reads manifests that manifest.Parse has found good.
func NewDraft(files []manifest.File) (*Draft, error) {
	d := &Draft{}
	for _, f := range files {
		if f.Table {
			continue // the users of a selection, which are not edited
		}
		file := newDraftFile(f)
		d.files = append(d.files, file)
		lines := linesOf(f.Data)
		if slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, "\r") }) {
			return nil, fmt.Errorf("%s: its lines end in an unusual way: with a carriage return alone", f.Path)
		}
		for _, p := range split(lines) {
			if err := d.read(file, p); err != nil {
				return nil, fmt.Errorf("%s: %w", f.Path, err)
			}
		}
	}
	return d, nil
}

func newDraftFile(f manifest.File) *draftFile {
	out := &draftFile{path: f.Path, raw: strings.SplitAfter(string(f.Data), "\n"), ending: "\n"}
	if strings.HasSuffix(out.raw[0], "\r\n") {
		out.ending = "\r\n"
	}
	return out
}

// read takes in the users or the groups of one document.
func (d *Draft) read(file *draftFile, p part) error {
	if !p.hasContent() {
		return nil
	}
	root, err := p.root()
	if err != nil {
		return err
	}
	kind := kindOf(root)
	if kind != manifest.KindUserLicenses && kind != manifest.KindGroupLicenses {
		return nil
	}
	list := &List{Kind: kind, file: file, first: p.first, Name: lookUp(root, "metadata", "name").Value, File: file.path}
	list.Defaults = readDefaults(lookUp(root, "spec", "defaults"))
	list.lines = p.lines
	tree, err := build(p, root)
	if errors.Is(err, errUnusual) || hasContentMark(p.mark) {
		tree = nil
	}
	list.readEntries(tree, lookUp(root, "spec", list.key()))
	d.lists = append(d.lists, list)
	return nil
}

// lookUp goes down mappings by key. It gives an empty node where there is no
// such thing.
func lookUp(n *yaml.Node, path ...string) *yaml.Node {
	for _, key := range path {
		n = follow(n)
		i := 0
		for ; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
			if n.Content[i].Value == key {
				break
			}
		}
		if n.Kind != yaml.MappingNode || i+1 >= len(n.Content) {
			return &yaml.Node{}
		}
		n = n.Content[i+1]
	}
	return follow(n)
}

func follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// Lists gives the documents of a kind, in the order of files.
func (d *Draft) Lists(kind string) []*List {
	var out []*List
	for _, l := range d.lists {
		if l.Kind == kind {
			out = append(out, l)
		}
	}
	return out
}

// Entry gives the entry at a place, as manifest.Parse tells it.
func (d *Draft) Entry(file string, line, column int) (*Entry, bool) {
	for _, l := range d.lists {
		for _, e := range l.Entries {
			if l.File == file && e.line == line && e.column == column {
				return e, true
			}
		}
	}
	return nil, false
}

// Changed gives the files that the changes make different, in their order.
func (d *Draft) Changed() []manifest.File {
	d.close()
	var out []manifest.File
	for _, f := range d.files {
		if len(f.splices) > 0 {
			out = append(out, manifest.File{Path: f.path, Data: f.data()})
		}
	}
	return out
}

// close completes the changes: no list is left with nothing in it.
func (d *Draft) close() {
	for _, l := range d.lists {
		l.close()
	}
}

func (f *draftFile) note(s splice) { f.splices = append(f.splices, s) }

// inOrder gives the splices from the first line to the last. Those at one
// place keep their order, and what is put in comes before what is replaced.
func (f *draftFile) inOrder() []splice {
	out := slices.Clone(f.splices)
	slices.SortStableFunc(out, func(a, b splice) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	return out
}

func (f *draftFile) data() []byte {
	var b strings.Builder
	at := 0
	copyTo := func(line int) {
		for ; at < line; at++ {
			b.WriteString(f.raw[at])
		}
	}
	for _, s := range f.inOrder() {
		copyTo(s.from)
		if len(s.lines) > 0 && b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
			b.WriteString(f.ending)
		}
		for _, line := range s.lines {
			b.WriteString(line + f.ending)
		}
		at = max(at, s.to)
	}
	copyTo(len(f.raw))
	return []byte(b.String())
}

// Diff shows what the changes do: for each place the file and line, the lines
// that go, and those that come.
func (d *Draft) Diff() []string {
	d.close()
	var out []string
	for _, f := range d.files {
		for _, s := range f.inOrder() {
			out = append(out, fmt.Sprintf("@@ %s:%d", f.path, s.from+1))
			for _, line := range f.raw[s.from:s.to] {
				out = append(out, "-"+strings.TrimRight(line, "\r\n"))
			}
			for _, line := range s.lines {
				out = append(out, "+"+line)
			}
		}
	}
	return out
}

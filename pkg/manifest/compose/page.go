package compose

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/edit"
)

// SchemaFile is where the JSON Schema of manifests is kept beside them, for
// editors.
const SchemaFile = "manifest.schema.json"

// schemaLine is the line that tells editors where the schema is, relative to
// the file; nothing where there is no schema.
func schemaLine(schema, path string) string {
	if schema == "" {
		return ""
	}
	return "# yaml-language-server: $schema=" + strings.Repeat("../", strings.Count(path, "/")) + schema + "\n"
}

// page is a file in the making.
type page struct {
	schema    string // its path beside the manifests; empty: there is none
	documents []document
	foot      []OmittedUser // who stands in comments at the end, in order
}

// file gives the page as a file in canonical layout. Documents are written in
// it, but for what is too wide and is broken up by nobody yet.
func (p page) file(path string) manifest.File {
	var b bytes.Buffer
	b.Grow(p.size())
	b.WriteString(schemaLine(p.schema, path))
	for i, d := range p.documents {
		if i > 0 {
			b.WriteString("---\n")
		}
		begin := b.Len()
		d.write(&b)
		breakUp(&b, begin)
	}
	writeOmitted(&b, p.foot)
	return manifest.File{Path: path, Data: b.Bytes()}
}

func (p page) size() int {
	const most = 256 // of the line about the schema, and the heading of the foot
	out := most
	for _, d := range p.documents {
		out += d.size() + len("---\n")
	}
	for _, u := range p.foot {
		out += len(omittedMark) + len(u.Name) + len(": ") + len(u.Remark) + 1
	}
	return out
}

// head begins a document.
func head(kind, name string) lines {
	return lines{
		"apiVersion: " + manifest.APIVersion,
		"kind: " + kind,
		"metadata: {name: " + Scalar(name) + "}",
		"spec:",
	}
}

// profileDocuments writes the profiles.
func profileDocuments(profiles []profile) []document {
	var out []document
	for _, p := range profiles {
		d := append(head(manifest.KindLicenseProfile, p.name), "  licenses:")
		for _, l := range p.licenses {
			d = append(d, item("    ", l.Lines())...)
		}
		out = append(out, d)
	}
	return out
}

// remark writes a comment behind a line, or nothing.
func remark(text string) string {
	if text = Comment(text); text != "" {
		return " # " + text
	}
	return ""
}

// documents are the users of a section.
func (s section) documents() []document {
	var out []document
	for _, l := range s.userLists {
		out = append(out, l)
	}
	return out
}

// head is what stands above the entries.
func (l userList) head() lines {
	d := append(head(manifest.KindUserLicenses, l.name), l.defaultLines()...)
	if len(l.entries) == 0 {
		return append(d, "  users: []")
	}
	return append(d, "  users:")
}

func (l userList) size() int {
	const most = 32 // of an entry but for its name and remark, as most have them
	out := l.head().size()
	for _, e := range l.entries {
		out += len(e.Name) + len(e.Remark) + most
	}
	return out
}

func (l userList) write(to *bytes.Buffer) {
	l.head().write(to)
	defaults := Defaults{UsageLocation: l.location, Profiles: l.profiles}
	for _, e := range l.entries {
		e.write(to, defaults)
	}
}

// defaultLines writes the defaults, broken up where they are too wide for a line.
func (l userList) defaultLines() []string {
	var short, long []string
	if l.location != "" {
		line := "usageLocation: " + Scalar(l.location)
		short, long = append(short, line), append(long, "    "+line)
	}
	if len(l.profiles) > 0 {
		line := "profiles: " + flow(l.profiles)
		short = append(short, line)
		if line = "    " + line; fits(line) {
			long = append(long, line)
		} else {
			long = append(long, listed("    ", "profiles:", l.profiles)...)
		}
	}
	if len(short) == 0 {
		return nil
	}
	if line := "  defaults: {" + strings.Join(short, ", ") + "}"; fits(line) {
		return []string{line}
	}
	return append([]string{"  defaults:"}, long...)
}

// fits reports that a line, which has no comment, need not be broken up.
func fits(line string) bool { return utf8.RuneCountInString(line) <= edit.MaxWidth }

// listed writes words below a key, a line each.
func listed(indent, key string, words []string) []string {
	out := []string{indent + key}
	for _, w := range words {
		out = append(out, indent+"  - "+Scalar(w))
	}
	return out
}

// List writes words in brackets.
func List(words []string) string { return flow(words) }

func flow(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = Scalar(w)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// omittedMark begins the line of a user who stands in no entry.
const omittedMark = "#   "

// writeOmitted lists those who stand in no entry.
func writeOmitted(to *bytes.Buffer, users []OmittedUser) {
	if len(users) == 0 {
		return
	}
	to.WriteString("\n# Users without an entry:\n")
	for _, u := range users {
		to.WriteString(omittedMark)
		to.WriteString(Comment(u.Name))
		to.WriteString(": ")
		to.WriteString(Comment(u.Remark))
		to.WriteByte('\n')
	}
}

// UsersFile is a file with one document of users.
type UsersFile struct {
	Path    string  // relative to the folder of the manifests
	Name    string  // of the document
	Schema  string  // as in Input
	Entries []Entry // in any order; either all of them have a usage location or none
}

// File writes it.
func (u UsersFile) File() manifest.File {
	entries := make([]*Entry, len(u.Entries))
	for i := range u.Entries {
		entries[i] = &u.Entries[i]
	}
	list := newUserList(entries, sharing{others: true})
	list.name = u.Name
	return page{schema: u.Schema, documents: []document{list}}.file(u.Path)
}

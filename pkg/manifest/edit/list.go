package edit

import (
	"errors"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/pkg/manifest"
)

// List is the users of one UserLicenses document, or the groups of one of GroupLicenses.
type List struct {
	Kind     string // manifest.KindUserLicenses or manifest.KindGroupLicenses
	Name     string // metadata.name
	File     string
	Defaults Request
	Entries  []*Entry

	file  *draftFile
	first int      // the number of lines in the file before those of the part
	lines []string // of the part

	pair *item  // the key users or groups; nil where the document is left alone
	in   *block // the list below it; nil where it is empty or in brackets
	gone int    // entries that are taken out
	came bool   // entries are put in
}

// Request is what defaults or an entry ask for, as far as it is written there.
type Request struct {
	UsageLocation string
	Profiles      []Profile
	HasProfiles   bool
	HasLicenses   bool
}

// Profile is the mention of a profile.
type Profile struct {
	Name string
	Dates
}

// License is a license as an entry lists it.
type License struct {
	SKU string
	Dates
}

// Dates are the days of an item as they are written, empty where they are not.
type Dates struct {
	From, Until, Renewed string
}

// ErrUnusual says that something is written in a way that is left alone.
var ErrUnusual = errors.New("it is written in a way that is not edited: entries in brackets, brackets with comments in them, an anchor or a tag")

func readDefaults(n *yaml.Node) Request {
	out := Request{UsageLocation: lookUp(n, "usageLocation").Value}
	profiles := lookUp(n, "profiles")
	out.HasProfiles = profiles.Kind != 0
	out.HasLicenses = lookUp(n, "licenses").Kind != 0
	for _, p := range profiles.Content {
		p = follow(p)
		if p.Kind == yaml.MappingNode {
			out.Profiles = append(out.Profiles, Profile{Name: lookUp(p, "profile").Value, Dates: readDates(p)})
		} else {
			out.Profiles = append(out.Profiles, Profile{Name: p.Value})
		}
	}
	return out
}

func readDates(n *yaml.Node) Dates {
	return Dates{From: lookUp(n, "from").Value, Until: lookUp(n, "until").Value, Renewed: lookUp(n, "renewed").Value}
}

// key is the key of the list in its document.
func (l *List) key() string { return l.entryKey() + "s" }

// entryKey is the key in an entry that says of whom it is.
func (l *List) entryKey() string {
	if l.Kind == manifest.KindGroupLicenses {
		return "group"
	}
	return "user"
}

// readEntries finds the entries, and where they stand.
func (l *List) readEntries(tree *block, entries *yaml.Node) {
	l.pair = pairOf(pairOf(itemOf(tree), "spec"), l.key())
	if l.pair != nil && l.pair.child != nil && l.pair.child.list {
		l.in = l.pair.child
	}
	for i, n := range entries.Content {
		e := &Entry{list: l, line: l.first + n.Line, column: n.Column}
		n = follow(n)
		if n.Kind == yaml.MappingNode {
			e.Name, e.Request = lookUp(n, l.entryKey()).Value, readDefaults(n)
			e.licenses = lookUp(n, "licenses")
		} else {
			e.Name, e.licenses = n.Value, &yaml.Node{}
		}
		if l.in != nil {
			e.item = l.in.items[i]
		}
		l.Entries = append(l.Entries, e)
	}
}

func itemOf(tree *block) *item {
	if tree == nil {
		return nil
	}
	return &item{child: tree}
}

// pairOf finds a key in the mapping that is the value of an item.
func pairOf(it *item, key string) *item {
	if it == nil || it.child == nil || it.child.list {
		return nil
	}
	for _, pair := range it.child.items {
		if pair.name == key {
			return pair
		}
	}
	return nil
}

// Takes reports whether entries can be put into the list.
func (l *List) Takes() bool {
	return l.pair != nil && (l.in != nil || len(l.Entries) == 0)
}

// Add puts an entry in: by name where the entries stand in that order, else at
// the end. The lines come without indentation, and the first without its dash.
func (l *List) Add(name string, lines []string) error {
	if !l.Takes() {
		return ErrUnusual
	}
	if l.in == nil {
		return l.addFirst(lines)
	}
	at := l.end()
	if next, found := l.after(name); found {
		at = next.item.line - len(next.item.lead)
	}
	l.note(splice{from: at, to: at, lines: indented(lines, l.in.column)})
	l.came = true
	return nil
}

// addFirst puts an entry into an empty list.
func (l *List) addFirst(lines []string) error {
	entry := indented(lines, l.pair.column+step)
	at := l.pair.line
	if !l.came {
		flow, comment, ok := l.pair.flow()
		if !ok || len(flow.items) > 0 {
			return ErrUnusual
		}
		head := string([]rune(l.lines[at])[:l.pair.column]) + l.pair.key + ":"
		if comment != "" {
			head += " " + comment
		}
		l.note(splice{from: at, to: l.pair.end, lines: []string{head}})
	}
	l.note(splice{from: l.pair.end, to: l.pair.end, lines: entry})
	l.came = true
	return nil
}

// after finds the entry before which a name comes, if the entries are sorted.
func (l *List) after(name string) (*Entry, bool) {
	compare := func(a, b *Entry) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) }
	if !slices.IsSortedFunc(l.Entries, compare) {
		return nil, false
	}
	i := slices.IndexFunc(l.Entries, func(e *Entry) bool { return compare(e, &Entry{Name: name}) > 0 })
	if i < 0 {
		return nil, false
	}
	return l.Entries[i], true
}

// end is the line after the last entry with the comments that are its own.
func (l *List) end() int {
	last := l.in.items[len(l.in.items)-1]
	at := last.end
	for _, in := range blocksIn(last) {
		at += len(in.foot)
	}
	return at
}

// note adds a splice in lines of the part.
func (l *List) note(s splice) {
	s.from += l.first
	s.to += l.first
	l.file.note(s)
}

// remove takes an entry out, with nothing but its own lines. A list that is
// left empty says so.
func (l *List) remove(it *item) {
	l.note(splice{from: it.line, to: it.end})
	l.gone++
}

// close writes [] where every entry was taken out. It does so once.
func (l *List) close() {
	if l.in == nil || l.came || l.gone < len(l.in.items) {
		return
	}
	l.gone = 0
	line := string([]rune(l.lines[l.pair.line])[:l.pair.column]) + l.pair.key + ": []"
	if l.pair.rest != "" {
		line += " " + l.pair.rest
	}
	l.note(splice{from: l.pair.line, to: l.pair.line + 1, lines: []string{line}})
}

// indented puts the lines of an item at the indentation of its dash.
func indented(lines []string, column int) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = blanks(column) + "- " + line
		if i > 0 {
			out[i] = blanks(column+step) + line
		}
	}
	return out
}

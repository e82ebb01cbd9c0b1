package report

import (
	"cmp"
	"errors"
	"html/template"
	"iter"
	"math"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// What a page shows of a list without its script. The script has the rest, and
// Options.Full writes everything out.
const (
	unscriptedBatches = 40 // of a list
	unscriptedMembers = 10 // of a batch
)

// htmlList is one list of a page that can be filtered: the changes, the
// findings, the results. The templates write its beginning, and the script is
// given all of it as JSON.
type htmlList struct {
	Name     string         `json:"name"` // of the element that holds it
	Noun     string         `json:"noun"` // what its members are: "user"
	Kind     string         `json:"kind"` // what its batches are kinds of: "change"
	Search   htmlSearch     `json:"search"`
	Facets   []htmlFacet    `json:"facets"` // those by which it can be told apart
	Sections []*htmlSection `json:"sections"`
	Total    int            `json:"total"` // members
}

// htmlSearch is the search field of a list.
type htmlSearch struct {
	Name  string `json:"name"` // in the address
	Label string `json:"label"`
}

// htmlFacet is one property by which a list is filtered.
type htmlFacet struct {
	Name   string      `json:"name"` // in the address
	Label  string      `json:"label"`
	Values []htmlValue `json:"values"`
	Many   bool        `json:"many"` // more than fit side by side
}

// htmlValue is one value of a facet.
type htmlValue struct {
	Value string `json:"value"`
	Label string `json:"label"`
	Count int    `json:"count"` // members
}

// htmlSection is a part of a list with a heading.
type htmlSection struct {
	Title   string      `json:"title"`
	Size    string      `json:"size"`
	Tone    string      `json:"tone"` // class of its colours
	Batches htmlBatches `json:"groups"`

	shown   int // batches, without the script
	members int // of each of them
}

// htmlBatches makes the batches of a section as they are asked for.
type htmlBatches struct {
	size int
	at   func(i int) *htmlBatch
}

// htmlBatch is members of whom the same is said.
type htmlBatch struct {
	Head    string              `json:"head,omitempty"` // "500 users", the one user, or nothing
	Code    string              `json:"code,omitempty"`
	Message string              `json:"message,omitempty"`
	Parts   []htmlPart          `json:"parts,omitempty"`
	Cause   string              `json:"cause,omitempty"` // where all parts share it
	Warning string              `json:"warning,omitempty"`
	Reasons []string            `json:"reasons,omitempty"`
	Place   string              `json:"place,omitempty"`
	Notes   []note              `json:"notes,omitempty"`
	Tags    map[string][]string `json:"tags"` // values by facet
	Members htmlMembers         `json:"members"`

	shown int // members, without the script
}

// htmlMembers makes the members of a batch as they are asked for.
type htmlMembers struct{ userList }

// htmlMember is a user or a place of a batch.
type htmlMember struct {
	Name  string `json:"name,omitempty"`
	Place string `json:"place,omitempty"`
	Notes []note `json:"notes,omitempty"`
}

// htmlPart is one action of a change.
type htmlPart struct {
	Class string `json:"class"` // add, remove, update, locate
	Sign  string `json:"sign"`
	What  string `json:"what"`
	Plans string `json:"plans,omitempty"` // "without YAMMER_ENTERPRISE"
	Cause string `json:"cause,omitempty"`
}

// Shown gives the batches that are there without the script.
func (s *htmlSection) Shown() iter.Seq[*htmlBatch] {
	return func(yield func(*htmlBatch) bool) {
		for i := range s.shown {
			b := s.Batches.at(i)
			b.shown = min(b.Members.size, s.members)
			if !yield(b) {
				return
			}
		}
	}
}

// Shown gives the members that are there without the script.
func (b *htmlBatch) Shown() iter.Seq[htmlMember] {
	return func(yield func(htmlMember) bool) {
		for i := range b.shown {
			if !yield(b.Members.at(i)) {
				return
			}
		}
	}
}

func (m htmlMembers) at(i int) htmlMember {
	one := m.userList.at(i)
	return htmlMember{Name: one.name(), Place: one.source.text(), Notes: one.remarks()}
}

// First gives the first member, of which every batch has one.
func (b *htmlBatch) First() htmlMember { return b.Members.at(0) }

// Single reports a batch that is about one member, which needs no table.
func (b *htmlBatch) Single() bool { return b.Members.size == 1 }

// Named reports whether the members are users, and not just places.
func (b *htmlBatch) Named() bool { return b.Members.isNamed() }

// Placed reports whether a manifest is concerned.
func (b *htmlBatch) Placed() bool { return b.Place != "" }

// Noted reports whether more is known of a member than the name and the place.
func (b *htmlBatch) Noted() bool {
	for m := range b.Members.all() {
		if m.isRemarkable() {
			return true
		}
	}
	return false
}

// Missing says which members are left out without the script, or nothing.
func (b *htmlBatch) Missing() string { return missing(b.Members.size-b.shown, "more") }

// Missing says which batches are left out without the script, or nothing.
func (l *htmlList) Missing() string {
	groups, members := 0, 0
	for _, s := range l.Sections {
		for i := s.shown; i < s.Batches.size; i++ {
			groups++
			members += s.Batches.at(i).Members.size
		}
	}
	if groups == 0 {
		return ""
	}
	return missing(groups, choose(groups, "more kind", "more kinds")) + " of " + l.Kind + ", for " + counted(members, l.Noun)
}

func missing(n int, what string) string {
	if n <= 0 {
		return ""
	}
	return "… and " + number(n) + " " + what
}

// showAll shows everything without the script as well.
func (l *htmlList) showAll() {
	for _, s := range l.Sections {
		s.shown, s.members = s.Batches.size, math.MaxInt
	}
}

// showFirst shows the first batches without the script, each section's first
// before any other.
func (l *htmlList) showFirst() {
	room := unscriptedBatches
	for _, s := range l.Sections {
		s.shown, s.members = min(s.Batches.size, max(room, 1)), unscriptedMembers
		room -= s.shown
	}
}

// about fills in of whom a batch speaks.
func (b *htmlBatch) about(c userList) {
	switch {
	case c.size > 1 && c.isNamed():
		b.Head = counted(c.size, "user")
	case c.size > 0:
		b.Head = c.at(0).name()
	}
	b.Place = sourcesText(c)
	b.Members = htmlMembers{c}
}

// tagCounts counts the members that have a value of a tag, by the name of the
// tag.
type tagCounts map[string]map[string]int

func (l *htmlList) tagCounts() tagCounts {
	counts := tagCounts{}
	for _, s := range l.Sections {
		for i := range s.Batches.size {
			b := s.Batches.at(i)
			for name, values := range b.Tags {
				if counts[name] == nil {
					counts[name] = map[string]int{}
				}
				for _, value := range values {
					counts[name][value] += b.Members.size
				}
			}
		}
	}
	return counts
}

// facet tells which values the members of a list have of a tag. Known values
// come first, in the order given, others after them by name.
func (c tagCounts) facet(name, label string, known ...htmlValue) htmlFacet {
	counts := c[name]
	f := htmlFacet{Name: name, Label: label}
	for _, v := range known {
		if v.Count = counts[v.Value]; v.Count > 0 {
			f.Values = append(f.Values, v)
		}
		delete(counts, v.Value)
	}
	rest := len(f.Values)
	for value, n := range counts {
		f.Values = append(f.Values, htmlValue{Value: value, Label: value, Count: n})
	}
	slices.SortFunc(f.Values[rest:], func(a, b htmlValue) int { return cmp.Compare(a.Value, b.Value) })
	f.Many = len(f.Values) > sideBySide
	return f
}

// sideBySide is how many values of a facet are buttons; more are a menu.
const sideBySide = 6

// addFacets gives the list the facets that tell any of its members apart.
func (l *htmlList) addFacets(all ...htmlFacet) {
	for _, f := range all {
		if slices.ContainsFunc(f.Values, func(v htmlValue) bool { return v.Count < l.Total }) {
			l.Facets = append(l.Facets, f)
		}
	}
}

// partTags lists the actions, products and causes of a change as tags, each
// once.
func partTags(parts []part, cause string) map[string][]string {
	tags := map[string][]string{}
	tag := func(name, value string) {
		if value != "" && !slices.Contains(tags[name], value) {
			tags[name] = append(tags[name], value)
		}
	}
	tag("cause", cause)
	for _, p := range parts {
		tag("action", string(p.op))
		tag("product", p.product)
		tag("cause", p.cause)
	}
	return tags
}

// htmlParts gives the actions of a change.
func htmlParts(parts []part) []htmlPart {
	var out []htmlPart
	for _, p := range parts {
		class, sign := partLooks(p)
		out = append(out, htmlPart{Class: class, Sign: sign, What: p.what, Plans: wording{}.switched(p), Cause: p.cause})
	}
	return out
}

// htmlSwap gives the actions of a swap: an arrow leads from what goes to what
// comes in its place.
func htmlSwap(parts []part) []htmlPart {
	out := htmlParts(parts)
	for i, p := range parts {
		if p.sign == gains {
			out[i].Sign = "→"
			break
		}
	}
	return out
}

func partLooks(p part) (class, sign string) {
	switch {
	case p.product == "":
		return "locate", "~"
	case p.sign == gains:
		return "add", "+"
	case p.sign == loses && len(p.kept) == 0:
		return "remove", "-"
	case p.sign == loses:
		return "update", "-"
	default:
		return "update", "~"
	}
}

// htmlData is the lists of a page, of which its script is given all as JSON.
type htmlData struct {
	lists []*htmlList
	err   error // why they end before their end
}

// Chunks gives the data piece by piece, since that of a million users would
// fill the memory. Every < and > in it is escaped, so that no text can end the
// element that it stands in.
func (d *htmlData) Chunks() iter.Seq[template.JS] {
	return func(yield func(template.JS) bool) {
		d.err = json.MarshalWrite(chunkWriter(yield), d.lists, json.FormatNilSliceAsNull(true), json.Deterministic(true),
			jsontext.EscapeForHTML(true), jsontext.EscapeForJS(true))
	}
}

// errEnough says that nobody wants more chunks.
var errEnough = errors.New("enough")

// chunkWriter hands on what is written.
type chunkWriter func(template.JS) bool

// Write hands a piece on.
func (w chunkWriter) Write(piece []byte) (int, error) {
	if !w(template.JS(piece)) {
		return 0, errEnough
	}
	return len(piece), nil
}

// MarshalJSONTo writes the batches one by one.
func (g htmlBatches) MarshalJSONTo(enc *jsontext.Encoder) error {
	return writeEach(enc, g.size, g.at)
}

// MarshalJSONTo writes the members one by one.
func (m htmlMembers) MarshalJSONTo(enc *jsontext.Encoder) error {
	return writeEach(enc, m.size, m.at)
}

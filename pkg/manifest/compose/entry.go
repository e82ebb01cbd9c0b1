package compose

import (
	"bytes"
	"slices"
	"strings"
)

// Entry is a person together with the profiles that they get.
type Entry struct {
	Person
	Profiles []string
	Extra    []License // those of the licenses that no profile brings

	joined string // the profiles as one word, where somebody has made it already
}

// list is the profiles of an entry as one word, to compare by.
func (e *Entry) list() string {
	if e.joined == "" {
		return joined(e.Profiles)
	}
	return e.joined
}

func joined(profiles []string) string { return strings.Join(profiles, " ") }

// Defaults are what a document gives to entries that leave it out.
type Defaults struct {
	UsageLocation string
	Profiles      []string
}

// Lines writes the entry, in the short form where the defaults say all. There
// is no indentation, and no dash before the first line.
func (e Entry) Lines(d Defaults) []string {
	keys := e.keys(d)
	user := Scalar(e.Name) + remark(e.Remark)
	if len(keys) == 0 {
		return []string{user}
	}
	return append([]string{"user: " + user}, keys...)
}

// write writes the entry into a document with these defaults.
func (e *Entry) write(to *bytes.Buffer, d Defaults) {
	keys := e.keys(d)
	to.WriteString("    - ")
	if len(keys) > 0 {
		to.WriteString("user: ")
	}
	to.WriteString(Scalar(e.Name))
	if text := Comment(e.Remark); text != "" {
		to.WriteString(" # ")
		to.WriteString(text)
	}
	to.WriteByte('\n')
	for _, key := range brokenUp(e.Profiles, keys) {
		to.WriteString(entryIndent)
		to.WriteString(key)
		to.WriteByte('\n')
	}
}

// keys are the lines of what the defaults do not say.
func (e *Entry) keys(d Defaults) []string {
	var keys []string
	if e.UsageLocation != d.UsageLocation {
		keys = append(keys, "usageLocation: "+Scalar(e.UsageLocation))
	}
	holdsNothing := len(e.Profiles)+len(e.Extra) == 0
	switch {
	case holdsNothing:
		keys = append(keys, "licenses: []")
	case !slices.Equal(e.Profiles, d.Profiles):
		keys = append(keys, "profiles: "+flow(e.Profiles))
	}
	return append(keys, extraLines(e.Extra)...)
}

// entryIndent is where the keys of an entry stand in a document.
const entryIndent = "      "

// brokenUp gives the lines of an entry with its profiles a line each, where they
// are too wide for one.
func brokenUp(profiles, lines []string) []string {
	i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "profiles: ") })
	if i < 0 || fits(entryIndent+lines[i]) {
		return lines
	}
	return slices.Replace(lines, i, i+1, listed("", "profiles:", profiles)...)
}

// extraLines writes the licenses of an entry: one that is named alone on one
// line, else a list.
func extraLines(extra []License) []string {
	if len(extra) == 0 {
		return nil
	}
	if l := extra[0]; len(extra) == 1 && len(l.DisabledPlans) == 0 {
		return []string{"licenses: [" + l.Flow() + "]" + remark(l.productRemark())}
	}
	out := []string{"licenses:"}
	for _, l := range extra {
		out = append(out, item("  ", l.Lines())...)
	}
	return out
}

// item puts the lines of an item behind a dash. It uses the slice.
func item(indent string, lines []string) []string {
	mark := "- "
	for i, line := range lines {
		lines[i] = indent + mark + line
		mark = "  "
	}
	return lines
}

// Flow writes a license between brackets.
func (l License) Flow() string {
	if len(l.DisabledPlans) == 0 {
		return "{sku: " + Scalar(l.SKU) + "}"
	}
	return "{sku: " + Scalar(l.SKU) + ", disabledPlans: " + l.planList() + "}"
}

func (l License) planList() string {
	refs := make([]string, len(l.DisabledPlans))
	for i, p := range l.DisabledPlans {
		refs[i] = p.Ref
	}
	return flow(refs)
}

// listIndent is where licenses stand in the entries of a document: its lines
// are that much wider.
const listIndent = "        "

// Lines writes a license as an item of a list, without indentation and dash.
func (l License) Lines() []string {
	out := []string{"sku: " + Scalar(l.SKU) + remark(l.productRemark())}
	if len(l.DisabledPlans) == 0 {
		return out
	}
	if line := "disabledPlans: " + l.planList(); fits(listIndent + line) {
		return append(out, line)
	}
	out = append(out, "disabledPlans:")
	for _, p := range l.DisabledPlans {
		out = append(out, "  - "+Scalar(p.Ref)+remark(p.Name))
	}
	return out
}

// productRemark names the product, where that says more than the reference.
func (l License) productRemark() string {
	if strings.EqualFold(l.Product, l.SKU) {
		return ""
	}
	return l.Product
}

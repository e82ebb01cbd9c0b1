package report

import "strings"

// htmlGroup is the change of a group for the template.
type htmlGroup struct {
	Name  string
	Parts []string // "- Microsoft 365 E3"
	Means string
	Takes bool // members lose something

	Losing []string // the names of those who do
	Notes  []string
	Tags   string // its status and reasons, where it is not ready
	Place  string
}

func htmlGroups(all []groupRow) []htmlGroup {
	var out []htmlGroup
	for _, r := range all {
		h := htmlGroup{Name: r.name, Means: r.means, Takes: r.takes(), Notes: r.notes, Place: r.place}
		losing := r.losing()
		h.Losing = losing.names(losing.size)
		for _, p := range r.parts {
			h.Parts = append(h.Parts, plainPart(p))
		}
		if len(r.tags) > 0 {
			h.Tags = Safe(string(r.change.Status)) + ": " + strings.Join(r.tags, ", ")
		}
		out = append(out, h)
	}
	return out
}

// plainPart gives a part without any marks: "- Microsoft 365 E3", "~ Visio (off:
// VISIO_CLIENT)".
func plainPart(p part) string {
	text := string(p.sign) + " " + p.what
	if len(p.off) > 0 {
		text += " (off: " + strings.Join(p.off, ", ") + ")"
	}
	if len(p.on) > 0 {
		text += " (on: " + strings.Join(p.on, ", ") + ")"
	}
	if p.cause != "" {
		text += " [" + p.cause + "]"
	}
	return text
}

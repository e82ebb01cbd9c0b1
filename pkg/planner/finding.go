package planner

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// finding is a finding of a plan. One that names groups is put into words when
// their names are known.
type finding struct {
	plan.Finding
	text     *text // what it says; nil: Message says it
	personal bool  // it is about each of the users whose licenses it is about
}

// text is a sentence that names groups.
type text struct {
	format string
	args   []any // those of the type groupID are shown as names
}

// groupID stands for a group in a text.
type groupID license.GUID

// words gives the sentence. The names are those of groups, as far as they are
// known; nil: none is.
func (t *text) words(names map[license.GUID]string) string {
	args := slices.Clone(t.args)
	for i, a := range args {
		if id, is := a.(groupID); is {
			args[i] = groupName(names, license.GUID(id))
		}
	}
	return fmt.Sprintf(t.format, args...)
}

// groupName names a group in quotes, or gives its id where the name is not
// known.
func groupName(names map[license.GUID]string, id license.GUID) string {
	if name := names[id]; name != "" {
		return strconv.Quote(name)
	}
	return id.String()
}

// findings are what a step has to say, in any order.
type findings []finding

func (fs *findings) add(f plan.Finding) { *fs = append(*fs, finding{Finding: f}) }

func (fs *findings) addAll(others []finding) { *fs = append(*fs, others...) }

// addText adds a finding whose message names groups. Findings may share a text.
func (fs *findings) addText(f plan.Finding, t *text) { *fs = append(*fs, finding{Finding: f, text: t}) }

// addAbout adds findings, the personal ones as those of a user.
func (fs *findings) addAbout(user string, others findings) {
	for _, f := range others {
		if f.personal {
			f.User = user
		}
		*fs = append(*fs, f)
	}
}

// worded gives every finding once, in the order of plan.SortFindings, with the
// names of groups as far as they are known.
func (fs findings) worded(names map[license.GUID]string) []plan.Finding {
	out := make([]plan.Finding, len(fs))
	said := map[*text]string{}
	for i, f := range fs {
		out[i] = f.Finding
		if f.text == nil {
			continue
		}
		words, known := said[f.text]
		if !known {
			words = f.text.words(names)
			said[f.text] = words
		}
		out[i].Message = words
	}
	return plan.SortFindings(out)
}

// asFindings takes over findings that have their words.
func asFindings(all []plan.Finding) findings {
	out := make(findings, 0, len(all))
	for _, f := range all {
		out.add(f)
	}
	return out
}

// at gives the place for a finding: nil for no place.
func at(s plan.Source) *plan.Source {
	if s == (plan.Source{}) {
		return nil
	}
	return &s
}

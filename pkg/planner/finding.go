package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// finding is what a step has to say: what it is about, without words.
type finding struct {
	message
	user    string // who it is about; empty: not about one user
	source  plan.Source
	related []plan.Source
	group   license.GUID
	sku     license.GUID
	cost    *plan.Money // what a month of it costs; nil: not told
	args    []any       // of the message

	personal bool // it is about each of the users whose licenses it is about
}

// findings are what a step has to say, in any order.
type findings []finding

// add takes twice the room when there is none left: there may be one for every user,
// and append would move all of them a dozen times.
func (fs *findings) add(f finding) {
	if len(*fs) == cap(*fs) {
		*fs = slices.Grow(*fs, len(*fs)+1)
	}
	*fs = append(*fs, f)
}

func (fs *findings) addAll(others []finding) { *fs = append(*fs, others...) }

// addAbout adds findings, the personal ones as those of a user.
func (fs *findings) addAbout(user string, others findings) {
	for _, f := range others {
		if f.personal {
			f.user = user
		}
		*fs = append(*fs, f)
	}
}

// wordless gives the finding as plans show it, without its words.
func (f *finding) wordless() plan.Finding {
	return plan.Finding{
		Severity: f.severity, Code: f.code, User: f.user, Source: at(f.source), Related: f.related,
		Group: f.group, SKUID: f.sku, MonthlyCost: f.cost,
	}
}

// at gives the place for a finding: nil for no place.
func at(s plan.Source) *plan.Source {
	if s == (plan.Source{}) {
		return nil
	}
	return &s
}

package plan

import (
	"strconv"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// Groups lists the groups that findings name, sorted: those whose names are
// worth asking the tenant for.
func (p *Plan) Groups() []license.GUID {
	var out []license.GUID
	for _, f := range p.Findings {
		if f.Group != (license.GUID{}) {
			out = append(out, f.Group)
		}
	}
	return license.SortedGUIDs(out)
}

// NameGroups puts the names of groups in place of their ids in what the
// findings say. The plan is the one that planner.Make gives where Observed.Groups has
// the names from the start. A group without a name keeps its id.
func (p *Plan) NameGroups(names map[license.GUID]string) {
	var pairs []string
	for id, name := range names {
		if name != "" {
			pairs = append(pairs, id.String(), strconv.Quote(name))
		}
	}
	named := strings.NewReplacer(pairs...)
	said := map[string]string{} // many findings say the same
	for i := range p.Findings {
		f := &p.Findings[i]
		message, known := said[f.Message]
		if !known {
			message = named.Replace(f.Message)
			said[f.Message] = message
		}
		f.Message = message
	}
	p.Findings = SortFindings(p.Findings)
}

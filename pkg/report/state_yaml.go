package report

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// stateNamer writes what users hold as YAML, in the words of manifests.
type stateNamer struct {
	namer
	parts map[license.GUID]string // part numbers
	alike map[string]int          // how many products have a part number, in lower case
	plans map[license.GUID]string
}

// newStateNamer collects the names that a plan tells.
func newStateNamer(p planRows, n namer) stateNamer {
	out := stateNamer{n, make(map[license.GUID]string), make(map[string]int), make(map[license.GUID]string)}
	for _, s := range p.head.Seats {
		out.parts[s.SKUID] = s.SKUPartNumber
	}
	for _, c := range p.head.GroupChanges {
		out.learnFrom(c.Actions)
	}
	for i := range p.changeRows.len() {
		out.learnFrom(p.changeRows.at(i).Actions)
	}
	for _, part := range out.parts {
		out.alike[strings.ToLower(part)]++
	}
	return out
}

func (n stateNamer) learnFrom(actions []plan.Action) {
	for _, a := range actions {
		if a.SKUPartNumber != "" {
			n.parts[a.SKUID] = a.SKUPartNumber
		}
		n.learn(a.DisabledPlans)
		if a.Before != nil {
			n.learn(a.Before.DisabledPlans)
		}
	}
}

func (n stateNamer) learn(refs []plan.PlanRef) {
	for _, ref := range refs {
		if ref.Name != "" {
			n.plans[ref.ID] = ref.Name
		}
	}
}

// yaml writes a state: one thing on each line, everything in an order that does
// not depend on anything but the names, so that two states can be compared line
// by line.
func (n stateNamer) yaml(user string, st plan.State) string {
	var out strings.Builder
	out.WriteString("user: " + scalar(user) + "\n")
	if st.UsageLocation != "" {
		out.WriteString("usageLocation: " + scalar(Safe(st.UsageLocation)) + "\n")
	}
	if len(st.Licenses) == 0 {
		out.WriteString("licenses: []\n")
		return out.String()
	}
	out.WriteString("licenses:\n")
	for _, l := range n.sorted(st.Licenses) {
		n.writeLicense(&out, l)
	}
	return out.String()
}

func (n stateNamer) writeLicense(out *strings.Builder, l plan.StateLicense) {
	part, name := n.partNumber(l.SKUID), n.sku(l.SKUID, "")
	out.WriteString("  - sku: " + scalar(part))
	if name != part && name != l.SKUID.String() {
		out.WriteString(" # " + name)
	}
	if len(l.DisabledPlans) == 0 {
		out.WriteString("\n    disabledPlans: []\n")
		return
	}
	out.WriteString("\n    disabledPlans:\n")
	names := make([]string, len(l.DisabledPlans))
	for i, id := range l.DisabledPlans {
		names[i] = n.plan(plan.PlanRef{ID: id, Name: n.plans[id]})
	}
	slices.Sort(names)
	for _, name := range names {
		out.WriteString("      - " + scalar(name) + "\n")
	}
}

// partNumber gives the safe part number of a product, or what stands in for it:
// the id where a manifest would have to have that.
func (n stateNamer) partNumber(id license.GUID) string {
	if part := n.parts[id]; n.alike[strings.ToLower(part)] > 1 {
		return id.String()
	} else if part != "" {
		return Safe(part)
	}
	return n.sku(id, "")
}

func (n stateNamer) sorted(licenses []plan.StateLicense) []plan.StateLicense {
	return slices.SortedFunc(slices.Values(licenses), func(a, b plan.StateLicense) int {
		return cmp.Or(strings.Compare(n.partNumber(a.SKUID), n.partNumber(b.SKUID)), license.CompareGUIDs(a.SKUID, b.SKUID))
	})
}

// plainScalar is text that YAML takes for a text as it stands: it begins with a
// letter and holds nothing that means something to YAML.
var plainScalar = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.@+/()-]*(?: [A-Za-z0-9_.@+/()-]+)*$`)

// typedScalar is text that some reader of YAML takes for something else: NO is
// a country, and was once a falsehood.
var typedScalar = regexp.MustCompile(`(?i)^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$`)

// scalar writes a safe text as a YAML scalar.
func scalar(s string) string {
	if plainScalar.MatchString(s) && !typedScalar.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}

package apply

import (
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// remaining is what still has to be sent to bring a user from one state to
// another.
type remaining struct {
	usageLocation string // empty: as it should be
	licenses      graph.LicenseChange
	reprocess     bool // what groups could not give is to be tried again, last
}

func (r remaining) nothing() bool { return r.usageLocation == "" && r.noLicenses() && !r.reprocess }

func (r remaining) noLicenses() bool {
	return len(r.licenses.Add) == 0 && len(r.licenses.Remove) == 0
}

// size counts what is left: products, and the usage location.
func (r remaining) size() int {
	n := len(r.licenses.Add) + len(r.licenses.Remove)
	if r.usageLocation != "" {
		n++
	}
	if r.reprocess {
		n++
	}
	return n
}

// difference works out what is left to do. An update is an add: the service
// overwrites the disabled plans of a license that is held.
func difference(now, after plan.State) remaining {
	var r remaining
	if after.UsageLocation != "" && !strings.EqualFold(now.UsageLocation, after.UsageLocation) {
		r.usageLocation = after.UsageLocation
	}
	for _, want := range after.Licenses {
		if have, held := find(now.Licenses, want.SKUID); !held || !slices.Equal(have.DisabledPlans, want.DisabledPlans) {
			r.licenses.Add = append(r.licenses.Add, graph.AssignedLicense{SKUID: want.SKUID, DisabledPlans: want.DisabledPlans})
		}
	}
	for _, have := range now.Licenses {
		if _, wanted := find(after.Licenses, have.SKUID); !wanted {
			r.licenses.Remove = append(r.licenses.Remove, have.SKUID)
		}
	}
	return r
}

func find(licenses []plan.StateLicense, sku license.GUID) (plan.StateLicense, bool) {
	for _, l := range licenses {
		if l.SKUID == sku {
			return l, true
		}
	}
	return plan.StateLicense{}, false
}

// between reports whether now may be a half-done change from before to after:
// every part of it is as it was or as it will be.
func between(now plan.State, c *plan.Change) bool {
	if !strings.EqualFold(now.UsageLocation, c.Before.UsageLocation) && !strings.EqualFold(now.UsageLocation, c.After.UsageLocation) {
		return false
	}
	for _, l := range slices.Concat(now.Licenses, c.Before.Licenses, c.After.Licenses) {
		have := describeLicense(now.Licenses, l.SKUID)
		if have != describeLicense(c.Before.Licenses, l.SKUID) && have != describeLicense(c.After.Licenses, l.SKUID) {
			return false
		}
	}
	return true
}

// describeLicense describes how a SKU is held, for comparison: empty where it is not.
func describeLicense(licenses []plan.StateLicense, sku license.GUID) string {
	l, ok := find(licenses, sku)
	if !ok {
		return ""
	}
	var b strings.Builder
	b.WriteString("held")
	for _, id := range l.DisabledPlans {
		b.WriteString(" " + id.String())
	}
	return b.String()
}

package export

import (
	"fmt"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
)

// groups gives what groups give of the products in scope, and the groups of which no
// manifest can say it. Where groups were not read there are none.
func (t *tenant) groups() (out []compose.Group, left []LeftOut) {
	for _, g := range t.LicensedGroups {
		given := t.givenBy(g)
		reason := t.groupObstacle(g, given)
		switch {
		case reason != "":
			left = append(left, LeftOut{User: groupTitle(g), Reason: reason})
		case len(given) > 0:
			group := compose.Group{ID: g.ID.String(), Name: g.DisplayName}
			for _, l := range given {
				sku, _ := t.catalog.SKU(l.SKUID)
				group.Licenses = append(group.Licenses, t.spelling.License(sku, l.DisabledPlans))
			}
			out = append(out, group)
		}
	}
	return out, left
}

func groupTitle(g license.Group) string { return "group " + g.DisplayName + " (" + g.ID.String() + ")" }

func (t *tenant) givenBy(g license.Group) []license.GroupLicense {
	var out []license.GroupLicense
	for _, l := range g.Licenses {
		if t.scope.Manages(l.SKUID) {
			out = append(out, l)
		}
	}
	return out
}

// groupObstacle says why no manifest can ask for what a group gives. It is empty
// where one can.
func (t *tenant) groupObstacle(g license.Group, licenses []license.GroupLicense) string {
	if g.Licenses == nil {
		return "the tenant does not say what it gives"
	}
	for _, l := range licenses {
		if sku, owned := t.catalog.SKU(l.SKUID); !owned || sku.AppliesTo == license.AppliesToCompany {
			return fmt.Sprintf("%s is not among the products of the tenant for users", t.catalog.SKUName(l.SKUID))
		}
	}
	if len(licenses) > manifest.MaxLicenses {
		return fmt.Sprintf("these are %d licenses, and a manifest takes %d for one group", len(licenses), manifest.MaxLicenses)
	}
	return ""
}

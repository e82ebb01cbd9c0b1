package report

import (
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// namer gives the safe names under which a report shows things. An id stands
// in only where no name is known.
type namer struct {
	names Names // may be nil
}

// sku names a product. The part number is what the plan or the tenant calls
// it, and may be empty.
func (n namer) sku(id license.GUID, partNumber string) string {
	if n.names != nil {
		if name := n.names.SKUName(id); name != "" && name != id.String() {
			return Safe(name)
		}
	}
	if partNumber != "" {
		return Safe(partNumber)
	}
	return id.String()
}

// plans names service plans, in their order.
func (n namer) plans(refs []plan.PlanRef) []string {
	var out []string
	for _, ref := range refs {
		out = append(out, n.plan(ref))
	}
	return out
}

func (n namer) plan(ref plan.PlanRef) string {
	if ref.Name != "" {
		return Safe(ref.Name)
	}
	if n.names != nil {
		if name := n.names.PlanName(ref.ID); name != "" {
			return Safe(name)
		}
	}
	return ref.ID.String()
}

// userName names a user.
func userName(u plan.UserRef) string {
	if u.UserPrincipalName == "" {
		return u.ID.String()
	}
	return Safe(u.UserPrincipalName)
}

// tenantName names a tenant, with its id, and with its cloud where that is
// worth a word.
func tenantName(t plan.Tenant, cloud string) string {
	name := t.ID.String()
	if t.DisplayName != "" {
		name = Safe(t.DisplayName) + " (" + name + ")"
	}
	if cloud == "" || cloud == "global" {
		return name
	}
	return name + ", cloud " + Safe(cloud)
}

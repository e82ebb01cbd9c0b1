package report

import (
	"iter"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// namer gives the safe names under which a report shows things. An id stands
// in only where no name is known.
type namer struct {
	names Names                 // may be nil
	twins map[license.GUID]bool // products that a report would call like others
	blind bool                  // the report does not list what else the tenant has
}

// products gives the ids and part numbers of products; some may come more than
// once.
type products iter.Seq2[license.GUID, string]

// newNamer names the products of a report, and no two of them alike: names and
// part numbers are shared by different products.
func newNamer(names Names, all products) namer {
	n := namer{names: names}
	ids, first := map[license.GUID]bool{}, map[string]license.GUID{}
	for id, partNumber := range all {
		if ids[id] {
			continue
		}
		ids[id] = true
		name := strings.ToLower(n.sku(id, partNumber))
		other, taken := first[name]
		switch {
		case !taken:
			first[name] = id
		case n.twins == nil:
			n.twins = map[license.GUID]bool{other: true, id: true}
		default:
			n.twins[other], n.twins[id] = true, true
		}
	}
	return n
}

// planProducts gives the products of a plan.
func planProducts(p planRows) products {
	return func(yield func(license.GUID, string) bool) {
		for _, s := range p.head.Seats {
			if !yield(s.SKUID, s.SKUPartNumber) {
				return
			}
		}
		for _, c := range p.head.GroupChanges {
			if !yieldActions(c.Actions, yield) {
				return
			}
		}
		for i := range p.changeRows.len() {
			if !yieldActions(p.changeRows.raw(i).Actions, yield) {
				return
			}
		}
	}
}

// newReceiptNamer names the products of a receipt, which lists those alone that
// were changed.
func newReceiptNamer(names Names, all receiptRows) namer {
	n := newNamer(names, receiptProducts(all))
	n.blind = true
	return n
}

// receiptProducts gives the products of a receipt.
func receiptProducts(all receiptRows) products {
	return func(yield func(license.GUID, string) bool) {
		for i := range all.resultRows.len() {
			if !yieldActions(all.resultRows.raw(i).Actions, yield) {
				return
			}
		}
		for i := range all.head.GroupResults {
			if !yieldActions(all.head.GroupResults[i].Actions, yield) {
				return
			}
		}
	}
}

func yieldActions(actions []plan.Action, yield func(license.GUID, string) bool) bool {
	for i := range actions {
		if a := &actions[i]; a.Op != plan.OpSetUsageLocation && !yield(a.SKUID, a.SKUPartNumber) {
			return false
		}
	}
	return true
}

// explainedProducts gives the products of an explanation.
func explainedProducts(e *plan.Explanation) products {
	return func(yield func(license.GUID, string) bool) {
		for _, l := range e.Licenses {
			if !yield(l.SKUID, l.SKUPartNumber) {
				return
			}
		}
	}
}

// sku names a product, with its id where another one would be called alike. The
// part number is what the plan or the tenant calls it, and may be empty.
func (n namer) sku(id license.GUID, partNumber string) string {
	name := n.called(id, partNumber)
	if (n.twins[id] || n.isStranger(id)) && name != id.String() {
		name += " (" + id.String() + ")"
	}
	return name
}

// isStranger reports a product that the names do not know, in a report that
// does not tell what else has its part number.
func (n namer) isStranger(id license.GUID) bool {
	return n.blind && n.names != nil && n.names.SKUName(id) == id.String()
}

func (n namer) called(id license.GUID, partNumber string) string {
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

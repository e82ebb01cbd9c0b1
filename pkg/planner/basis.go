package planner

import (
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// basis is what the steps of Make read: the input, with its users indexed and
// its policy resolved. No step changes it.
type basis struct {
	in               Input
	day              plan.Date
	users            *license.UserIndex
	catalog          *license.Catalog
	names            nameCache                       // of the catalog; what it answers does not depend on who asked before
	servicePlanNames map[license.GUID]string         // of the tenant's SKUs
	ruledPlans       map[license.GUID][]license.GUID // of the tenant's SKUs, by SKU, the service plans of which a rule speaks

	rules
	since *sameManifests // nil: the baseline does not tell

	tellsSignIns bool // the tenant tells of somebody that they signed in
	tellsLeave   bool // or that they leave

	narrowed narrowed
}

// rules are a policy, with its names resolved against the tenant.
type rules struct {
	scope     plan.Scope
	reserves  map[license.GUID]int
	prices    map[license.GUID]plan.Money
	protected map[string]bool // UPN keys and ids in text form
	priority  map[string]int  // manifest name to rank, 0 first
	reclaims  []*reclaimRule  // in the order of the policy

	acceptances      []*acceptance // in the order of the policy
	accepted         map[acceptedKey]*acceptance
	acceptedOfGroups map[groupProduct]*acceptance
	lostUsers        map[license.GUID]bool // products that some user is to be left, of whose name the tenant has nobody
	lostGroups       map[license.GUID]bool // products that some group is to be left as it is in, and the tenant has no group of the name
	acceptedFindings []acceptedFinding     // in the order of the policy

	problems       []plan.Code // the policy names somebody or something that nobody knows, which blocks every change
	unlistedDoubts []plan.Code // the policy means users whom nobody knows, who may be those that seem unlisted
	findings       findings
}

// newBasis resolves an input, but for its options.
func newBasis(in Input) *basis {
	b := &basis{
		in:               in,
		day:              in.Options.At,
		users:            license.NewUserIndex(in.Observed.Users),
		catalog:          license.NewCatalog(in.Observed.SKUs),
		names:            newNameCache(),
		servicePlanNames: map[license.GUID]string{},
		ruledPlans:       map[license.GUID][]license.GUID{},
	}
	rules := license.ObservedRules()
	for _, sku := range in.Observed.SKUs {
		for _, servicePlan := range sku.Plans {
			b.servicePlanNames[servicePlan.ID] = servicePlan.Name
			if rules.SpeakOf(servicePlan.ID) {
				b.ruledPlans[sku.ID] = append(b.ruledPlans[sku.ID], servicePlan.ID)
			}
		}
	}
	if b.day.IsZero() {
		b.day = plan.DateOf(in.Now.In(location(in.Policy)))
	}
	b.tellsSignIns, b.tellsLeave = tellsSignIns(in.Observed.Signals), tellsLeave(in.Observed.Signals)
	b.rules = b.resolvePolicy()
	b.since = newSameManifests(in, b.day)
	return b
}

// find gives the index of the user whom an entry names, which may be plan.Me, and
// whether the tenant has one.
func (b *basis) find(name string) (int, bool) {
	if name == plan.Me {
		return b.users.FindID(b.in.Observed.Me)
	}
	return b.users.Find(name)
}

func location(policy plan.Policy) *time.Location {
	if policy.Location == nil {
		return time.UTC
	}
	return policy.Location
}

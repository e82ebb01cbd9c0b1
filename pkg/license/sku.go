package license

import "strings"

// AppliesTo tells what a SKU or a service plan is assigned to. Only SKUs that
// apply to users can be assigned (GRAPH subscribedSku, 2024).
type AppliesTo string

// The two targets that Graph knows.
const (
	AppliesToUser    AppliesTo = "User"
	AppliesToCompany AppliesTo = "Company"
)

// SKU is a product as a tenant owns it, or, where it comes from the built-in
// table, as Microsoft publishes it (then Units are zero).
type SKU struct {
	ID         GUID
	PartNumber string // "SPE_E5"; unique within a tenant
	Name       string // "Microsoft 365 E5"; empty where nobody published one

	AppliesTo        AppliesTo
	CapabilityStatus string // Enabled, Warning, Suspended, Deleted or LockedOut; open
	Units            Units
	Plans            []ServicePlan // sorted by Name
}

// Units are the seats of a SKU.
type Units struct {
	Enabled   int // bought and usable
	Warning   int // expired, in the grace period; shown, never counted on
	Suspended int
	LockedOut int
	Consumed  int // users that hold the SKU; may exceed Enabled
}

// Available is the number of seats that can be given out, keeping reserve
// seats back: enabled − consumed − reserve, at least 0. Whether units in the
// warning state can still be assigned is not documented, so they are not
// counted; the service's own answer always wins.
func (u Units) Available(reserve int) int {
	return max(0, u.Enabled-u.Consumed-reserve)
}

// ServicePlan is one service inside a SKU that can be switched off per user.
type ServicePlan struct {
	ID                 GUID
	Name               string // "YAMMER_ENTERPRISE"
	DisplayName        string // "Viva Engage Core"; empty where nobody published one
	AppliesTo          AppliesTo
	ProvisioningStatus string // Success, PendingActivation, …; open
}

// Plan returns the service plan with that id.
func (s SKU) Plan(id GUID) (ServicePlan, bool) {
	for _, p := range s.Plans {
		if p.ID == id {
			return p, true
		}
	}
	return ServicePlan{}, false
}

// SelfService reports a service plan of a trial for which people sign up by
// themselves: Microsoft has the word "viral" in the part number of such a product, or
// in the name of the service plan. The service has been seen to switch such plans off
// for groups that were given the product without a word about them
// (terraform-provider-microsoft365#2619).
func (s SKU) SelfService(p ServicePlan) bool {
	const word = "_VIRAL"
	return strings.Contains(strings.ToUpper(s.PartNumber), word) || strings.Contains(strings.ToUpper(p.Name), word)
}

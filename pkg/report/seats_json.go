package report

import (
	"fmt"
	"io"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// seatsDocument is the products of a tenant as one JSON document.
type seatsDocument struct {
	FormatVersion string         `json:"formatVersion"`
	Tenant        plan.Tenant    `json:"tenant"`
	Cloud         string         `json:"cloud"`
	Seats         []productSeats `json:"seats"` // sorted by part number, then id

	// SubscriptionsUntold is why the subscriptions are not known; left out where
	// they are, or nobody asked.
	SubscriptionsUntold license.Unavailable `json:"subscriptionsUntold,omitempty"`
}

// productSeats is one product. Keys that a plan's seats have too mean the same
// here.
type productSeats struct {
	SKUID            license.GUID      `json:"skuId"`
	SKUPartNumber    string            `json:"skuPartNumber"`
	DisplayName      string            `json:"displayName"` // empty where nobody published one
	AppliesTo        license.AppliesTo `json:"appliesTo"`
	CapabilityStatus string            `json:"capabilityStatus"`
	Enabled          int               `json:"enabled"`
	Warning          int               `json:"warning"`
	Suspended        int               `json:"suspended"`
	LockedOut        int               `json:"lockedOut"`
	Consumed         int               `json:"consumed"`
	Available        int               `json:"available"` // enabled − consumed, at least 0

	Subscriptions []subscription `json:"subscriptions,omitzero"` // left out where they are not known
}

// SeatsJSON writes the products of a tenant as one JSON document, indented and
// safe to print. Names may be nil.
//
// The error is the writer's.
func SeatsJSON(w io.Writer, inv Inventory, names Names) error {
	doc := seatsDocument{FormatVersion: FormatVersion, Tenant: inv.Tenant, Cloud: inv.Cloud, Seats: []productSeats{}}
	for _, sku := range inv.sorted() {
		doc.Seats = append(doc.Seats, productSeats{
			SKUID:            sku.ID,
			SKUPartNumber:    sku.PartNumber,
			DisplayName:      productName(sku, names),
			AppliesTo:        sku.AppliesTo,
			CapabilityStatus: sku.CapabilityStatus,
			Enabled:          sku.Units.Enabled,
			Warning:          sku.Units.Warning,
			Suspended:        sku.Units.Suspended,
			LockedOut:        sku.Units.LockedOut,
			Consumed:         sku.Units.Consumed,
			Available:        sku.Units.Available(0),
			Subscriptions:    inv.subscriptionsOf(sku.ID),
		})
	}
	if s := inv.Subscriptions; s != nil {
		doc.SubscriptionsUntold = s.Untold
	}
	if err := WriteJSON(w, doc); err != nil {
		return fmt.Errorf("writing the seats: %w", err)
	}
	return nil
}

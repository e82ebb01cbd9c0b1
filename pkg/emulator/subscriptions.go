package emulator

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// Subscription is one purchase of a product.
type Subscription struct {
	Status  string // Enabled, Warning, Suspended, Deleted or LockedOut; empty: Enabled
	Trial   bool
	Seats   int
	Created Moment
	Changes Moment // nextLifecycleDateTime: when it goes into its next state unless it is renewed
}

// subscriptions answers GET /directory/subscriptions, in one page.
func (e *Emulator) subscriptions(c *call) reply {
	if err := checkListOptions(c.query, "$select"); err != nil {
		return e.failure(c, *err)
	}
	list := []any{}
	for _, p := range e.dir.products {
		for i, s := range p.subscriptions {
			fields := e.subscriptionFields(p.sku, i, s)
			if err := selectFields(fields, c.query.Get("$select")); err != nil {
				return e.failure(c, *err)
			}
			list = append(list, fields)
		}
	}
	return jsonReply(http.StatusOK, map[string]any{"@odata.context": c.root() + "/$metadata#directory/subscriptions", "value": list})
}

func (e *Emulator) subscriptionFields(sku license.SKU, i int, s Subscription) map[string]any {
	id := DerivedID("subscription", sku.ID.String()+strconv.Itoa(i)).String()
	status := cmp.Or(s.Status, "Enabled")
	services := []any{}
	for _, p := range sku.Plans {
		services = append(services, map[string]any{
			"appliesTo": p.AppliesTo, "provisioningStatus": p.ProvisioningStatus, "servicePlanId": p.ID, "servicePlanName": p.Name,
		})
	}
	return map[string]any{
		"id": id, "commerceSubscriptionId": DerivedID("commerce", id).String(), "ownerId": nil, "ownerTenantId": nil, "ownerType": nil,
		"createdDateTime": s.Created.value(), "nextLifecycleDateTime": s.Changes.value(), "isTrial": s.Trial, "status": status,
		"skuId": sku.ID, "skuPartNumber": sku.PartNumber, "totalLicenses": s.Seats, "serviceStatus": services,
	}
}

// value is the moment as a value of JSON.
func (m Moment) value() any {
	if m.isNull() {
		return nil
	}
	return m.at.UTC().Format(time.RFC3339)
}

// subscriptionsOf gives the subscriptions of a product; without any in its
// description one for the units in each state, of which no date is known.
func subscriptionsOf(p Product, start time.Time) []Subscription {
	var out []Subscription
	for _, s := range p.Subscriptions {
		s.Created, s.Changes = s.Created.from(start), s.Changes.from(start)
		out = append(out, s)
	}
	if out != nil {
		return out
	}
	u := p.SKU.Units
	for _, some := range []Subscription{
		{Status: "Enabled", Seats: u.Enabled}, {Status: "Warning", Seats: u.Warning}, {Status: "Suspended", Seats: u.Suspended}, {Status: "LockedOut", Seats: u.LockedOut},
	} {
		if some.Seats > 0 {
			out = append(out, some)
		}
	}
	return out
}

package graph

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// skuRow is a row of subscribedSkus. A product has one for each account that
// bought it.
type skuRow struct {
	id  string // of the row; old replies have none
	sku license.SKU
}

// wireSKU is what has to be there for a row to be whole.
type wireSKU struct {
	consumed *int
	prepaid  wireUnits
	hasPlans bool
}

type wireUnits struct{ enabled, warning, suspended, lockedOut *int }

func readSKU(w *walk) (skuRow, error) {
	var row skuRow
	var wire wireSKU
	sku := &row.sku
	_, err := w.fields(
		field{"id", w.stringInto(&row.id)},
		field{"skuId", w.idInto(&sku.ID)},
		field{"skuPartNumber", w.stringInto(&sku.PartNumber)},
		field{"appliesTo", w.stringInto((*string)(&sku.AppliesTo))},
		field{"capabilityStatus", w.stringInto(&sku.CapabilityStatus)},
		field{"consumedUnits", w.numberInto(&wire.consumed)},
		field{"prepaidUnits", func() error { return wire.prepaid.read(w) }},
		field{"servicePlans", w.listInto(&wire.hasPlans, func() error { return readServicePlan(w, sku) })},
	)
	if err == nil {
		err = wire.complete(*sku)
	}
	switch {
	case err != nil && sku.ID == license.GUID{}:
		return skuRow{}, fmt.Errorf("a SKU: %w", err)
	case err != nil:
		return skuRow{}, fmt.Errorf("SKU %s: %w", sku.ID, err)
	}
	sku.Units = wire.units()
	if sku.Plans == nil {
		sku.Plans = []license.ServicePlan{}
	}
	slices.SortFunc(sku.Plans, comparePlans)
	return row, nil
}

// complete demands what a plan is made from. Seats that were left out are not
// no seats, and an allow-list of plans needs every plan.
func (w wireSKU) complete(sku license.SKU) error {
	switch {
	case sku.ID == license.GUID{}:
		return errors.New("no skuId")
	case license.Visible(sku.PartNumber) == "":
		return errors.New("no skuPartNumber")
	case w.consumed == nil:
		return errors.New("no consumedUnits")
	case w.prepaid.enabled == nil:
		return errors.New("no prepaidUnits")
	case !w.hasPlans:
		return errors.New("no servicePlans")
	}
	return nil
}

func (w wireSKU) units() license.Units {
	told := func(n *int) int {
		if n == nil {
			return 0 // old replies lack lockedOut
		}
		return *n
	}
	p := w.prepaid
	return license.Units{
		Enabled: told(p.enabled), Warning: told(p.warning), Suspended: told(p.suspended), LockedOut: told(p.lockedOut),
		Consumed: told(w.consumed),
	}
}

func (u *wireUnits) read(w *walk) error {
	_, err := w.fields(
		field{"enabled", w.numberInto(&u.enabled)},
		field{"warning", w.numberInto(&u.warning)},
		field{"suspended", w.numberInto(&u.suspended)},
		field{"lockedOut", w.numberInto(&u.lockedOut)},
	)
	return err
}

func readServicePlan(w *walk, sku *license.SKU) error {
	var plan license.ServicePlan
	_, err := w.fields(
		field{"servicePlanId", w.idInto(&plan.ID)},
		field{"servicePlanName", w.stringInto(&plan.Name)},
		field{"appliesTo", w.stringInto((*string)(&plan.AppliesTo))},
		field{"provisioningStatus", w.stringInto(&plan.ProvisioningStatus)},
	)
	switch {
	case err != nil:
		return err
	case plan.ID == license.GUID{}:
		return errors.New("servicePlans: no servicePlanId")
	}
	sku.Plans = append(sku.Plans, plan)
	return nil
}

func comparePlans(a, b license.ServicePlan) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), license.CompareGUIDs(a.ID, b.ID))
}

func compareSKUs(a, b license.SKU) int {
	return cmp.Or(cmp.Compare(a.PartNumber, b.PartNumber), license.CompareGUIDs(a.ID, b.ID))
}

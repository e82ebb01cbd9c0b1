package graph

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

type wireSKU struct {
	SKUID            guid               `json:"skuId"`
	PartNumber       string             `json:"skuPartNumber"`
	AppliesTo        string             `json:"appliesTo"`
	CapabilityStatus string             `json:"capabilityStatus"`
	ConsumedUnits    *int               `json:"consumedUnits"`
	PrepaidUnits     *wireUnits         `json:"prepaidUnits"`
	ServicePlans     *[]wireServicePlan `json:"servicePlans"`
}

type wireUnits struct {
	Enabled   *int `json:"enabled"`
	Warning   int  `json:"warning"`
	Suspended int  `json:"suspended"`
	LockedOut int  `json:"lockedOut"`
}

type wireServicePlan struct {
	ID                 guid   `json:"servicePlanId"`
	Name               string `json:"servicePlanName"`
	AppliesTo          string `json:"appliesTo"`
	ProvisioningStatus string `json:"provisioningStatus"`
}

func (w wireSKU) decode() (license.SKU, error) {
	if w.SKUID.isZero() {
		return license.SKU{}, errors.New("a SKU without a skuId")
	}
	if err := w.complete(); err != nil {
		return license.SKU{}, fmt.Errorf("SKU %s: %w", license.GUID(w.SKUID), err)
	}
	plans, err := collect(*w.ServicePlans, wireServicePlan.decode)
	if err != nil {
		return license.SKU{}, fmt.Errorf("SKU %s: servicePlans: %w", license.GUID(w.SKUID), err)
	}
	slices.SortFunc(plans, comparePlans)
	return license.SKU{
		ID:               license.GUID(w.SKUID),
		PartNumber:       w.PartNumber,
		AppliesTo:        license.AppliesTo(w.AppliesTo),
		CapabilityStatus: w.CapabilityStatus,
		Units:            w.units(),
		Plans:            plans,
	}, nil
}

// complete demands what a plan is made from. Seats that were left out are not
// no seats, and an allow-list of plans needs every plan.
func (w wireSKU) complete() error {
	switch {
	case w.PartNumber == "":
		return errors.New("no skuPartNumber")
	case w.ConsumedUnits == nil:
		return errors.New("no consumedUnits")
	case w.PrepaidUnits == nil || w.PrepaidUnits.Enabled == nil:
		return errors.New("no prepaidUnits")
	case w.ServicePlans == nil:
		return errors.New("no servicePlans")
	}
	return nil
}

func (w wireSKU) units() license.Units {
	return license.Units{
		Enabled:   *w.PrepaidUnits.Enabled,
		Warning:   w.PrepaidUnits.Warning,
		Suspended: w.PrepaidUnits.Suspended,
		LockedOut: w.PrepaidUnits.LockedOut,
		Consumed:  *w.ConsumedUnits,
	}
}

func (w wireServicePlan) decode() (license.ServicePlan, error) {
	if w.ID.isZero() {
		return license.ServicePlan{}, errors.New("no servicePlanId")
	}
	return license.ServicePlan{
		ID:                 license.GUID(w.ID),
		Name:               w.Name,
		AppliesTo:          license.AppliesTo(w.AppliesTo),
		ProvisioningStatus: w.ProvisioningStatus,
	}, nil
}

func comparePlans(a, b license.ServicePlan) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), license.CompareGUIDs(a.ID, b.ID))
}

func compareSKUs(a, b license.SKU) int {
	return cmp.Or(cmp.Compare(a.PartNumber, b.PartNumber), license.CompareGUIDs(a.ID, b.ID))
}

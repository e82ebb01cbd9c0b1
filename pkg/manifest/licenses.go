package manifest

import (
	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/plan"
)

// The keys of a license. What a group gives is not taken back by its use, so that
// its licenses are not renewed.
var (
	licenseKeys      = []string{"sku", "disabledPlans", "enabledPlans", "from", "until", "renewed"}
	groupLicenseKeys = []string{"sku", "disabledPlans", "enabledPlans", "from", "until"}
)

// The hints for a list of licenses that is null, where it may mean all or
// nothing.
const (
	profileLicensesHint = "write [] for a profile without licenses"
	userLicensesHint    = "write [] to take every license away, or remove the key to leave them alone"
)

// readLicenses reads a list of licenses with these keys. The hint is for one that
// is null.
func readLicenses(v strictyaml.Value, keys []string, hint string) []plan.DesiredLicense {
	if !v.Present() {
		return nil // most users have those of a profile
	}
	if v.Kind() == strictyaml.KindNull {
		v.WrongType("a list").Hint = hint
		return nil
	}
	items, _ := v.Items()
	licenses := make([]plan.DesiredLicense, 0, v.Len())
	for item := range items {
		licenses = append(licenses, readLicense(item, keys))
	}
	return licenses
}

func readLicense(v strictyaml.Value, keys []string) plan.DesiredLicense {
	if v.Kind() == strictyaml.KindString {
		v.WrongType("a mapping").Hint = "write {sku: " + v.Literal() + "}"
		return plan.DesiredLicense{}
	}
	m, _ := v.Mapping(keys)
	return plan.DesiredLicense{
		SKU:    readRef(m.Need("sku")),
		Plans:  readPlanChoice(m),
		Window: readWindow(m),

		Renewed: readDate(m.Get("renewed")),
	}
}

// readPlanChoice reads disabledPlans or enabledPlans. Absent is not empty: an
// empty disabledPlans switches every plan on, none at all leaves them as they
// are.
func readPlanChoice(m strictyaml.Mapping) plan.PlanChoice {
	disabled, enabled := m.Get("disabledPlans"), m.Get("enabledPlans")
	switch {
	case disabled.Present() && enabled.Present():
		reportBothPlanLists(disabled, enabled)
		return plan.PlanChoice{}
	case disabled.Present():
		const hint = "write [] to switch every plan on, or remove the key to leave the plans alone"
		return plan.PlanChoice{Mode: plan.PlansDisabled, Plans: readPlans(disabled, hint)}
	case enabled.Present():
		const hint = "list the plans that are to be on, or remove the key to leave the plans alone"
		return plan.PlanChoice{Mode: plan.PlansEnabled, Plans: readPlans(enabled, hint)}
	default:
		return plan.PlanChoice{}
	}
}

func reportBothPlanLists(disabled, enabled strictyaml.Value) {
	first, second := disabled, enabled
	if second.Pos().Compare(first.Pos()) < 0 {
		first, second = second, first
	}
	e := second.Errorf(CodeBothPlanLists, "both disabledPlans and enabledPlans are given, the other at %s", first.Pos())
	e.Hint = "keep one: enabledPlans also keeps off the plans that come later"
	e.Related = []strictyaml.Pos{first.Pos()}
}

func readPlans(v strictyaml.Value, hint string) []plan.Ref {
	if v.Kind() == strictyaml.KindNull {
		v.WrongType("a list").Hint = hint
		return nil
	}
	return readRefs(v)
}

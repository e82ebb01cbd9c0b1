package planner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// What entries have in common is resolved once, and says of each user what it
// would say of them alone. What a profile gets wrong is said once.
func TestBundles(t *testing.T) {
	ofProfile := func(l plan.DesiredLicense) plan.DesiredLicense {
		l.Profile = "office-worker"
		return l
	}
	pending := lic("BI")
	pending.Window.From = day("2027-01-01")
	ending := lic("VISIO")
	ending.Window.Until = day("2026-12-01")
	for name, licenses := range map[string][]plan.DesiredLicense{
		"right":               {ofProfile(lic("E3")), lic("BI")},
		"of today and later":  {lic("E3"), pending, ending},
		"own unknown product": {ofProfile(lic("E3")), lic("Nothing")},
		"unknown in profile":  {ofProfile(lic("Nothing")), lic("BI")},
		"unknown plan":        {licWithout("E3", "NO_PLAN"), ofProfile(licWithout("BI", "NO_PLAN"))},
		"declared twice":      {ofProfile(lic("E3")), ofProfile(licWithout("E3", "E3_MAIL"))},
		"none":                {},
	} {
		t.Run(name, func(t *testing.T) {
			names := []string{"ada", "bob", "cyd"}
			in := world(nil, nil, sku("E3", 9, 3), sku("BI", 9, 0), sku("VISIO", 9, 0))
			for _, name := range names {
				in.Observed.Users = append(in.Observed.Users, user(name, direct("E3", "E3_CHAT")))
				in.Desired.Users = append(in.Desired.Users, entry(name, licenses...))
			}
			in = world(in.Desired.Users, in.Observed.Users, in.Observed.SKUs...)
			alone := mustMake(t, in)
			bundle := &plan.Bundle{Licenses: licenses}
			for i := range in.Desired.Users {
				in.Desired.Users[i].Bundle = bundle
			}
			if diff := cmp.Diff(alone, mustMake(t, in)); diff != "" {
				t.Errorf("(-each by itself +as a bundle):\n%s", diff)
			}
		})
	}
}

// What is wrong in the licenses of a bundle is said of each of its users.
func TestBundleFindingsNameEachUser(t *testing.T) {
	licenses := []plan.DesiredLicense{lic("Nothing")}
	bundle := &plan.Bundle{Licenses: licenses}
	entries := []plan.DesiredUser{entry("ada", licenses...), entry("bob", licenses...)}
	for i := range entries {
		entries[i].Bundle = bundle
	}
	p := mustMake(t, world(entries, []license.UserState{user("ada"), user("bob")}, sku("E3", 9, 3)))
	var told []string
	for _, f := range p.Findings {
		if f.Code == plan.CodeUnknownSKU {
			told = append(told, f.User)
		}
	}
	if diff := cmp.Diff([]string{upn("ada"), upn("bob")}, told); diff != "" {
		t.Errorf("told of (-want +got):\n%s", diff)
	}
}

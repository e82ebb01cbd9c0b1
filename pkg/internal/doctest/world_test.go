package doctest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// id makes a stable GUID from a name.
func id(name string) license.GUID { return uuid.NewSHA1(uuid.Nil, []byte(name)) }

// rarely is true once in a while, for what is wrong.
func rarely(t *rapid.T, what string) bool { return rapid.IntRange(0, 19).Draw(t, what) == 19 }

// drawInput makes a small random tenant, and manifests and a policy for it
// that are right in places and wrong in others.
func drawInput(t *rapid.T) planner.Input {
	in := planner.Input{
		Desired:  plan.Desired{Files: []plan.SourceFile{{Path: "-", SHA256: strings.Repeat("ab", 32)}}},
		Policy:   drawPolicy(t),
		Observed: plan.Observed{Tenant: plan.Tenant{ID: id("tenant"), DisplayName: "Contoso"}, SKUs: drawSKUs(t), Whole: true},
		Options:  planner.Options{AdditionsOnly: rarely(t, "additions only")},
		Now:      noon(), Tool: plan.Tool{Name: "licensectl", Version: "test"}, Cloud: "global",
	}
	for i := range rapid.IntRange(1, 6).Draw(t, "users") {
		upn := fmt.Sprintf("u%d@contoso.com", i)
		u := drawUser(t)
		u.ID, u.UserPrincipalName = id(upn), upn
		if !rarely(t, "deleted") {
			in.Observed.Users = append(in.Observed.Users, u)
		}
		if !rarely(t, "unlisted") {
			in.Desired.Users = append(in.Desired.Users, drawEntry(t, upn))
		}
		if rarely(t, "declared twice") {
			in.Desired.Users = append(in.Desired.Users, drawEntry(t, u.ID.String()))
		}
	}
	slices.SortFunc(in.Observed.Users, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	return in
}

func parts() []string { return []string{"E3", "E5", "VISIO"} }

func drawSKUs(t *rapid.T) []license.SKU {
	var out []license.SKU
	for _, part := range parts() {
		out = append(out, license.SKU{
			ID: id(part), PartNumber: part, AppliesTo: license.AppliesToUser, CapabilityStatus: "Enabled",
			Units: license.Units{Enabled: rapid.IntRange(2, 5).Draw(t, "bought"), Consumed: rapid.IntRange(0, 3).Draw(t, "used")},
			Plans: []license.ServicePlan{{ID: id(part + "_CHAT"), Name: part + "_CHAT"}, {ID: id(part + "_MAIL"), Name: part + "_MAIL"}},
		})
	}
	return append(out, license.SKU{ID: id("STORE"), PartNumber: "STORE", AppliesTo: license.AppliesToCompany})
}

func drawUser(t *rapid.T) license.UserState {
	u := license.UserState{
		AccountEnabled: !rarely(t, "disabled"),
		UserType:       rapid.SampledFrom([]string{"Member", "Member", "Guest"}).Draw(t, "type"),
		UsageLocation:  rapid.SampledFrom([]string{"DE", "de", ""}).Draw(t, "at"),
	}
	for _, part := range parts() {
		a := license.Assignment{SKUID: id(part), State: "Active"}
		switch rapid.IntRange(0, 7).Draw(t, "path") {
		case 0, 1:
		case 2:
			a.DisabledPlans = []license.GUID{id(part + "_CHAT")}
		case 3:
			a.Group = id("group")
		default:
			continue
		}
		if rarely(t, "error") {
			a.Error = "CountViolation"
		}
		if rarely(t, "unexplained") {
			u.Unexplained = append(u.Unexplained, id(part))
			continue
		}
		u.Assignments = append(u.Assignments, a)
	}
	license.SortAssignments(u.Assignments)
	u.Unexplained = license.SortedGUIDs(u.Unexplained)
	return u
}

func drawSource(t *rapid.T) plan.Source {
	return plan.Source{File: "manifests/users.yaml", Line: rapid.IntRange(1, 99).Draw(t, "line"), Column: 3}
}

func drawEntry(t *rapid.T, user string) plan.DesiredUser {
	return plan.DesiredUser{
		User:            plan.Ref{Name: user, Source: drawSource(t)},
		Manifest:        rapid.SampledFrom([]string{"board", "staff"}).Draw(t, "manifest"),
		Window:          drawWindow(t),
		UsageLocation:   rapid.SampledFrom([]string{"", "GB"}).Draw(t, "location"),
		ManagesLicenses: !rarely(t, "location alone"),
		Licenses:        rapid.SliceOfN(rapid.Custom(drawLicense), 0, 3).Draw(t, "licenses"),
	}
}

func drawWindow(t *rapid.T) plan.Window {
	today := plan.DateOf(noon())
	switch {
	case rarely(t, "over"):
		return plan.Window{Until: today}
	case rarely(t, "pending"):
		return plan.Window{From: today.AddDays(365)}
	}
	return plan.Window{}
}

func drawLicense(t *rapid.T) plan.DesiredLicense {
	part := rapid.SampledFrom(parts()).Draw(t, "sku")
	if rarely(t, "wrong product") {
		part = rapid.SampledFrom([]string{"STORE", "E33", "SPE_E5"}).Draw(t, "wrong sku")
	}
	l := plan.DesiredLicense{SKU: plan.Ref{Name: part, Source: drawSource(t)}, Window: drawWindow(t)}
	mode := plan.PlanMode(rapid.IntRange(int(plan.PlansUnmanaged), int(plan.PlansEnabled)).Draw(t, "mode"))
	if mode == plan.PlansUnmanaged {
		return l
	}
	name := part + "_CHAT"
	if rarely(t, "wrong plan") {
		name += "S"
	}
	l.Plans = plan.PlanChoice{Mode: mode, Plans: []plan.Ref{{Name: name, Source: drawSource(t)}}}
	return l
}

func drawPolicy(t *rapid.T) plan.Policy {
	p := plan.DefaultPolicy()
	p.Guards.MaxRemovals = rapid.SampledFrom([]plan.Limit{{}, {Off: true}, {Count: 9}}).Draw(t, "guard")
	p.UnlistedUsers = rapid.SampledFrom([]plan.UnlistedUsers{plan.UnlistedIgnore, plan.UnlistedReport, plan.UnlistedRemove}).Draw(t, "unlisted")
	p.Inherited = rapid.SampledFrom([]plan.Inherited{plan.InheritedSatisfies, plan.InheritedAssign}).Draw(t, "inherited")
	p.Priority = []string{"board"}
	p.Protected = []plan.Ref{{Name: "u0@contoso.com"}}
	p.Reserve = []plan.Reserve{{SKU: plan.Ref{Name: "E3"}, Seats: 1}}
	p.AcceptedDrift = []plan.AcceptedDrift{{User: plan.Ref{Name: "u1@contoso.com"}, SKU: plan.Ref{Name: "E5"}, Owner: "it", Reason: "a trial", Until: plan.NewDate(2030, 1, 1)}}
	if rarely(t, "managed") {
		p.ManagedSKUs = []plan.Ref{{Name: "E3"}, {Name: "E5"}}
	}
	if rarely(t, "ignored") {
		p.IgnoredSKUs = []plan.Ref{{Name: rapid.SampledFrom([]string{"VISIO", "VISO", "SPE_E3"}).Draw(t, "ignored name")}}
	}
	if rapid.Bool().Draw(t, "prices") {
		p.Prices = &plan.Prices{Currency: "EUR", Monthly: []plan.Price{{SKU: plan.Ref{Name: "E3"}, Amount: 345_000}, {SKU: plan.Ref{Name: "E5"}, Amount: 578_125}}}
	}
	return p
}

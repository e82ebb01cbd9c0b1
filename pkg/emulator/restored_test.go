package emulator_test

import (
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// Who is restored holds what they held; what their groups give by now they get
// when these are processed, as everybody does: without a seat it is an error.
func TestRestoredMembersAreProcessed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*world)
		want   string
	}{
		{"as it was", func(*world) {}, "SUITE<group-CHAT"},
		{"another product", func(w *world) { w.assignGroup(lic(addon)) }, "SUITE<group-CHAT, ADDON<group"},
		{"a product without seats", func(w *world) { w.assignGroup(lic(empty)) }, "SUITE<group-CHAT ActiveWithError/Other, EMPTY<group Error/CountViolation"},
		{"another product in place", func(w *world) { w.assignGroup(lic(addon), suite) }, "ADDON<group"},
		{"one without seats in place", func(w *world) { w.assignGroup(lic(empty), suite) }, "EMPTY<group Error/CountViolation"},
		{"nothing any more", func(w *world) { w.assignGroup(nil, suite) }, ""},
		{"no group", func(w *world) { w.assignGroup(nil, suite); w.ProcessGroups(); w.do(204, "DELETE", groupPath(""), "") }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t, emulator.Options{GroupDelay: -1}).administrate()
			w.do(204, "DELETE", "/users/"+grace, "")
			tt.change(w)
			w.ProcessGroups()
			w.do(200, "POST", "/directory/deletedItems/"+derived("user", grace).String()+"/restore", "")
			w.ProcessGroups()
			if got := w.licenses(grace); got != tt.want {
				t.Errorf("grace holds %q, want %q", got, tt.want)
			}
		})
	}
}

// leftover is a tenant in which ada has a plan in her own name that needs what a
// group gives, so that it stays with her, with an error, when the group gives it
// no more.
func leftover(t *testing.T) *world {
	tenant := realTenant(t, "SPE_E3", "MCOEV", "POWER_BI_PRO")
	e3, phone := published(t, "SPE_E3").ID, published(t, "MCOEV").ID
	tenant.Users[0].Licenses = nil
	tenant.Groups = []emulator.Group{{Name: "Licensing", Members: []string{ada}, Licenses: lic(e3)}}
	w := startTenant(t, tenant, emulator.Options{GroupDelay: -1}).administrate()
	w.do(200, "POST", "/users/"+ada+"/assignLicense", assignBody(lic(phone)))
	w.assignGroup(nil, e3)
	w.ProcessGroups()
	if got := w.licenses(ada); got != "SPE_E3<group ActiveWithError/DependencyViolation, MCOEV" {
		t.Fatalf("ada holds %q", got)
	}
	w.do(200, "POST", "/users/"+ada+"/assignLicense", assignBody(nil, phone))
	return w
}

// What a group could not take, it takes when it is processed next, although it
// gives nothing any more.
func TestGroupsThatGiveNothingAreProcessed(t *testing.T) {
	seats := func(w *world) int { return w.consumed(published(t, "SPE_E3").ID) }
	for name, next := range map[string]func(*world){
		"the user is reprocessed": func(w *world) { w.do(200, "POST", "/users/"+ada+"/reprocessLicenseAssignment", "") },
		"the user leaves":         func(w *world) { w.do(204, "DELETE", groupPath("/members/"+derived("user", ada).String()+"/$ref"), "") },
		"the user is restored": func(w *world) {
			w.do(204, "DELETE", "/users/"+ada, "")
			w.do(200, "POST", "/directory/deletedItems/"+derived("user", ada).String()+"/restore", "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := leftover(t)
			next(w)
			w.ProcessGroups()
			if got := w.licenses(ada); got != "" || seats(w) != 0 {
				t.Errorf("ada holds %q, and %d seats are taken", got, seats(w))
			}
		})
	}
	w := leftover(t)
	if err := w.RemoveMember(licensing, ada); err != nil {
		t.Fatal(err)
	}
	w.do(200, "POST", "/users/"+ada+"/reprocessLicenseAssignment", "")
	if got := w.licenses(ada); got != "" {
		t.Errorf("who has left holds %q", got)
	}
}

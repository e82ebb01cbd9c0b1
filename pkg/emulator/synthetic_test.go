package emulator_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

func TestSyntheticIsRepeatable(t *testing.T) {
	users := func(seed uint64) []license.UserState {
		return startTenant(t, emulator.Synthetic(emulator.SyntheticOptions{Users: 300, Seed: seed}), emulator.Options{}).Users()
	}
	if diff := cmp.Diff(users(1), users(1)); diff != "" {
		t.Errorf("one seed, two tenants:\n%s", diff)
	}
	if cmp.Equal(users(1), users(2)) {
		t.Error("two seeds, one tenant")
	}
}

func TestSyntheticIsBelievable(t *testing.T) {
	const n = 5000
	w := startTenant(t, emulator.Synthetic(emulator.SyntheticOptions{Users: n}), emulator.Options{})
	users := w.Users()
	if len(users) != n {
		t.Fatalf("%d users, want %d", len(users), n)
	}
	count := func(is func(license.UserState) bool) int {
		return len(slices.DeleteFunc(slices.Clone(users), func(u license.UserState) bool { return !is(u) }))
	}
	hasPath := func(u license.UserState, direct bool) bool {
		return slices.ContainsFunc(u.Assignments, func(a license.Assignment) bool { return a.Direct() == direct })
	}
	for name, share := range map[string]struct{ got, least, most int }{
		"guests":               {count(func(u license.UserState) bool { return u.UserType == "Guest" }), 4, 8},
		"disabled accounts":    {count(func(u license.UserState) bool { return !u.AccountEnabled }), 2, 6},
		"without location":     {count(func(u license.UserState) bool { return u.UsageLocation == "" }), 5, 20},
		"with direct licenses": {count(func(u license.UserState) bool { return hasPath(u, true) }), 50, 90},
		"with inherited ones":  {count(func(u license.UserState) bool { return hasPath(u, false) }), 20, 60},
		"with both":            {count(func(u license.UserState) bool { return hasPath(u, true) && hasPath(u, false) }), 5, 50},
	} {
		if share.got < n*share.least/100 || share.got > n*share.most/100 {
			t.Errorf("%d of %d users are %s, want %d to %d per cent", share.got, n, name, share.least, share.most)
		}
	}
	checkSeats(t, w.Emulator)
	for _, sku := range w.SKUs() {
		if sku.Units.Consumed == 0 || sku.Units.Consumed > sku.Units.Enabled {
			t.Errorf("%s: %d of %d seats taken", sku.PartNumber, sku.Units.Consumed, sku.Units.Enabled)
		}
	}
	for _, u := range users {
		for _, a := range u.Assignments {
			if a.Error != "" {
				t.Errorf("%s has a license with the error %s", u.UserPrincipalName, a.Error)
			}
		}
		if !strings.HasSuffix(u.UserPrincipalName, "@contoso.com") {
			t.Errorf("user %s", u.UserPrincipalName)
		}
	}
}

// TestSyntheticUsersBreakNoRule gives every made-up user their own licenses
// again, one call each: none may be refused.
func TestSyntheticUsersBreakNoRule(t *testing.T) {
	w := startTenant(t, emulator.Synthetic(emulator.SyntheticOptions{Users: 400}), emulator.Options{Limits: emulator.Limits{Off: true}})
	for _, u := range w.Users() {
		var licenses []emulator.License
		var remove []license.GUID
		for _, a := range u.Assignments {
			if a.Direct() {
				licenses = append(licenses, emulator.License{SKU: a.SKUID, DisabledPlans: a.DisabledPlans})
				remove = append(remove, a.SKUID)
			}
		}
		if len(remove) == 0 {
			continue
		}
		for _, body := range []string{assignBody(nil, remove...), assignBody(licenses)} {
			if a := w.assign(u.UserPrincipalName, body); a.status != 200 {
				t.Fatalf("%s: %s: %d %s", u.UserPrincipalName, body, a.status, a.raw)
			}
		}
	}
}

// TestSyntheticIsCompact holds the memory of a user to what a million of them
// can take.
func TestSyntheticIsCompact(t *testing.T) {
	const n, most = 50_000, 350 // bytes
	before := heap()
	e, err := emulator.New(emulator.Synthetic(emulator.SyntheticOptions{Users: n}), emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if each := (heap() - before) / n; each > most {
		t.Errorf("a user takes %d bytes, want %d at most", each, most)
	}
	runtime.KeepAlive(e)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

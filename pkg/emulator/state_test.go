package emulator_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// save returns the state, which has to be JSON that reads well.
func (w *world) save() []byte {
	w.t.Helper()
	data, err := w.SaveState()
	if err != nil {
		w.t.Fatal(err)
	}
	return data
}

func TestStateIsKept(t *testing.T) {
	w := start(t, emulator.Options{})
	w.assign(ada, assignBody(lic(addon, extra), suite))
	w.call("PATCH", "/users/linus@contoso.com", `{"usageLocation":"GB"}`)
	w.call("POST", groupPath("/assignLicense"), assignBody(lic(empty)))
	if err := w.DeleteUser(zoe); err != nil {
		t.Fatal(err)
	}
	saved := w.save()

	again := start(t, emulator.Options{})
	if err := again.LoadState(saved); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w.Users(), again.Users()); diff != "" {
		t.Errorf("users (-saved +loaded):\n%s", diff)
	}
	if diff := cmp.Diff(w.SKUs(), again.SKUs()); diff != "" {
		t.Errorf("products (-saved +loaded):\n%s", diff)
	}
	if got := again.groupState(); got != "ProcessingComplete" {
		t.Errorf("the group's state is %s", got)
	}
	if diff := cmp.Diff(string(saved), string(again.save())); diff != "" {
		t.Errorf("saved again (-first +second):\n%s", diff)
	}
}

func TestStateHoldsOnlyWhatChanged(t *testing.T) {
	w := start(t, emulator.Options{})
	if got := w.save(); bytes.Contains(got, []byte(`"origin"`)) {
		t.Errorf("the state of an untouched tenant:\n%s", got)
	}
	w.assign(ada, assignBody(lic(addon)))
	if got := w.save(); bytes.Count(got, []byte(`"origin"`)) != 1 {
		t.Errorf("the state after one change:\n%s", got)
	}
}

func TestStateGivesWayToAnEditedTenant(t *testing.T) {
	w := start(t, emulator.Options{})
	w.assign(ada, assignBody(nil, suite))
	w.assign(ken, assignBody(nil, suite))
	saved := w.save()
	tenant := testTenant()
	tenant.Users[0].Licenses = lic(addon) // ada, edited since
	again := startTenant(t, tenant, emulator.Options{})
	if err := again.LoadState(saved); err != nil {
		t.Fatal(err)
	}
	if got := again.licenses(ada); got != "ADDON" {
		t.Errorf("the edited user holds %q, want what the tenant says", got)
	}
	if got := again.licenses(ken); got != "SUITE<group-CHAT" {
		t.Errorf("the other user holds %q, want what was saved", got)
	}
}

func TestLoadStateRefuses(t *testing.T) {
	w := start(t, emulator.Options{})
	w.assign(ada, assignBody(lic(addon)))
	saved := string(w.save())
	adaID, _ := w.User(ada)
	for name, text := range map[string]string{
		"not JSON":             "{",
		"more than JSON":       saved + "{}",
		"an unknown key":       strings.Replace(saved, `"users"`, `"people"`, 1),
		"another version":      strings.Replace(saved, `"formatVersion": "1"`, `"formatVersion": "2"`, 1),
		"another tenant":       strings.Replace(saved, w.TenantID().String(), foreign.String(), 1),
		"an unknown user":      strings.Replace(saved, adaID.ID.String(), foreign.String(), 1),
		"an unknown product":   strings.Replace(saved, addon.String(), foreign.String(), 1),
		"an unknown state":     strings.Replace(saved, `"Active"`, `"Sleepy"`, 1),
		"an unknown violation": strings.Replace(saved, `"None"`, `"Some"`, 1),
		"a bad location":       strings.Replace(saved, `"DE"`, `"de"`, 1),
	} {
		again := start(t, emulator.Options{})
		before := again.Users()
		if err := again.LoadState([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
		if diff := cmp.Diff(before, again.Users()); diff != "" {
			t.Errorf("%s: the tenant was changed (-before +after):\n%s", name, diff)
		}
	}
}

// FuzzLoadState looks for states that break the loader or the count of seats.
func FuzzLoadState(f *testing.F) {
	e, err := emulator.New(testTenant(), emulator.Options{})
	if err != nil {
		f.Fatal(err)
	}
	if err := e.SetLicenses(ada, lic(addon, extra)...); err != nil {
		f.Fatal(err)
	}
	saved, err := e.SaveState()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(saved)
	f.Add([]byte(`{"formatVersion":"1"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		w := start(t, emulator.Options{})
		if w.LoadState(data) != nil {
			return
		}
		checkSeats(t, w.Emulator)
	})
}

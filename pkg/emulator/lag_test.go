package emulator_test

import (
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
)

func TestReadsLag(t *testing.T) {
	clock := emulator.NewClock(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC))
	w := start(t, emulator.Options{Now: clock.Now, Lag: emulator.Lag{Delay: time.Minute}})
	seen := func() (location any, licenses, consumed int) {
		u := w.get("/users/ada@contoso.com?$select=usageLocation,assignedLicenses").json
		consumed = int(w.get("/subscribedSkus").json["value"].([]any)[0].(map[string]any)["consumedUnits"].(float64))
		return u["usageLocation"], len(u["assignedLicenses"].([]any)), consumed
	}
	check := func(when string, location string, licenses, consumed int) {
		t.Helper()
		gotLocation, gotLicenses, gotConsumed := seen()
		if gotLocation != location || gotLicenses != licenses || gotConsumed != consumed {
			t.Errorf("%s: %v, %d licenses, %d seats; want %s, %d, %d", when, gotLocation, gotLicenses, gotConsumed, location, licenses, consumed)
		}
	}
	w.assign(ada, assignBody(lic(addon)))
	clock.Advance(30 * time.Second)
	w.call("PATCH", "/users/ada@contoso.com", `{"usageLocation":"FR"}`)
	check("at once", "DE", 1, 0)
	clock.Advance(31 * time.Second)
	check("when the first write has arrived", "DE", 2, 1)
	clock.Advance(30 * time.Second)
	check("when both have arrived", "FR", 2, 1)
}

func TestWritesAreJudgedByTheTruth(t *testing.T) {
	w := start(t, emulator.Options{Lag: emulator.Lag{Delay: time.Hour}})
	w.assign(ada, assignBody(nil, suite))
	wantRefused(t, w.assign(ada, assignBody(nil, suite)), "User does not have a corresponding license.")
	if n := len(w.get("/users/ada@contoso.com?$select=assignedLicenses").json["assignedLicenses"].([]any)); n != 1 {
		t.Errorf("the lagging read shows %d licenses, want the one that was", n)
	}
}

func TestSomeReplicasLag(t *testing.T) {
	w := start(t, emulator.Options{Lag: emulator.Lag{Delay: time.Hour, Share: 0.5}})
	w.call("PATCH", "/users/ada@contoso.com", `{"usageLocation":"FR"}`)
	old := 0
	for range 100 {
		if w.get("/users/ada@contoso.com?$select=usageLocation").json["usageLocation"] == "DE" {
			old++
		}
	}
	if old < 20 || old > 80 {
		t.Errorf("%d of 100 reads were behind, want about half", old)
	}
	for range 20 {
		if names := w.filtered("usageLocation eq 'FR' and department eq 'Sales'", "ConsistencyLevel", "eventual"); len(names) != 0 {
			t.Fatalf("an eventual query shows %v before its time", names)
		}
	}
}

func TestDeletedUserStaysVisibleInLag(t *testing.T) {
	w := start(t, emulator.Options{Lag: emulator.Lag{Delay: time.Hour}})
	if err := w.DeleteUser(grace); err != nil {
		t.Fatal(err)
	}
	if n := len(w.get("/users").values("id")); n != 5 {
		t.Errorf("%d users are listed, want all 5", n)
	}
	if _, ok := w.User(grace); ok {
		t.Error("the deleted user is still there in truth")
	}
	if n := w.consumed(suite); n != 2 {
		t.Errorf("%d seats taken, want 2", n)
	}
}

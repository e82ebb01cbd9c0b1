package emulator_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

// TestSeatsAndLicensesHold does random things to the test tenant and checks
// after each of them that no seat is given out beyond what was bought, that
// the counts are right, that a refused call changed nothing, and that an
// accepted one did what it said.
func TestSeatsAndLicensesHold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := start(t, emulator.Options{GroupDelay: -1, Limits: emulator.Limits{Off: true}})
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			before := unitsBySKU(w)
			switch rapid.IntRange(0, 4).Draw(rt, "action") {
			case 0:
				w.call("POST", groupPath("/assignLicense"), drawChange(rt).body())
			case 1:
				w.ProcessGroups()
			case 2:
				w.call("PATCH", "/users/linus@contoso.com", `{"usageLocation":"DE"}`)
			default:
				assignAndCheck(rt, w)
			}
			checkSeats(t, w.Emulator)
			for id, after := range unitsBySKU(w) {
				if after.Consumed > max(after.Enabled, before[id].Consumed) {
					rt.Fatalf("%s: %d of %d seats taken, and %d before", id, after.Consumed, after.Enabled, before[id].Consumed)
				}
			}
		}
	})
}

func unitsBySKU(w *world) map[license.GUID]license.Units {
	out := map[license.GUID]license.Units{}
	for _, sku := range w.SKUs() {
		out[sku.ID] = sku.Units
	}
	return out
}

// drawnChange is an assignLicense request.
type drawnChange struct {
	add    []emulator.License
	remove []license.GUID
}

func (c drawnChange) body() string { return assignBody(c.add, c.remove...) }

func drawChange(rt *rapid.T) drawnChange {
	skus := rapid.SampledFrom([]license.GUID{suite, suite, addon, addon, empty, company, foreign})
	plans := rapid.SampledFrom([]license.GUID{mail, files, chat, core, extra})
	var c drawnChange
	for range rapid.IntRange(0, 2).Draw(rt, "additions") {
		c.add = append(c.add, emulator.License{SKU: skus.Draw(rt, "add"), DisabledPlans: rapid.SliceOfN(plans, 0, 2).Draw(rt, "off")})
	}
	c.remove = rapid.SliceOfN(skus, 0, 2).Draw(rt, "remove")
	return c
}

// assignAndCheck sends a random call for a random user and compares what they
// hold in their own name with what the call said.
func assignAndCheck(rt *rapid.T, w *world) {
	user := rapid.SampledFrom([]string{ada, grace, linus, ken, zoe}).Draw(rt, "user")
	c := drawChange(rt)
	want := direct(w, user)
	a := w.assign(user, c.body())
	if a.status == 200 {
		for _, id := range c.remove {
			delete(want, id)
		}
		for _, l := range c.add {
			want[l.SKU] = license.SortedGUIDs(l.DisabledPlans)
		}
	}
	if diff := cmp.Diff(want, direct(w, user)); diff != "" {
		rt.Fatalf("%s after %s (%d %s) (-want +got):\n%s", user, c.body(), a.status, a.message(), diff)
	}
}

// direct is what a user holds in their own name.
func direct(w *world, user string) map[license.GUID][]license.GUID {
	u, _ := w.User(user)
	out := map[license.GUID][]license.GUID{}
	for _, a := range u.Assignments {
		if a.Direct() {
			out[a.SKUID] = a.DisabledPlans
		}
	}
	return out
}

// FuzzRequestBody looks for bodies that break a write or a batch.
func FuzzRequestBody(f *testing.F) {
	f.Add(assignBody(lic(addon, extra), suite))
	f.Add(`{"requests":[` + batchAssign("1", ada, assignBody(lic(addon)), "") + `,` + batchGet("2", "/users") + `]}`)
	f.Add(`{"usageLocation":"DE"}`)
	f.Add(`{"addLicenses":[null],"removeLicenses":[null]}`)
	f.Add(newcomer)
	f.Add(`{"displayName":"Team","mailNickname":"team","groupTypes":["Unified"],"mailEnabled":true,"securityEnabled":false,"members@odata.bind":[]}`)
	f.Add(`{"@odata.id":"https://graph.microsoft.com/v1.0/users/` + derived("user", ada).String() + `","ids":["x"],"groupIds":[],"securityEnabledOnly":true}`)
	f.Fuzz(func(t *testing.T, body string) {
		w := start(t, emulator.Options{}).administrate()
		for _, call := range []struct{ method, target string }{
			{"POST", assignPath(ada)}, {"POST", "/$batch"}, {"PATCH", "/users/ada@contoso.com"}, {"POST", groupPath("/assignLicense")},
			{"POST", "/users"}, {"POST", "/groups"}, {"PATCH", groupPath("")}, {"POST", groupPath("/members/$ref")}, {"PUT", "/users/" + ken + "/manager/$ref"},
			{"POST", "/directoryObjects/getByIds"}, {"POST", "/users/" + ken + "/checkMemberGroups"}, {"POST", "/users/" + ken + "/getMemberGroups"},
		} {
			if a := w.call(call.method, call.target, body, "Content-Type", "application/json"); a.status >= 500 && a.status != 501 {
				t.Errorf("%s %s: %d %s", call.method, call.target, a.status, a.raw)
			}
		}
		w.ProcessGroups()
		checkSeats(t, w.Emulator)
	})
}

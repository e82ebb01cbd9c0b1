package emulator_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// soakTenant has as many users as clients, and half as many seats.
func soakTenant(clients int) emulator.Tenant {
	tenant := testTenant()
	tenant.Groups, tenant.Users, tenant.SignedInUser = nil, nil, ""
	tenant.Products[1].SKU.Units.Enabled = clients / 2
	for i := range clients {
		tenant.Users = append(tenant.Users, emulator.User{UserPrincipalName: soakUser(i), UsageLocation: "DE"})
	}
	tenant.Groups = []emulator.Group{{Name: "Licensing", Members: []string{soakUser(0), soakUser(1)}}}
	return tenant
}

func soakUser(i int) string { return fmt.Sprintf("user%03d@contoso.com", i) }

var soak = flag.Duration("soak", 2*time.Second, "how long two hundred clients fight")

// TestTwoHundredClients has two hundred clients fight for half as many seats
// while everything goes wrong now and then. Each client alone writes one user,
// so it knows what that user has to hold: no update may be lost. Under the
// race detector this is the test for races.
func TestTwoHundredClients(t *testing.T) {
	const clients = 200
	w := startTenant(t, soakTenant(clients), emulator.Options{
		Limits: emulator.Limits{Off: true}, LogSize: 500, GroupDelay: time.Millisecond, Lag: emulator.Lag{Delay: 10 * time.Millisecond, Share: 0.5},
		Faults: []emulator.Fault{
			{Effect: emulator.EffectStatus, Probability: 0.05}, {Effect: emulator.EffectLostReply, Probability: 0.05},
			{Effect: emulator.EffectLateStatus, Probability: 0.05}, {Effect: emulator.EffectHalfBody, Probability: 0.05},
			{Effect: emulator.EffectHTML, Probability: 0.02}, {Effect: emulator.EffectReset, Probability: 0.05},
		},
	})
	deadline := time.Now().Add(*soak)
	early := make(chan uint64, 1)
	time.AfterFunc(*soak/4, func() { early <- liveHeap() })
	var group sync.WaitGroup
	for i := range clients {
		group.Go(func() { soakClient(w, i, deadline) })
	}
	group.Go(func() {
		for time.Now().Before(deadline) {
			for _, sku := range w.SKUs() {
				if sku.Units.Consumed > sku.Units.Enabled {
					t.Errorf("%s: %d of %d seats taken", sku.PartNumber, sku.Units.Consumed, sku.Units.Enabled)
				}
			}
			w.Requests()
			w.Counters()
		}
	})
	group.Wait()
	checkSeats(t, w.Emulator)
	if before, after := <-early, liveHeap(); after > 2*before+8<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
	if n := len(w.Requests()); n != 500 {
		t.Errorf("the log holds %d requests, want its bound of 500", n)
	}
	if c := w.Counters(); c.Requests < 2*clients || c.Mutations == 0 {
		t.Errorf("only %d requests with %d changes: the clients did not get to work", c.Requests, c.Mutations)
	}
}

// liveHeap is how much memory is in use, garbage aside.
func liveHeap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// soakClient gives its user the add-on and takes it away again, and between
// does what else clients do.
func soakClient(w *world, i int, deadline time.Time) {
	rng := rand.New(rand.NewPCG(1, uint64(i)))
	user := soakUser(i)
	holds := false
	for time.Now().Before(deadline) {
		body := assignBody(lic(addon))
		if holds {
			body = assignBody(nil, addon)
		}
		a, err := w.try("POST", assignPath(user), body)
		now := w.holdsDirectly(user, addon)
		switch {
		case err == nil && a.status == 200 && now == holds:
			w.t.Errorf("%s: the write was accepted and lost", user)
		case err == nil && a.status == 400 && now != holds:
			w.t.Errorf("%s: the write was refused and carried out", user)
		}
		holds = now
		switch rng.IntN(4) {
		case 0:
			w.try("GET", "/users?$select=id,licenseAssignmentStates&$top=20", "")
		case 1:
			w.try("GET", "/subscribedSkus", "")
		case 2:
			w.try("POST", groupPath("/assignLicense"), assignBody(lic(suite)))
		}
	}
}

func (w *world) holdsDirectly(user string, sku license.GUID) bool {
	u, _ := w.User(user)
	_, ok := u.DirectLicense(sku)
	return ok
}

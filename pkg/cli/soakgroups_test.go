//go:build soak && unix

package cli_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/receipt"
)

const (
	migrationDelay = 1500 * time.Millisecond // until a group's change reaches its members
	migrationKills = 8
)

// squad is a group of the migration with its members.
type squad struct {
	group         string
	users         int
	direct        bool   // the members hold before what they have after of their own
	before, after string // what the group gives
	own           bool   // the manifest has the members hold SPE_E3 whatever the group gives
	calls         int    // that lead the group there
}

// squads are five thousand users who come from licenses of their own to those of two
// groups, some who go the way back, and some whose group swaps a product for another.
func squads() []squad {
	return []squad{
		{group: "Office", users: 3000, direct: true, after: "SPE_E3", own: true, calls: 1},
		{group: "Field", users: 2000, direct: true, after: "SPE_E3", own: true, calls: 1},
		{group: "Old", users: 300, before: "SPE_E3", own: true, calls: 1},
		{group: "Drawing", users: 400, before: "VISIOCLIENT", after: "POWER_BI_PRO", calls: 2},
	}
}

func (c squad) user(i int) string {
	return fmt.Sprintf("%s%04d@contoso.com", strings.ToLower(c.group), i)
}

// migrationTenant has just the seats that are needed.
func migrationTenant() string {
	var groups, users strings.Builder
	for _, c := range squads() {
		var members []string
		for i := range c.users {
			members = append(members, c.user(i))
			own := map[bool]string{true: "SPE_E3"}[c.direct]
			fmt.Fprintf(&users, "    - {user: %s%s, licenses: %s}\n", c.user(i), soakLocated, licenses(own))
		}
		fmt.Fprintf(&groups, "    - {name: %s, licenses: %s, members: [%s]}\n", c.group, licenses(c.before), strings.Join(members, ", "))
	}
	return `apiVersion: licensectl.dev/v1
kind: EmulatedTenant
metadata: {name: migration}
spec:
  tenant: {id: 11111111-2222-4333-8444-555555555555, displayName: Contoso, defaultDomain: contoso.com}
  products: [{sku: SPE_E3, enabled: 5300}, {sku: VISIOCLIENT, enabled: 400}, {sku: POWER_BI_PRO, enabled: 400}]
  groups:
` + groups.String() + "  users:\n" + users.String()
}

func migrationManifest() string {
	var groups, users strings.Builder
	for _, c := range squads() {
		fmt.Fprintf(&groups, "    - {group: %s, licenses: %s}\n", c.group, licenses(c.after))
		for i := 0; c.own && i < c.users; i++ {
			users.WriteString("    - " + c.user(i) + "\n")
		}
	}
	return `apiVersion: licensectl.dev/v1
kind: Policy
metadata: {name: migration}
spec: {directAndInherited: remove, guards: {maxRemovals: off, maxRemovalsPerSku: off, maxUsersLosingAll: off, maxUsersChanged: off}}
---
apiVersion: licensectl.dev/v1
kind: GroupLicenses
metadata: {name: groups}
spec:
  groups:
` + groups.String() + `---
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: users}
spec:
  defaults: {licenses: [{sku: SPE_E3}]}
  users:
` + users.String()
}

// witness writes down whoever is seen without a product that they keep.
type witness struct {
	e3, visio, pbi license.GUID

	mu      sync.Mutex
	without []string
}

// see is told of every change of what a user holds. Nobody may be without E3 who had
// it, and nobody may lose Visio before they have Power BI.
func (w *witness) see(before, after license.UserState) {
	inForce := func(u license.UserState, sku license.GUID) bool {
		return slices.ContainsFunc(u.Assignments, func(a license.Assignment) bool { return a.SKUID == sku && a.InForce() })
	}
	lost := inForce(before, w.e3) && !inForce(after, w.e3)
	early := inForce(before, w.visio) && !inForce(after, w.visio) && !inForce(before, w.pbi)
	if lost || early {
		w.mu.Lock()
		w.without = append(w.without, after.UserPrincipalName)
		w.mu.Unlock()
	}
}

// migrateIn moves the tenant in: it throttles, loses answers, and its reads lag.
func (s *soak) migrateIn(w *witness) *tenancy {
	for _, p := range s.description.Products {
		switch p.SKU.PartNumber {
		case "SPE_E3":
			w.e3 = p.SKU.ID
		case "VISIOCLIENT":
			w.visio = p.SKU.ID
		case "POWER_BI_PRO":
			w.pbi = p.SKU.ID
		}
	}
	e := must(emulator.New(s.description, emulator.Options{
		WriteLatency: 5 * time.Millisecond, Seed: soakSeed, GroupDelay: migrationDelay, LogSize: 1 << 18, Changed: w.see,
		Groups: emulator.GroupWhims{LoseOverlapping: true},
		Limits: emulator.Limits{Writes: 1000, WriteWindow: 2 * time.Second, ResourceUnits: 1 << 20},
		Lag:    emulator.Lag{Delay: 200 * time.Millisecond, Share: 0.3},
		Faults: []emulator.Fault{
			{Route: "assignLicense", Effect: emulator.EffectLostReply, Probability: 0.005},
			{Route: "assignGroupLicense", Effect: emulator.EffectLostReply, Probability: 0.3},
			{Route: "batch", Effect: emulator.EffectStatus, Status: http.StatusServiceUnavailable, Probability: 0.01},
		},
	}))
	t := &tenancy{Emulator: e, products: map[license.GUID]string{}}
	for _, sku := range e.SKUs() {
		t.products[sku.ID] = sku.PartNumber
	}
	s.tenant.Store(t)
	return t
}

// TestSoakKillMigration leads five thousand users from licenses of their own to those
// of groups, and a few the way back, while the tenant throttles, lags and loses
// answers, and kills the program again and again: at random moments, and when a random
// number of writes has arrived. Nobody is without
// the license at any moment, no group has two calls at once, and no seat is taken
// that is not there.
func TestSoakKillMigration(t *testing.T) {
	begun := time.Now()
	s, w := newSoakOf(t, migrationTenant(), migrationManifest()), &witness{}
	tenant := s.migrateIn(w)
	s.wants(cli.CodeOK, "plan", "--out", "plan.json", "manifest.yaml")
	random, at, torn := rand.New(rand.NewPCG(soakSeed, 2)), []int64{}, ""
	for i := range migrationKills {
		name := fmt.Sprintf("killed-%02d.jsonl", i)
		p := s.start(s.front, applying(name)...)
		if i%2 == 0 {
			time.Sleep(500*time.Millisecond + time.Duration(random.Int64N(int64(3*time.Second))))
		} else {
			s.awaitWrites(tenant, tenant.writes.Load()+1+random.Int64N(900))
		}
		_ = p.Process.Kill() // it may have ended
		_ = p.code()
		if s.checkMigrating(name, tenant) && torn == "" {
			torn = name
		}
		at = append(at, tenant.writes.Load())
	}
	s.wants(cli.CodeOK, applying("last.jsonl")...)
	sent := tenant.writes.Load()
	s.wants(cli.CodeOK, applying("none.jsonl")...)
	if n := tenant.writes.Load() - sent; n != 0 {
		t.Errorf("everything is done, and another apply has sent %d writes", n)
	}
	s.wants(cli.CodeOK, "plan", "--undo", torn, "--out", "undo.json", "manifest.yaml")
	s.checkMigration(tenant, w)
	t.Logf("%s; writes that had arrived when it was killed: %v; answers: %v", time.Since(begun).Round(time.Second), at, tenant.Counters().ByStatus)
}

// awaitWrites waits until so many writes have arrived.
func (s *soak) awaitWrites(t *tenancy, n int64) {
	s.t.Helper()
	for begun := time.Now(); t.writes.Load() < n; time.Sleep(time.Millisecond) {
		if time.Since(begun) > soakPatience {
			s.t.Fatalf("%d writes have arrived, want %d", t.writes.Load(), n)
		}
	}
}

// checkMigrating holds the receipt of a run that was killed to the tenant: whoever is
// told as done is done. It reports whether there is one.
func (s *soak) checkMigrating(name string, t *tenancy) bool {
	s.t.Helper()
	r := s.receiptOf(name)
	if r == nil {
		return false
	}
	for _, res := range r.Results {
		u, _ := t.User(res.User.ID.String())
		_, direct := u.DirectLicense(res.Actions[0].SKUID)
		if adds := strings.HasPrefix(u.UserPrincipalName, "old"); res.Outcome == receipt.Done && direct != adds {
			s.t.Errorf("%s: %s is done and holds %+v", name, u.UserPrincipalName, u.Assignments)
		}
	}
	for _, res := range r.GroupResults {
		if res.Outcome != receipt.Done && res.Outcome != receipt.Already && res.Outcome != receipt.Unknown {
			s.t.Errorf("%s: group %s is %s: %s", name, res.Group.DisplayName, res.Outcome, res.Message)
		}
	}
	return true
}

// checkMigration holds the tenant to what the manifest says, and its log to what may
// never be.
func (s *soak) checkMigration(t *tenancy, w *witness) {
	s.t.Helper()
	if len(w.without) > 0 {
		s.t.Errorf("%d times somebody was without a license that they keep: %v", len(w.without), w.without[:min(5, len(w.without))])
	}
	if t.oversold.Load() {
		s.t.Error("more seats were taken than bought")
	}
	last := map[string]time.Time{}
	calls := map[string]int{}
	for _, r := range t.Requests() {
		if r.Route != "assignGroupLicense" || !r.Mutated {
			continue
		}
		if gap := r.Time.Sub(last[r.Path]); gap < migrationDelay {
			s.t.Errorf("%s: a call %s after the one before", r.Path, gap)
		}
		last[r.Path] = r.Time
		calls[r.Path]++
	}
	for _, c := range squads() {
		path := "/v1.0/groups/" + emulator.DerivedID("group", c.group).String() + "/assignLicense"
		if calls[path] != c.calls {
			s.t.Errorf("group %s was changed by %d calls, want %d", c.group, calls[path], c.calls)
		}
		for i := range c.users {
			u, _ := t.User(c.user(i))
			want := c.after
			if want == "" {
				want = "SPE_E3"
			}
			if t.holds(u) != want || (c.after == "") != u.Assignments[0].Direct() || !u.Assignments[0].InForce() {
				s.t.Fatalf("%s holds %+v, want %s alone", u.UserPrincipalName, u.Assignments, want)
			}
		}
	}
}

package emulator

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// directory is the tenant's state: the tables of users, groups and products,
// behind one lock. Users never move, so a userRef stays good: who comes after
// the start is put at the end, and a deleted user keeps its place and is flagged.
type directory struct {
	mu sync.RWMutex

	tenant   tenantInfo
	products []product
	bySKU    map[license.GUID]skuRef
	services map[license.GUID]string // by service plan, where it is known
	groups   []group                 // position 0 is not used: groupRef 0 is "no group"
	byGroup  map[license.GUID]groupRef
	users    []user    // those of the start, sorted by id, then those created since
	byUPN    []userRef // in the order of the folded principal names
	words    words

	changed  func(before, after license.UserState) // nil: nobody is told
	evidence map[license.GUID]Evidence             // by user, without those of whom nothing is known

	texts        map[license.GUID]map[string]string // the heldTexts that were set, by user and property
	created      map[license.GUID]userRef           // users that were created
	deletedItems map[license.GUID]deletedItem       // users that were deleted
	managers     map[userRef]userRef                // by user

	book rulebook
	jobs []groupJob // group licenses that wait to be processed

	userHistory history[userRef, user]
	seatHistory history[skuRef, int]
	touched     map[userRef]uint64 // when, in changes, a user last changed for a delta query
	changes     uint64
	origins     map[userRef]uint64 // the sum of a changed user as they were at the start; nil until that
}

// tenantInfo is what GET /organization shows.
type tenantInfo struct {
	id            license.GUID
	displayName   string
	defaultDomain string
	country       string
	revealNames   bool
}

// product is a SKU with its live count of seats.
type product struct {
	sku        license.SKU    // Units.Consumed is not kept here
	plans      []license.GUID // those that users can hold, sorted
	mailbox    bool           // one of them is a mailbox
	prohibited []string
	consumed   int

	subscriptions []Subscription
}

// hasPlan reports whether the SKU contains the plan, for users or not.
func (p product) hasPlan(id license.GUID) bool {
	_, ok := p.sku.Plan(id)
	return ok
}

// group is a group with its licenses.
type group struct {
	id        license.GUID
	name      string
	members   []userRef  // sorted
	below     []groupRef // groups that are members; sorted
	owners    []userRef  // sorted
	appOwners []string   // client ids of the applications that own it as well
	former    []userRef  // who left, and whose licenses are still to be taken
	licenses  []groupLicense
	state     string // licenseProcessingState; empty: never licensed
	created   time.Time
	changed   bool // its licenses differ from those that the emulator started with
	deleted   bool
	fresh     bool            // it was created after the start
	touched   uint64          // when, in changes, it last changed for a delta query; 0: never
	past      []formerMembers // the oldest first

	description string
	nickname    string

	mailOnly    bool // not security-enabled
	mailEnabled bool
	unified     bool // a Microsoft 365 group
	visibility  string
	dynamic     bool
	rule        string    // of a dynamic group
	paused      bool      // the rule is not processed
	gone        time.Time // when a group that can be restored was deleted; zero: it cannot be
	synced      bool
	hidden      bool // who is in it

	// settled are the licenses of before the changes that wait to be processed.
	settled []groupLicense
}

type groupLicense struct {
	sku      skuRef
	disabled planSet
}

// findID returns the user with that object id.
func (d *directory) findID(id license.GUID) (userRef, bool) {
	if r, ok := d.created[id]; ok {
		return r, !d.users[r].has(flagDeleted)
	}
	settled := d.users[:len(d.users)-len(d.created)]
	i, ok := slices.BinarySearchFunc(settled, id, func(u user, id license.GUID) int {
		return license.CompareGUIDs(u.id, id)
	})
	return userRef(i), ok && !d.users[i].has(flagDeleted)
}

// findUPN returns the user with that principal name, in any case.
func (d *directory) findUPN(upn string) (userRef, bool) {
	i, ok := d.searchUPN(upn)
	if !ok || d.users[d.byUPN[i]].has(flagDeleted) {
		return 0, false
	}
	return d.byUPN[i], true
}

// searchUPN returns where a principal name is in byUPN, or would be.
func (d *directory) searchUPN(upn string) (int, bool) {
	return slices.BinarySearchFunc(d.byUPN, license.UPNKey(upn), func(r userRef, key string) int {
		return strings.Compare(license.UPNKey(d.users[r].upn), key)
	})
}

// find returns the user that an object id or a principal name means.
func (d *directory) find(ref string) (userRef, bool) {
	if id, err := license.ParseGUID(ref); err == nil {
		return d.findID(id)
	}
	return d.findUPN(ref)
}

// seatsFree is how many seats of a product can still be given out.
func (d *directory) seatsFree(p product) int {
	free := p.sku.Units.Enabled - p.consumed
	if d.book.warningSeats {
		free += p.sku.Units.Warning
	}
	return free
}

// put replaces a user and keeps the count of seats. Every change of a user
// goes through it.
func (d *directory) put(r userRef, next user, now time.Time) {
	was := d.users[r]
	d.userHistory.wrote(r, was, now)
	for i, a := range was.held {
		if a.takesSeat() && firstSeat(was.held, i) && !next.seatOf(a.sku) {
			d.countSeat(a.sku, -1, now)
		}
	}
	for i, a := range next.held {
		if a.takesSeat() && firstSeat(next.held, i) && !was.seatOf(a.sku) {
			d.countSeat(a.sku, 1, now)
		}
	}
	if !was.looksLike(next) {
		d.touch(r)
	}
	if d.origins != nil && !was.has(flagChanged) {
		d.origins[r] = d.sum(was)
		next.flags |= flagChanged
	}
	d.users[r] = next
	if d.changed != nil && !slices.Equal(was.held, next.held) {
		d.changed(d.userState(was), d.userState(next))
	}
}

// looksLike reports whether a delta query has nothing to tell of a change: it
// does not track licenses.
func (u user) looksLike(other user) bool {
	const seen = flagDisabled | flagGuest | flagDeleted
	return u.displayName == other.displayName && u.location == other.location && u.department == other.department &&
		u.country == other.country && u.jobTitle == other.jobTitle && u.flags&seen == other.flags&seen
}

func (d *directory) countSeat(ref skuRef, by int, now time.Time) {
	d.seatHistory.wrote(ref, d.products[ref].consumed, now)
	d.products[ref].consumed += by
}

// firstSeat reports whether no earlier assignment takes a seat of the same
// SKU: a user takes one seat, however many paths lead to it.
func firstSeat(held []assignment, i int) bool {
	for j := i - 1; j >= 0 && held[j].sku == held[i].sku; j-- {
		if held[j].takesSeat() {
			return false
		}
	}
	return true
}

// userState renders a user in the project's vocabulary.
func (d *directory) userState(u user) license.UserState {
	out := license.UserState{
		ID: u.id, UserPrincipalName: u.upn, DisplayName: u.displayName,
		AccountEnabled: !u.has(flagDisabled), UserType: u.userType(), UsageLocation: u.usageLocation(),
	}
	for _, a := range u.held {
		state := license.Assignment{
			SKUID:         d.products[a.sku].sku.ID,
			DisabledPlans: a.disabled.list(),
			State:         a.state.String(),
		}
		if !a.direct() {
			state.Group = d.groups[a.group].id
		}
		if a.err != violationNone {
			state.Error = a.err.String()
		}
		out.Assignments = append(out.Assignments, state)
	}
	license.SortAssignments(out.Assignments)
	return out
}

func (u user) userType() string {
	if u.has(flagGuest) {
		return "Guest"
	}
	return "Member"
}

// kind is the type of a user.
func (u user) kind() string {
	if u.has(flagAgent) {
		return "agentUser"
	}
	return "user"
}

func compareUsers(a, b user) int { return bytes.Compare(a.id[:], b.id[:]) }

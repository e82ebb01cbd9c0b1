package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/licensectl/licensectl/pkg/internal/safetext"
	"github.com/licensectl/licensectl/pkg/license"
)

// stateVersion is the version of the saved state's format.
const stateVersion = "1"

// savedState is what has changed in a tenant since it was started: the users
// and groups that differ, in full. The rest is in the tenant's own
// description.
type savedState struct {
	FormatVersion string       `json:"formatVersion"`
	TenantID      license.GUID `json:"tenantId"`
	Users         []savedUser  `json:"users"`  // sorted by id
	Groups        []savedGroup `json:"groups"` // sorted by id
}

type savedUser struct {
	ID            license.GUID   `json:"id"`
	Origin        string         `json:"origin"` // the sum of the user at the start
	UsageLocation string         `json:"usageLocation"`
	Deleted       bool           `json:"deleted,omitempty"`
	Licenses      []savedLicense `json:"licenses"`
}

type savedLicense struct {
	SKU           license.GUID   `json:"skuId"`
	Group         license.GUID   `json:"group,omitzero"`
	DisabledPlans []license.GUID `json:"disabledPlans"`
	State         string         `json:"state"`
	Error         string         `json:"error"`
	Updated       time.Time      `json:"updated"`
}

type savedGroup struct {
	ID       license.GUID   `json:"id"`
	Licenses []savedLicense `json:"licenses"`
}

// SaveState returns what has changed in the tenant since it was started, as
// JSON, without users and groups that were created. Group licensing that waits is done first: time passes before somebody
// loads the state.
func (e *Emulator) SaveState() ([]byte, error) {
	e.dir.processAll(e.now())
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	out := savedState{FormatVersion: stateVersion, TenantID: e.dir.tenant.id, Users: []savedUser{}, Groups: []savedGroup{}}
	for r, u := range e.dir.users {
		if u.has(flagChanged) && !u.has(flagCreated) {
			out.Users = append(out.Users, e.dir.saveUser(userRef(r), u))
		}
	}
	for _, g := range e.dir.groups {
		if g.changed && !g.fresh {
			out.Groups = append(out.Groups, e.dir.saveGroup(g))
		}
	}
	slices.SortFunc(out.Groups, func(a, b savedGroup) int { return license.CompareGUIDs(a.ID, b.ID) })
	text, err := json.MarshalIndent(out, "", "  ")
	return append(safetext.JSON(text), '\n'), err
}

func (d *directory) saveUser(r userRef, u user) savedUser {
	out := savedUser{
		ID: u.id, Origin: strconv.FormatUint(d.origins[r], 16), UsageLocation: u.usageLocation(),
		Deleted: u.has(flagDeleted), Licenses: []savedLicense{},
	}
	for _, a := range u.held {
		if d.groups[a.group].fresh {
			continue // of a group that is not in the state
		}
		out.Licenses = append(out.Licenses, savedLicense{
			SKU: d.products[a.sku].sku.ID, Group: d.groups[a.group].id,
			DisabledPlans: append([]license.GUID{}, a.disabled.list()...),
			State:         a.state.String(), Error: a.err.String(), Updated: a.updatedAt(),
		})
	}
	return out
}

func (d *directory) saveGroup(g group) savedGroup {
	out := savedGroup{ID: g.id, Licenses: []savedLicense{}}
	for _, l := range g.licenses {
		out.Licenses = append(out.Licenses, savedLicense{
			SKU: d.products[l.sku].sku.ID, DisabledPlans: append([]license.GUID{}, l.disabled.list()...),
		})
	}
	return out
}

// sum is a fingerprint of what a user holds and where, without times.
func (d *directory) sum(u user) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s", u.location)
	for _, a := range u.held {
		fmt.Fprintf(h, "|%s %s %v %v %v", d.products[a.sku].sku.ID, d.groups[a.group].id, a.disabled.list(), a.state, a.err)
	}
	return h.Sum64()
}

// LoadState puts a saved state on top of the tenant. A user whose entry in the
// tenant's description was edited since starts from that entry again. It is an
// error if the state is of another tenant, or names a user, group or product
// that the tenant no longer has; the emulator is then unchanged.
func (e *Emulator) LoadState(data []byte) error {
	in, err := readState(data)
	if err != nil {
		return fmt.Errorf("reading the emulator's state: %w", err)
	}
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	if in.TenantID != e.dir.tenant.id {
		return fmt.Errorf("reading the emulator's state: it is of the tenant %s, and this one is %s", in.TenantID, e.dir.tenant.id)
	}
	loader := stateLoader{dir: e.dir, now: e.now()}
	if err := loader.read(in); err != nil {
		return fmt.Errorf("reading the emulator's state: %w; remove the state to start from the tenant as it is described", err)
	}
	loader.apply()
	return nil
}

func readState(data []byte) (savedState, error) {
	var in savedState
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return in, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return in, errors.New("there is more after the state")
	}
	if in.FormatVersion != stateVersion {
		return in, fmt.Errorf("the format version is %q, and this program knows %q", in.FormatVersion, stateVersion)
	}
	return in, nil
}

// stateLoader reads a state in full before it changes anything.
type stateLoader struct {
	dir    *directory
	now    time.Time
	users  map[userRef]user
	groups map[groupRef][]groupLicense
}

func (l *stateLoader) read(in savedState) error {
	l.users, l.groups = map[userRef]user{}, map[groupRef][]groupLicense{}
	for _, saved := range in.Groups {
		ref, ok := l.dir.byGroup[saved.ID]
		if !ok {
			return fmt.Errorf("the tenant has no group %s", saved.ID)
		}
		l.groups[ref] = nil
		for _, held := range saved.Licenses {
			a, err := l.assignment(held)
			if err != nil {
				return err
			}
			l.groups[ref] = append(l.groups[ref], groupLicense{sku: a.sku, disabled: a.disabled})
		}
	}
	for _, saved := range in.Users {
		if err := l.user(saved); err != nil {
			return err
		}
	}
	return nil
}

func (l *stateLoader) user(saved savedUser) error {
	r, ok := l.dir.findID(saved.ID)
	if !ok {
		return fmt.Errorf("the tenant has no user %s", saved.ID)
	}
	next := l.dir.users[r]
	if strconv.FormatUint(l.dir.sum(next), 16) != saved.Origin {
		return nil // edited since: the tenant's description counts
	}
	if saved.UsageLocation != "" && !license.IsCountry(saved.UsageLocation) {
		return fmt.Errorf("the user %s has the usage location %q", saved.ID, saved.UsageLocation)
	}
	next.location = [2]byte{}
	copy(next.location[:], saved.UsageLocation)
	next.held = nil
	for _, held := range saved.Licenses {
		a, err := l.assignment(held)
		if err != nil {
			return err
		}
		next = next.with(a)
	}
	if saved.Deleted {
		next.flags |= flagDeleted
	}
	l.users[r] = next
	return nil
}

func (l *stateLoader) assignment(saved savedLicense) (assignment, error) {
	sku, ok := l.dir.bySKU[saved.SKU]
	if !ok {
		return assignment{}, fmt.Errorf("the tenant has no product %s", saved.SKU)
	}
	a := assignment{sku: sku, updated: stamp(saved.Updated), disabled: newPlanSet(saved.DisabledPlans)}
	if saved.Group != (license.GUID{}) {
		if a.group, ok = l.dir.byGroup[saved.Group]; !ok {
			return a, fmt.Errorf("the tenant has no group %s", saved.Group)
		}
	}
	if a.state, ok = stateNamed(saved.State); !ok {
		return a, fmt.Errorf("a license has the state %q", saved.State)
	}
	if a.err, ok = violationNamed(saved.Error); !ok {
		return a, fmt.Errorf("a license has the error %q", saved.Error)
	}
	return a, nil
}

func (l *stateLoader) apply() {
	for ref, licenses := range l.groups {
		l.dir.groups[ref].licenses = licenses
		l.dir.groups[ref].state, l.dir.groups[ref].changed = processingComplete, true
	}
	for r, next := range l.users {
		l.dir.put(r, next, l.now)
	}
}

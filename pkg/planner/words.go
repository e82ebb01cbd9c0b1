package planner

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Arguments of messages that are not shown as they are. Others are shown as fmt
// shows them.
type (
	product              license.GUID
	groupID              license.GUID
	servicePlanID        license.GUID
	groupIDs             []plan.Group
	groupsAlike          []*license.Group // that share a name
	membersOfUnknownType []plan.Member
	anyOfPlans           []license.GUID
	servicePlans         []license.GUID
	givenProducts        map[license.GUID]bool
	suppressedActions    []plan.Action
	trippedGuards        []plan.Guard
	spareSeats           map[license.GUID]int // that would let everybody through
	someNames            []string
	catalogHint          struct{ err error }

	// path is how an assignment comes to a user.
	path license.Assignment

	// seatUse is what became of the seats of a product.
	seatUse struct {
		*seatAccount
		reserve int
	}

	// whereToGiveUp says what gives a redundant license, and what asks for it in
	// the manifests; nil: nothing.
	whereToGiveUp struct {
		*redundancy
		asked *plan.DesiredLicense
	}
)

// words puts findings and reasons into words, for a tenant. Nothing else makes
// sentences of them.
type words struct {
	catalog *license.Catalog
	groups  plan.GroupNames // as far as they are known

	shared map[any]string // what was put into words of arguments that findings share, by their address
}

func newWords(catalog *license.Catalog, groups plan.GroupNames) words {
	return words{catalog, groups, map[any]string{}}
}

// findings puts the findings of steps into words: every one once, in the order of
// plan.SortFindings.
func (w words) findings(steps ...findings) []plan.Finding {
	n := 0
	for _, said := range steps {
		n += len(said)
	}
	out := make([]plan.Finding, 0, n)
	for _, said := range steps {
		for i := range said {
			out = append(out, w.finding(&said[i]))
		}
	}
	return plan.SortFindings(out)
}

// finding puts a finding into words.
func (w words) finding(f *finding) plan.Finding {
	args := w.arguments(f.args)
	out := f.wordless()
	out.Message, out.Hint = f.text, f.hint
	if len(args) > 0 {
		out.Message = fmt.Sprintf(f.text, args...)
	}
	if strings.Contains(f.hint, "%[") {
		out.Hint = fmt.Sprintf(f.hint, args...)
	}
	return out
}

// arguments gives what is shown for arguments.
func (w words) arguments(given []any) []any {
	out := make([]any, len(given))
	for i, a := range given {
		out[i] = w.argument(a)
	}
	return out
}

// argument gives what is shown for an argument.
func (w words) argument(a any) any {
	switch a := a.(type) {
	case product:
		return w.catalog.SKUName(license.GUID(a))
	case servicePlanID:
		return w.catalog.PlanName(license.GUID(a))
	case groupID:
		return w.groups.Quoted(license.GUID(a))
	case groupsAlike:
		return listOf(a, "; ", w.groupMark)
	case path:
		return w.path(license.Assignment(a))
	case *redundancy:
		return w.once(a, func() string { return w.redundancy(a) })
	case *seatUse:
		return w.once(a, a.words)
	case *acceptedFinding:
		return w.acceptedFinding(a)
	case anyOfPlans:
		return w.anyOfPlans(a)
	case servicePlans:
		return listOf(a, ", ", w.catalog.PlanName)
	case givenProducts:
		return w.givenProducts(a)
	case suppressedActions:
		return w.suppressedActions(a)
	case spareSeats:
		return w.spareSeats(a)
	case groupList:
		return listOf(a, ", ", w.groups.Quoted)
	case givingGroups:
		return "the group " + listOf(a, " and the group ", w.groups.Quoted)
	}
	return plainWords(a)
}

// plainWords is argument for what no tenant has to be known for.
func plainWords(a any) any {
	switch a := a.(type) {
	case interface{ words() string }:
		return a.words()
	case groupIDs:
		return listOf(a, ", ", func(g plan.Group) string { return g.ID.String() })
	case membersOfUnknownType:
		return listOf(a, ", ", func(m plan.Member) string { return fmt.Sprintf("%s (type %q)", m.ID, m.Type) })
	case trippedGuards:
		return listOf(a, ", ", func(g plan.Guard) string {
			return guardName(g) + ": " + quantity.Text(g.Actual) + " of " + quantity.Text(*g.Limit) + " allowed"
		})
	case plan.Window:
		return windowWords(a)
	case plan.PlanMode:
		return planModeWords(a)
	case *plan.Seats:
		return seatsWords(a)
	}
	return a
}

// listOf joins what is said of each.
func listOf[T any](all []T, separator string, say func(T) string) string {
	out := make([]string, 0, len(all))
	for _, one := range all {
		out = append(out, say(one))
	}
	return strings.Join(out, separator)
}

func (w words) path(a license.Assignment) string {
	if a.Direct() {
		return "assigned directly"
	}
	return "from group " + w.groups.Quoted(a.Group)
}

// once gives the words of an argument that findings share.
func (w words) once(address any, say func() string) string {
	out, known := w.shared[address]
	if !known {
		out = say()
		w.shared[address] = out
	}
	return out
}

// redundancy says that a product adds nothing to another one, and by which paths
// the two are held.
func (w words) redundancy(r *redundancy) string {
	return w.bundle(r.bundle) + " adds nothing to " + w.bundle(r.by) + ", which has every service plan of it that is on"
}

func (w words) bundle(b *bundle) string {
	var paths []string
	if b.direct {
		paths = append(paths, "direct")
	}
	for _, g := range b.groups {
		paths = append(paths, "from group "+w.groups.Quoted(g))
	}
	return w.catalog.SKUName(b.sku) + " (" + strings.Join(paths, ", ") + ")"
}

// words says where the license can be given up.
func (g whereToGiveUp) words() string {
	switch {
	case !g.direct && g.asked != nil:
		return "take the product off the group, or the user out of it; the manifests ask for it as well"
	case !g.direct:
		return "take the product off the group, or the user out of it"
	case g.asked == nil:
		return "no manifest asks for it; `licensectl explain` says why it is kept"
	case g.asked.Profile != "":
		return fmt.Sprintf("take it out of the profile %q, or give the user another profile", g.asked.Profile)
	default:
		return "take it out of the user's entry"
	}
}

// acceptedFinding says what an acceptance is narrowed to.
func (w words) acceptedFinding(a *acceptedFinding) string {
	var parts []string
	for _, name := range []string{a.User.Name, a.SKU.Name} {
		if name != "" {
			parts = append(parts, name)
		}
	}
	if a.Group != (license.GUID{}) {
		parts = append(parts, "group "+w.groups.Quoted(a.Group))
	}
	if len(parts) == 0 {
		return ""
	}
	return " for " + strings.Join(parts, ", ")
}

// maxNamed bounds how many alternatives a sentence lists.
const maxNamed = 3

func (w words) anyOfPlans(plans []license.GUID) string {
	var names []string
	for _, id := range plans[:min(len(plans), maxNamed)] {
		names = append(names, w.catalog.PlanName(id))
	}
	if len(plans) > maxNamed {
		names = append(names, "others")
	}
	return strings.Join(names, " or ")
}

// maxNamedProducts bounds how many products of a group a sentence lists.
const maxNamedProducts = 5

func (w words) givenProducts(skus map[license.GUID]bool) string {
	var names []string
	for sku := range skus {
		names = append(names, w.catalog.SKUName(sku))
	}
	slices.Sort(names)
	if more := len(names) - maxNamedProducts; more > 0 {
		names = append(names[:maxNamedProducts], quantity.Of(more, "more product"))
	}
	return strings.Join(names, ", ")
}

func (w words) suppressedActions(actions []plan.Action) string {
	if len(actions) == 0 {
		return ""
	}
	return ": " + listOf(actions, ", ", func(a plan.Action) string {
		if a.Op == plan.OpSetUsageLocation {
			return "usage location " + a.UsageLocation
		}
		return fmt.Sprintf("%s %s", a.Op, w.catalog.SKUName(a.SKUID))
	})
}

func (w words) spareSeats(spare map[license.GUID]int) string {
	var parts []string
	seats := 0
	for sku, n := range spare {
		seats += n
		parts = append(parts, quantity.Text(n)+" of "+w.catalog.SKUName(sku))
	}
	slices.Sort(parts)
	return quantity.Of(seats, "spare seat") + " would open the way for all who wait like this: " + strings.Join(parts, ", ")
}

// words says what the plan does with the seats, if anything: those that are
// bought and not used may all be taken by others.
func (s *seatUse) words() string {
	out := quantity.Text(s.sku.Units.Enabled) + " bought, " + quantity.Text(s.sku.Units.Consumed) + " used"
	var moved []string
	if s.freed > 0 {
		moved = append(moved, quantity.Text(s.freed)+" freed")
	}
	if s.taken > 0 {
		moved = append(moved, quantity.Text(s.taken)+" taken")
	}
	if moved != nil {
		out += ", " + strings.Join(moved, " and ") + " by this plan"
	}
	if s.reserve > 0 {
		out += ", " + quantity.Text(s.reserve) + " kept in reserve"
	}
	return out
}

// unusedSeatsWords says how many seats nobody will use, and which are not in the
// count.
func unusedSeatsWords(s plan.Seats) string {
	out := quantity.Text(unused(s)) + " of " + quantity.Of(s.Enabled, "seat") + " will be used by nobody"
	var parts []string
	if s.Reserve > 0 {
		parts = append(parts, quantity.Text(s.Reserve)+" kept in reserve")
	}
	if s.Warning > 0 {
		parts = append(parts, quantity.Text(s.Warning)+" that have expired and are in their grace period")
	}
	if len(parts) > 0 {
		out += ", not counting " + strings.Join(parts, " and ")
	}
	return out
}

// words names the first few of some users.
func (names someNames) words() string {
	sorted := slices.Sorted(slices.Values(names))
	shown := strings.Join(sorted[:min(len(sorted), maxNamed)], ", ")
	if more := len(sorted) - maxNamed; more > 0 {
		shown += " and " + quantity.Of(more, "other member")
	}
	return shown
}

// hinter is an error of the catalog that says what to do about it.
type hinter interface{ Hint() string }

func (c catalogHint) words() string {
	var h hinter
	if errors.As(c.err, &h) && h.Hint() != "" {
		return h.Hint()
	}
	if _, absent := errors.AsType[*license.SKUNotInTenantError](c.err); absent {
		return "buy it, or delete the line; `licensectl seats` lists what the tenant owns"
	}
	return ""
}

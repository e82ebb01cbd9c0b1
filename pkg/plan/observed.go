package plan

import (
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// Attributes are texts of users, by property and user. A property that is there
// was read of everybody of whom it matters; a user who is missing below it has
// none.
type Attributes map[string]map[license.GUID]string

// Observed is what the tenant holds, as far as it was read. It is only made
// of complete reads: a user that is missing from it is not in the tenant (or
// was not asked for), and a user in it shows every license.
type Observed struct {
	Tenant Tenant
	SKUs   []license.SKU       // sorted by part number
	Users  []license.UserState // sorted by id
	Me     license.GUID        // the signed-in user; zero where nobody asked

	// Answers tell who is selected; nil where nothing was asked. A user of an
	// answer who is not among Users is not in the tenant.
	Answers map[Query]Answer

	// LicensedGroups are the groups that give licenses, and all that a manifest or
	// the policy names by display name or id, sorted by id; nil: not read.
	LicensedGroups []license.Group

	// Groups are the names of groups, as far as they are known; may be nil.
	// They are for people alone: no change depends on them.
	Groups map[license.GUID]string

	// Departments are those of users, as far as they were asked for and the
	// users have one; may be nil. They are for grouping users in files alone:
	// no change depends on them.
	Departments map[license.GUID]string

	// Attributes are those of the users of whom Unsure asks; may be nil.
	Attributes Attributes

	// Signals tell whether users use what they hold, as far as that was asked
	// for. What they do not tell takes nothing from anybody.
	Signals license.Signals

	// Subscriptions are those of the tenant; nil where nobody asked. They are
	// for people alone: no change depends on them.
	Subscriptions *license.Subscriptions

	// Whole tells that every user of the tenant was read, not the declared
	// ones alone.
	Whole bool
}

// GroupsNamed gives the licensed groups that a display name, in any case, or an object
// id stands for, in their order; nil: there is none.
func (o *Observed) GroupsNamed(name string) []*license.Group {
	id, err := license.ParseGUID(name)
	var out []*license.Group
	for i := range o.LicensedGroups {
		g := &o.LicensedGroups[i]
		if err == nil && g.ID == id || err != nil && strings.EqualFold(g.DisplayName, name) {
			out = append(out, g)
		}
	}
	return out
}

// Tenant names a Microsoft Entra tenant.
type Tenant struct {
	ID          license.GUID `json:"id"`
	DisplayName string       `json:"displayName"`
}

package manifest

import (
	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/plan"
)

var (
	userLicensesKeys = []string{"defaults", "users", "select"}
	defaultsKeys     = []string{"usageLocation", "profiles", "licenses"}
	entryKeys        = []string{"user", "usageLocation", "profiles", "licenses", "from", "until", "renewed"}
)

// userLicenses is a UserLicenses document as it is written.
type userLicenses struct {
	name       string
	defaults   request
	entries    []entry
	selections []selection
}

// entry is one user of a UserLicenses document.
type entry struct {
	user   plan.Ref // at the place of the entry
	window plan.Window
	request

	renewed plan.Date
}

// request is what an entry, or the defaults, ask for. Absent is not empty.
type request struct {
	usageLocation string // empty: not given
	profiles      []profileRef
	licenses      []plan.DesiredLicense
	hasProfiles   bool
	hasLicenses   bool
}

// over fills in from the defaults what an entry leaves out, key by key, with
// one exception: `licenses: []` says that the user gets no license at all, so
// the default profiles do not come with it. Licenses that are listed come on
// top of the default profiles, and `profiles: []` leaves the default licenses
// in place.
func (q request) over(defaults request) request {
	if q.usageLocation == "" {
		q.usageLocation = defaults.usageLocation
	}
	wantsNone := q.hasLicenses && len(q.licenses) == 0
	if !q.hasProfiles && !wantsNone {
		q.profiles, q.hasProfiles = defaults.profiles, defaults.hasProfiles
	}
	if !q.hasLicenses {
		q.licenses, q.hasLicenses = defaults.licenses, defaults.hasLicenses
	}
	return q
}

// isShort reports whether an entry leaves all licenses to the defaults.
func (q request) isShort() bool { return !q.hasProfiles && !q.hasLicenses }

func (r *reader) readUserLicenses(m strictyaml.Mapping) {
	name := r.readName(m, KindUserLicenses)
	spec, _ := m.Need("spec").Mapping(userLicensesKeys)
	m, _ = spec.Get("defaults").Mapping(defaultsKeys)
	defaults := readRequest(m, ofUsers())
	for i := range defaults.licenses {
		defaults.licenses[i].Default = true
	}
	r.manifests = append(r.manifests, &userLicenses{
		name:       name.Name,
		defaults:   defaults,
		entries:    readEntries(spec),
		selections: r.readSelections(spec.Get("select")),
	})
}

// readEntries reads the users, who may be left out where there is a selection.
func readEntries(spec strictyaml.Mapping) []entry {
	users := spec.Get("users")
	if !spec.Get("select").Present() {
		users = spec.Need("users")
	}
	if users.Kind() == strictyaml.KindNull {
		users.WrongType("a list").Hint = "write [] for no user"
		return nil
	}
	items, _ := users.Drain()
	entries := make([]entry, 0, users.Len())
	for item := range items {
		entries = append(entries, readEntry(item))
	}
	return entries
}

// readEntry reads an entry in the short form, the user alone, or the long one.
func readEntry(v strictyaml.Value) entry {
	if v.Kind() != strictyaml.KindMapping {
		return entry{user: readUser(v)}
	}
	m, _ := v.Mapping(entryKeys)
	user := readUser(m.Need("user"))
	return entry{user: refAt(v, user.Name), window: readWindow(m), request: readRequest(m, ofUsers()), renewed: readDate(m.Get("renewed"))}
}

// itemKeys are the keys of the licenses and of the mentions of profiles in a
// request.
type itemKeys struct{ license, profile []string }

func ofUsers() itemKeys { return itemKeys{licenseKeys, profileRefKeys} }

func readRequest(m strictyaml.Mapping, keys itemKeys) request {
	profiles, licenses := m.Get("profiles"), m.Get("licenses")
	return request{
		usageLocation: readCountry(m.Get("usageLocation")),
		profiles:      readProfileRefs(profiles, keys.profile),
		licenses:      readLicenses(licenses, keys.license, userLicensesHint),
		hasProfiles:   profiles.Present(),
		hasLicenses:   licenses.Present(),
	}
}

package manifest

import (
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/plan"
)

var profileKeys = []string{"licenses"}

// readProfile reads a LicenseProfile. Of two with one name the first counts;
// the second is an error already.
func (r *reader) readProfile(m strictyaml.Mapping) {
	name := r.readName(m, KindLicenseProfile)
	spec, _ := m.Need("spec").Mapping(profileKeys)
	licenses := readLicenses(spec.Need("licenses"), licenseKeys, profileLicensesHint)
	if _, taken := r.profiles[name.Name]; taken || name.Name == "" {
		return
	}
	for i := range licenses {
		licenses[i].Profile = name.Name
	}
	r.profiles[name.Name] = Profile{Name: name.Name, Source: name.Source, Licenses: licenses}
}

// sortedProfiles gives the profiles by name.
func (r *reader) sortedProfiles() []Profile {
	out := make([]Profile, 0, len(r.profiles))
	for _, p := range r.profiles {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Profile) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// The keys of the mention of a profile, see licenseKeys.
var (
	profileRefKeys      = []string{"profile", "from", "until", "renewed"}
	groupProfileRefKeys = []string{"profile", "from", "until"}
)

// profileRef is the mention of a profile by an entry or by defaults.
type profileRef struct {
	name    plan.Ref
	window  plan.Window
	renewed plan.Date
}

// readProfileRefs reads a list of profile names, of which those with a time
// are mappings with these keys.
func readProfileRefs(v strictyaml.Value, keys []string) []profileRef {
	if !v.Present() {
		return nil // so do most of a hundred thousand users
	}
	if v.Kind() == strictyaml.KindNull {
		v.WrongType("a list").Hint = "write [] for no profile, or remove the key"
		return nil
	}
	items, _ := v.Items()
	refs := make([]profileRef, 0, v.Len())
	for item := range items {
		refs = append(refs, readProfileRef(item, keys))
	}
	return refs
}

func readProfileRef(v strictyaml.Value, keys []string) profileRef {
	if v.Kind() != strictyaml.KindMapping {
		return profileRef{name: readProfileName(v)}
	}
	m, _ := v.Mapping(keys)
	return profileRef{name: readProfileName(m.Need("profile")), window: readWindow(m), renewed: readDate(m.Get("renewed"))}
}

// readProfileName reads the name of a profile. An empty one would say that the
// user is to hold nothing.
func readProfileName(v strictyaml.Value) plan.Ref {
	name, ok := v.Str()
	if ok && name == "" {
		v.Errorf(CodeBadReference, "the name is empty").Hint = "write [] for no profile"
	}
	return refAt(v, name)
}

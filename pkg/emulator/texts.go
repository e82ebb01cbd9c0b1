package emulator

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/licensectl/licensectl/pkg/license"
)

// heldTexts are properties of a user that have nothing to do with licenses:
// they hold what a client set, and else nothing, or what follows from the name.
var heldTexts = []string{
	"ageGroup", "city", "companyName", "consentProvidedForMinor", "employeeId", "employeeType", "faxNumber", "givenName", "mailNickname",
	"mobilePhone", "officeLocation", "onPremisesImmutableId", "passwordPolicies", "postalCode", "preferredLanguage", "state", "streetAddress", "surname",
}

// heldFlags are such properties that are true or false.
var heldFlags = []string{"showInAddressList"}

// readText reads a property that is kept as it was set; null takes it away.
func readText(name string) func(json.RawMessage) (edit, bool) {
	return func(raw json.RawMessage) (edit, bool) {
		var text *string
		if json.Unmarshal(raw, &text) != nil || text != nil && *text == "" {
			return nil, false
		}
		return holdText(name, text), true
	}
}

// readFlag reads a property that is true or false, and is kept as text; null
// takes it away.
func readFlag(name string) func(json.RawMessage) (edit, bool) {
	return func(raw json.RawMessage) (edit, bool) {
		var flag *bool
		if json.Unmarshal(raw, &flag) != nil {
			return nil, false
		}
		if flag == nil {
			return holdText(name, nil), true
		}
		return holdText(name, ptr(strconv.FormatBool(*flag))), true
	}
}

// holdText keeps what a client set; nil takes it away.
func holdText(name string, text *string) edit {
	return func(d *directory, u user) user {
		texts := maps.Clone(d.texts[u.id])
		if texts == nil {
			texts = map[string]string{}
		}
		delete(texts, name)
		if text != nil {
			texts[name] = *text
		}
		d.texts[u.id] = texts
		d.touch(d.place(u.id))
		return u
	}
}

// touch lets delta queries know that a user has changed.
func (d *directory) touch(r userRef) {
	d.changes++
	d.touched[r] = d.changes
}

// heldText gives what a client set; empty for nothing.
func (d *directory) heldText(id license.GUID, name string) string { return d.texts[id][name] }

// withHeldTexts has the properties that a client may set give what was set.
func withHeldTexts(list []property) []property {
	for i, p := range list {
		isFlag := slices.Contains(heldFlags, p.name)
		if !isFlag && !slices.Contains(heldTexts, p.name) {
			continue
		}
		list[i].append = func(dst []byte, d *directory, u user) []byte {
			switch text := d.heldText(u.id, p.name); {
			case text == "":
				return p.append(dst, d, u)
			case isFlag:
				return append(dst, text...)
			default:
				return appendString(dst, text)
			}
		}
	}
	return list
}

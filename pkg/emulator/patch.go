package emulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// edit is a change of one property of a user.
type edit func(*directory, user) user

// patchUser sets properties of a user: all that the body names, or none.
func (e *Emulator) patchUser(c *call) reply {
	fields, err := readPatch(c.body)
	if err != nil {
		return e.failure(c, *err)
	}
	edits, err := e.readEdits(fields)
	if err != nil {
		return e.failure(c, *err)
	}
	r, err := e.targetUser(c)
	if err != nil {
		return e.failure(c, *err)
	}
	if !e.isOwnID(r, fields["id"]) {
		return e.failure(c, cannotBeSet("id"))
	}
	if e.restricted(r) {
		return e.failure(c, forbidden())
	}
	name, err := e.readRename(fields)
	if err != nil {
		return e.failure(c, *err)
	}
	before := e.audited(r)
	if err := e.dir.edit(r, name, edits, e.now()); err != nil {
		return e.failure(c, *err)
	}
	c.mutated = true
	e.note(c, activityUser, before)
	return noContent()
}

// readRename gives the principal name that a body sets; empty for none.
func (e *Emulator) readRename(fields map[string]json.RawMessage) (string, *apiError) {
	raw, ok := fields["userPrincipalName"]
	if !ok {
		return "", nil
	}
	return e.readName(raw)
}

// isOwnID reports whether what a body says of the id changes nothing: clients
// send the object back as they know it.
func (e *Emulator) isOwnID(r userRef, raw json.RawMessage) bool {
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	return isSameID(e.dir.users[r].id, raw)
}

// isSameID reports whether a body names that id, or none.
func isSameID(id license.GUID, raw json.RawMessage) bool {
	if raw == nil {
		return true
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return false
	}
	named, err := license.ParseGUID(text)
	return err == nil && named == id
}

// readPatch reads the body of a PATCH: the properties by their names.
func readPatch(body []byte) (map[string]json.RawMessage, *apiError) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return nil, ptr(unreadable())
	}
	if len(fields) == 0 {
		return nil, ptr(badRequest("Empty Payload. JSON content expected."))
	}
	return fields, nil
}

// readEdits reads what the body of a user sets.
func (e *Emulator) readEdits(fields map[string]json.RawMessage) ([]edit, *apiError) {
	var edits []edit
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name == "id" || name == "userPrincipalName" || isAnnotation(name) {
			continue
		}
		change, err := e.readEdit(name, fields[name])
		if err != nil {
			return nil, err
		}
		if change != nil {
			edits = append(edits, change)
		}
	}
	return edits, nil
}

// readEdit reads one property; of one that changes nothing it is nil.
func (e *Emulator) readEdit(name string, raw json.RawMessage) (edit, *apiError) {
	if isBeyond("user", name) {
		return nil, ptr(notEmulated(fmt.Sprintf("the setting of a user's '%s'", clip(name))))
	}
	if _, err := findProperty(e.properties, name); err != nil && err.status != http.StatusNotImplemented {
		return nil, ptr(noSuchProperty(name))
	}
	if slices.Contains(readOnly, name) {
		return nil, ptr(cannotBeSet(name))
	}
	if err := checkText("User", name, raw); err != nil {
		return nil, err
	}
	read, ok := settable()[name]
	switch {
	case !ok && isNothing(raw):
		return nil, nil // as it is: nothing else can be set
	case !ok:
		return nil, ptr(notEmulated(fmt.Sprintf("the setting of a user's '%s'", clip(name))))
	}
	change, ok := read(raw)
	if !ok {
		return nil, ptr(invalidValue("User", name))
	}
	return change, nil
}

// isAnnotation reports whether a name of a body tells of the properties beside it
// and sets none: clients send the types of lists along.
func isAnnotation(name string) bool {
	return strings.Contains(name, "@odata.") && !strings.HasSuffix(name, "@odata.bind")
}

// isBeyond reports whether a name of a body sets what Graph knows of a kind of
// object and the emulator does not: a relation, or an extension of the schema.
func isBeyond(kind, name string) bool {
	isRelation := func(text string) bool { return strings.HasPrefix(text, name+" ") }
	return strings.HasPrefix(name, "extension_") || strings.HasSuffix(name, "@odata.bind") || slices.ContainsFunc(edmRelations[kind], isRelation)
}

// readOnly are the properties of a user that nobody sets (Graph docs, user
// resource).
var readOnly = []string{
	"assignedLicenses", "assignedPlans", "createdDateTime", "deletedDateTime", "imAddresses", "isManagementRestricted", "lastPasswordChangeDateTime",
	"licenseAssignmentStates", "onPremisesLastSyncDateTime", "onPremisesSecurityIdentifier", "onPremisesSyncEnabled", "provisionedPlans",
	"proxyAddresses", "securityIdentifier", "signInActivity",
}

// settable reads the properties of a user that can be set, by their names; of a
// value that is none it reports false.
func settable() map[string]func(json.RawMessage) (edit, bool) {
	out := map[string]func(json.RawMessage) (edit, bool){
		"usageLocation":  readLocation,
		"accountEnabled": readEnabled,
		"displayName":    readDisplayName,
		"department":     readWord(func(u *user) *wordRef { return &u.department }),
		"country":        readWord(func(u *user) *wordRef { return &u.country }),
		"jobTitle":       readWord(func(u *user) *wordRef { return &u.jobTitle }),
	}
	for _, name := range heldTexts {
		out[name] = readText(name)
	}
	for _, name := range heldFlags {
		out[name] = readFlag(name)
	}
	return out
}

// isNothing reports whether a value stands for nothing: null, an empty list, or
// an object of such values. It looks no deeper, since a body may be deeper than
// it is worth to read again and again.
func isNothing(raw json.RawMessage) bool {
	if isEmpty(raw) {
		return true
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return false
	}
	for _, value := range fields {
		if !isEmpty(value) {
			return false
		}
	}
	return true
}

// isEmpty reports whether a value is null or an empty list.
func isEmpty(raw json.RawMessage) bool {
	text := strings.Join(strings.Fields(string(raw)), "")
	return text == "null" || text == "[]"
}

func readLocation(raw json.RawMessage) (edit, bool) {
	var location string
	if json.Unmarshal(raw, &location) != nil || !license.IsCountry(location) {
		return nil, false
	}
	return func(_ *directory, u user) user {
		u.location = [2]byte{}
		copy(u.location[:], location)
		return u
	}, true
}

func readEnabled(raw json.RawMessage) (edit, bool) {
	var enabled *bool
	if json.Unmarshal(raw, &enabled) != nil || enabled == nil {
		return nil, false
	}
	return func(_ *directory, u user) user {
		u.flags |= flagDisabled
		if *enabled {
			u.flags &^= flagDisabled
		}
		return u
	}, true
}

func readDisplayName(raw json.RawMessage) (edit, bool) {
	var name string
	if json.Unmarshal(raw, &name) != nil || name == "" {
		return nil, false
	}
	return func(_ *directory, u user) user {
		u.displayName = name
		return u
	}, true
}

// readWord reads one of the properties that are kept as words; null takes it
// away.
func readWord(place func(*user) *wordRef) func(json.RawMessage) (edit, bool) {
	return func(raw json.RawMessage) (edit, bool) {
		var word *string
		if json.Unmarshal(raw, &word) != nil || word != nil && *word == "" {
			return nil, false
		}
		return func(d *directory, u user) user {
			*place(&u) = 0
			if word != nil {
				*place(&u) = d.words.intern(*word)
			}
			return u
		}, true
	}
}

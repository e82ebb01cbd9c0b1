package license

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// GUID identifies a SKU, a service plan, a user or a group. The zero GUID
// means "none". Its text form is lower-case, as Graph writes it.
type GUID = uuid.UUID

// guidLength is the length of the only text form that Graph uses:
// 8-4-4-4-12 hexadecimal digits.
const guidLength = 36

// ParseGUID reads a GUID of the 8-4-4-4-12 form in any case. Other spellings
// that a UUID library may know (braces, "urn:uuid:", no dashes) are refused,
// because Graph refuses them.
func ParseGUID(s string) (GUID, error) {
	if len(s) == guidLength {
		if id, err := uuid.Parse(s); err == nil {
			return id, nil
		}
	}
	return GUID{}, notGUID(s)
}

// ParseGUIDBytes is ParseGUID for text that is not a string yet, of which a
// page of users has thousands.
func ParseGUIDBytes(text []byte) (GUID, error) {
	if len(text) == guidLength {
		if id, err := uuid.ParseBytes(text); err == nil {
			return id, nil
		}
	}
	return GUID{}, notGUID(text)
}

// notGUID is a text that is no GUID. It is put into words when somebody asks:
// of a million user principal names nobody does.
type notGUID string

func (text notGUID) Error() string { return fmt.Sprintf("%q is not a GUID", string(text)) }

// IsGUID reports whether s is a GUID as ParseGUID reads it.
func IsGUID(s string) bool {
	_, err := ParseGUID(s)
	return err == nil
}

// CompareGUIDs orders ids by their text form: negative where a comes first.
func CompareGUIDs(a, b GUID) int { return bytes.Compare(a[:], b[:]) }

// AppendGUID appends the text form of an id: plans have a million of them, and a
// string for each would be thrown away at once.
func AppendGUID(out []byte, id GUID) []byte {
	from := 0
	for i, to := range [...]int{4, 6, 8, 10, len(id)} {
		if i > 0 {
			out = append(out, '-')
		}
		out = hex.AppendEncode(out, id[from:to])
		from = to
	}
	return out
}

// SortedGUIDs returns the ids sorted and without duplicates, in a slice of
// its own. It returns nil for no ids.
func SortedGUIDs(ids []GUID) []GUID {
	if len(ids) == 0 {
		return nil
	}
	out := slices.Clone(ids)
	slices.SortFunc(out, CompareGUIDs)
	return slices.Compact(out)
}

// ContainsGUID reports whether id is one of the ids, which are sorted.
func ContainsGUID(sorted []GUID, id GUID) bool {
	_, found := slices.BinarySearchFunc(sorted, id, CompareGUIDs)
	return found
}

// EqualGUIDs reports whether two sorted slices hold the same ids. Nil equals
// empty.
func EqualGUIDs(a, b []GUID) bool { return slices.Equal(a, b) }

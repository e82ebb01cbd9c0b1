package manifest

import (
	"strings"
	"unicode/utf8"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// maxRefLength is more than any product name has, in characters.
const maxRefLength = 256

// readRef reads the name of a SKU, of a service plan or of a group: a part
// number, a GUID, a product name or a display name. Whether it exists the plan finds out.
func readRef(v strictyaml.Value) plan.Ref {
	name, ok := v.Str()
	if ok {
		checkRef(v, name)
	}
	return refAt(v, name)
}

func checkRef(v strictyaml.Value, name string) {
	switch {
	case name == "":
		v.Errorf(CodeBadReference, "the name is empty")
	case strings.TrimSpace(name) != name:
		v.Errorf(CodeBadReference, "the name %q has blanks around it", name)
	case utf8.RuneCountInString(name) > maxRefLength:
		v.Errorf(CodeBadReference, "the name is longer than %d characters", maxRefLength)
	case looksLikeGUID(name):
		checkGUID(v, name)
	}
}

// IsReference reports whether a license can name a SKU or a service plan so,
// whether it exists or not.
func IsReference(name string) bool {
	switch {
	case name == "", !isPrintable(name), strings.TrimSpace(name) != name, utf8.RuneCountInString(name) > maxRefLength:
		return false
	case looksLikeGUID(name):
		return license.IsGUID(name)
	default:
		return true
	}
}

// readRefs reads a list of names that may hold each name once. It gives nil
// for an absent list alone.
func readRefs(v strictyaml.Value) []plan.Ref {
	items, ok := v.Items()
	if !ok {
		return nil
	}
	refs := make([]plan.Ref, 0, v.Len())
	seen := make(itemIndex, v.Len())
	for item := range items {
		ref := readRef(item)
		seen.add(item, ref.Name)
		refs = append(refs, ref)
	}
	return refs
}

// itemIndex remembers the items of a list, without regard to case, with the
// places where they were first seen.
type itemIndex map[string]strictyaml.Pos

// add reports a name that is in the list already. Empty names have an error
// of their own.
func (s itemIndex) add(v strictyaml.Value, name string) {
	key := strings.ToLower(name)
	first, twice := s[key]
	switch {
	case name == "":
	case twice:
		v.Errorf(CodeDuplicateItem, "%q is listed twice, first at %s", name, first).Related = []strictyaml.Pos{first}
	default:
		s[key] = v.Pos()
	}
}

// guidHint shows the only form that Graph takes.
const guidHint = "a GUID has 8-4-4-4-12 hexadecimal digits"

// looksLikeGUID reports whether a text was probably meant to be a GUID: it is
// about as long, and has only digits, dashes and braces.
func looksLikeGUID(s string) bool {
	const shortest, longest = 30, 40
	return len(s) >= shortest && len(s) <= longest && strings.Trim(s, "0123456789abcdefABCDEF-{}") == ""
}

func checkGUID(v strictyaml.Value, text string) license.GUID {
	if e := guidProblem(text); e != nil {
		v.Errorf(e.Code, "%s", e.Msg).Hint = e.Hint
	}
	// What is wrong has been said, and leaves the zero GUID.
	id, _ := license.ParseGUID(text)
	return id
}

// guidProblem says what is wrong with a GUID, without a place; nil where
// nothing is.
func guidProblem(text string) *Error {
	if _, err := license.ParseGUID(text); err != nil {
		return &Error{Code: CodeBadGUID, Msg: err.Error(), Hint: guidHint}
	}
	return nil
}

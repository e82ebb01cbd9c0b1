package planner

import (
	"regexp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
)

// term is a part of a filter that compares a text of users with values.
type term struct {
	property string   // as the service writes it
	values   []string // one of which has to fit
	prefix   bool     // the text has to begin with it
}

// textProperties are the texts of users in which people make mistakes, and that
// can be read of any user.
var textProperties = []string{"city", "companyName", "country", "department", "employeeId", "jobTitle", "officeLocation", "preferredLanguage", "state"}

// What a filter says of a text: OData doubles an apostrophe within a string.
const (
	odataText = `'(?:[^']|'')*'`
	odataList = `\(\s*(` + odataText + `(?:\s*,\s*` + odataText + `)*)\s*\)`
)

var (
	odataTerm = regexp.MustCompile(`(?i)\b(\w+)\s+(?:eq\s+(` + odataText + `|true\b|false\b)|in\s*` + odataList + `)|\bstartswith\(\s*(\w+)\s*,\s*(` + odataText + `)\s*\)`)
	literal   = regexp.MustCompile(odataText)
	glue      = regexp.MustCompile(`(?i)^(?:[\s()]|\band\b)*$`)
)

// termsOf gives what a filter compares texts with. The second result tells that
// this is the whole filter, and that all of it has to hold.
func termsOf(q plan.Query) (out []term, all bool) {
	for _, found := range odataTerm.FindAllStringSubmatch(q.Filter, -1) {
		t := term{property: found[1] + found[4], prefix: found[4] != ""}
		for _, text := range literal.FindAllString(found[2]+found[3]+found[5], -1) {
			t.values = append(t.values, strings.ReplaceAll(text[1:len(text)-1], "''", "'"))
		}
		if t.values == nil {
			t.values = []string{strings.ToLower(found[2])} // true or false
		}
		out = append(out, t)
	}
	rest := odataTerm.ReplaceAllString(q.Filter, "")
	return out, q.Filter != "" && glue.MatchString(rest)
}

// textProperty gives a property as the service writes it; empty for one that is
// not among textProperties.
func textProperty(name string) string {
	i := slices.IndexFunc(textProperties, func(p string) bool { return strings.EqualFold(p, name) })
	if i < 0 {
		return ""
	}
	return textProperties[i]
}

// TextProperties lists the texts of users that queries compare with values and
// that can be read, sorted, each once; nil for none.
func TextProperties(queries []plan.Query) []string {
	var out []string
	for _, q := range queries {
		terms, _ := termsOf(q)
		for _, t := range terms {
			if p := textProperty(t.property); p != "" {
				out = append(out, p)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

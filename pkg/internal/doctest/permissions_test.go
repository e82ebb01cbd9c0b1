package doctest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/doctor"
)

const (
	permissionsPage = "docs/permissions.md"
	doctorPage      = "docs/doctor.md"
)

func TestPermissionsAreThoseOfTheProgram(t *testing.T) {
	var b strings.Builder
	b.WriteString("| call | verbs | application | delegated | |\n|---|---|---|---|---|\n")
	for _, n := range cli.Needs() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", n.Call, quotedList(n.Verbs), orNone(n.Application)+also(n), orNone(n.Delegated)+also(n), remark(n))
	}
	checkGenerated(t, permissionsPage, "permissions", b.String())
}

func quotedList(words []string) string { return "`" + strings.Join(words, "`, `") + "`" }

func orNone(permissions []string) string {
	if len(permissions) == 0 {
		return "not possible"
	}
	return quotedList(permissions)
}

func also(n doctor.Need) string {
	if len(n.Also) == 0 {
		return ""
	}
	return ", and " + quotedList(n.Also)
}

func remark(n doctor.Need) string {
	if n.Without != "" {
		return "without it, " + n.Without
	}
	return n.When
}

// The short table names, for each verb, the least privileged permission of
// every call that it always makes, and no other.
func TestPermissionsInShortAreTheLeast(t *testing.T) {
	short := map[string][]string{}
	for _, row := range readPage(t, permissionsPage).table(t, "Permissions") {
		for _, verb := range spans(row[0]) {
			// A second row of a verb is for a case that need not arise.
			if _, there := short[verb]; !there {
				short[verb] = permissionsIn(row[1], short)
			}
		}
	}
	for _, verb := range []string{"seats", "plan", "drift", "explain", "snapshot", "export", "apply"} {
		var want []string
		for _, n := range cli.Needs() {
			if slices.Contains(n.Verbs, verb) && n.Without == "" && n.When == "" {
				want = append(want, n.Application[0])
			}
		}
		sameNames(t, permissionsPage+", "+verb, short[verb], want)
	}
}

// permissionsIn gives the permissions of a cell, and those of the verbs that
// it refers to.
func permissionsIn(cell string, short map[string][]string) []string {
	var out []string
	for _, name := range spans(cell) {
		if strings.Contains(name, ".") {
			out = append(out, name)
		} else {
			out = append(out, short[name]...)
		}
	}
	return out
}

func TestChecksOfTheDoctorAreExplained(t *testing.T) {
	var b strings.Builder
	b.WriteString("| check | area | what is looked at |\n|---|---|---|\n")
	for _, m := range doctor.Meanings() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", m.ID, m.Area, m.Text)
	}
	checkGenerated(t, doctorPage, "checks", b.String())
}

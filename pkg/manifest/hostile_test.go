package manifest_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/manifest"
)

const head = "apiVersion: licensectl.dev/v1\nkind: UserLicenses\nmetadata: {name: x}\n"

// TestHostileInput holds that what is too large, too deep or not text gives
// one error, and soon.
func TestHostileInput(t *testing.T) {
	tests := map[string]struct {
		data string
		want string
	}{
		"alias bomb":   {head + "spec: {users: " + aliasBomb(25) + "}\n", "f.yaml:4:461: alias *a24 multiplies the document beyond bounds"},
		"self alias":   {head + "spec: {users: &a [*a]}\n", "f.yaml:4:19: alias *a stands inside what it refers to"},
		"deep lists":   {head + "spec: {users: " + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + "}\n", "f.yaml:4:113: nested more than 100 deep"},
		"deeper lists": {head + "spec: {users: " + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}\n", "f.yaml:4:10014: exceeded max depth of 10000 while increasing flow level"},
		"deep mapping": {head + "spec: " + strings.Repeat("{users: ", 9_000) + strings.Repeat("}", 9_000) + "\n", "f.yaml:4:799: nested more than 100 deep"},
		"NUL":          {head + "spec: {users: [\x00]}\n", "f.yaml:4:16: the character U+0000 is not allowed"},
		"not UTF-8":    {head + "spec: {users: [\xe9]}\n", "f.yaml:4:16: the byte 0xe9 is not valid UTF-8"},
		"large":        {head + strings.Repeat(" ", 50<<20), "f.yaml: the file is larger than 50 MiB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			errs := parseErrors(t, []manifest.File{{Path: "f.yaml", Data: []byte(test.data)}})
			if errs.Error() != test.want {
				t.Errorf("got %v, want %s", errs, test.want)
			}
		})
	}
}

func aliasBomb(levels int) string {
	var b strings.Builder
	b.WriteString("[&a0 [x, x]")
	for i := range levels {
		fmt.Fprintf(&b, ", &a%d [*a%d, *a%d]", i+1, i, i)
	}
	return b.String() + "]"
}

// TestLongNames holds that names are bounded, so that messages are.
func TestLongNames(t *testing.T) {
	long := strings.Repeat("ü", 300)
	data := head + "spec:\n  users:\n  - " + long + "@contoso.com\n  - {user: ada@contoso.com, licenses: [{sku: " + long + "}]}\n"
	want := "f.yaml:6:5: the user is longer than 256 characters\nf.yaml:7:46: the name is longer than 256 characters"
	if got := parseErrors(t, []manifest.File{{Path: "f.yaml", Data: []byte(data)}}).Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestTooManyLicenses holds that profiles cannot be multiplied by users.
func TestTooManyLicenses(t *testing.T) {
	const sku, users = 201, 20_000
	var b bytes.Buffer
	b.WriteString("apiVersion: licensectl.dev/v1\nkind: LicenseProfile\nmetadata: {name: p}\nspec:\n  licenses:\n")
	for i := range sku {
		fmt.Fprintf(&b, "  - {sku: SKU_%d}\n", i)
	}
	b.WriteString("---\n" + head + "spec:\n  defaults: {profiles: [p]}\n  users:\n")
	for i := range users {
		fmt.Fprintf(&b, "  - u%d@contoso.com\n", i)
	}
	b.WriteString("---\n" + strings.Replace(head, "x", "y", 1) + "spec:\n  users:\n  - {user: ada@contoso.com, profiles: [{profile: p, from: 2026-01-01}]}\n")
	errs := parseErrors(t, []manifest.File{{Path: "f.yaml", Data: b.Bytes()}})
	var got []string
	for _, e := range errs {
		got = append(got, fmt.Sprintf("%s %s", e.Code, e))
	}
	want := []string{
		"too-many f.yaml:212:25: this comes to more than 200 licenses for one user or group",
		"too-many f.yaml:20220:50: this comes to more than 200 licenses for one user or group",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestManyMistakes holds that the time to find mistakes does not grow faster
// than their number: names that do not exist, and one user again and again.
func TestManyMistakes(t *testing.T) {
	const users = 5_000
	var b bytes.Buffer
	b.WriteString(head + "spec:\n  users:\n")
	for i := range users {
		fmt.Fprintf(&b, "  - {user: ada@contoso.com, profiles: [p%d], licenses: [{sku: S%d}, {sku: T%d, disabledPlans: [P%d]}]}\n", i, i, i, i)
	}
	errs := parseErrors(t, []manifest.File{{Path: "f.yaml", Data: b.Bytes()}})
	if want := 2*users - 1; len(errs) != want {
		t.Errorf("%d errors, want %d", len(errs), want)
	}
}

// FuzzParse checks that no input breaks Parse, and that every error has a
// place inside the file and a code with a meaning.
func FuzzParse(f *testing.F) {
	for _, s := range samples(f) {
		for _, file := range s.manifests() {
			f.Add(file.Data)
		}
	}
	for _, seed := range []string{"", "a", head, head + "spec: {users: [me]}", head + "spec: {users: [{user: me, from: 2026-01-01, until: }]}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := manifest.Parse([]manifest.File{{Path: "f", Data: data}})
		if (set == nil) == (err == nil) {
			t.Fatalf("set %v, error %v", set, err)
		}
		if err != nil {
			checkErrors(t, data, err.(manifest.Errors))
			return
		}
		for _, u := range set.Desired.Users {
			if u.User.Name == "" || u.User.Source.Line < 1 {
				t.Errorf("user %+v", u.User)
			}
		}
	})
}

func checkErrors(t *testing.T, data []byte, errs manifest.Errors) {
	t.Helper()
	text := strings.ReplaceAll(string(bytes.TrimPrefix(data, []byte("\ufeff"))), "\r\n", "\n")
	lines := strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n")
	for _, e := range errs {
		inside := e.Pos.Line == 0 || e.Pos.Line <= len(lines) && e.Pos.Column <= len([]rune(lines[e.Pos.Line-1]))+1
		if !inside {
			t.Errorf("%v: outside of the file of %d lines", e, len(lines))
		}
		if strings.ContainsFunc(e.Msg+e.Hint, func(r rune) bool { return r < ' ' }) {
			t.Errorf("message %q with hint %q", e.Msg, e.Hint)
		}
		if !hasMeaning(e.Code) {
			t.Errorf("%v: the code %q has no meaning", e, e.Code)
		}
	}
}

func hasMeaning(code manifest.Code) bool {
	for _, m := range manifest.Meanings() {
		if m.Code == code {
			return true
		}
	}
	return false
}

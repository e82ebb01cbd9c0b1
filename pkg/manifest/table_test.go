package manifest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/manifest"
)

// selecting is a manifest that selects the users of a table beside it.
func selecting(column string) manifest.File {
	return manifest.File{Path: "m/a.yaml", Data: []byte(head + fmt.Sprintf("spec: {select: {csv: t.csv, column: %q}}\n", column))}
}

func table(data string) manifest.File {
	return manifest.File{Path: "m/t.csv", Data: []byte(data), Table: true}
}

// TestTables reads what Excel and the admin centre write.
func TestTables(t *testing.T) {
	for _, test := range []struct {
		name, column, data string
		want               []string
	}{
		{"a mark of the byte order", "UPN", "\ufeffUPN,Name\r\nada@contoso.com,Ada\r\n", []string{"ada@contoso.com 2:1"}},
		{"semicolons", "UPN", "Größe;UPN\n1,75;ada@contoso.com", []string{"ada@contoso.com 2:6"}},
		{"tabs", "User principal name", "Name\tUser principal name\nÄnne Öz\tada@contoso.com\n", []string{"ada@contoso.com 2:9"}},
		{"quotes", "UPN", "\"Name\",\"UPN\"\n\"O'Hara, \"\"Jo\"\"\",\"o'hara@contoso.com\"\n", []string{"o'hara@contoso.com 2:18"}},
		{"repetitions", "UPN", "UPN\nada@contoso.com\nADA@contoso.com\nben@contoso.com\n", []string{"ada@contoso.com 2:1", "ben@contoso.com 4:1"}},
		{"empty lines", "UPN", "UPN\n\nada@contoso.com\n\n", []string{"ada@contoso.com 3:1"}},
		{"a comma in the name of the column", "Name, UPN", "\"Name, UPN\";x\nada@contoso.com;1\n", []string{"ada@contoso.com 2:1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			set, err := manifest.Parse([]manifest.File{table(test.data), selecting(test.column)})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, u := range set.Desired.Selections[0].Users {
				got = append(got, fmt.Sprintf("%s %d:%d", u.Name, u.Source.Line, u.Source.Column))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(set.Desired.Files) != 2 || set.Desired.Files[1].Path != "m/t.csv" {
				t.Errorf("the sources are %v", set.Desired.Files)
			}
		})
	}
}

// YAML refuses control characters before anybody reads a name; CSV does not.
func TestTableWithControlCharacters(t *testing.T) {
	for _, name := range []string{"ada\x00@contoso.com", "ada@contoso.com\x07", "a\u0085da@contoso.com", "ada\x7f@contoso.com"} {
		errs := parseErrors(t, []manifest.File{selecting("UPN"), table("UPN\n" + name + "\n")})
		if len(errs) != 1 || errs[0].Code != "bad-user" || errs[0].Pos.String() != "m/t.csv:2:1" {
			t.Errorf("%q: %v", name, errs)
		}
	}
}

func TestTableTooLarge(t *testing.T) {
	errs := parseErrors(t, []manifest.File{selecting("UPN"), table("UPN\n" + strings.Repeat("\n", 50<<20))})
	if len(errs) != 1 || errs[0].Code != "too-large" || errs[0].Pos.String() != "m/t.csv" {
		t.Errorf("got %v", errs)
	}
}

func TestTableOfStandardInput(t *testing.T) {
	m := selecting("UPN")
	m.Path = manifest.Stdin
	errs := parseErrors(t, []manifest.File{m, {Path: "t.csv", Data: []byte("UPN\nada@contoso.com\n"), Table: true}})
	if len(errs) != 1 || errs[0].Code != manifest.CodeBadPath || !strings.Contains(errs[0].Msg, "standard input") {
		t.Errorf("got %v", errs)
	}
}

// FuzzTable checks that no table breaks Parse, that every error has its place
// and every user is one whom the table holds.
func FuzzTable(f *testing.F) {
	for _, seed := range []string{"", "UPN", "UPN\nada@contoso.com\n", "\ufeffUPN;x\r\nada@contoso.com;1\r\n", "UPN\n\"a\nb\"\n", "UPN\t\"\n", "UPN,UPN\n", "UPN,a\nx\n\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := manifest.Parse([]manifest.File{selecting("UPN"), table(string(data))})
		if err != nil {
			lines := strings.Split(string(data), "\n")
			for _, e := range err.(manifest.Errors) {
				if e.Pos.File == "m/t.csv" && e.Pos.Line > len(lines) || e.Pos.File == "" || !hasMeaning(e.Code) {
					t.Errorf("%+v", e)
				}
			}
			return
		}
		for _, u := range set.Desired.Selections[0].Users {
			if !strings.Contains(string(data), u.Name) || u.Source.Line < 2 || u.Source.Column < 1 {
				t.Errorf("user %+v", u)
			}
		}
	})
}

// Whatever the values of attributes are, the filter that they stand for holds
// them as OData texts, and nothing of them outside.
func TestAttributesAreQuoted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[a-z'"() &$#%+,][a-z '"()&$#%+,]{0,8}[a-z'"()&$#%+,]`).Filter(func(s string) bool { return strings.TrimSpace(s) == s }).Draw(t, "department")
		set := mustParse(t, []manifest.File{{Path: "a.yaml", Data: []byte(head + fmt.Sprintf("spec: {select: {department: '%s'}}\n", strings.ReplaceAll(value, "'", "''")))}})
		filter := set.Desired.Selections[0].Query.Filter
		quoted, found := strings.CutPrefix(filter, "department eq '")
		inner, ended := strings.CutSuffix(quoted, "'")
		if !found || !ended || strings.ReplaceAll(inner, "''", "") != strings.ReplaceAll(value, "'", "") || strings.ReplaceAll(inner, "''", "'") != value {
			t.Errorf("%q makes %q", value, filter)
		}
	})
}

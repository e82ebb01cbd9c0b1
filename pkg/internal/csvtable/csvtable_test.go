package csvtable_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/internal/csvtable"
)

func hasUPN(header []string) bool { return slices.Contains(header, "UPN") }

// The separator is the one with which the header has what is looked for, and
// places are those of the file.
func TestTables(t *testing.T) {
	for name, c := range map[string]struct {
		text      string
		separator rune
		want      string
		at        csvtable.Place
	}{
		"commas":                        {"Name,UPN\nÄnne,ada@contoso.com\n", 0, "ada@contoso.com", csvtable.Place{Line: 2, Column: 6}},
		"commas in a name of a column":  {"a, b, c;UPN\n1;ada@contoso.com\n", 0, "ada@contoso.com", csvtable.Place{Line: 2, Column: 3}},
		"what Excel and PowerShell add": {"#TYPE x\nsep=|\r\nName|UPN\r\nA|ada@contoso.com\r\n", 0, "ada@contoso.com", csvtable.Place{Line: 4, Column: 3}},
		"a separator that is given":     {"Name:UPN\nA:ada@contoso.com\n", ':', "ada@contoso.com", csvtable.Place{Line: 2, Column: 3}},
		"a line in quotes":              {"Name,UPN\n\"a\nb\",\u00a0ada@contoso.com \n", 0, "ada@contoso.com", csvtable.Place{Line: 3, Column: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			table, err := csvtable.Open(c.text, c.separator, hasUPN)
			if err != nil {
				t.Fatal(err)
			}
			column := slices.Index(table.Header, "UPN")
			for row, err := range table.Rows() {
				if err != nil || row.Get(column) != c.want || row.Place(column) != c.at {
					t.Errorf("%q at %v, %v", row.Get(column), row.Place(column), err)
				}
			}
		})
	}
}

// Whatever the text, every row has a place in it, and what is no table says so.
func FuzzTable(f *testing.F) {
	f.Add("UPN,a\nada@contoso.com,1\n")
	f.Add("sep=\"\nUPN;\"\n")
	f.Add("\xff,UPN\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := csvtable.Open(text, 0, hasUPN)
		if err != nil {
			if _, broken := errors.AsType[*csvtable.Error](err); !broken && !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			return
		}
		for row, err := range table.Rows() {
			if err != nil {
				return
			}
			for i := range row.Fields {
				if at := row.Place(i); at.Line < 1 || at.Line > strings.Count(text, "\n")+1 || at.Column < 1 {
					t.Fatalf("%v in %q", at, text)
				}
			}
		}
	})
}

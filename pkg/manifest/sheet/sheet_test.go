package sheet_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
	"github.com/licensectl/licensectl/pkg/manifest/sheet"
)

func read(text string, o sheet.Options) (sheet.Table, error) {
	o.Catalog = license.Published()
	return sheet.Read(manifest.File{Path: "x.csv", Data: []byte(text)}, o)
}

// rows says what a table holds, a line for each user: "ada@contoso.com DE
// Sales: SPE_E3!SWAY VISIOCLIENT # remark".
func rows(t sheet.Table) []string {
	out := []string{}
	for _, p := range t.Persons {
		line := strings.TrimSpace(p.Name+" "+p.UsageLocation+" "+p.Department) + ":"
		for _, l := range p.Licenses {
			line += " " + l.SKU
			for _, off := range l.DisabledPlans {
				line += "!" + off.Ref
			}
		}
		if p.Remark != "" {
			line += " # " + p.Remark
		}
		out = append(out, line)
	}
	for _, b := range t.Omitted {
		out = append(out, strings.TrimSpace("# "+b.Name+" "+b.Department)+": "+b.Remark)
	}
	return out
}

func TestRead(t *testing.T) {
	for _, test := range []struct {
		name, text string
		options    sheet.Options
		want       []string
	}{
		{
			name: "the admin center's list of active users",
			text: "Block credential,City,Department,Display name,First name,Last name,Licenses,Object Id,Usage location,User principal name,When created\n" +
				"False,,Sales,Ada,,,Microsoft 365 E3+Power BI Pro,6e7b768e-07e2-4810-8459-485f84f8f204,DE,ada@contoso.com,2020-01-01 00:00:00Z\n" +
				"True,,,Ben,,,Unlicensed,6e7b768e-07e2-4810-8459-485f84f8f205,,ben@contoso.com,\n",
			want: []string{"ada@contoso.com DE Sales: SPE_E3 POWER_BI_PRO", "# ben@contoso.com: no license"},
		},
		{
			name: "a row for each user and product",
			text: "UserPrincipalName;SkuPartNumber;DisabledPlans\r\nada@contoso.com;SPE_E3;SWAY|YAMMER_ENTERPRISE\r\nADA@contoso.com;VISIOCLIENT;\r\nada@contoso.com;SPE_E3;YAMMER_ENTERPRISE|SWAY\r\n",
			want: []string{"ada@contoso.com: SPE_E3!SWAY!YAMMER_ENTERPRISE VISIOCLIENT"},
		},
		{
			name: "the old names of products, and what Export-Csv and Excel write before",
			text: "#TYPE Selected.Microsoft.Online.Administration.User\nsep=\t\n\"UPN\"\t\"AccountSkuId\"\n\"ada@contoso.com\"\t\"contoso:ENTERPRISEPACK, contoso:EMS\"\n",
			want: []string{"ada@contoso.com: ENTERPRISEPACK EMS"},
		},
		{
			name: "paths of assignment",
			text: "UserPrincipalName,License,License Assignment Path\nada@contoso.com,SPE_E3,Directly assigned\nada@contoso.com,SPE_E5,Inherited from Sales\nben@contoso.com,SPE_E3,Group Sales\n" +
				"cyd@contoso.com,SPE_E3,Direct + Inherited\ndan@contoso.com,SPE_E3,Indirect\neve@contoso.com,SPE_E3,Inherited from Directors\n",
			want: []string{"ada@contoso.com: SPE_E3 # SPE_E5 from Inherited from Sales", "cyd@contoso.com: SPE_E3", "# ben@contoso.com: SPE_E3 from Group Sales", "# dan@contoso.com: SPE_E3 from Indirect", "# eve@contoso.com: SPE_E3 from Inherited from Directors"},
		},
		{
			name: "ids are preferred to names",
			text: "upn,Licenses,SkuId\nada@contoso.com,nonsense,05e9a617-0261-4cee-bb44-138d3ef5d965\n",
			want: []string{"ada@contoso.com: SPE_E3"},
		},
		{
			name:    "columns of one's own",
			text:    "Who|What|Off|Where|Team\nada@contoso.com|Microsoft 365 E3|Sway|de|R&D\n\n",
			options: sheet.Options{Columns: sheet.Columns{User: "who", SKU: "WHAT", Plans: "off", Location: "where", Department: "team"}},
			want:    []string{"ada@contoso.com DE R&D: SPE_E3!SWAY"},
		},
		{
			name:    "a separator of one's own",
			text:    "upn~sku\nada@contoso.com~SPE_E3\n",
			options: sheet.Options{Separator: '~'},
			want:    []string{"ada@contoso.com: SPE_E3"},
		},
		{
			name: "fields over several lines, short rows, blanks",
			text: "upn,sku,department\n ada@contoso.com ,\"SPE_E3\nVISIOCLIENT\"\nben@contoso.com,  ,IT\n",
			want: []string{"ada@contoso.com: SPE_E3 VISIOCLIENT", "# ben@contoso.com IT: no license"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, encode := range []func(string) string{plain, withMark, utf16LE, utf16BE} {
				got, err := read(encode(test.text), test.options)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, rows(got)); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			}
		})
	}
}

func plain(text string) string    { return text }
func withMark(text string) string { return "\ufeff" + text }

func utf16LE(text string) string { return "\xff\xfe" + encode16(text, binary.LittleEndian) }
func utf16BE(text string) string { return "\xfe\xff" + encode16(text, binary.BigEndian) }

func encode16(text string, order binary.AppendByteOrder) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

// Whatever is wrong is reported at once, with its place.
func TestReadRefuses(t *testing.T) {
	for _, test := range []struct {
		name, text string
		options    sheet.Options
		want       []string
	}{
		{name: "nothing", text: "", want: []string{"x.csv: the file is empty"}},
		{name: "a header alone", text: "upn,sku\n", want: []string{"x.csv:1:1: there is no row below the header"}},
		{name: "no known column", text: "a,b\n1,2\n", want: []string{
			"x.csv:1:1: no column of products is recognised, such as Licenses",
			"x.csv:1:1: no column of users is recognised, such as UserPrincipalName",
		}},
		{name: "a column that is not there", text: "upn,sku\nada@contoso.com,SPE_E3\n", options: sheet.Options{Columns: sheet.Columns{Plans: "off"}},
			want: []string{`x.csv:1:1: there is no column "off"`}},
		{name: "two columns of one name", text: "upn,sku,SKU\n", want: []string{`x.csv:1:1: two columns are called "SKU"`}},
		{name: "quotes", text: "upn,sku\n\"ada@contoso.com,SPE_E3\n", want: []string{`x.csv:2:25: this is not a table: extraneous or missing " in quoted-field`}},
		{name: "not UTF-8", text: "upn,sku\n\xe4@contoso.com,SPE_E3\n", want: []string{"x.csv: the file is neither UTF-8 nor UTF-16 with a byte order mark"}},
		{name: "many at once", text: "#TYPE x\nupn,sku,plans,usagelocation\n,SPE_E3\nada,SPE_E33,,DE\nben@contoso.com,SPE_E3,SWAAY,Germany\ncyd@contoso.com,SPE_E3,,,x\n",
			options: sheet.Options{Columns: sheet.Columns{Plans: "plans"}},
			want: []string{
				"x.csv:3:1: the row names no user",
				`x.csv:4:1: "ada" is not a user`,
				`x.csv:5:24: SPE_E3 has no service plan "SWAAY"`,
				`x.csv:5:30: "Germany" is not an ISO 3166-1 alpha-2 country code`,
				"x.csv:6:26: the row has 5 fields, the header 4",
			}},
		{name: "one product twice", text: "upn,sku,disabledplans,usagelocation\nada@contoso.com,SPE_E3,,DE\nada@contoso.com,SPE_E3,SWAY,US\n",
			want: []string{"x.csv:3:17: ada@contoso.com holds SPE_E3 here and on line 2 with other service plans", "x.csv:3:29: ada@contoso.com has the usage location US here and DE above"}},
		{name: "words for direct in another language", text: "upn,sku,AssignmentPath\nada@contoso.com,SPE_E3,Direkt\nben@contoso.com,SPE_E3,Geerbt\n",
			want: []string{`x.csv:2:24: "Direkt" may be a group or another word for direct: no row has a known one`}},
		{name: "unknown and ambiguous products", text: "upn,sku\nada@contoso.com,SPE_E33\nben@contoso.com,SPE_E3+Visio Plan 2+x\n",
			want: []string{`x.csv:2:17: no product "SPE_E33" is known`, `x.csv:3:17: "Visio Plan 2" names 2 products`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := read(test.text, test.options)
			list, ok := errors.AsType[manifest.Errors](err)
			if !ok {
				t.Fatalf("%v", err)
			}
			for i, e := range list {
				if i >= len(test.want) || !strings.HasPrefix(e.Error(), test.want[i]) {
					t.Errorf("%s (hint: %s)", e, e.Hint)
				}
			}
			if len(list) != len(test.want) {
				t.Errorf("%d errors, want %d:\n%v", len(list), len(test.want), err)
			}
		})
	}
}

// Errors are bounded, however many there are, and those that are alike are one.
func TestReadStops(t *testing.T) {
	text := "upn,sku\n"
	for i := range 1000 {
		text += fmt.Sprintf("ada,nonsense%d\n", i)
	}
	_, err := read(text, sheet.Options{})
	list, _ := errors.AsType[manifest.Errors](err)
	if len(list) != 2 || !slices.ContainsFunc(list, func(e *manifest.Error) bool { return strings.Contains(e.Msg, "reading stops here") }) {
		t.Errorf("%d errors: %v", len(list), err)
	}
}

// Where another column is meant, one error says so, not one for each row.
func TestErrorsThatAreAlike(t *testing.T) {
	users, products, same := "User,Mail,sku\n", "upn,Product,Product name\n", "upn,sku\n"
	for i := range 150 {
		users += fmt.Sprintf("Ada %d,ada%d@contoso.com,SPE_E3\n", i, i)
		products += fmt.Sprintf("ada%d@contoso.com,no. %d,Microsoft 365 E3\n", i, i)
		same += fmt.Sprintf("ada%d@contoso.com,SPE_E33\n\n", i)
	}
	for _, test := range []struct{ text, msg, hint string }{
		{users, `"Ada 0" is not a user; 150 errors alike, in lines 2-151`, `the column "Mail" seems to be meant: name it with --user-column`},
		{products, "150 errors alike, in lines 2-151", `the column "Product name" seems to be meant: name it with --sku-column`},
		{same, `no product "SPE_E33" is known; 150 errors alike, in lines 2, 4, 6, 8, 10 and 145 more`, "SPE_E3"},
	} {
		_, err := read(test.text, sheet.Options{})
		list, _ := errors.AsType[manifest.Errors](err)
		if len(list) != 1 || !strings.Contains(list[0].Msg, test.msg) || !strings.Contains(list[0].Hint, test.hint) {
			t.Errorf("%d errors: %v (%s), want %s (%s)", len(list), err, list[0].Hint, test.msg, test.hint)
		}
	}
}

// A column that is called as a service plan says whether it is off.
func TestColumnsOfServicePlans(t *testing.T) {
	table, err := read("UserPrincipalName,SkuPartNumber,SWAY,YAMMER_ENTERPRISE,City,Phone\n"+
		"ada@contoso.com,SPE_E3,Disabled,Success,Bern,1\nben@contoso.com,SPE_E3,PendingInput,,Bern,2\ncyd@contoso.com,SPE_E3,disabled,DISABLED,,\n", sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"ada@contoso.com: SPE_E3!SWAY", "ben@contoso.com: SPE_E3", "cyd@contoso.com: SPE_E3!SWAY!YAMMER_ENTERPRISE"}
	if diff := cmp.Diff(want, rows(table)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"City", "Phone"}, table.Unread); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for text, want := range map[string]string{
		"upn,sku,SWAY\nada@contoso.com,SPE_E3,True\n":          `x.csv:2:24: "True" does not say whether the service plan SWAY is on`,
		"upn,sku,SWAY\nada@contoso.com,VISIOCLIENT,Disabled\n": `has no service plan "SWAY"`,
	} {
		if _, err := read(text, sheet.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// What can be read becomes manifests that can be read.
func FuzzRead(f *testing.F) {
	f.Add([]byte("User principal name,Licenses,Usage location,Department\nada@contoso.com,Microsoft 365 E3+Power BI Pro,DE,Sales\n"))
	f.Add([]byte("UserPrincipalName;AccountSkuId;DisabledPlans\r\nada@contoso.com;contoso:SPE_E3;SWAY\r\n"))
	f.Add([]byte("sep=\t\nupn\tskuid\tLicenseAssignmentPath\nada@contoso.com\t05e9a617-0261-4cee-bb44-138d3ef5d965\tDirect\n"))
	f.Add([]byte(utf16LE("upn,sku\nada@contoso.com,SPE_E3\n")))
	f.Add([]byte("upn,sku\n\"ada\n@contoso.com\",\"SPE_E3,,+\"\n"))
	catalog := license.Published()
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := sheet.Read(manifest.File{Path: "x.csv", Data: data}, sheet.Options{Catalog: catalog})
		if err != nil {
			if _, ok := errors.AsType[manifest.Errors](err); !ok {
				t.Fatal(err)
			}
			return
		}
		files := compose.Files(compose.Input{Persons: table.Persons, Omitted: table.Omitted})
		if _, err := manifest.Parse(files); err != nil {
			t.Fatalf("%v\n%q", err, data)
		}
	})
}

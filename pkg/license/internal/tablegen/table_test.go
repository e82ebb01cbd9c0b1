package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
)

const header = "Product_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,Service_Plans_Included_Friendly_Names\n"

// published has what the page is known to do: a byte order mark, doubled white
// space, upper-case ids, several spellings of one name, two plans of one name,
// and commas within quotes.
const published = "\ufeff" + header +
	"Contoso  Suite ,CONTOSO_SUITE,06EBC4EE-1BB5-47DD-8120-11324BC54E06,YAMMER,7547a3fe-08ee-4ccb-b430-5077c5041653,Yammer\n" +
	"Contoso Suite,CONTOSO_SUITE,06ebc4ee-1bb5-47dd-8120-11324bc54e06,TWIN,57ff2da0-773e-42df-b2af-ffb7a2317929,Twin\n" +
	"Contoso suite,CONTOSO_SUITE,06ebc4ee-1bb5-47dd-8120-11324bc54e06,TWIN,4828c8ec-dc2e-4779-b502-87ac9ce28ab7,Other twin\n" +
	"\"Basic, by itself\",A BASIC (1/2),05e9a617-0261-4cee-bb44-138d3ef5d965,YAMMER,7547a3fe-08ee-4ccb-b430-5077c5041653,Yammer\u00a0\n"

const wantPlans = attribution + `# name, id, friendly name
TWIN	4828c8ec-dc2e-4779-b502-87ac9ce28ab7	Other twin
TWIN	57ff2da0-773e-42df-b2af-ffb7a2317929	Twin
YAMMER	7547a3fe-08ee-4ccb-b430-5077c5041653	Yammer
`

const wantProducts = attribution + `# part number, id, product name, service plans
A BASIC (1/2)	05e9a617-0261-4cee-bb44-138d3ef5d965	Basic, by itself	YAMMER
CONTOSO_SUITE	06ebc4ee-1bb5-47dd-8120-11324bc54e06	Contoso Suite	4828c8ec-dc2e-4779-b502-87ac9ce28ab7,57ff2da0-773e-42df-b2af-ffb7a2317929,YAMMER
`

func TestRunWritesTheTables(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "published.csv")
	if err := os.WriteFile(in, []byte(published), 0o600); err != nil {
		t.Fatal(err)
	}
	var notes strings.Builder
	if err := run([]string{"-csv", in, "-out", dir}, &notes); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"plans.tsv": wantPlans, "products.tsv": wantProducts} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s differs (-want +got):\n%s", name, diff)
		}
	}
	wantNote := `tablegen: note: product 06ebc4ee-1bb5-47dd-8120-11324bc54e06 is called ["Contoso Suite" "Contoso suite"]; taking "Contoso Suite"` + "\n"
	if diff := cmp.Diff(wantNote, notes.String()); diff != "" {
		t.Errorf("notes differ (-want +got):\n%s", diff)
	}
}

// The embedded table is what tablegen makes of it: turned back into the
// published form and read again, it comes out the same.
func TestEmbeddedTableIsCanonical(t *testing.T) {
	fresh := newTable()
	for _, sku := range license.Published().SKUs() {
		for _, p := range sku.Plans {
			row := [len(columns)]string{sku.Name, sku.PartNumber, sku.ID.String(), p.Name, p.ID.String(), p.DisplayName}
			if err := fresh.add(row); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := fresh.check(); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]byte{"plans.tsv": fresh.plansTSV(), "products.tsv": fresh.productsTSV()} {
		want, err := os.ReadFile(filepath.Join("..", "..", "published", name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s differs (-embedded +generated):\n%s", name, diff)
		}
	}
}

func TestReadCSVRefusesWhatIsNotThePage(t *testing.T) {
	const row = "A,B,06ebc4ee-1bb5-47dd-8120-11324bc54e06,C,7547a3fe-08ee-4ccb-b430-5077c5041653,D\n"
	tests := []struct{ what, csv, want string }{
		{"nothing", "", "header"},
		{"the header alone", header, "no products"},
		{"a missing column", strings.Replace(header, "String_Id", "Id", 1) + row, "String_Id"},
		{"an empty cell", header + strings.Replace(row, ",B,", ",,", 1), "line 2: String_Id is empty"},
		{"a product without an id", header + strings.Replace(row, "06ebc4ee", "zzzzzzzz", 1), "line 2"},
		{"a plan without an id", header + strings.Replace(row, "7547a3fe", "zzzzzzzz", 1), "line 2"},
		{"a comma in the name of a plan", header + strings.Replace(row, ",C,", `,"C,C",`, 1), "comma"},
		{"a row of another length", header + row + "A,B\n", "line 3"},
		{"text that is not UTF-8", header + "\xff" + row, "UTF-8"},
	}
	for _, tt := range tests {
		_, err := readCSV(strings.NewReader(tt.csv))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one about %q", tt.what, err, tt.want)
		}
	}
}

package license_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
)

// TestPublishedTable holds the embedded table against what is known of the
// page it was made from.
func TestPublishedTable(t *testing.T) {
	skus := license.Published().SKUs()
	if len(skus) != 620 {
		t.Errorf("%d products, want 620", len(skus))
	}
	plans := map[license.GUID]license.ServicePlan{}
	for _, sku := range skus {
		if sku.PartNumber == "" || sku.Name == "" || len(sku.Plans) == 0 || sku.AppliesTo != license.AppliesToUser {
			t.Errorf("incomplete product %+v", sku)
		}
		for _, p := range sku.Plans {
			if known, ok := plans[p.ID]; ok && known != p {
				t.Errorf("service plan %s is both %+v and %+v", p.ID, known, p)
			}
			plans[p.ID] = p
		}
	}
	if len(plans) != 797 {
		t.Errorf("%d service plans, want 797", len(plans))
	}
	foundation := plans[guid(t, "113feb6c-3fe4-4440-bddc-54d774bf0318")]
	want := license.ServicePlan{
		ID: guid(t, "113feb6c-3fe4-4440-bddc-54d774bf0318"), Name: "EXCHANGE_S_FOUNDATION",
		DisplayName: "Exchange Foundation", AppliesTo: license.AppliesToCompany,
	}
	if diff := cmp.Diff(want, foundation); diff != "" {
		t.Errorf("EXCHANGE_S_FOUNDATION differs (-want +got):\n%s", diff)
	}
}

// The tables are kept in an order and form in which changes show well, and
// what is Microsoft's says so.
func TestTablesAreCanonical(t *testing.T) {
	for name, table := range map[string]string{"products": license.ProductsTSV, "plans": license.PlansTSV, "common": license.CommonTSV} {
		var lines []string
		for line := range strings.Lines(table) {
			if !strings.HasPrefix(line, "#") {
				lines = append(lines, line)
			}
		}
		if !slices.IsSorted(lines) || len(slices.Compact(slices.Clone(lines))) != len(lines) {
			t.Errorf("%s: lines are not sorted or not unique", name)
		}
		if i := strings.IndexAny(table, "\r\u00a0"); i >= 0 {
			t.Errorf("%s: unexpected white space at byte %d", name, i)
		}
	}
	for name, table := range map[string]string{"products": license.ProductsTSV, "plans": license.PlansTSV} {
		if !strings.Contains(table, "CC BY 4.0") || !strings.Contains(table, "Microsoft") {
			t.Errorf("%s: the attribution is missing", name)
		}
	}
}

// commonRow is a line of the table of common products.
type commonRow struct{ segment, partNumber, id, tier string }

func commonRows() []commonRow {
	var out []commonRow
	for line := range strings.Lines(license.CommonTSV) {
		if cells := strings.Split(strings.TrimSpace(line), "\t"); len(cells) == 4 {
			out = append(out, commonRow{cells[0], cells[1], cells[2], cells[3]})
		}
	}
	return out
}

func TestCommonProducts(t *testing.T) {
	tiers := map[string]int{}
	before := commonRow{}
	for _, row := range commonRows() {
		sku, ok := license.Published().SKU(guid(t, row.id))
		if !ok || sku.PartNumber != row.partNumber {
			t.Errorf("%+v: Microsoft publishes %q under this id", row, sku.PartNumber)
		}
		if row.segment < before.segment {
			t.Errorf("%s stands after %s", row.segment, before.segment)
		}
		tiers[row.tier]++
		before = row
	}
	if want := map[string]int{"core": 80, "common": 53}; !maps.Equal(tiers, want) {
		t.Errorf("there are %v, want %v", tiers, want)
	}
}

const (
	somePlans = "A_PLAN\t7547a3fe-08ee-4ccb-b430-5077c5041653\tA plan\n" +
		"TWIN\t57ff2da0-773e-42df-b2af-ffb7a2317929\tOne\n" +
		"TWIN\t4828c8ec-dc2e-4779-b502-87ac9ce28ab7\tOther\n"
	someProducts = "# a comment\n\nPART NO (1/2)\t06ebc4ee-1bb5-47dd-8120-11324bc54e06\tA product\t57ff2da0-773e-42df-b2af-ffb7a2317929,A_PLAN\n"
)

func TestReadTable(t *testing.T) {
	got, err := license.ReadTable(someProducts, somePlans)
	if err != nil {
		t.Fatal(err)
	}
	want := []license.SKU{{
		ID: guid(t, idSPEE5), PartNumber: "PART NO (1/2)", Name: "A product", AppliesTo: license.AppliesToUser,
		Plans: []license.ServicePlan{
			{ID: guid(t, idYammer), Name: "A_PLAN", DisplayName: "A plan", AppliesTo: license.AppliesToUser},
			{ID: guid(t, idTeams), Name: "TWIN", DisplayName: "One", AppliesTo: license.AppliesToUser},
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table differs (-want +got):\n%s", diff)
	}
}

func TestReadTableRefusesWhatIsNotATable(t *testing.T) {
	tests := []struct{ what, products, plans string }{
		{"a plan of two columns", someProducts, "A_PLAN\t7547a3fe-08ee-4ccb-b430-5077c5041653\n"},
		{"a plan without an id", someProducts, "A_PLAN\tnone\tA plan\n"},
		{"a product of three columns", "P\t06ebc4ee-1bb5-47dd-8120-11324bc54e06\tA product\n", somePlans},
		{"a product without an id", "P\tnone\tA product\tA_PLAN\n", somePlans},
		{"an unknown plan", "P\t06ebc4ee-1bb5-47dd-8120-11324bc54e06\tA product\tB_PLAN\n", somePlans},
		{"a plan by a name that two share", "P\t06ebc4ee-1bb5-47dd-8120-11324bc54e06\tA product\tTWIN\n", somePlans},
	}
	for _, tt := range tests {
		if skus, err := license.ReadTable(tt.products, tt.plans); err == nil {
			t.Errorf("%s: read as %+v", tt.what, skus)
		}
	}
}

func FuzzReadTable(f *testing.F) {
	f.Add(someProducts, somePlans)
	f.Add("P\t06ebc4ee-1bb5-47dd-8120-11324bc54e06\tA product\t,\n", "\t\t\n")
	f.Add("\r\n\t", "#\n\n")
	f.Fuzz(func(t *testing.T, products, plans string) {
		skus, err := license.ReadTable(products, plans)
		if err != nil {
			return
		}
		for _, sku := range skus {
			if (sku.ID == license.GUID{} && !strings.Contains(products, "00000000-0000-0000-0000-000000000000")) || len(sku.Plans) == 0 {
				t.Fatalf("read a product without id or plans: %+v", sku)
			}
		}
		license.NewCatalog(skus)
	})
}

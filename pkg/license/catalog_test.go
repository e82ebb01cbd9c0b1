package license_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
)

// The ids of published products that the tests lean on.
const (
	idSPEE3     = "05e9a617-0261-4cee-bb44-138d3ef5d965"
	idSPEE5     = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"
	idVisio     = "c5928f49-12ba-48f7-ada3-0d743a3601d5" // VISIOCLIENT
	idVisioDept = "38b434d2-a15e-4cde-9a98-e737c75623e1" // VISIO_PLAN2_DEPT, the same product name
	idPrivate   = "aaaaaaaa-0000-4000-8000-000000000001" // published by nobody
	idPrivPlan  = "aaaaaaaa-0000-4000-8000-000000000002"
	idYammer    = "7547a3fe-08ee-4ccb-b430-5077c5041653"
	idTeams     = "57ff2da0-773e-42df-b2af-ffb7a2317929"
)

func guid(t testing.TB, s string) license.GUID {
	t.Helper()
	id, err := license.ParseGUID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// published returns a product of the built-in table as Graph would give it:
// without its names.
func published(t testing.TB, id string) license.SKU {
	t.Helper()
	sku, ok := license.Published().SKU(guid(t, id))
	if !ok {
		t.Fatalf("no published product %s", id)
	}
	sku.Name = ""
	sku.Plans = slices.Clone(sku.Plans)
	for i := range sku.Plans {
		sku.Plans[i].DisplayName = ""
	}
	return sku
}

func private(t testing.TB) license.SKU {
	return license.SKU{
		ID:         guid(t, idPrivate),
		PartNumber: "CONTOSO_PRIVATE",
		Plans:      []license.ServicePlan{{ID: guid(t, idPrivPlan), Name: "CONTOSO_PLAN"}},
	}
}

func TestCatalogNamesTheTenantsSKUs(t *testing.T) {
	c := license.NewCatalog([]license.SKU{private(t), published(t, idSPEE5), published(t, idVisioDept), published(t, idVisio)})
	tests := []struct{ what, id, want string }{
		{"a product of the tenant", idSPEE5, "Microsoft 365 E5"},
		{"a product name that two of the tenant's products share", idVisio, "Visio Plan 2 (VISIOCLIENT)"},
		{"the other of the two", idVisioDept, "Visio Plan 2 (VISIO_PLAN2_DEPT)"},
		{"a product that nobody published", idPrivate, "CONTOSO_PRIVATE"},
		{"a published product that the tenant does not own", idSPEE3, "Microsoft 365 E3"},
		{"an id that nobody knows", idPrivPlan, idPrivPlan},
	}
	for _, tt := range tests {
		if got := c.SKUName(guid(t, tt.id)); got != tt.want {
			t.Errorf("%s: SKUName = %q, want %q", tt.what, got, tt.want)
		}
	}
}

func TestCatalogBracketsOnlyNamesThatTheTenantSees(t *testing.T) {
	alone := license.NewCatalog([]license.SKU{published(t, idVisio)})
	if got := alone.SKUName(guid(t, idVisio)); got != "Visio Plan 2" {
		t.Errorf("SKUName of the only Visio Plan 2 = %q, want no part number", got)
	}
	if got := alone.SKUName(guid(t, idVisioDept)); got != "Visio Plan 2 (VISIO_PLAN2_DEPT)" {
		t.Errorf("SKUName of a product not owned = %q, want it told from the one that is", got)
	}
}

func TestCatalogPrefersTheTenantsOwnWords(t *testing.T) {
	sku := published(t, idSPEE5)
	sku.Name = "Our Office"
	c := license.NewCatalog([]license.SKU{sku})
	if got := c.SKUName(sku.ID); got != "Our Office" {
		t.Errorf("SKUName = %q, want the tenant's own name", got)
	}
	if got, err := c.ResolveSKU("our office"); err != nil || got.ID != sku.ID {
		t.Errorf("ResolveSKU by the tenant's own name = %v, %v", got.PartNumber, err)
	}
}

func TestCatalogNamesPlans(t *testing.T) {
	sku := private(t)
	sku.Plans = append(sku.Plans, license.ServicePlan{ID: guid(t, idPrivate)})
	c := license.NewCatalog([]license.SKU{sku, published(t, idSPEE5)})
	tests := []struct{ what, id, want string }{
		{"a published plan", idYammer, "Yammer Enterprise"},
		{"a friendly name that two published plans share", idTeams, "Microsoft Teams (TEAMS1)"},
		{"a plan that nobody published", idPrivPlan, "CONTOSO_PLAN"},
		{"a plan without a name", idPrivate, idPrivate},
		{"an id that nobody knows", idVisio, idVisio},
	}
	for _, tt := range tests {
		if got := c.PlanName(guid(t, tt.id)); got != tt.want {
			t.Errorf("%s: PlanName = %q, want %q", tt.what, got, tt.want)
		}
	}
}

func TestCatalogFillsInNamesWithoutTouchingItsArgument(t *testing.T) {
	given := []license.SKU{published(t, idVisio), published(t, idSPEE5)}
	given[1].Plans = []license.ServicePlan{given[1].Plans[40], given[1].Plans[3]} // the tenant's plan list is the truth
	before := []license.SKU{given[0], given[1]}
	before[0].Plans, before[1].Plans = slices.Clone(given[0].Plans), slices.Clone(given[1].Plans)

	got := license.NewCatalog(given).SKUs()

	if diff := cmp.Diff(before, given); diff != "" {
		t.Errorf("the argument changed (-before +after):\n%s", diff)
	}
	if got[0].PartNumber != "SPE_E5" || got[1].PartNumber != "VISIOCLIENT" {
		t.Errorf("SKUs = %s, %s; want them sorted by part number", got[0].PartNumber, got[1].PartNumber)
	}
	if n := len(got[0].Plans); n != 2 {
		t.Errorf("the SKU has %d plans, want the tenant's two", n)
	}
	if !slices.IsSortedFunc(got[0].Plans, func(a, b license.ServicePlan) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the plans are not sorted by name")
	}
	for _, sku := range got {
		for _, p := range sku.Plans {
			if p.DisplayName == "" {
				t.Errorf("%s: plan %s has no friendly name", sku.PartNumber, p.Name)
			}
		}
	}
}

func TestCatalogKnowsWhatTheTenantOwns(t *testing.T) {
	c := license.NewCatalog([]license.SKU{published(t, idSPEE5)})
	if _, ok := c.SKU(guid(t, idSPEE5)); !ok {
		t.Error("SKU does not find the tenant's product")
	}
	if _, ok := c.SKU(guid(t, idSPEE3)); ok {
		t.Error("SKU finds a published product that the tenant does not own")
	}
}

func TestCatalogServesManyGoroutines(t *testing.T) {
	c := license.NewCatalog([]license.SKU{published(t, idSPEE5)})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := c.ResolveSKU("SPE_E55"); err == nil {
				t.Error("ResolveSKU of a typo gives no error")
			}
			c.SKUName(guid(t, idSPEE3))
			c.PlanName(guid(t, idTeams))
		})
	}
	wg.Wait()
}

func BenchmarkNewCatalog(b *testing.B) {
	var tenant []license.SKU
	for _, row := range commonRows() {
		tenant = append(tenant, published(b, row.id))
	}
	for b.Loop() {
		license.NewCatalog(tenant)
	}
}

func BenchmarkReadTable(b *testing.B) {
	for b.Loop() {
		if _, err := license.ReadTable(license.ProductsTSV, license.PlansTSV); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnknownSKU(b *testing.B) {
	c := license.NewCatalog([]license.SKU{published(b, idSPEE5)})
	for b.Loop() {
		if _, err := c.ResolveSKU("ENTREPRISEPACK"); err == nil {
			b.Fatal("a typo resolves")
		}
	}
}

func BenchmarkUnknownPlan(b *testing.B) {
	c := license.NewCatalog([]license.SKU{published(b, idSPEE5)})
	sku, err := c.ResolveSKU("SPE_E5")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := c.ResolvePlan(sku, "YAMMER_ENTERPRIZE"); err == nil {
			b.Fatal("a typo resolves")
		}
	}
}

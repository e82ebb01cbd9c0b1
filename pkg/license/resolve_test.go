package license_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// contoso is a tenant that owns a few products, two of them of one name.
func contoso(t testing.TB) *license.Catalog {
	return license.NewCatalog([]license.SKU{
		private(t), published(t, idSPEE5), published(t, idVisio), published(t, idVisioDept),
		published(t, "f30db892-07e9-47e9-837c-80727f46fd3d"), // FLOW_FREE
		published(t, "4b9405b0-7788-4568-add1-99614e613b69"), // EXCHANGESTANDARD
		published(t, "f8a1db68-be16-40ed-86d5-cb42ce701560"), // POWER_BI_PRO
		published(t, "50f60901-3181-4b75-8a2c-4c8e4c1d5a72"), // M365_F1_COMM
	})
}

func TestResolveSKU(t *testing.T) {
	c := contoso(t)
	for ref, want := range map[string]string{
		"SPE_E5":                               "SPE_E5",
		"spe_e5":                               "SPE_E5",
		"06ebc4ee-1bb5-47dd-8120-11324bc54e06": "SPE_E5",
		"06EBC4EE-1BB5-47DD-8120-11324BC54E06": "SPE_E5",
		"Microsoft 365 E5":                     "SPE_E5",
		"  microsoft 365\u00a0 e5 ":            "SPE_E5",
		"VISIOCLIENT":                          "VISIOCLIENT",
		"contoso_private":                      "CONTOSO_PRIVATE",
		idPrivate:                              "CONTOSO_PRIVATE",
		"Microsoft 365 F1":                     "M365_F1_COMM", // the one of two that the tenant owns
	} {
		sku, err := c.ResolveSKU(ref)
		if err != nil || sku.PartNumber != want {
			t.Errorf("ResolveSKU(%q) = %q, %v; want %s", ref, sku.PartNumber, err, want)
		}
	}
}

// hinter is what every error of the package offers beside its text.
type hinter interface {
	error
	Hint() string
}

// TestResolveErrors shows what people read for what they are likely to get
// wrong.
func TestResolveErrors(t *testing.T) {
	tenant := contoso(t)
	var b strings.Builder
	show := func(err error) {
		var h hinter
		if !errors.As(err, &h) {
			t.Fatalf("error %v has no hint", err)
		}
		fmt.Fprintf(&b, "  %T: %v\n", h, h)
		if h.Hint() != "" {
			fmt.Fprintf(&b, "  hint: %s\n", h.Hint())
		}
	}
	for _, ref := range skuTypos {
		fmt.Fprintf(&b, "sku %.90q\n", ref)
		_, err := tenant.ResolveSKU(ref)
		show(err)
		if _, err := license.Published().ResolveSKU(ref); err != nil {
			b.WriteString("  without a tenant:\n")
			show(err)
		}
	}
	e5, err := tenant.ResolveSKU("SPE_E5")
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range planTypos {
		fmt.Fprintf(&b, "plan of SPE_E5 %q\n", ref)
		_, err := tenant.ResolvePlan(e5, ref)
		show(err)
	}
	golden(t, "resolve_errors.txt", b.String())
}

var skuTypos = []string{
	"SPE_E55", "SPE-E5", "Microsoft 365 E-5", "M365 E5", "Microsoft 365", "ENTREPRISEPACK", "ENTERPRISE PREMIUM",
	"VISIO", "Visio Plan 2", "VISIO PLAN", "PowerBI Pro", "POWER_BI_PR0", "Power BI", "Copilot", "E5", "F3", "EMS E5",
	"Project Plan 3", "Exchange Online", "exchange standrad", "FLOWFREE", "Office 365 E33", "contoso privat",
	"SPE_E3", "microsoft 365 e3", idSPEE3, "M365_F1", "Visio Plan 1", "MCOPSTN5", "Windows 10/11 Enterprise E3",
	idPrivPlan, "06ebc4ee-1bb5-47dd-8120", "", "x", "no such thing at all", "\x1b[2J\nSPE_E5", strings.Repeat("SPE_E5", 100),
}

var planTypos = []string{
	"YAMMER", "YAMMER_ENTERPRIZE", "yamer enterprise", "Viva Engage", "TEAMS", "Teams 1", "BI_AZURE_P9", "Sway2",
	"ONEDRIVE", "VISIO_CLIENT_SUBSCRIPTION", "CONTOSO_PLAN", "EXCHANGE_S_STANDARD", idPrivPlan, idSPEE3, "", "Microsoft Insider Risk Management", "nothing of the kind",
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; run with -update where that is meant (-want +got):\n%s", path, diff)
	}
}

func TestResolveSKUPrefersAnExactPartNumber(t *testing.T) {
	upper, lower := private(t), private(t)
	lower.ID, lower.PartNumber = guid(t, idPrivPlan), "contoso_private"
	c := license.NewCatalog([]license.SKU{upper, lower})
	for ref, want := range map[string]license.GUID{"CONTOSO_PRIVATE": upper.ID, "contoso_private": lower.ID} {
		if sku, err := c.ResolveSKU(ref); err != nil || sku.ID != want {
			t.Errorf("ResolveSKU(%q) = %s, %v", ref, sku.ID, err)
		}
	}
	_, err := c.ResolveSKU("Contoso_Private")
	var ambiguous *license.AmbiguousSKUError
	if !errors.As(err, &ambiguous) || len(ambiguous.Candidates) != 2 {
		t.Fatalf("ResolveSKU of a part number of neither's case: %v", err)
	}
	if hint := ambiguous.Hint(); !strings.Contains(hint, idPrivate) || !strings.Contains(hint, idPrivPlan) {
		t.Errorf("hint %q does not tell the two apart", hint)
	}
}

func TestResolvePlan(t *testing.T) {
	c := contoso(t)
	e5, err := c.ResolveSKU("SPE_E5")
	if err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]string{
		"YAMMER_ENTERPRISE":          "YAMMER_ENTERPRISE",
		"yammer_enterprise":          "YAMMER_ENTERPRISE",
		strings.ToUpper(idYammer):    "YAMMER_ENTERPRISE",
		"microsoft  teams":           "TEAMS1",
		"Exchange Online (Plan 2)":   "EXCHANGE_S_ENTERPRISE",
		"Microsoft 365 Phone System": "MCOEV",
	} {
		p, err := c.ResolvePlan(e5, ref)
		if err != nil || p.Name != want {
			t.Errorf("ResolvePlan(SPE_E5, %q) = %q, %v; want %s", ref, p.Name, err, want)
		}
	}
}

// A plan can be looked up in a SKU that the catalog did not make: one as Graph
// sends it, without friendly names.
func TestResolvePlanOfAnySKU(t *testing.T) {
	raw := published(t, idSPEE5)
	p, err := contoso(t).ResolvePlan(raw, "yammer enterprise")
	if err != nil || p.ID != guid(t, idYammer) {
		t.Errorf("ResolvePlan by friendly name = %v, %v", p.Name, err)
	}
}

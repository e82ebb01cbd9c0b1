package license_test

import (
	"testing"

	"github.com/licensectl/licensectl/pkg/license"
)

// TestVisible: characters that nobody sees are left out, and no others.
func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"SPE_E5":                     "SPE_E5",
		"CPC_E_2C_8GB\u200b":         "CPC_E_2C_8GB",
		"\ufeffSPE\u00ad_\u2060E5":   "SPE_E5",
		"SPE\u034f_E5\ufe0f":         "SPE_E5", // a joiner, a variation selector
		"SPE_E5\x00\x1b":             "SPE_E5",
		"\u202eSPE_E5":               "SPE_E5",
		"Büro (Plan 1)\u00a0é\u4e16": "Büro (Plan 1)\u00a0é\u4e16",
		"a\tb\nc":                    "a\tb\nc",
		"":                           "",
	} {
		if got := license.Visible(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestInvisibleCharactersOfPartNumbers: a product is found by what one sees of
// its part number, and one that is written exactly so comes first.
func TestInvisibleCharactersOfPartNumbers(t *testing.T) {
	odd := license.SKU{ID: guid(t, "5a5e9f5e-0d8f-4b3e-9a51-0d0c5b9c0001"), PartNumber: "CLOUD_PC_8GB\u200b"}
	plain := license.SKU{ID: guid(t, "5a5e9f5e-0d8f-4b3e-9a51-0d0c5b9c0002"), PartNumber: "CLOUD_PC_8GB"}
	for _, tc := range []struct {
		skus []license.SKU
		ref  string
		want license.GUID
	}{
		{[]license.SKU{odd}, "CLOUD_PC_8GB", odd.ID},
		{[]license.SKU{odd}, "cloud_pc_8gb", odd.ID},
		{[]license.SKU{odd}, "CLOUD_PC_8GB\u200b", odd.ID},
		{[]license.SKU{plain}, "CLOUD_PC_8GB\ufeff", plain.ID},
		{[]license.SKU{odd, plain}, "CLOUD_PC_8GB", plain.ID},
		{[]license.SKU{odd, plain}, "CLOUD_PC_8GB\u200b", odd.ID},
	} {
		sku, err := license.NewCatalog(tc.skus).ResolveSKU(tc.ref)
		if err != nil || sku.ID != tc.want {
			t.Errorf("%q among %d: %v, error %v", tc.ref, len(tc.skus), sku.ID, err)
		}
	}
}

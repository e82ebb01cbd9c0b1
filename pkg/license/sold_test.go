package license_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/license"
)

const (
	idCopilot    = "639dec6b-bb19-468b-871c-c5c441c4b0cb" // Microsoft_365_Copilot
	idCopilotOld = "a809996b-059e-42e2-9866-db24b99a9782" // M365_Copilot
)

func TestResolveSold(t *testing.T) {
	c := license.Published()
	tests := []struct{ ref, want string }{
		{"SPE_E3", "SPE_E3"}, // what ResolveSKU finds
		{"Microsoft 365 E3 (no Teams)", "Microsoft_365_E3_(no_Teams)"},
		{"Microsoft Entra ID P1", "AAD_PREMIUM"},
		{"Azure Active Directory Premium P1", "AAD_PREMIUM"},
		{"azure active directory  premium p2", "AAD_PREMIUM_P2"},
		{"Microsoft Defender for Office 365 (Plan 1)", "ATP_ENTERPRISE"},
		{"Microsoft Defender for Office 365 Plan 1", "ATP_ENTERPRISE"},
		{"Microsoft Defender for Office 365 \u2013 Plan 2", "THREAT_INTELLIGENCE"},
		{"Exchange Online Plan 1", "EXCHANGESTANDARD"},
		{"Microsoft Defender for Endpoint (Plan 1)", "DEFENDER_ENDPOINT_P1"},
		{"Microsoft Defender for Cloud Apps", "ADALLOM_STANDALONE"},
		{"Project Plan 1", "PROJECT_P1"},
		{"Planner and Project Plan 5", "PROJECTPREMIUM"},
	}
	for _, tt := range tests {
		if got, err := c.ResolveSold(tt.ref); err != nil || got.PartNumber != tt.want {
			t.Errorf("ResolveSold(%q) = %q, %v; want %s", tt.ref, got.PartNumber, err, tt.want)
		}
	}
}

// TestResolveSoldRefusesTwo: nobody is given a product that was guessed.
func TestResolveSoldRefusesTwo(t *testing.T) {
	tests := []struct {
		ref   string
		parts []string
	}{
		{"Microsoft 365 Copilot", []string{"M365_Copilot", "Microsoft_365_Copilot"}},
		{"Microsoft Defender for Endpoint Plan 2", []string{"MDATP_XPLAT", "WIN_DEF_ATP"}},
		{"Microsoft Intune (Plan 1)", []string{"INTUNE_A", "INTUNE_A_VL"}},
	}
	for _, tt := range tests {
		_, err := license.Published().ResolveSold(tt.ref)
		ambiguous, ok := errors.AsType[*license.AmbiguousSKUError](err)
		if !ok {
			t.Errorf("%s: %v, want both products", tt.ref, err)
			continue
		}
		var parts []string
		for _, sku := range ambiguous.Candidates {
			parts = append(parts, sku.PartNumber)
		}
		if got, want := strings.Join(parts, " "), strings.Join(tt.parts, " "); got != want {
			t.Errorf("%s: candidates %s, want %s", tt.ref, got, want)
		}
	}
}

func TestResolveSoldInATenant(t *testing.T) {
	c := license.NewCatalog([]license.SKU{published(t, idCopilot), private(t)})
	if got, err := c.ResolveSold("Microsoft 365 Copilot"); err != nil || got.PartNumber != "Microsoft_365_Copilot" {
		t.Errorf("the one that the tenant owns of two: %q, %v", got.PartNumber, err)
	}
	_, err := c.ResolveSold("Azure Active Directory Premium P1")
	if missing, ok := errors.AsType[*license.SKUNotInTenantError](err); !ok || len(missing.Products) != 1 || missing.Products[0].PartNumber != "AAD_PREMIUM" {
		t.Errorf("a product that the tenant does not own: %v", err)
	}
	both := license.NewCatalog([]license.SKU{published(t, idCopilot), published(t, idCopilotOld)})
	if got, err := both.ResolveSold("Microsoft 365 Copilot"); err == nil {
		t.Errorf("a name of two products of the tenant gives %s", got.PartNumber)
	}
	for _, ref := range []string{"Microsoft 365 Copilott", "", "()", "- -"} {
		_, err := c.ResolveSold(ref)
		if _, ok := errors.AsType[*license.UnknownSKUError](err); !ok {
			t.Errorf("ResolveSold(%q): %v, want that nothing is known", ref, err)
		}
	}
}

// TestSoldNamesAreNew: a name of the table stands for what the published table
// does not call so, and for no product that is called so there.
func TestSoldNamesAreNew(t *testing.T) {
	names := 0
	for line := range strings.Lines(license.SoldTSV) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		names++
		name, _, _ := strings.Cut(line, "\t")
		if sku, err := license.Published().ResolveSKU(name); err == nil {
			t.Errorf("%s: published already, as %s", name, sku.PartNumber)
		}
	}
	if names == 0 {
		t.Error("there are no names")
	}
}

func TestReadSoldRefuses(t *testing.T) {
	for _, row := range []string{
		"A name\tSPE_E3\n", "A name\tSPE_E3\tnone\n",
		"A name\tSPE_E5\t" + idSPEE3 + "\n", "()\tSPE_E3\t" + idSPEE3 + "\n", "A name\tCONTOSO_PRIVATE\t" + idPrivate + "\n",
	} {
		if license.ReadSold(row) == nil {
			t.Errorf("%q is read", row)
		}
	}
	if err := license.ReadSold("A name\tSPE_E3\t" + idSPEE3 + "\n"); err != nil {
		t.Error(err)
	}
}

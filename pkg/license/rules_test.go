package license_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
)

const (
	planExchange1   = "9aaf7827-d63c-4b61-89c3-182f06f82e5c" // EXCHANGE_S_STANDARD
	planExchange2   = "efb87545-963c-4e0d-99df-69c6916d9eb0" // EXCHANGE_S_ENTERPRISE
	planKiosk       = "4a82b400-a79f-41a4-b4e2-e94f5787b113" // EXCHANGE_S_DESKLESS
	planTeamsFree   = "4fa4026d-ce74-4962-a151-8e96d57ea8e4"
	planPhone       = "4828c8ec-dc2e-4779-b502-87ac9ce28ab7" // MCOEV
	planSkype       = "0feaeb32-d00e-4d66-bd5a-43b5b83db82c" // MCOSTANDARD
	planOfficeWeb   = "e95bec33-7c88-4a70-8e19-b10bd9d0c014" // SHAREPOINTWAC
	planOneDrive    = "13696edf-5a08-49f6-8134-03083ed8ba30" // ONEDRIVESTANDARD
	planSharePoint1 = "c7699d2e-19aa-44de-8edf-1736da088ca1"
	planSharePoint2 = "5dbe027f-2339-4123-9542-606e4d348a72"
	planDefender    = "8e0c0a52-6a6c-4d40-8370-dd62790dcd70" // THREAT_INTELLIGENCE
	planFoundation  = "113feb6c-3fe4-4440-bddc-54d774bf0318" // EXCHANGE_S_FOUNDATION
	planCalling1    = "4ed3ff63-69d7-4fb7-b984-5aec7f605ca8"
	planCalling2    = "5a10155d-f5c1-411a-a8ec-e99aae125390"
	planRoomsBasic  = "c8529366-cffd-4415-ab8f-be0144a33ab1"
	planRoomsPro    = "0374d34c-6be4-4dbb-b3f0-26105db0b28a"
)

func guids(t testing.TB, ids ...string) []license.GUID {
	var out []license.GUID
	for _, id := range ids {
		out = append(out, guid(t, id))
	}
	return out
}

func TestConflicts(t *testing.T) {
	tests := []struct {
		what                string
		enabled             []string
		observed, published int // conflicts
	}{
		{"nothing", nil, 0, 0},
		{"a plan beside itself, from two licenses", []string{planCalling1, planCalling1}, 0, 0},
		{"two calling plans", []string{planCalling2, planTeamsFree, planCalling1}, 1, 1},
		{"free Teams beside Teams", []string{idTeams, planTeamsFree}, 1, 1},
		{"kiosk beside Exchange Online (Plan 1), which stack today", []string{planKiosk, planExchange1}, 0, 1},
		{"SharePoint plans 1 and 2, which stack today", []string{planSharePoint1, planSharePoint2}, 0, 1},
		{"two rooms products", []string{planRoomsPro, planRoomsBasic}, 1, 1},
		{"Exchange Online plans 1 and 2, which no table has", []string{planExchange1, planExchange2}, 0, 0},
	}
	for _, tt := range tests {
		if got := license.ObservedRules().Conflicts(guids(t, tt.enabled...)); len(got) != tt.observed {
			t.Errorf("%s: observed rules find %v, want %d", tt.what, got, tt.observed)
		}
		if got := license.PublishedRules().Conflicts(guids(t, tt.enabled...)); len(got) != tt.published {
			t.Errorf("%s: published rules find %v, want %d", tt.what, got, tt.published)
		}
	}
	want := []license.Conflict{{A: guid(t, planTeamsFree), B: guid(t, idTeams)}}
	if diff := cmp.Diff(want, license.ObservedRules().Conflicts(guids(t, idTeams, planTeamsFree, idTeams))); diff != "" {
		t.Errorf("conflict differs (-want +got):\n%s", diff)
	}
}

func TestMissing(t *testing.T) {
	tests := []struct {
		what    string
		enabled []string
		want    []string // the plans that miss one
	}{
		{"nothing", nil, nil},
		{"phone system beside Teams", []string{planPhone, idTeams}, nil},
		{"phone system beside Skype for Business", []string{planPhone, planSkype}, nil},
		{"phone system alone", []string{planPhone}, []string{planPhone}},
		{"phone system alone in two licenses", []string{planPhone, planPhone}, []string{planPhone}},
		{"Office for the web beside OneDrive, as some products have it", []string{planOfficeWeb, planOneDrive}, nil},
		{"Office for the web alone", []string{planOfficeWeb}, []string{planOfficeWeb}},
		{"Defender beside a mailbox of any kind", []string{planDefender, planKiosk}, nil},
		{"Defender beside the foundation, which is no mailbox", []string{planFoundation, planDefender}, []string{planDefender}},
		{"two that miss one", []string{planOfficeWeb, planPhone}, []string{planPhone, planOfficeWeb}},
	}
	for _, tt := range tests {
		var got []license.GUID
		for _, m := range license.ObservedRules().Missing(guids(t, tt.enabled...)) {
			got = append(got, m.Plan)
			if len(m.NeedsAny) == 0 || !slices.IsSortedFunc(m.NeedsAny, license.CompareGUIDs) {
				t.Errorf("%s: %s needs %v, want a sorted list", tt.what, m.Plan, m.NeedsAny)
			}
		}
		if diff := cmp.Diff(guids(t, tt.want...), got); diff != "" {
			t.Errorf("%s: missing differs (-want +got):\n%s", tt.what, diff)
		}
	}
}

// addOns are published products that are of no use alone, so that a rule may
// find something missing.
var addOns = []string{
	"BUSINESS_VOICE", "BUSINESS_VOICE_DIRECTROUTING", "BUSINESS_VOICE_DIRECTROUTING_MED", "BUSINESS_VOICE_MED2",
	"BUSINESS_VOICE_MED2_TELCO", "IDENTITY_THREAT_PROTECTION", "IDENTITY_THREAT_PROTECTION_FOR_EMS_E5",
	"M365EDU_A3_STUUSEBNFT_RPA1", "M365_Copilot", "M365_SECURITY_COMPLIANCE_FOR_FLW", "MCOEV", "MCOEV_DOD",
	"MCOEV_FACULTY", "MCOEV_GCCHIGH", "MCOEV_STUDENT", "MCOEV_TELSTRA", "MCOEV_USGOV_DOD", "MCOEV_USGOV_GCCHIGH",
	"MCOMEETADV", "MCOMEETADV_FACULTY", "MCOMEETADV_GOV", "MCOTEAMS_ESSENTIALS", "SPE_F5_SEC", "SPE_F5_SECCOMP",
	"THREAT_INTELLIGENCE", "WORKPLACE_ANALYTICS",
}

// No rule speaks against a product as Microsoft sells it: such a rule would be
// wrong, or warn of what every tenant does.
func TestRulesAcceptEveryProductAsSold(t *testing.T) {
	var missing []string
	for _, sku := range license.Published().SKUs() {
		plans := planIDs(sku)
		if got := license.PublishedRules().Conflicts(plans); got != nil {
			t.Errorf("%s: conflicts %v in one product", sku.PartNumber, got)
		}
		if license.PublishedRules().Missing(plans) != nil {
			missing = append(missing, sku.PartNumber)
		}
	}
	if diff := cmp.Diff(addOns, missing); diff != "" {
		t.Errorf("products that miss a plan differ from the add-ons (-want +got):\n%s", diff)
	}
}

// The combinations that tenants use every day raise no warning.
func TestObservedRulesAcceptCommonCombinations(t *testing.T) {
	for _, combination := range [][]string{
		{"SPE_E3", "SPE_E5"}, {"SPE_F1", "SPE_E3"}, {"SPE_F1", "SPE_F5_SEC"}, {"SPE_E3", "VISIOCLIENT", "POWER_BI_PRO"},
		{"ENTERPRISEPACK", "EMS", "MCOEV", "MCOMEETADV"}, {"SPE_E5", "PROJECTPROFESSIONAL"}, {"EXCHANGEDESKLESS", "SPE_E3"},
		{"SPB", "Microsoft_365_Copilot"}, {"SPE_E3", "M365_Copilot"}, {"STANDARDPACK", "EXCHANGEENTERPRISE"},
	} {
		var enabled []license.GUID
		for _, part := range combination {
			sku, err := license.Published().ResolveSKU(part)
			if err != nil {
				t.Fatal(err)
			}
			enabled = append(enabled, planIDs(sku)...)
		}
		if got := license.ObservedRules().Conflicts(enabled); got != nil {
			t.Errorf("%v: conflicts %v", combination, got)
		}
		if got := license.ObservedRules().Missing(enabled); got != nil {
			t.Errorf("%v: missing %v", combination, got)
		}
	}
}

func planIDs(sku license.SKU) []license.GUID {
	var out []license.GUID
	for _, p := range sku.Plans {
		out = append(out, p.ID)
	}
	return out
}

// The answers are those of a set: neither order nor repetition matters, and a
// rule once broken stays broken where more plans that exclude are added.
func TestRulesSeeASet(t *testing.T) {
	var ruled []license.GUID
	for _, id := range []string{planExchange1, planExchange2, planKiosk, planTeamsFree, planPhone, planSkype, planOfficeWeb, planOneDrive,
		planSharePoint1, planSharePoint2, planDefender, planFoundation, planCalling1, planCalling2, planRoomsBasic, planRoomsPro, idTeams, idYammer} {
		ruled = append(ruled, guid(t, id))
	}
	rapid.Check(t, func(t *rapid.T) {
		enabled := rapid.SliceOf(rapid.SampledFrom(ruled)).Draw(t, "enabled")
		shuffled := append(rapid.Permutation(enabled).Draw(t, "shuffled"), enabled...)
		for _, rules := range []*license.Rules{license.ObservedRules(), license.PublishedRules()} {
			if diff := cmp.Diff(rules.Conflicts(enabled), rules.Conflicts(shuffled)); diff != "" {
				t.Fatalf("conflicts differ:\n%s", diff)
			}
			if diff := cmp.Diff(rules.Missing(enabled), rules.Missing(shuffled)); diff != "" {
				t.Fatalf("missing differs:\n%s", diff)
			}
			some := enabled[:rapid.IntRange(0, len(enabled)).Draw(t, "how many")]
			concerned := func(c license.Conflict) bool { return slices.Contains(some, c.A) || slices.Contains(some, c.B) }
			if got, want := rules.AnyExcluded(some, enabled), slices.ContainsFunc(rules.Conflicts(enabled), concerned); got != want {
				t.Fatalf("one of %v is excluded: %t, want %t", some, got, want)
			}
			lacking := func(m license.Missing) bool { return slices.Contains(some, m.Plan) }
			if got, want := rules.AnyLacking(some, enabled), slices.ContainsFunc(rules.Missing(enabled), lacking); got != want {
				t.Fatalf("one of %v lacks another: %t, want %t", some, got, want)
			}
			for _, c := range rules.Conflicts(enabled) {
				if license.CompareGUIDs(c.A, c.B) >= 0 || !slices.Contains(enabled, c.A) || !slices.Contains(enabled, c.B) {
					t.Fatalf("conflict %v is not an ordered pair of enabled plans", c)
				}
			}
		}
		if observed, published := license.ObservedRules().Conflicts(enabled), license.PublishedRules().Conflicts(enabled); len(observed) > len(published) {
			t.Fatalf("the observed rules find more conflicts (%v) than the strictest reading (%v)", observed, published)
		}
	})
}

// The names beside the ids in the rules are for readers; they are right where
// the plan is published at all.
func TestRulesNameTheirPlans(t *testing.T) {
	names := map[string]string{}
	for _, sku := range license.Published().SKUs() {
		for _, p := range sku.Plans {
			names[p.ID.String()] = p.Name
		}
	}
	known := 0
	for line := range strings.Lines(license.RulesTSV) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for i, id := range columns[:len(columns)-1] {
			if want, ok := names[id]; ok {
				known++
				if columns[i+1] != want {
					t.Errorf("%s is called %s, not %s", id, want, columns[i+1])
				}
			}
		}
	}
	if known < 70 {
		t.Errorf("only %d plans of the rules are published; is the table read as it is written?", known)
	}
}

func TestReadRulesRefusesWhatIsNoRule(t *testing.T) {
	tests := []struct{ what, table string }{
		{"a plan before the first rule", "\t" + idYammer + "\tYAMMER\n"},
		{"an unknown kind", "require\tpublished\tholds\t-\tYammer\n"},
		{"an unknown standing", "exclude\tpublished\tmaybe\t-\tYammer\n"},
		{"too few columns", "exclude\tpublished\tholds\n"},
		{"a need of no plan", "need\tobserved\tholds\t-\tYammer\n"},
		{"a member without a name", "exclude\tpublished\tholds\t-\tYammer\n\t" + idYammer + "\n"},
		{"a member without an id", "exclude\tpublished\tholds\t-\tYammer\n\tnone\tYAMMER\n"},
	}
	for _, tt := range tests {
		if err := license.ReadRules(tt.table); err == nil {
			t.Errorf("%s: no error", tt.what)
		}
	}
}

func FuzzReadRules(f *testing.F) {
	f.Add(license.RulesTSV)
	f.Add("need\tobserved\tholds\t" + idYammer + "\tYammer\n\t" + idTeams + "\tTEAMS1\n")
	f.Fuzz(func(_ *testing.T, table string) {
		_ = license.ReadRules(table) // it must not panic
	})
}

// Plans of which no rule speaks make no difference.
func TestRulesSpeakOfFewPlans(t *testing.T) {
	skus := license.Published().SKUs()
	rapid.Check(t, func(t *rapid.T) {
		var enabled []license.GUID
		for _, sku := range rapid.SliceOfN(rapid.SampledFrom(skus), 1, 6).Draw(t, "products") {
			enabled = append(enabled, planIDs(sku)...)
		}
		for _, rules := range []*license.Rules{license.ObservedRules(), license.PublishedRules()} {
			ruled := slices.DeleteFunc(slices.Clone(enabled), func(id license.GUID) bool { return !rules.SpeakOf(id) })
			if diff := cmp.Diff(rules.Conflicts(enabled), rules.Conflicts(ruled)); diff != "" {
				t.Fatalf("conflicts differ:\n%s", diff)
			}
			if diff := cmp.Diff(rules.Missing(enabled), rules.Missing(ruled)); diff != "" {
				t.Fatalf("missing differs:\n%s", diff)
			}
		}
	})
}

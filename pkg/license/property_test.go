package license_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
)

// anyCase changes the case of some letters.
func anyCase(t *rapid.T, s string) string {
	letters := []rune(s)
	for i := range letters {
		if rapid.Bool().Draw(t, "upper") {
			letters[i] = []rune(strings.ToUpper(string(letters[i])))[0]
		}
	}
	return string(letters)
}

// ambiguousAmong reports whether err says that ref names several products,
// want among them.
func ambiguousAmong(err error, want license.SKU) bool {
	var ambiguous *license.AmbiguousSKUError
	return errors.As(err, &ambiguous) &&
		slices.ContainsFunc(ambiguous.Candidates, func(c license.SKU) bool { return c.ID == want.ID })
}

func TestEveryPublishedProductResolves(t *testing.T) {
	c := license.Published()
	all := c.SKUs()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SampledFrom(all).Draw(t, "product")
		if got, err := c.ResolveSKU(anyCase(t, want.ID.String())); err != nil || got.ID != want.ID {
			t.Fatalf("by id: %s, %v", got.PartNumber, err)
		}
		if got, err := c.ResolveSKU(anyCase(t, want.PartNumber)); !ambiguousAmong(err, want) && (err != nil || got.ID != want.ID) {
			t.Fatalf("by part number: %s, %v", got.PartNumber, err)
		}
		if got, err := c.ResolveSKU(" " + anyCase(t, want.Name) + "\t"); !ambiguousAmong(err, want) && (err != nil || got.ID != want.ID) {
			t.Fatalf("by name: %s, %v", got.PartNumber, err)
		}
		plan := rapid.SampledFrom(want.Plans).Draw(t, "plan")
		if got, err := c.ResolvePlan(want, anyCase(t, plan.ID.String())); err != nil || got.ID != plan.ID {
			t.Fatalf("plan by id: %s, %v", got.Name, err)
		}
		got, err := c.ResolvePlan(want, anyCase(t, plan.Name))
		var ambiguous *license.AmbiguousPlanError
		if !errors.As(err, &ambiguous) && (err != nil || got.ID != plan.ID) {
			t.Fatalf("plan by name: %s, %v", got.Name, err)
		}
	})
}

// Whatever products a tenant owns, a reference to any published product finds
// it, or says that the tenant does not own it, or that it owns two.
func TestTenantResolvesWhatItOwnsAndKnowsTheRest(t *testing.T) {
	all := license.Published().SKUs()
	rapid.Check(t, func(t *rapid.T) {
		owned := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, 20, func(s license.SKU) license.GUID { return s.ID }).Draw(t, "owned")
		c := license.NewCatalog(owned)
		want := rapid.SampledFrom(append(slices.Clone(owned), all...)).Draw(t, "asked for")
		owns := slices.ContainsFunc(owned, func(s license.SKU) bool { return s.ID == want.ID })
		for _, ref := range []string{want.ID.String(), want.PartNumber, want.Name} {
			got, err := c.ResolveSKU(ref)
			var notOwned *license.SKUNotInTenantError
			switch {
			case err == nil && !slices.ContainsFunc(owned, func(s license.SKU) bool { return s.ID == got.ID }):
				t.Fatalf("%q resolves to %s, which is not owned", ref, got.PartNumber)
			case err == nil && got.ID == want.ID, owns && ambiguousAmong(err, want):
			case err == nil && got.Name == want.Name && ref == want.Name:
			case err == nil && got.PartNumber == want.PartNumber && ref == want.PartNumber:
			case !owns && errors.As(err, &notOwned):
			default:
				t.Fatalf("%q (owned: %v): %s, %v", ref, owns, got.PartNumber, err)
			}
		}
		if c.SKUName(want.ID) == "" {
			t.Fatal("a product without a name")
		}
	})
}

// One slip in a part number of the tenant finds the product it belongs to.
func TestSuggestionsForgiveOneSlip(t *testing.T) {
	c := contoso(t)
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SampledFrom(c.SKUs()).Draw(t, "product")
		i := rapid.IntRange(0, len(want.PartNumber)-1).Draw(t, "position")
		slip := rapid.SampledFrom([]string{"", "Q", want.PartNumber[i:i+1] + "Q"}).Draw(t, "instead")
		_, err := c.ResolveSKU(want.PartNumber[:i] + slip + want.PartNumber[i+1:])
		var unknown *license.UnknownSKUError
		if !errors.As(err, &unknown) {
			return // the slip makes the name of another product
		}
		if !slices.ContainsFunc(unknown.Suggestions, func(s license.SKUSuggestion) bool { return s.Owned && s.SKU.ID == want.ID }) {
			t.Fatalf("%v: %s", err, unknown.Hint())
		}
	})
}

// The names of two SKUs of a tenant differ, so a view can use them alone.
func TestSKUNamesTellTheTenantsSKUsApart(t *testing.T) {
	seen := map[string]license.GUID{}
	c := license.Published()
	for _, sku := range c.SKUs() {
		name := c.SKUName(sku.ID)
		if other, ok := seen[name]; ok {
			t.Errorf("%s and %s are both called %q", other, sku.ID, name)
		}
		seen[name] = sku.ID
	}
}

// Whatever products a tenant has, no two are shown in the same words, and none
// in words by which another one is known.
func TestNoTwoProductsAreShownAlike(t *testing.T) {
	words := []string{"TEAMS", "teams", "Teams  Premium", "Teams Premium", "TEAMS_PREMIUM", "X"}
	rapid.Check(t, func(t *rapid.T) {
		var skus []license.SKU
		for n := range rapid.IntRange(1, 6).Draw(t, "products") {
			sku := license.SKU{ID: license.GUID{0: 9, 15: byte(n)}, PartNumber: rapid.SampledFrom(words).Draw(t, "part")}
			if rapid.Bool().Draw(t, "is named") {
				sku.Name = rapid.SampledFrom(words).Draw(t, "name")
			}
			skus = append(skus, sku)
		}
		c := license.NewCatalog(skus)
		plain := func(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }
		seen := map[string]bool{}
		for _, sku := range skus {
			label := plain(c.SKUName(sku.ID))
			if seen[label] {
				t.Fatalf("two products are called %q", label)
			}
			seen[label] = true
			for _, other := range skus {
				if other.ID != sku.ID && (label == plain(other.PartNumber) || label == plain(other.Name)) {
					t.Fatalf("%s is called %q, by which %s is known", sku.ID, label, other.ID)
				}
			}
		}
	})
}

func FuzzResolveSKU(f *testing.F) {
	for _, ref := range append(slices.Clone(skuTypos), "SPE_E5", "Microsoft 365 E5", strings.ToUpper(idSPEE5), "\xff\xfe", "ẞẞẞẞẞẞ", "İİİİ") {
		f.Add(ref)
	}
	c := contoso(f)
	f.Fuzz(func(t *testing.T, ref string) {
		sku, err := c.ResolveSKU(ref)
		if err == nil {
			if _, owned := c.SKU(sku.ID); !owned {
				t.Fatalf("%q resolves to %s, which is not owned", ref, sku.PartNumber)
			}
			return
		}
		checkMessage(t, err)
		var unknown *license.UnknownSKUError
		if errors.As(err, &unknown) && len(unknown.Suggestions) > 3 {
			t.Fatalf("%d suggestions", len(unknown.Suggestions))
		}
	})
}

func FuzzResolvePlan(f *testing.F) {
	for _, ref := range append(slices.Clone(planTypos), "YAMMER_ENTERPRISE", strings.ToUpper(idYammer)) {
		f.Add(ref)
	}
	c := contoso(f)
	e5, err := c.ResolveSKU("SPE_E5")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		p, err := c.ResolvePlan(e5, ref)
		if err != nil {
			checkMessage(t, err)
			return
		}
		if _, ok := e5.Plan(p.ID); !ok {
			t.Fatalf("%q resolves to %s, which is not a plan of the SKU", ref, p.Name)
		}
	})
}

// checkMessage holds an error to what a log line can take, whatever the
// reference was.
func checkMessage(t *testing.T, err error) {
	t.Helper()
	var h hinter
	if !errors.As(err, &h) {
		t.Fatalf("error %v has no hint", err)
	}
	text := h.Error() + h.Hint()
	if !utf8.ValidString(text) || len(text) > 2000 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		t.Fatalf("message is not fit to print: %q", text)
	}
}

package license_test

import (
	"slices"
	"testing"

	"github.com/licensectl/licensectl/pkg/license"
)

func TestNearNames(t *testing.T) {
	names := []string{"ada.brandt", "adam.brand", "ben.arnold", "bea"}
	for ref, want := range map[string][]string{
		"ada.brandt":  {"ada.brandt"},
		"ada.brant":   {"ada.brandt", "adam.brand"},
		"brandt":      {"ada.brandt"},
		"brandt ada":  {"ada.brandt"},
		"adam.brandt": {"ada.brandt", "adam.brand"},
		"ben":         {"ben.arnold"},
		"zoe":         nil,
		"":            nil,
	} {
		if got := license.NearNames(ref, names); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", ref, got, want)
		}
	}
}

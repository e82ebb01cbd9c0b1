package license_test

import (
	"testing"

	"github.com/licensectl/licensectl/pkg/license"
)

func TestIsCountry(t *testing.T) {
	for code, want := range map[string]bool{
		"DE": true, "US": true, "XK": true, "ZW": true, "AD": true,
		"de": false, "UK": false, "EU": false, "": false, "D": false, "DEU": false, "E ": false, " A": false, "D A": false,
	} {
		if got := license.IsCountry(code); got != want {
			t.Errorf("IsCountry(%q) = %t", code, got)
		}
	}
}

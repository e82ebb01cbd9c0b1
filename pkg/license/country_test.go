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
	found := 0
	for a := byte('A'); a <= 'Z'; a++ {
		for b := byte('A'); b <= 'Z'; b++ {
			if license.IsCountry(string([]byte{a, b})) {
				found++
			}
		}
	}
	if want := 250; found != want { // of ISO 249
		t.Errorf("there are %d, want %d", found, want)
	}
}

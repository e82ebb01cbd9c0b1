package manifest_test

import (
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/manifest"
)

func TestNamesUser(t *testing.T) {
	for text, want := range map[string]bool{
		"ada@contoso.com":                      true,
		"Ada.O'Connor@Contoso.COM":             true,
		"x_y.test#EXT#@contoso.example":        true,
		"6E7B768E-07e2-4810-8459-485f84f8f204": true,
		"me":                                   true,
		"Me":                                   false,
		"ada":                                  false,
		"manifests":                            false,
		"ada@":                                 false,
		"@contoso.com":                         false,
		"ada @contoso.com":                     false,
		"ada@contoso.com\x00":                  false,
		"ada\u200b@contoso.com":                false,
		"":                                     false,
		strings.Repeat("a", 300) + "@contoso.com": false,
	} {
		if got := manifest.NamesUser(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

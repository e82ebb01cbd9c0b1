package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestModuleWithoutTermsIsRefused(t *testing.T) {
	dir := t.TempDir()
	m := module{"example.com/m", "v1.0.0", dir}
	var out bytes.Buffer
	if err := os.WriteFile(filepath.Join(dir, "licensing.go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := m.writeTerms(&out); err == nil || !strings.Contains(err.Error(), "example.com/m has no terms") {
		t.Errorf("%v", err)
	}
	for _, name := range []string{"LICENSE", "License.md", "COPYING", "NOTICE.txt", "LICENCE-MIT"} {
		if !termsFile.MatchString(name) {
			t.Errorf("%s is passed by", name)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "LICENSE"), []byte("terms\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := m.writeTerms(&out); err != nil || !strings.HasSuffix(out.String(), "\n\nterms\n") {
		t.Errorf("%q: %v", out.String(), err)
	}
}

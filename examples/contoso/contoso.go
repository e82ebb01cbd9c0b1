// Package contoso holds the tenant of Contoso, a made-up company, as the
// emulator reads it.
//
// It must not know what stands in it: tests hold that against the program.
package contoso

import (
	_ "embed"
	"slices"
)

//go:embed tenant.yaml
var tenant []byte

// Tenant gives the text of tenant.yaml, which the caller may change.
func Tenant() []byte { return slices.Clone(tenant) }

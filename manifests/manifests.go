// Package manifests holds the manifests of this folder as bytes: what the
// users of Contoso, a made-up company, should hold.
//
// It must not know what stands in them: tests hold that against the program.
package manifests

import (
	"embed"
	"io/fs"
)

//go:embed *.yaml users
var files embed.FS

// TenantID is the id of the only tenant that they are for. No real tenant has
// it.
const TenantID = "8f2d6f0e-5b1c-4c63-9a57-3e0d1c0b7a42"

// Files gives the manifests, with this folder as the root.
func Files() fs.FS { return files }

// Package licensectl holds the sample of this repository as bytes: the
// manifests of Contoso, a made-up company, and its tenant. The program lays
// them out as a folder to play in, and knows them when somebody takes them for
// their own.
//
// It must not know what stands in them: tests hold that against the program.
package licensectl

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed manifests examples/contoso/tenant.yaml
var sample embed.FS

// SampleTenantID is the id of the sample's tenant. No real tenant has it.
const SampleTenantID = "8f2d6f0e-5b1c-4c63-9a57-3e0d1c0b7a42"

// Where the files of the sample are in this repository.
const (
	sampleManifests = "manifests"
	sampleTenant    = "examples/contoso/tenant.yaml"
)

// SampleFile is a file of the sample.
type SampleFile struct {
	Path string // below the folder of the sample, with forward slashes
	Data []byte
}

// Sample gives the sample as a folder that stands on its own: manifests/…,
// tenant.yaml, sorted by path. Comments that name places of the repository name
// those of the folder; the JSON Schemas that they ask for are to lie at its
// top, as manifest.schema.json and tenant.schema.json.
func Sample() ([]SampleFile, error) {
	var out []SampleFile
	err := fs.WalkDir(sample, sampleManifests, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return add(&out, path, path)
	})
	if err != nil {
		return nil, err
	}
	return out, add(&out, sampleTenant, "tenant.yaml")
}

func add(files *[]SampleFile, from, to string) error {
	text, err := sample.ReadFile(from)
	if err != nil {
		return err
	}
	moved := strings.NewReplacer("../../docs/tenant.schema.json", "tenant.schema.json", "docs/manifest.schema.json", "manifest.schema.json", sampleTenant, "tenant.yaml")
	*files = append(*files, SampleFile{to, []byte(moved.Replace(string(text)))})
	return nil
}

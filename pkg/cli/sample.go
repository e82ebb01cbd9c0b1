package cli

import (
	"io/fs"
	"path"
	"strings"

	"github.com/licensectl/licensectl/docs"
	"github.com/licensectl/licensectl/examples/contoso"
	"github.com/licensectl/licensectl/manifests"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
)

// isSample reports whether an id is that of the sample's tenant: whoever sees
// it named beside a real tenant has taken the sample's manifests for their own.
func isSample(tenant license.GUID) bool { return tenant.String() == manifests.TenantID }

// sampleFiles gives the sample as a folder that stands on its own: manifests/…,
// tenant.yaml, and the JSON Schemas that they name.
func sampleFiles() ([]manifest.File, error) {
	var out []manifest.File
	files := manifests.Files()
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		out = append(out, sampleFile(path.Join("manifests", name), text))
		return err
	})
	if err != nil {
		return nil, err
	}
	out = append(out, sampleFile("tenant.yaml", contoso.Tenant()))
	for _, name := range []string{"manifest", "tenant"} {
		text, err := docs.Schema(name)
		if err != nil {
			return nil, err
		}
		out = append(out, manifest.File{Path: name + ".schema.json", Data: text})
	}
	return out, nil
}

// sampleFile gives a file of the sample. Comments that name places of the
// repository name those of the folder.
func sampleFile(name string, text []byte) manifest.File {
	moved := strings.NewReplacer(
		"../../docs/tenant.schema.json", "tenant.schema.json",
		"docs/manifest.schema.json", "manifest.schema.json",
		"examples/contoso/tenant.yaml", "tenant.yaml")
	return manifest.File{Path: name, Data: []byte(moved.Replace(string(text)))}
}

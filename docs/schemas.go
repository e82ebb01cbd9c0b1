// Package docs holds the JSON Schemas that are published beside the pages, so
// that the program prints the very files that people read. It must not know
// what they describe: tests hold the two against each other.
package docs

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

//go:embed *.schema.json
var files embed.FS

const suffix = ".schema.json"

// Schemas lists the names of the schemas, sorted: "manifest", "plan" and so
// on.
func Schemas() []string {
	// The pattern is right, and nothing else fails in memory.
	names, _ := fs.Glob(files, "*"+suffix)
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, suffix)
	}
	return names
}

// Schema gives a schema that stands on its own: what it takes from another one
// is there as well, below $defs.
func Schema(name string) ([]byte, error) {
	text, err := files.ReadFile(path.Clean(name) + suffix)
	if err != nil {
		return nil, fmt.Errorf("there is no schema %q", name)
	}
	return bundle(text)
}

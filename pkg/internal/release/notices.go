package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const noticesHead = `licensectl contains what is listed here, each under the terms that follow it.

The names and ids of products and service plans, and the list of service plans
that cannot be assigned together, are from Microsoft's "Product names and service
plan identifiers for licensing" (Microsoft Learn), Copyright (c) Microsoft,
licensed under CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/), changed
in form.
`

// licenceFile is how files with terms are called, in any case.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|notice|copying|patents)([.-].*)?$`)

// module is a module that is in the program.
type module struct{ path, version, dir string }

// notices gives the terms of everything that is in the program for a platform:
// of Go itself, and of each module, sorted by path.
func notices(ctx context.Context, t target) ([]byte, error) {
	version, err := toolchain()
	if err != nil {
		return nil, err
	}
	modules, err := modulesOf(ctx, t, version)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString(noticesHead)
	for _, m := range modules {
		if err := m.writeTerms(&out); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// modulesOf lists the modules in the program, Go itself first.
func modulesOf(ctx context.Context, t target, toolchain string) ([]module, error) {
	root, err := t.list(ctx, toolchain, "-f", "{{.Root}}", "runtime")
	if err != nil {
		return nil, err
	}
	list, err := t.list(ctx, toolchain, "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", mainPackage)
	if err != nil {
		return nil, err
	}
	modules := []module{{"The Go programming language", "go" + toolchain, strings.TrimSpace(string(root))}}
	for _, line := range slices.Compact(slices.Sorted(strings.Lines(string(list)))) {
		if parts := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); len(parts) == 3 {
			modules = append(modules, module{parts[0], parts[1], parts[2]})
		}
	}
	return modules, nil
}

// writeTerms writes the terms of a module. One without any is an error: it may
// not be passed on.
func (m module) writeTerms(out *bytes.Buffer) error {
	entries, err := os.ReadDir(m.dir) // sorted by name
	if err != nil {
		return fmt.Errorf("reading the licence of %s: %w", m.path, err)
	}
	found := false
	for _, entry := range entries {
		if entry.IsDir() || !licenceFile.MatchString(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.dir, entry.Name()))
		if err != nil {
			return fmt.Errorf("reading the licence of %s: %w", m.path, err)
		}
		found = true
		fmt.Fprintf(out, "\n%s\n%s %s: %s\n%s\n\n", strings.Repeat("=", 80), m.path, m.version, entry.Name(), strings.Repeat("=", 80))
		out.Write(bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))))
		out.WriteByte('\n')
	}
	if !found {
		return fmt.Errorf("%s has no licence: it may not be passed on", m.path)
	}
	return nil
}

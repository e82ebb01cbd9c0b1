// Command notices writes the terms of everything that is in the program, on all
// platforms of a release: of Go itself, and of each module, sorted by path. It
// runs at the root of the module.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: notices FILE"))
	}
	text, err := notices()
	if err == nil {
		err = os.WriteFile(os.Args[1], text, 0o644)
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "notices:", err)
	os.Exit(1)
}

const head = `licensectl contains what is listed here, each under the terms that follow it.
Its own terms are those of the Apache License, Version 2.0.

The names and ids of products and service plans, and the list of service plans
that cannot be assigned together, are from Microsoft's "Product names and service
plan identifiers for licensing" (Microsoft Learn), Copyright (c) Microsoft,
licensed under CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/), changed
in form.
`

// module is a module that is in the program.
type module struct{ path, version, dir string }

func notices() ([]byte, error) {
	modules, err := modules()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString(head)
	for _, m := range modules {
		if err := m.writeTerms(&out); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// modules lists the modules of all platforms, Go itself first.
func modules() ([]module, error) {
	root, err := list("linux", "-f", "{{.Root}}", "runtime")
	if err != nil {
		return nil, err
	}
	version, err := exec.Command("go", "env", "GOVERSION").Output()
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, system := range []string{"darwin", "linux", "windows"} {
		deps, err := list(system, "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/licensectl")
		if err != nil {
			return nil, err
		}
		lines = append(lines, strings.Split(deps, "\n")...)
	}
	out := []module{{"The Go programming language", strings.TrimSpace(string(version)), strings.TrimSpace(root)}}
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) {
		if parts := strings.Split(line, "\t"); len(parts) == 3 {
			out = append(out, module{parts[0], parts[1], parts[2]})
		}
	}
	return out, nil
}

// list asks the go command about packages.
func list(system string, args ...string) (string, error) {
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("listing what is in the program for %s: %w", system, err)
	}
	return string(out), nil
}

// termsFile is how files with terms are called, in any case.
var termsFile = regexp.MustCompile(`(?i)^(licen[cs]e|notice|copying|patents)([.-].*)?$`)

// writeTerms writes the terms of a module. One without any is an error: it may
// not be passed on.
func (m module) writeTerms(out *bytes.Buffer) error {
	entries, err := os.ReadDir(m.dir) // sorted by name
	if err != nil {
		return fmt.Errorf("reading the terms of %s: %w", m.path, err)
	}
	found := false
	for _, entry := range entries {
		if entry.IsDir() || !termsFile.MatchString(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.dir, entry.Name()))
		if err != nil {
			return fmt.Errorf("reading the terms of %s: %w", m.path, err)
		}
		found = true
		line := strings.Repeat("=", 80)
		fmt.Fprintf(out, "\n%s\n%s %s: %s\n%s\n\n", line, m.path, m.version, entry.Name(), line)
		out.Write(bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))))
		out.WriteByte('\n')
	}
	if !found {
		return fmt.Errorf("%s has no terms: it may not be passed on", m.path)
	}
	return nil
}

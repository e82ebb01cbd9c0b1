package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// mainPackage is what is built, seen from the root of the module.
const mainPackage = "./cmd/licensectl"

// target is a platform that is built for.
type target struct{ os, arch string }

// platforms are those of a release.
func platforms() []target {
	return []target{
		{"darwin", "amd64"}, {"darwin", "arm64"},
		{"linux", "amd64"}, {"linux", "arm64"}, {"linux", "arm"},
		{"windows", "amd64"}, {"windows", "arm64"},
	}
}

func findTarget(name string) (target, error) {
	for _, t := range platforms() {
		if name == t.os+"/"+t.arch {
			return t, nil
		}
	}
	return target{}, fmt.Errorf("nothing is released for %q", name)
}

// program is the name of the program on the platform.
func (t target) program() string {
	if t.os == "windows" {
		return "licensectl.exe"
	}
	return "licensectl"
}

// name is how the platform is called in the names of archives.
func (t target) name() string {
	if t.arch == "arm" {
		return t.os + "_armv7"
	}
	return t.os + "_" + t.arch
}

// environ is the environment of the go command. Whatever of the machine could
// make other bytes is fixed: the toolchain too, to what go.mod names.
func (t target) environ(toolchain string) []string {
	env := []string{}
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); !strings.HasPrefix(name, "GO") && !strings.HasPrefix(name, "CGO") || isPlace(name) {
			env = append(env, v)
		}
	}
	return append(env, "GOOS="+t.os, "GOARCH="+t.arch, "CGO_ENABLED=0", "GOTOOLCHAIN=go"+toolchain, "GOFLAGS=", "GOENV=off", "GOWORK=off",
		"GOAMD64=v1", "GOARM64=v8.0", "GOARM=7", "GOEXPERIMENT=", "GODEBUG=")
}

// isPlace reports whether a variable of the go command says where something is
// or comes from. That makes no difference to what is built.
func isPlace(name string) bool {
	switch name {
	case "GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE", "GOTMPDIR", "GOROOT":
		return true
	}
	return false
}

// build builds the program for a platform.
func (t target) build(ctx context.Context, toolchain, version, file string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -buildid= -X main.version="+version, "-o", file, mainPackage)
	cmd.Env = t.environ(toolchain)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building for %s/%s: %w\n%s", t.os, t.arch, err, bytes.TrimSpace(out))
	}
	return nil
}

// list asks the go command about packages, and gives its answer.
func (t target) list(ctx context.Context, toolchain string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list"}, args...)...)
	cmd.Env = t.environ(toolchain)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing what is in the program for %s/%s: %w", t.os, t.arch, err)
	}
	return out, nil
}

// toolchain gives the version of Go that go.mod names.
func toolchain() (string, error) {
	data, err := os.ReadFile("go.mod")
	if err != nil {
		return "", fmt.Errorf("this is not the root of the module: %w", err)
	}
	for line := range strings.Lines(string(data)) {
		if version, ok := strings.CutPrefix(strings.TrimSpace(line), "go "); ok {
			return version, nil
		}
	}
	return "", fmt.Errorf("go.mod names no version of Go")
}

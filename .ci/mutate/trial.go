package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// result is what the tests make of a mistake.
type result int

const (
	survived result = iota
	noticed         // a test failed, or did not come to its end
	invalid         // the compiler does not take it
)

// trial runs the tests that are to notice the mistakes of one package.
type trial struct {
	packages []string // whose tests
	flags    []string // for the tests
	dir      string
	limit    time.Duration // of one run
}

// patience is how much longer than without a mistake the tests may take, and
// grace is on top of it, for a machine that does other things as well.
const (
	patience = 8
	grace    = 10 * time.Second
)

// newTrial sees the tests pass without a mistake, and how long they take.
func newTrial(packages, flags []string) (*trial, error) {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	t := &trial{packages: packages, flags: flags, dir: dir, limit: 10 * time.Minute}
	var took time.Duration
	for range 2 { // the first time compiles
		begun := time.Now()
		if out, err := t.test(); err != nil {
			t.close()
			return nil, fmt.Errorf("%v: the tests fail without any mistake: %w\n%s", packages, err, out)
		}
		took = time.Since(begun)
	}
	t.limit = patience*took + grace
	return t, nil
}

func (t *trial) close() { _ = os.RemoveAll(t.dir) }

func (t *trial) test(flags ...string) ([]byte, error) {
	args := slices.Concat([]string{"test", "-count=1", "-failfast", "-vet=off", "-timeout", t.limit.String()}, flags, t.packages, t.flags)
	return exec.Command("go", args...).CombinedOutput()
}

// try runs the tests over a mistake.
func (t *trial) try(m mistake) (result, error) {
	root, err := filepath.Abs(m.file)
	if err != nil {
		return 0, err
	}
	changed, overlay := filepath.Join(t.dir, "changed.go"), filepath.Join(t.dir, "overlay.json")
	list, err := json.Marshal(map[string]map[string]string{"Replace": {root: changed}})
	if err != nil {
		return 0, err
	}
	if err := errors.Join(os.WriteFile(changed, m.text(), 0o600), os.WriteFile(overlay, list, 0o600)); err != nil {
		return 0, err
	}
	out, err := t.test("-overlay", overlay)
	switch {
	case err == nil:
		return survived, nil
	case bytes.Contains(out, []byte("[build failed]")) || bytes.Contains(out, []byte("[setup failed]")):
		return invalid, nil
	}
	if _, ran := errors.AsType[*exec.ExitError](err); !ran {
		return 0, err
	}
	return noticed, nil
}

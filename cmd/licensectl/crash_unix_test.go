//go:build unix

package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// crashInGoroutine is a program that begins as licensectl does and breaks.
func crashInGoroutine() {
	crashAsSuch()
	ended := make(chan struct{})
	go func() { panic("broken") }()
	<-ended
}

// crashOfMaps ends by an error that nothing can recover from.
func crashOfMaps() {
	crashAsSuch()
	shared := map[int]int{}
	for range 8 {
		go func() {
			for i := 0; ; i++ {
				shared[i] = i
			}
		}()
	}
	select {}
}

// A crash has a code of its own, which shells give: 2 means changes.
func TestACrashIsNoDrift(t *testing.T) {
	for _, program := range []string{"crash-in-goroutine", "crash-of-maps"} {
		cmd := exec.Command("sh", "-c", program+"; echo ended with $?")
		cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
		out, err := cmd.Output()
		if err != nil || string(out) != "ended with 134\n" {
			t.Errorf("%s: %q, %v", program, out, err)
		}
	}
}

// The signals that ask for the goroutines end an apply with it, and the receipt
// tells what is unknown.
func TestASignalThatAsksForTheGoroutines(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT} {
		t.Run(signal.String(), func(t *testing.T) {
			s := startApply(t)
			t.Cleanup(func() { close(s.tenant.release) })
			if err := s.cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = s.cmd.Wait() // the code tells
			if code := s.cmd.ProcessState.ExitCode(); code != int(cli.CodeCrashed) || !strings.Contains(s.stderr.String(), "goroutine ") {
				t.Errorf("ends with %d:\n%s", code, &s.stderr)
			}
			if counts, r := s.outcomes(); counts[receipt.Unknown] != 1 || r.End != nil {
				t.Errorf("the receipt counts %v, its end is %v", counts, r.End)
			}
		})
	}
}

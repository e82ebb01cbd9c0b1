// Command licensectl keeps the Microsoft 365 and Microsoft Entra licenses of
// users as code. Everything it does is in package cli; here it meets the
// process: its streams, its environment, its signals and its exit code.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // time zones of policies, also where the system has none

	"golang.org/x/term"

	"github.com/licensectl/licensectl/pkg/cli"
)

// version is the version of a release, which the linker sets.
var version string

func main() {
	if !serves(os.Args[1:]) {
		collectLess()
	}
	crashAsSuch()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal stops in order; from then on a signal does what it
	// always does, so that the second one stops at once.
	context.AfterFunc(ctx, stop)
	os.Exit(cli.Main(ctx, environment(), os.Args[1:]))
}

func environment() cli.Env {
	return cli.Env{
		Stdin:     os.Stdin,
		Stdout:    os.Stdout,
		Stderr:    os.Stderr,
		Terminals: cli.Terminals{Stdin: isTerminal(os.Stdin), Stdout: drawsOn(os.Stdout), Stderr: drawsOn(os.Stderr)},
		Width:     width(os.Stdout),
		Environ:   os.Environ(),
		HoldPipes: holdPipes,
		Version:   buildVersion(),
	}
}

// holdPipes keeps an apply going whose reader has gone away, as in
// "licensectl apply 2>&1 | head": a broken pipe would end the process between
// two writes, and leave a receipt without an end. A signal that is asked for is
// not deadly, and unlike one that is ignored the programs that azidentity
// starts do not inherit that.
func holdPipes() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// width gives the columns of a terminal; 0 for what is none.
func width(f *os.File) int {
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// drawsOn reports whether a stream is a terminal that can be drawn on.
func drawsOn(f *os.File) bool { return isTerminal(f) && takesEscapes(f) }

// buildVersion gives the version that the linker set, or else the one that the
// go command knows: that of the module, or of the commit.
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return ""
}

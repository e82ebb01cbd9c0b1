package main

import (
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/licensectl/licensectl/pkg/cli"
)

// crashAsSuch keeps a crash from ending with 2, as programs in Go do, which
// means that there are changes. A panic in a goroutine and a fatal error of the
// runtime end the process by SIGABRT, which shells call 134, and so do the
// signals that ask for a look at the goroutines. What the memory holds, secrets
// among it, is written to no file.
func crashAsSuch() {
	leaveNoCore()
	debug.SetTraceback("crash")
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGQUIT, syscall.SIGABRT)
	go func() {
		name := (<-asked).String()
		const most = 16 << 20
		stacks := make([]byte, most)
		stacks = stacks[:runtime.Stack(stacks, true)]
		// Nothing can be done about a standard error that takes nothing.
		_, _ = os.Stderr.WriteString("licensectl: " + name + "\n\n" + string(stacks))
		os.Exit(int(cli.CodeCrashed))
	}()
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/internal/blot"
	"github.com/licensectl/licensectl/pkg/internal/caught"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/reconcile"
)

// Main runs the command line and gives the exit code. The context is what
// SIGINT and SIGTERM cancel: an apply that runs is then stopped in order.
func Main(ctx context.Context, env Env, args []string) int {
	a := newApp(env)
	if f := a.run(ctx, args); f != nil {
		return a.end(f)
	}
	return int(CodeOK)
}

// run runs a command line and gives how it failed; nil: it did not.
func (a *app) run(ctx context.Context, args []string) (failed *failure) {
	defer func() {
		// Go's own code for a panic, 2, would be taken for "changes".
		if with := recover(); with != nil {
			failed = a.bug(with, string(debug.Stack()))
		}
	}()
	root := newRootCommand(a)
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		offerWords(root)
	}
	// Without arguments cobra would take those of the process.
	root.SetArgs(append([]string{}, args...))
	err := root.ExecuteContext(ctx)
	if bug, ok := errors.AsType[*caught.Panic](err); ok {
		return a.bug(bug.Value, bug.Stack)
	}
	if err != nil {
		return classify(ctx, err)
	}
	return nil
}

// bug is the failure of what has panicked with a value, and prints the stack where
// somebody wants to see it.
func (a *app) bug(with any, stack string) *failure {
	a.console.Debug(stack)
	return &failure{code: CodeInternal, what: "this is a bug in licensectl", next: "please report it, with what -v prints",
		problems: []problem{{text: fmt.Sprintf("%v", with)}}}
}

// Describe gives the command line as data, for manuals: nothing of it is to be
// run.
func Describe() *cobra.Command {
	return newRootCommand(newApp(Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard}))
}

// app is what every command of one run shares.
type app struct {
	env     Env
	secrets *blot.Secrets
	console *console // as the flags want it once they are parsed
}

func newApp(env Env) *app {
	a := &app{env: env.withDefaults(), secrets: givenSecrets(env)}
	a.setUpConsole(logOptions{})
	return a
}

// stateFolder is where receipts and the lock are, below the working folder.
const stateFolder = ".licensectl"

// session is the app without its flags: what its use cases share.
func (a *app) session() *reconcile.Session {
	return &reconcile.Session{Log: a.console.Logger, Secrets: a.secrets, Now: a.env.Now, Stdin: a.env.Stdin, StateFolder: a.env.State, Tool: a.tool()}
}

func (a *app) tool() plan.Tool { return plan.Tool{Name: toolName, Version: a.env.Version} }

// took says how long a stage of a command took, for whoever looks for the time.
func (a *app) took(stage string, begun time.Time) {
	a.console.Debug(stage, "took", a.env.Now().Sub(begun).Round(time.Microsecond).String())
}

func (a *app) setUpConsole(o logOptions) {
	a.console = newConsole(&screen{out: a.env.Stderr, terminal: a.env.Terminals.Stderr, secrets: a.secrets}, o)
}

// end says how the command failed and gives the exit code.
func (a *app) end(f *failure) int {
	a.console.failed(f)
	return int(f.code)
}

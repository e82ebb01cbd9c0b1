package cli

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/apply"
)

// Env is the world as a command sees it. Apart from the files that a command
// is told to read and write, relative to the working folder, it touches
// nothing else. The environment is an exception for azidentity, which reads
// its AZURE_… variables by itself.
type Env struct {
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer

	// Terminals tells which of the three streams are terminals.
	Terminals Terminals

	// Width is how many columns the terminal of standard output has; 0: it is
	// none, or does not say.
	Width int

	// Environ is the environment in the form of os.Environ.
	Environ []string

	// Now is the clock; nil: time.Now.
	Now func() time.Time

	// Transport carries every request to Graph and to the token service; nil:
	// the network. With --emulate it is not used.
	Transport http.RoundTripper

	// EmulatedGroupDelay is how long a change of a group's licenses takes to
	// reach its members with --emulate; 0: what the emulator takes by itself.
	EmulatedGroupDelay time.Duration

	// HoldPipes is called before the first write to the tenant. From then on a
	// stream whose reader has gone away fails to be written to, and no longer
	// ends the process; nil: it never does.
	HoldPipes func()

	// State is the folder of the lock and of receipts that nobody names; empty:
	// .licensectl.
	State string

	// Shared is what several runs may write together; nil: nothing is shared.
	Shared apply.Shared

	// Version is the version of the program, such as "v1.2.3"; empty: "devel".
	Version string
}

// Terminals tells which streams are terminals.
type Terminals struct {
	Stdin, Stdout, Stderr bool
}

// toolName is what the program calls itself in plans, receipts and requests.
const toolName = "licensectl"

func (e Env) withDefaults() Env {
	if e.Now == nil {
		e.Now = time.Now
	}
	if e.HoldPipes == nil {
		e.HoldPipes = func() {}
	}
	if e.State == "" {
		e.State = stateFolder
	}
	if e.Version == "" {
		e.Version = "devel"
	}
	return e
}

// getenv gives the value of a variable, or nothing where it is not set. Of two
// settings of one variable the later one counts, as in a process.
func (e Env) getenv(name string) string {
	value := ""
	for _, pair := range e.Environ {
		if key, v, found := strings.Cut(pair, "="); found && key == name {
			value = v
		}
	}
	return value
}

// wantsColor reports whether text for a person on standard output may have
// colours (https://no-color.org).
func (e Env) wantsColor() bool { return e.Terminals.Stdout && e.takesColor() }

// takesColor reports whether terminals may be sent colours.
func (e Env) takesColor() bool {
	return e.getenv("NO_COLOR") == "" && e.getenv("TERM") != "dumb"
}

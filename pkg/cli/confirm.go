package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/manifest"
)

// confirmWord is what has to be typed to apply a plan.
const confirmWord = "apply"

// canAsk reports whether a person can be asked: both ends of a terminal are
// there, and standard input is not taken by manifests.
func (a *app) canAsk(paths []string) bool {
	return a.env.Terminals.Stdin && a.env.Terminals.Stderr && !slices.Contains(paths, manifest.Stdin)
}

// ask asks for the word. Nothing but the word, and a line end, is a yes.
func (a *app) ask(ctx context.Context, question string) error {
	fmt.Fprintf(a.console.screen, "%s Type %q to go on: ", question, confirmWord)
	answer := make(chan string, 1)
	// Reading cannot be interrupted. The goroutine ends with the process.
	go func() { answer <- readLine(a.env.Stdin) }()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.console.screen)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return &failure{code: CodeRefused, what: "not confirmed before the time was up"}
		}
		return ctx.Err()
	case line := <-answer:
		if line != confirmWord {
			return &failure{code: CodeRefused, what: "not confirmed"}
		}
		return nil
	}
}

// readLine reads one line of a sane length, without its end. A line that is
// not ended is none.
func readLine(r io.Reader) string {
	const longest = 1 << 10
	line, err := bufio.NewReader(io.LimitReader(r, longest)).ReadString('\n')
	if err != nil {
		return ""
	}
	return strings.TrimRight(line, "\r\n")
}

// Package caught makes an error of a panic: nobody but a goroutine itself can catch
// what panics in it, and where many tenants are read in one process a bug that one of
// them shows is not to end the work for the others.
//
// It must not know what is done.
package caught

import (
	"fmt"
	"runtime/debug"
)

// Panic is a bug that has come to light. It is no failure that may pass.
type Panic struct {
	Value any    // that it panicked with
	Stack string // of the goroutine
}

// Error says what it panicked with.
func (p *Panic) Error() string { return fmt.Sprint(p.Value) }

// In gives a function for a goroutine of its own, with a *Panic for the error where
// it panics.
func In(work func() error) func() error {
	return func() (err error) {
		defer func() {
			if with := recover(); with != nil {
				err = &Panic{Value: with, Stack: string(debug.Stack())}
			}
		}()
		return work()
	}
}

//go:build !windows

package main

import "os"

// takesEscapes reports whether a terminal carries out the escape sequences of
// colours and of the status line: those that do not say so by TERM.
func takesEscapes(*os.File) bool { return true }

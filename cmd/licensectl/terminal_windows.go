package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// takesEscapes reports whether a terminal carries out the escape sequences of
// colours and of the status line. The consoles of Windows do when they are asked
// to; those of long ago print them as they are.
func takesEscapes(f *os.File) bool {
	console := windows.Handle(f.Fd())
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}

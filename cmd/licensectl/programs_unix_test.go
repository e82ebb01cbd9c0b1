//go:build unix

package main

// programs are what the tests run: licensectl, and what begins as it does.
func programs() map[string]func() {
	return map[string]func(){"licensectl": main, "crash-in-goroutine": crashInGoroutine, "crash-of-maps": crashOfMaps}
}

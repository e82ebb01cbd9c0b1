//go:build unix

package main

import "syscall"

// leaveNoCore keeps the system from writing the memory of a crash to a file.
func leaveNoCore() {
	// A system that does not let itself be told writes none by default.
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}

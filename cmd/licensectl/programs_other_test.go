//go:build !unix

package main

// programs are what the tests run.
func programs() map[string]func() { return map[string]func(){"licensectl": main} }

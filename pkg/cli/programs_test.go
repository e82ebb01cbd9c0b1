//go:build !scale

package cli_test

// programs are what the test binary can be.
func programs() map[string]func() {
	return map[string]func(){"licensectl": licensectl, workerName: licensectlWorker}
}

//go:build unix

package cli_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
)

// What cannot be replaced is written to: a device, a pipe.
func TestAPlanGoesIntoAPipe(t *testing.T) {
	s := newStation(t)
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan string)
	go func() {
		data, err := os.ReadFile("pipe")
		if err != nil {
			data = []byte(err.Error())
		}
		got <- string(data)
	}()
	out := s.wants(cli.CodeOK, "plan", "-o", "json", "--out", "pipe")
	if text := <-got; text != out.stdout {
		t.Errorf("the pipe got %q", text)
	}
}

//go:build unix

package cli_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
)

// A receipt that takes no more ends the run: a change that is not written down
// is not sent.
func TestTheReceiptBreaksOff(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	s := newStation(t)
	id := s.planID()
	small := limit
	small.Cur = 1000 // one line of the receipt, and not the next
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Fatal(err)
	}
	out := s.run("apply", "--plan-id", id, "--parallelism", "1")
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	if out.code != int(cli.CodeInternal) || s.sent() > 0 || !strings.Contains(out.stderr, "writing the receipt") {
		t.Errorf("ends with %d, %d writes sent:\n%s%s", out.code, s.sent(), out.stdout, out.stderr)
	}
}

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

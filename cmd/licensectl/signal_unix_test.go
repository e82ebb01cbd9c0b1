//go:build unix

package main

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/receipt"
)

const tenantFile = `
apiVersion: licensectl.dev/v1
kind: EmulatedTenant
metadata: {name: contoso}
spec:
  tenant: {id: 11111111-2222-4333-8444-555555555555, displayName: Contoso, defaultDomain: contoso.com}
  products: [{sku: SPE_E3, enabled: 10}]
  users:
    - {user: ada@contoso.com, usageLocation: DE}
    - {user: ben@contoso.com, usageLocation: DE}
    - {user: cyd@contoso.com, usageLocation: DE}
`

// held is an emulated tenant over TLS that lets no license change through
// until it is told to.
type held struct {
	handler http.Handler
	arrived chan struct{} // a change has arrived
	release chan struct{} // closed: changes go through
}

func (h *held) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/assignLicense") {
		h.arrived <- struct{}{}
		<-h.release
	}
	h.handler.ServeHTTP(w, r)
}

// started is an apply that runs in a process of its own.
type started struct {
	t      *testing.T
	cmd    *exec.Cmd
	dir    string
	tenant *held
	stderr bytes.Buffer
}

// startApply starts an apply and waits until its first change is under way.
// The second one follows after seconds.
func startApply(t *testing.T) *started {
	t.Helper()
	return startApplyWith(t, "0.2", nil)
}

// startApplyWith is the same with so many writes a second, and with both
// streams going somewhere else where that is given.
func startApplyWith(t *testing.T, rate string, streams io.Writer) *started {
	t.Helper()
	parsed, err := emulator.ParseTenant("tenant.yaml", []byte(tenantFile))
	if err != nil {
		t.Fatal(err)
	}
	e, err := emulator.New(parsed, emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := emulator.NewCertificate([]string{"127.0.0.1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	tenant := &held{handler: e, arrived: make(chan struct{}, 10), release: make(chan struct{})}
	server := httptest.NewUnstartedServer(tenant)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate.TLS}}
	server.StartTLS()
	t.Cleanup(server.Close)
	s := &started{t: t, dir: t.TempDir(), tenant: tenant}
	s.write("staff.yaml", manifestFile)
	s.write("authority.pem", string(certificate.CAPEM))
	s.cmd = exec.Command("licensectl", "apply", "--auto-approve", "--parallelism", "1", "--write-rate", rate, "--verify-timeout", "0",
		"--receipt", "receipt.jsonl", "--graph-url", server.URL, "--authority-url", server.URL, "staff.yaml")
	s.cmd.Dir, s.cmd.Stderr = s.dir, &s.stderr
	if streams != nil {
		s.cmd.Stdout, s.cmd.Stderr = streams, streams
	}
	s.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "SSL_CERT_FILE=" + filepath.Join(s.dir, "authority.pem"),
		"AZURE_TENANT_ID=" + parsed.ID.String(), "AZURE_CLIENT_ID=0f0e0d0c-0b0a-4908-8706-050403020100", "AZURE_CLIENT_SECRET=a-secret-for-the-test",
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	select {
	case <-tenant.arrived:
	case <-time.After(time.Minute):
		t.Fatalf("nothing was sent:\n%s", &s.stderr)
	}
	return s
}

func (s *started) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// outcomes gives how many changes the receipt says ended how.
func (s *started) outcomes() (map[receipt.Outcome]int, *receipt.Receipt) {
	s.t.Helper()
	file, err := os.Open(filepath.Join(s.dir, "receipt.jsonl"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer file.Close()
	r, err := receipt.Read(file)
	if err != nil {
		s.t.Fatal(err)
	}
	return r.Counts(), r
}

// The first signal stops in order: what is under way is finished, nothing new
// is sent, and the receipt is complete.
func TestTheFirstSignalStopsInOrder(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			s := startApply(t)
			if err := s.cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			close(s.tenant.release)
			_ = s.cmd.Wait() // the code tells
			if code := s.cmd.ProcessState.ExitCode(); code != 130 || !strings.Contains(s.stderr.String(), "exit 130 (interrupted)") {
				t.Errorf("ends with %d:\n%s", code, &s.stderr)
			}
			counts, r := s.outcomes()
			if counts[receipt.Done] != 1 || counts[receipt.NotAttempted] != 2 || r.End == nil {
				t.Errorf("the receipt counts %v, its end is %v", counts, r.End)
			}
		})
	}
}

// A reader that goes away, such as head, does not end a run between two writes:
// what was planned is done, and the receipt is complete.
func TestAReaderThatGoesAwayDoesNotStopTheRun(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s := startApplyWith(t, "20", writer)
	for _, end := range []*os.File{writer, reader} {
		if err := end.Close(); err != nil {
			t.Fatal(err)
		}
	}
	close(s.tenant.release)
	_ = s.cmd.Wait() // the code tells
	// The document could not be printed, so the run is not wholly as planned.
	if code := s.cmd.ProcessState.ExitCode(); code != 7 {
		t.Errorf("ends as %v", s.cmd.ProcessState)
	}
	if counts, r := s.outcomes(); counts[receipt.Done] != 3 || r.End == nil {
		t.Errorf("the receipt counts %v, its end is %v", counts, r.End)
	}
}

// The second signal stops at once. The receipt still tells what is unknown.
func TestTheSecondSignalStopsAtOnce(t *testing.T) {
	s := startApply(t)
	t.Cleanup(func() { close(s.tenant.release) })
	ended := make(chan struct{})
	go func() {
		_ = s.cmd.Wait() // the state tells
		close(ended)
	}()
	// When the process has taken the first signal in cannot be seen from here,
	// so they are sent until it has ended.
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for sent := 0; ; sent++ {
		select {
		case <-ended:
			status, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus)
			if !ok || !status.Signaled() || status.Signal() != syscall.SIGINT || sent < 2 {
				t.Errorf("ends as %v after %d signals:\n%s", s.cmd.ProcessState, sent, &s.stderr)
			}
			counts, r := s.outcomes()
			if counts[receipt.Unknown] != 1 || counts[receipt.NotAttempted] != 2 || r.End != nil {
				t.Errorf("the receipt counts %v, its end is %v", counts, r.End)
			}
			return
		case <-tick.C:
			_ = s.cmd.Process.Signal(syscall.SIGINT) // it may have ended meanwhile
		case <-deadline:
			t.Fatalf("does not end:\n%s", &s.stderr)
		}
	}
}

package cli_test

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
)

var update = flag.Bool("update", false, "write what the scripts print into them")

// TestMain makes the test binary another program where a script or a benchmark
// runs it under that name.
func TestMain(m *testing.M) { testscript.Main(m, programs()) }

// licensectl is the program itself.
func licensectl() { os.Exit(runLicensectl()) }

func runLicensectl() int {
	return cli.Main(context.Background(), programEnv(os.Stdin, os.Stdout, os.Stderr), os.Args[1:])
}

// TestScripts runs testdata/script. Each script begins in a folder of its own
// with the files of testdata/contoso. "exec licensectl" starts the program, for
// what a process has of its own: its streams and the certificates that it trusts;
// "run licensectl" has the same done by a worker.
func TestScripts(t *testing.T) {
	const folder = "testdata/script"
	workers := newWorkers(t, folder)
	contoso, err := filepath.Abs("testdata/contoso")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           folder,
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			// The Azure CLI, were it installed, must find nobody signed in.
			env.Setenv("HOME", env.WorkDir)
			env.Setenv(groupDelay, "1us")
			// A file of the script's own takes the place of the common one.
			err := os.CopyFS(env.WorkDir, os.DirFS(contoso))
			if errors.Is(err, fs.ErrExist) {
				return nil
			}
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  workers.exits,
			"run":    workers.succeeds,
			"hold":   hold,
			"serve":  serve,
			"planid": planID,
		},
	})
}

// exits CODE licensectl … has a worker carry out a command that has to end with
// the code, and exits CODE exec licensectl … starts the program for it.
func (w *workers) exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE [exec] COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if args[1] == "exec" {
		got = exitCode(ts, args[2:])
	} else {
		got = w.run(ts, args[1:])
	}
	if got != want {
		ts.Fatalf("%s ends with %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// exitCode starts a program.
func exitCode(ts *testscript.TestScript, command []string) int {
	err := ts.Exec(command[0], command[1:]...)
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return failed.ExitCode()
	}
	ts.Check(err)
	return 0
}

// run licensectl … has a worker carry out a command that has to succeed, and
// with ! to fail.
func (w *workers) succeeds(ts *testscript.TestScript, neg bool, args []string) {
	if code := w.run(ts, args); neg != (code != 0) {
		ts.Fatalf("%s ends with %d", strings.Join(args, " "), code)
	}
}

// hold FILE holds the lock of a file until the script ends.
func hold(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
	lock := flock.New(path)
	if ours, err := lock.TryLock(); err != nil || !ours {
		ts.Fatalf("cannot lock %s: %v", path, err)
	}
	ts.Defer(func() { _ = lock.Unlock() })
}

// planid VARIABLE FILE sets a variable to the id of a saved plan.
func planID(ts *testscript.TestScript, _ bool, args []string) {
	_, rest, found := strings.Cut(ts.ReadFile(args[1]), `"planId": "`)
	id, _, ended := strings.Cut(rest, `"`)
	if !found || !ended {
		ts.Fatalf("%s is no plan", args[1])
	}
	ts.Setenv(args[0], id)
}

// serve TENANT.yaml serves the tenant over TLS until the script ends, and sets
// the variables for signing in to it with a client secret.
func serve(ts *testscript.TestScript, _ bool, args []string) {
	tenant, err := emulator.ParseTenant(args[0], []byte(ts.ReadFile(args[0])))
	ts.Check(err)
	e, err := emulator.New(tenant, emulator.Options{})
	ts.Check(err)
	server := httptest.NewUnstartedServer(e)
	certificate, err := emulator.NewCertificate([]string{"127.0.0.1"}, time.Now())
	ts.Check(err)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate.TLS}}
	server.StartTLS()
	ts.Defer(server.Close)
	authority := ts.MkAbs("authority.pem")
	ts.Check(os.WriteFile(authority, certificate.CAPEM, 0o600))
	for name, value := range map[string]string{
		"SSL_CERT_FILE": authority, "SERVER": server.URL, "LICENSECTL_GRAPH_URL": server.URL, "LICENSECTL_AUTHORITY_URL": server.URL,
		"AZURE_TENANT_ID": tenant.ID.String(), "AZURE_CLIENT_ID": clientID, "AZURE_CLIENT_SECRET": canary,
	} {
		ts.Setenv(name, value)
	}
}

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
	return cli.Main(context.Background(), cli.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Version: "v1.2.3",
	}, os.Args[1:])
}

// TestScripts runs testdata/script. Each script begins in a folder of its own
// with the files of testdata/contoso.
func TestScripts(t *testing.T) {
	contoso, err := filepath.Abs("testdata/contoso")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			// The Azure CLI, were it installed, must find nobody signed in.
			env.Setenv("HOME", env.WorkDir)
			// A file of the script's own takes the place of the common one.
			err := os.CopyFS(env.WorkDir, os.DirFS(contoso))
			if errors.Is(err, fs.ErrExist) {
				return nil
			}
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  exits,
			"hold":   hold,
			"serve":  serve,
			"planid": planID,
		},
	})
}

// exits CODE COMMAND… runs a command that has to end with the code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if neg || err != nil || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("%s ends with %d, want %d", strings.Join(args[1:], " "), got, want)
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

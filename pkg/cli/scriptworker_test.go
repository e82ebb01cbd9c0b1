package cli_test

import (
	"bytes"
	"context"
	"encoding/gob"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/licensectl/licensectl/pkg/cli"
)

// workerName is what the test binary is run as where it is to carry out one
// command after the other. A process of its own for each takes ten times the
// CPU of what it does, most of it before main begins.
const workerName = "licensectl-worker"

// order is a command for a worker.
type order struct {
	Args, Environ []string
	Folder        string
}

// report is what an order came to.
type report struct {
	Code           int
	Stdout, Stderr string
}

// licensectlWorker reads orders from standard input until it ends.
func licensectlWorker() {
	orders, reports := gob.NewDecoder(os.Stdin), gob.NewEncoder(os.Stdout)
	for {
		var o order
		if orders.Decode(&o) != nil {
			return
		}
		if err := reports.Encode(o.carriedOut()); err != nil {
			panic(err)
		}
	}
}

// carriedOut has the folder and the environment of a process of its own, and
// nothing on standard input. It stays in no folder, for Windows removes none
// that somebody is in.
func (o order) carriedOut() report {
	home := must(os.Getwd())
	must(0, os.Chdir(o.Folder))
	defer func() { must(0, os.Chdir(home)) }()
	os.Clearenv()
	for _, pair := range o.Environ {
		name, value, _ := strings.Cut(pair, "=")
		must(0, os.Setenv(name, value))
	}
	var stdout, stderr bytes.Buffer
	code := cli.Main(context.Background(), programEnv(strings.NewReader(""), &stdout, &stderr), o.Args)
	return report{code, stdout.String(), stderr.String()}
}

// programEnv is the world of the program of the scripts. In a real process of
// licensectl groups take their time.
func programEnv(stdin io.Reader, stdout, stderr io.Writer) cli.Env {
	env := cli.Env{Stdin: stdin, Stdout: stdout, Stderr: stderr, Environ: os.Environ(), Version: "v1.2.3"}
	if delay := os.Getenv(groupDelay); delay != "" {
		env.EmulatedGroupDelay = must(time.ParseDuration(delay))
	}
	return env
}

// groupDelay is the variable that tells how long groups take in an emulated
// tenant.
const groupDelay = "EMULATED_GROUP_DELAY"

// worker is a process that carries out orders.
type worker struct {
	process *exec.Cmd
	orders  *gob.Encoder
	reports *gob.Decoder
	leave   io.Closer
}

func startWorker() (*worker, error) {
	cmd := exec.Command(workerName)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &worker{cmd, gob.NewEncoder(stdin), gob.NewDecoder(stdout), stdin}, cmd.Start()
}

func (w *worker) carryOut(o order) (report, error) {
	var r report
	if err := w.orders.Encode(o); err != nil {
		return r, err
	}
	err := w.reports.Decode(&r)
	return r, err
}

func (w *worker) end() error {
	_ = w.leave.Close()
	return w.process.Wait()
}

// workers are as many as there are scripts at a time.
type workers struct {
	variables []string // names of those that scripts set

	mu   sync.Mutex
	idle []*worker
}

// newWorkers makes those for the scripts of a folder. They end with the test.
func newWorkers(t *testing.T, folder string) *workers {
	w := &workers{variables: variablesOf(t, folder)}
	t.Cleanup(func() {
		for _, one := range w.idle {
			if err := one.end(); err != nil {
				t.Errorf("a worker ends with %v", err)
			}
		}
	})
	return w
}

// variablesOf lists what the scripts of a folder, and the commands for them,
// put into the environment. A script does not tell what it has there.
func variablesOf(t *testing.T, folder string) []string {
	out := []string{
		"HOME", "PATH", "TMPDIR", "WORK", groupDelay,
		"SSL_CERT_FILE", "LICENSECTL_GRAPH_URL", "LICENSECTL_AUTHORITY_URL", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET",
	}
	names, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	set := regexp.MustCompile(`(?m)^(?:\[.*\] )?env (.*)$`)
	for _, name := range names {
		for _, line := range set.FindAllStringSubmatch(string(must(os.ReadFile(name))), -1) {
			for _, pair := range strings.Fields(line[1]) {
				variable, _, _ := strings.Cut(pair, "=")
				out = append(out, variable)
			}
		}
	}
	return out
}

// run has a worker carry out a command of a script.
func (w *workers) run(ts *testscript.TestScript, args []string) int {
	if len(args) == 0 || args[0] != "licensectl" {
		ts.Fatalf("%q is not licensectl: use exec", args)
	}
	o := order{Args: args[1:], Folder: ts.MkAbs(".")}
	for _, name := range w.variables {
		if value := ts.Getenv(name); value != "" {
			o.Environ = append(o.Environ, name+"="+value)
		}
	}
	one, err := w.take()
	ts.Check(err)
	r, err := one.carryOut(o)
	ts.Check(err)
	w.give(one)
	_, _ = io.WriteString(ts.Stdout(), r.Stdout)
	_, _ = io.WriteString(ts.Stderr(), r.Stderr)
	return r.Code
}

// take gives a worker that has nothing to do.
func (w *workers) take() (*worker, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if last := len(w.idle) - 1; last >= 0 {
		one := w.idle[last]
		w.idle = w.idle[:last]
		return one, nil
	}
	return startWorker()
}

func (w *workers) give(one *worker) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.idle = append(w.idle, one)
}

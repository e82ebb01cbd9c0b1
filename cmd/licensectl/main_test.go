package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain puts the program itself, as it is built here, on the path.
func TestMain(m *testing.M) {
	testscript.Main(m, programs())
}

const manifestFile = `
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: staff}
spec:
  defaults: {licenses: [{sku: SPE_E3}]}
  users: [ada@contoso.com, ben@contoso.com, cyd@contoso.com]
`

// Main hands the process over as it is: arguments, streams, environment, code.
func TestTheProcess(t *testing.T) {
	cmd := exec.Command("licensectl", "validate", "-")
	cmd.Stdin = strings.NewReader(manifestFile)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	if out, err := cmd.Output(); err != nil || string(out) != "1 file, 1 document, 3 declared users: no errors\n" {
		t.Errorf("prints %q: %v", out, err)
	}
	cmd = exec.Command("licensectl", "validate")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LICENSECTL_NONSENSE=1"}
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("ends with %v", err)
	}
}

package check_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coreos/go-systemd/v22/unit"
)

// installUnits puts the units into a folder as the README says, with licensectl
// where it is in these tests.
func installUnits(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	copyFolder(t, "../systemd", dir)
	for _, name := range []string{"licensectl-drift.service", "licensectl-apply.service"} {
		text := string(read(t, filepath.Join(dir, name)))
		write(t, filepath.Join(dir, name), strings.ReplaceAll(text, "/usr/local/bin/licensectl", licensectlPath()))
		copyFile(t, filepath.Join(dir, "certificate.conf"), filepath.Join(dir, name+".d", "certificate.conf"))
	}
	return dir
}

// TestUnitsAreValid has systemd look at the units, with the drop-in and without.
func TestUnitsAreValid(t *testing.T) {
	t.Parallel()
	dir := installUnits(t)
	for _, name := range []string{"licensectl-drift", "licensectl-apply"} {
		for range 2 {
			cmd := exec.Command("systemd-analyze", "verify", "--man=no", filepath.Join(dir, name+".service"), filepath.Join(dir, name+".timer"))
			cmd.Env = append(os.Environ(), "SYSTEMD_UNIT_PATH="+dir+":")
			if out, code := outcome(t, cmd); code != 0 || strings.TrimSpace(out) != "" {
				t.Errorf("%s: exit code %d\n%s", name, code, out)
			}
			if err := os.RemoveAll(filepath.Join(dir, name+".service.d")); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestUnitsAreHardened has systemd rate what the units could do to the machine:
// of 100, at most 15.
func TestUnitsAreHardened(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"licensectl-drift.service", "licensectl-apply.service"} {
		if out, code := outcome(t, exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", "../systemd/"+name)); code != 0 {
			t.Errorf("%s:\n%s", name, out)
		}
	}
}

// service runs units as systemd would start them.
type service struct {
	t      *testing.T
	tenant *tenant
	root   string // where the paths of the units begin
}

// start runs the command of a unit once, on a machine.
func (s *service) start(name string, on machine) (string, int) {
	s.t.Helper()
	options, err := unit.DeserializeOptions(bytes.NewReader(read(s.t, "../systemd/"+name)))
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := &exec.Cmd{Path: licensectlPath(), Dir: s.t.TempDir()}
	cmd.Env = append(s.tenant.environment(), on.environment(s.t, s.tenant)...)
	for _, o := range options {
		switch o.Name {
		case "ExecStart":
			cmd.Args = strings.Fields(o.Value)
			for i, arg := range cmd.Args[1:] {
				if strings.HasPrefix(arg, "/") {
					cmd.Args[i+1] = s.root + arg
				}
			}
		case "EnvironmentFile":
			for name, value := range settings(string(read(s.t, "../systemd/"+filepath.Base(o.Value)))) {
				cmd.Env = append(cmd.Env, name+"="+value)
			}
		case "WorkingDirectory":
			cmd.Dir = s.root + strings.ReplaceAll(o.Value, "%S", "/var/lib")
			if err := os.MkdirAll(cmd.Dir, 0o700); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	return outcome(s.t, cmd)
}

// TestUnitsThroughTheNight compares, applies and compares again. The machine of
// the reader cannot apply.
func TestUnitsThroughTheNight(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.powerBI()
	s := &service{t: t, tenant: startTenant(t, ""), root: t.TempDir()}
	copyFolder(t, filepath.Join(r.dir, "manifests"), s.root+"/etc/licensectl/manifests")

	log, code := s.start("licensectl-drift.service", readingMachine())
	if code != 2 {
		t.Fatalf("exit code %d\n%s", code, log)
	}
	wants(t, log, "ada@contoso.com")
	if log, code := s.start("licensectl-apply.service", readingMachine()); code != 4 {
		t.Errorf("the reader's machine applies: exit code %d\n%s", code, log)
	}
	if log, code := s.start("licensectl-apply.service", writingMachine()); code != 0 {
		t.Fatalf("exit code %d\n%s", code, log)
	}
	s.tenant.wantHolds("ada@contoso.com", skuE3, skuPowerBI)
	if receipts, _ := filepath.Glob(s.root + "/var/lib/licensectl/.licensectl/receipts/*.jsonl"); len(receipts) != 1 {
		t.Errorf("receipts: %v", receipts)
	}
	if log, code := s.start("licensectl-drift.service", readingMachine()); code != 0 {
		t.Errorf("exit code %d\n%s", code, log)
	}
}

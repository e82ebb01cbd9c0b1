package check_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPostToAChannel posts a plan and its receipt as Teams and Slack take them.
// The address, which is a secret, stands on no command line.
func TestPostToAChannel(t *testing.T) {
	t.Parallel()
	var got []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/hook/a secret" || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		got, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(server.Close)
	n := startNight(t)
	n.must(0, licensectlPath(), "apply", "--auto-approve", "--receipt", "receipt.jsonl", "manifests")
	n.must(0, licensectlPath(), "plan", "--out", "plan.json", "manifests")
	for format, want := range map[string]string{"teams": "AdaptiveCard", "slack": "plain_text"} {
		for _, file := range []string{"plan.json", "receipt.jsonl"} {
			got = nil
			n.env = append(n.env, "WEBHOOK_URL="+server.URL+"/hook/a%20secret")
			n.must(0, n.script("post.sh"), format, file)
			if !json.Valid(got) || !strings.Contains(string(got), want) || !strings.Contains(string(got), "licensectl") {
				t.Errorf("%s of %s:\n%s", format, file, got)
			}
		}
	}
	n.env = append(n.env, "WEBHOOK_URL="+server.URL+"/gone")
	n.must(22, n.script("post.sh"), "slack", "plan.json")
}

// TestMetricsOfANight leaves the numbers where a collector reads them, and
// leaves the old ones where there are none.
func TestMetricsOfANight(t *testing.T) {
	t.Parallel()
	n := startNight(t)
	n.must(0, n.script("metrics.sh"), "textfile", "manifests")
	wants(t, n.text("textfile/licensectl_drift.prom"), `licensectl_plan_users{tenant_id="`+tenantID+`",state="changed"} 0`)
	wants(t, n.text("textfile/licensectl_seats.prom"), "licensectl_seats{")
	n.tenant.assign("ada@contoso.com", []string{skuPowerBI}, nil)
	n.must(0, n.script("metrics.sh"), "textfile", "manifests")
	last := n.text("textfile/licensectl_drift.prom")
	wants(t, last, `state="changed"} 1`)

	dying := dyingProgram(t)
	if err := os.Rename(dying, filepath.Join(n.dir, "bin/licensectl")); err != nil {
		t.Fatal(err)
	}
	n.must(1, n.script("metrics.sh"), "textfile", "manifests")
	if n.text("textfile/licensectl_drift.prom") != last {
		t.Error("half of the numbers stand for all")
	}
	if left, _ := filepath.Glob(filepath.Join(n.dir, "textfile/*.prom.*")); len(left) > 0 {
		t.Errorf("%v is left behind", left)
	}
}

// night is a machine on which a script runs.
type night struct {
	t      *testing.T
	tenant *tenant
	dir    string
	env    []string
}

func startNight(t *testing.T) *night {
	t.Helper()
	n := &night{t: t, tenant: startTenant(t, ""), dir: t.TempDir()}
	copyFolder(t, "testdata/manifests", filepath.Join(n.dir, "manifests"))
	for _, dir := range []string{"textfile", "bin"} {
		if err := os.Mkdir(filepath.Join(n.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(licensectlPath(), filepath.Join(n.dir, "bin/licensectl")); err != nil {
		t.Fatal(err)
	}
	n.env = append(n.tenant.environment(), "PATH="+n.dir+"/bin:/usr/bin:/bin", "HOME="+n.dir,
		"AZURE_TENANT_ID="+tenantID, "AZURE_CLIENT_ID="+adminClientID, "AZURE_CLIENT_SECRET="+adminSecret)
	return n
}

func (n *night) script(name string) string {
	n.t.Helper()
	path, err := filepath.Abs("../notify/" + name)
	if err != nil {
		n.t.Fatal(err)
	}
	return path
}

func (n *night) text(name string) string { return string(read(n.t, filepath.Join(n.dir, name))) }

// must runs a command that has to end with a code.
func (n *night) must(want int, command ...string) {
	n.t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Env = n.dir, n.env
	if out, code := outcome(n.t, cmd); code != want {
		n.t.Fatalf("%v: exit code %d, want %d\n%s", command, code, want, out)
	}
}

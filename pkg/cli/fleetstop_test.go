package cli_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
)

// stopping ends a context with the first write.
type stopping struct {
	http.RoundTripper
	stop context.CancelFunc
}

func (s stopping) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/assignLicense") {
		defer s.stop()
	}
	return s.RoundTripper.RoundTrip(r)
}

// A signal stops a fleet in order: what is under way is finished and written
// down, nobody else is begun, and the next run goes on from there.
func TestFleetStopsInOrder(t *testing.T) {
	c := newCrew(t, 4, emulator.Options{})
	c.wants(cli.CodeOK, "plan", "--out", "plans")
	ctx, cancel := context.WithCancel(t.Context())
	var stdout, stderr bytes.Buffer
	env := c.env
	env.Stdout, env.Stderr, env.Transport = &stdout, &stderr, stopping{c.env.Transport, cancel}
	if code := cli.Main(ctx, env, []string{"fleet", "apply", "plans", "--at-once", "1", "--parallelism", "1"}); code != int(cli.CodeInterrupted) {
		t.Fatalf("exit code %d\n%s%s", code, stdout.String(), stderr.String())
	}
	stopped := c.saved("plans")
	if got := rows(stopped); !strings.HasPrefix(got, "tenant-00 partial 130\ntenant-01 not_attempted -\n") {
		t.Errorf("rows\n%s", got)
	}
	if n := c.mutations(); n == 0 || n >= 8 || stopped.Summary.Applied["done"] != n || stopped.ExitCode != int(cli.CodeInterrupted) {
		t.Errorf("%d writes, %v, exit code %d", n, stopped.Summary.Applied, stopped.ExitCode)
	}
	c.wants(cli.CodeOK, "apply", "plans")
	if c.mutations() != 8 {
		t.Errorf("%d writes", c.mutations())
	}
}

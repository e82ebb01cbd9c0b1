package cli_test

import (
	"io"
	"runtime"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
)

// What a run needs of memory goes by how many tenants it has at once: whoever
// has ended is let go.
func TestFleetLetsTenantsGo(t *testing.T) {
	const tenants, most = 15, 60 << 10 // bytes for each tenant that has ended
	c := newCrew(t, tenants, emulator.Options{LogSize: 1})
	env := c.env
	env.Stdout, env.Stderr = io.Discard, io.Discard
	kept := func() uint64 {
		if code := cli.Main(t.Context(), env, []string{"fleet", "plan", "--out", "plans"}); code != 0 {
			t.Fatalf("exit code %d", code)
		}
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	first := kept() // whatever is kept once is there
	if grown := int64(kept()) - int64(first); grown > tenants*most {
		t.Errorf("%d KB are kept of each tenant", grown/tenants>>10)
	}
}

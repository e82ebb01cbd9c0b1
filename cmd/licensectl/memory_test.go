package main

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func TestMemoryGrowsWithWhatIsInUse(t *testing.T) {
	for _, tc := range []struct{ inUse, want int64 }{
		{0, 330 << 20},
		{220 << 20, 330 << 20},
		{240 << 20, 360 << 20},
		{300 << 20, 450 << 20},
		{400 << 20, 800 << 20},
		{700 << 20, 1350 << 20},
		{900 << 20, 1350 << 20},
		{1000 << 20, 1500 << 20},
		{8 << 30, 12 << 30},
	} {
		if got := memoryFor(tc.inUse); got != tc.want {
			t.Errorf("%d bytes for %d in use, want %d", got, tc.inUse, tc.want)
		}
	}
	if inUse() < 0 {
		t.Error("less than nothing is in use")
	}
}

// The limit is looked at after every collection, and not only after the first.
func TestAfterCollections(t *testing.T) {
	var calls atomic.Int64
	afterCollections(func() { calls.Add(1) })
	for end := time.Now().Add(10 * time.Second); calls.Load() < 3 && time.Now().Before(end); {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	if calls.Load() < 3 {
		t.Errorf("called %d times", calls.Load())
	}
}

// Of all commands one serves.
func TestServes(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want bool
	}{
		{nil, false}, {[]string{"plan", "--emulate", "emulator"}, false}, {[]string{"emulator", "--users", "7"}, true},
	} {
		if got := serves(tc.args); got != tc.want {
			t.Errorf("%q: %t", tc.args, got)
		}
	}
}

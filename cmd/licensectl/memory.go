package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// How much memory garbage may take, in percent of what is in use. Most of what a run
// allocates it keeps until its end, and that is soon, so the collector runs less often
// than by default. At twice as many percent the system takes longer to hand out the
// memory than the collector is spared. docs/performance.md has what it comes to.
const garbagePercent = 150

// serves reports whether a command line is for the command that goes on until
// somebody stops it: what it takes it takes for long, so that memory counts more
// than the seconds until it begins.
func serves(args []string) bool { return len(args) > 0 && args[0] == "emulator" }

// collectLess has the garbage collector run less often than by default. GOGC and
// GOMEMLIMIT in the environment go before.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryFor(0))
		afterCollections(func() { debug.SetMemoryLimit(memoryFor(inUse())) })
	}
}

// memoryFor is how much memory to take at the most where so much is in use, in
// bytes. It is always half more, so that the collector does not look through all of it
// for little. Plans of a hundred thousand users have not much in use, and are to take
// less than 400 MB. Those of a million may take twice what they have in use, as far
// as that is less than 1.5 GB: a machine of a CI service has 7 GB for everything.
func memoryFor(inUse int64) int64 {
	const least, much, ample = 330 << 20, 300 << 20, 1350 << 20
	limit := max(least, inUse/2*3)
	if inUse > much {
		limit = max(limit, min(2*inUse, ample))
	}
	return limit
}

// inUse is how many bytes were in use when garbage was last collected.
func inUse() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// afterCollections calls f whenever garbage was collected: then nobody has the
// object any more that waits for it, and the next one is made.
func afterCollections(f func()) {
	type object struct{ _ [16]byte }
	runtime.AddCleanup(new(object), func(f func()) {
		f()
		afterCollections(f)
	}, f)
}

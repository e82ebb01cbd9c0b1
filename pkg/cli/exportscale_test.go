//go:build scale && unix

package cli_test

import (
	"fmt"
	"testing"
)

// BenchmarkScaleExport lets the program export tenants, and plan with what it wrote:
// the ratio of the CPU of both.
func BenchmarkScaleExport(b *testing.B) {
	binary := buildProgram(b)
	for _, users := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("users=%d", users), func(b *testing.B) { measureExport(b, binary, users) })
	}
}

func measureExport(b *testing.B, binary string, users int) {
	tenant := startTenant(b, binary, users)
	var export, plan usage
	for b.Loop() {
		dir := b.TempDir()
		used, _ := tenant.run(b, program{path: binary, name: binary}, dir, "export", "manifests")
		export.add(used)
		used, _ = tenant.plan(b, program{path: binary, name: binary}, dir)
		plan.add(used)
	}
	tenant.profile(b, fmt.Sprintf("export-users=%d", users), b.TempDir(), "export", "manifests")
	n := float64(b.N)
	b.ReportMetric(0, "ns/op") // it would be both together
	b.ReportMetric(export.wall.Seconds()/n, "export-s")
	b.ReportMetric(export.cpu.Seconds()/n, "export-cpu-s")
	b.ReportMetric(plan.cpu.Seconds()/n, "plan-cpu-s")
	b.ReportMetric(export.cpu.Seconds()/plan.cpu.Seconds(), "x-plan-cpu")
	b.ReportMetric(float64(export.peak)/1e6, "export-peak-MB")
	b.ReportMetric(float64(plan.peak)/1e6, "plan-peak-MB")
}

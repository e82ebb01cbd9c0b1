package manifest_test

import (
	"bytes"
	"fmt"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/pkg/manifest"
)

// BenchmarkParse shows what Parse costs for a user, beside what yaml.v3 takes
// for the same bytes.
func BenchmarkParse(b *testing.B) {
	const users = 20_000
	data := largeManifest(users)
	perUser := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/users, "ns/user")
	}
	b.Run("yaml", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			decoder := yaml.NewDecoder(bytes.NewReader(data))
			var n yaml.Node
			for decoder.Decode(&n) == nil {
			}
		}
		perUser(b)
	})
	b.Run("manifest", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := manifest.Parse([]manifest.File{{Path: "a.yaml", Data: data}}); err != nil {
				b.Fatal(err)
			}
		}
		perUser(b)
	})
}

// largeManifest has users of the short and of the long form by turns.
func largeManifest(users int) []byte {
	var b bytes.Buffer
	b.WriteString("apiVersion: licensectl.dev/v1\nkind: LicenseProfile\nmetadata: {name: kw}\n" +
		"spec:\n  licenses:\n  - sku: SPE_E5\n    disabledPlans: [YAMMER_ENTERPRISE]\n  - sku: POWER_BI_PRO\n---\n" +
		head + "spec:\n  defaults: {usageLocation: DE, profiles: [kw]}\n  users:\n")
	for i := range users {
		if i%2 == 0 {
			fmt.Fprintf(&b, "  - user%d@contoso.com\n", i)
			continue
		}
		fmt.Fprintf(&b, "  - user: user%d@contoso.com\n    licenses: [{sku: VISIOCLIENT}]\n    usageLocation: US\n", i)
	}
	return b.Bytes()
}

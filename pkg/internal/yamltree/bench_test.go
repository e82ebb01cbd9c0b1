package yamltree_test

import (
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/pkg/internal/yamltree"
)

// BenchmarkSimple reads the entries of many users. Beside it stands what yaml.v3 takes for
// them, and making the same tree of that.
func BenchmarkSimple(b *testing.B) {
	text := []byte("users:\n" + strings.Repeat("  - user: ada@contoso.com\n    usageLocation: \"DE\"\n    licenses:\n      - sku: SPE_E5\n      - sku: VISIOCLIENT\n", 10_000))
	for name, parse := range map[string]func() *yamltree.Node{
		"simple": func() *yamltree.Node { return yamltree.Simple(text) },
		"yaml": func() *yamltree.Node {
			var document yaml.Node
			if err := yaml.Unmarshal(text, &document); err != nil {
				b.Fatal(err)
			}
			return yamltree.Of(document.Content[0])
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if parse() == nil {
					b.Fatal("it is not read")
				}
			}
		})
	}
}

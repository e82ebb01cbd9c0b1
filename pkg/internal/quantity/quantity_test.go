package quantity_test

import (
	"math"
	"testing"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
)

func TestText(t *testing.T) {
	for n, want := range map[int]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 4711: "4,711", 123456: "123,456", 1234567: "1,234,567",
		-5: "-5", -999: "-999", -1000: "-1,000", math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		if got := quantity.Text(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestOf(t *testing.T) {
	for n, want := range map[int]string{0: "0 users", 1: "1 user", 2: "2 users", 2982: "2,982 users"} {
		if got := quantity.Of(n, "user"); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

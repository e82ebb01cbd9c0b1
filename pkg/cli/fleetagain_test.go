package cli_test

import (
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
)

// Flags that narrow plans hold where fleet apply makes them.
func TestFleetAppliesNarrowedPlans(t *testing.T) {
	c := newCrew(t, 1, emulator.Options{})
	if got := rows(c.report(cli.CodeRefused, "apply", "--auto-approve", "--tighten", "maxRemovals=0")); got != "tenant-00 refused 5" {
		t.Errorf("rows\n%s", got)
	}
	if r := c.report(cli.CodePartial, "apply", "--auto-approve", "--additions-only"); r.Summary.Applied["done"] != 1 || c.holders("tenant-00") != "ada bo cy" {
		t.Errorf("%v, %s hold Exchange", r.Summary.Applied, c.holders("tenant-00"))
	}
}

// A switch that is turned off is off.
func TestFleetTakesASwitchAsGiven(t *testing.T) {
	c := newCrew(t, 1, emulator.Options{})
	c.edit("baseline/all.yaml", "EXCHANGESTANDARD}]", "NOSUCHPRODUCTX}]")
	c.wants(cli.CodeInput, "validate", "--strict")
	c.wants(cli.CodeOK, "validate", "--strict=false")
	c.wants(cli.CodeOK, "validate", "--strict", "--strict=0")
}

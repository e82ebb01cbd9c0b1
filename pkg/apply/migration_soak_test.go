//go:build soak

package apply_test

import "testing"

// TestSoakMigration is TestMigrationUnderThrottling with as many users as a large
// migration has.
func TestSoakMigration(t *testing.T) { migrate(t, 5000) }

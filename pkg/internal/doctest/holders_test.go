package doctest

import "testing"

// The list of who holds what is as the published schema says, and the schema is
// strict.
func TestTheSchemaOfWhoHoldsWhat(t *testing.T) {
	schema := compile(t, "holders.schema.json")
	for _, golden := range []string{"holdings.json", "holdings-bare.json", "holdings-redacted.json"} {
		if err := schema.Validate(decoded(t, readFile(t, "pkg/report/testdata/"+golden))); err != nil {
			t.Errorf("%s: %v", golden, err)
		}
	}
	golden := readFile(t, "pkg/report/testdata/holdings.json")
	optional := []string{
		"users.*.displayName", "users.*.department", "users.*.userType", "users.*.unreadable", "users.*.licenses.*.paths.*.groupId",
		"users.*.licenses.*.paths.*.groupName", "users.*.licenses.*.paths.*.error",
	}
	t.Run("a key too many", func(t *testing.T) { refuses(t, schema, surprises(t, golden)) })
	t.Run("a key too few", func(t *testing.T) { refuses(t, schema, losses(t, golden), optional...) })
	t.Run("another type", func(t *testing.T) { refuses(t, schema, mixUps(t, golden)) })
}

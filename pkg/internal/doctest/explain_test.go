package doctest

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
	"github.com/licensectl/licensectl/pkg/report"
)

const (
	explainPage   = "docs/explain.md"
	explainSchema = "explain.schema.json"
)

func TestKeysOfExplanationsAreExplained(t *testing.T) {
	compareTables(t, explainPage, map[string]reflect.Type{
		"Explanation": reflect.TypeFor[plan.Explanation](),
		"Entries":     reflect.TypeFor[plan.ExplainedEntry](),
		"Licenses":    reflect.TypeFor[plan.ExplainedLicense](),
		"Paths":       reflect.TypeFor[plan.Path](),
	})
	namesKeys(t, explainPage, []smallObject{
		{"Explanation", "user", reflect.TypeFor[plan.ExplainedUser]()},
		{"Explanation", "reasons", reflect.TypeFor[plan.Reason]()},
		{"Explanation", "usageLocation", reflect.TypeFor[plan.ExplainedLocation]()},
		{"Entries", "source", reflect.TypeFor[plan.Source]()},
		{"Licenses", "asks", reflect.TypeFor[plan.Ask]()},
		{"Licenses", "reasons", reflect.TypeFor[plan.Reason]()},
		{"Paths", "disabledPlans", reflect.TypeFor[plan.PlanRef]()},
	})
}

func TestVerdictsAreExplained(t *testing.T) {
	sameNames(t, explainPage, keyed(readPage(t, explainPage).table(t, "Verdicts")), words(plan.Verdicts()))
}

func TestTheExplanationSchemaHasTheKeysOfTheProgram(t *testing.T) {
	for _, problem := range compareKeys("explanation", reflect.TypeFor[plan.Explanation](), explanationForms(t, "userExplanation")) {
		t.Error(problem)
	}
	for _, problem := range compareKeys("explanation of a group", reflect.TypeFor[plan.GroupExplanation](), explanationForms(t, "groupExplanation")) {
		t.Error(problem)
	}
}

// explanationForms gives what the schema says of one kind of explanation.
func explanationForms(t *testing.T, definition string) []node {
	t.Helper()
	return schemaRoot(t, explainSchema).child(map[string]any{"$ref": "#/$defs/" + definition}).forms()
}

func TestExplanationsFitTheSchema(t *testing.T) {
	schema := compile(t, explainSchema)
	env := contoso(t)
	var p plan.Plan
	if err := json.Unmarshal([]byte(mustRun(t, env, "plan", "-o", "json")), &p); err != nil {
		t.Fatal(err)
	}
	users := []string{"oskar.lind@contoso.com", "maria.santos@contoso.com", "breakglass@contoso.com", "tomas.lindqvist@contoso.com", "dylan.price@contoso.com"}
	for _, c := range p.Changes {
		users = append(users, c.User.UserPrincipalName)
	}
	for _, user := range users {
		document := mustRun(t, env, "explain", user, "-o", "json")
		if err := schema.Validate(decoded(t, []byte(document))); err != nil {
			t.Errorf("%s: %v", user, err)
		}
	}
}

func TestRandomExplanationsFitTheSchema(t *testing.T) {
	schema := compile(t, explainSchema)
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		for _, u := range in.Observed.Users {
			e, err := planner.Explain(in, u.ID.String())
			if err != nil {
				t.Fatal(err)
			}
			var document bytes.Buffer
			if err := report.ExplainJSON(&document, e, report.Options{}); err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(decoded(t, document.Bytes())); err != nil {
				t.Fatalf("%v\n%s", err, document.String())
			}
		}
	})
}

func TestTheExplanationSchemaIsStrict(t *testing.T) {
	schema, golden := compile(t, explainSchema), readFile(t, "pkg/report/testdata/explain-swap.json")
	if err := schema.Validate(decoded(t, golden)); err != nil {
		t.Fatal(err)
	}
	optional := []string{
		"status", "reasons.*.source", "usageLocation.reasons.*.source", "licenses.*.op", "licenses.*.seats", "licenses.*.reasons.*.source",
		"licenses.*.asks.*.profile", "licenses.*.asks.*.until", "licenses.*.paths.*.group", "licenses.*.paths.*.groupName", "licenses.*.paths.*.error",
		"findings.*.hint", "findings.*.monthlyCost", "findings.*.user", "findings.*.source",
	}
	t.Run("a key too many", func(t *testing.T) { refuses(t, schema, surprises(t, golden)) })
	t.Run("a key too few", func(t *testing.T) { refuses(t, schema, losses(t, golden), optional...) })
	t.Run("another type", func(t *testing.T) { refuses(t, schema, mixUps(t, golden)) })
	t.Run("values", func(t *testing.T) {
		refuses(t, schema, replaced(t, golden, []mistake{
			{"formatVersion", "2"}, {"planId", "sha256:a"}, {"asOf", ""}, {"standing", "known"}, {"status", "done"}, {"status", ""},
			{"usageLocation.verdict", "gain"}, {"licenses.0.verdict", "loses"}, {"licenses.0.op", "setUsageLocation"}, {"licenses.0.reasons", []any{}},
			{"licenses.0.paths.0.kind", "indirect"}, {"licenses.1.asks.0.phase", "later"}, {"licenses.1.asks.0.until", "soon"},
			{"licenses.2.paths.1.group", "Analysts"}, {"findings.0.code", "redundant"}, {"entries.0.name", ""}, {"reasons.0.message", ""},
		}))
	})
}

// What explain --group prints fits as well, and nothing that is like it.
func TestTheSchemaOfExplainedGroups(t *testing.T) {
	schema, env := compile(t, explainSchema), contoso(t)
	explain := []string{"explain", "--group", "Licensing - Office workers", "-o", "json"}
	unlisted := mustRun(t, env, explain...)
	write(t, "manifests/groups.yaml", "apiVersion: licensectl.dev/v1\nkind: GroupLicenses\nmetadata: {name: groups}\nspec:\n"+
		"  groups:\n    - {group: Licensing - Office workers, licenses: [{sku: SPE_E3, disabledPlans: [YAMMER_ENTERPRISE, SWAY]}, {sku: VISIOCLIENT}]}\n")
	golden := []byte(mustRun(t, env, explain...))
	for _, document := range [][]byte{[]byte(unlisted), golden} {
		if err := schema.Validate(decoded(t, document)); err != nil {
			t.Errorf("%v\n%s", err, document)
		}
	}
	optional := []string{
		"reasons.*.source", "licenses.*.op", "licenses.*.reasons.*.source", "change.actions.*.causedBy", "change.waitsForUsers", "change.effects.*.names", "change.effects.*.part",
		"findings.*.hint", "findings.*.user", "findings.*.group", "findings.*.skuId", "findings.*.source",
	}
	t.Run("a key too many", func(t *testing.T) { refuses(t, schema, surprises(t, golden)) })
	t.Run("a key too few", func(t *testing.T) { refuses(t, schema, losses(t, golden), optional...) })
	t.Run("another type", func(t *testing.T) { refuses(t, schema, mixUps(t, golden)) })
	t.Run("values", func(t *testing.T) {
		refuses(t, schema, replaced(t, golden, []mistake{
			{"formatVersion", "2"}, {"planId", "sha256:a"}, {"asOf", ""}, {"group.id", "Analysts"}, {"group.members", -1}, {"reasons", []any{}},
			{"licenses.0.op", "reprocess"}, {"licenses.0.reasons", []any{}}, {"change.status", "done"}, {"reasons.0.message", ""},
		}))
	})
}

// The words that the schema allows are those of the program.
func TestTheExplanationSchemaHasTheWordsOfTheProgram(t *testing.T) {
	compareWords(t, []schemaWords{
		{explainSchema, "$defs/license/properties/verdict/enum", words(plan.Verdicts())},
		{explainSchema, "$defs/userExplanation/properties/standing/enum", words([]plan.Standing{plan.StandingListed, plan.StandingEnded, plan.StandingUpcoming, plan.StandingUnlisted})},
		{explainSchema, "$defs/userExplanation/properties/status/enum", words([]plan.Status{plan.StatusReady, plan.StatusBlocked, plan.StatusHeld})},
		{explainSchema, "$defs/license/properties/op/enum", words([]plan.Op{plan.OpRemove, plan.OpUpdate, plan.OpAdd})},
		{explainSchema, "$defs/groupLicense/properties/op/enum", words([]plan.Op{plan.OpRemove, plan.OpUpdate, plan.OpAdd})},
		{explainSchema, "$defs/path/properties/kind/enum", words([]plan.PathKind{plan.PathDirect, plan.PathGroup, plan.PathUnknown})},
	})
}

package doctest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
	"github.com/licensectl/licensectl/pkg/receipt"
)

const (
	planSchema    = "plan.schema.json"
	receiptSchema = "receipt.schema.json"
)

// compile reads a schema of docs. Formats are checked, which is up to the
// validator by default.
func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	schema, err := c.Compile(filepath.Join(root, "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// decoded reads JSON in the form that the validator takes.
func decoded(t rapid.TB, document []byte) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func goldenPlan(t *testing.T) []byte {
	t.Helper()
	return readFile(t, "pkg/planner/testdata/plan.json")
}

func TestPlansFitTheSchema(t *testing.T) {
	schema := compile(t, planSchema)
	golden := goldenPlan(t)
	env := contoso(t)
	documents := map[string][]byte{"the golden plan": golden}
	plans := func(name string, args ...string) {
		documents[name] = []byte(run(t, env, append(args, "-o", "json")...).stdout)
	}
	plans("the sample", "plan")
	plans("additions alone", "plan", "--additions-only")
	plans("a guard has tripped", "plan", "--tighten", "maxUsersChanged=0")
	mustRun(t, env, "apply", "--auto-approve", "--receipt", "receipt.jsonl")
	plans("nothing to do", "drift")
	plans("an undo", "plan", "--undo", "receipt.jsonl")
	for name, document := range documents {
		if err := schema.Validate(decoded(t, document)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRandomPlansFitTheSchema(t *testing.T) {
	schema := compile(t, planSchema)
	rapid.Check(t, func(t *rapid.T) {
		p, err := planner.Make(drawInput(t))
		if err != nil {
			t.Fatal(err)
		}
		var document bytes.Buffer
		if err := plan.Encode(&document, p); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(decoded(t, document.Bytes())); err != nil {
			t.Fatalf("%v\n%s", err, document.String())
		}
	})
}

// receipts are those of an apply in which all goes well, and of some in which
// the service misbehaves.
func receipts(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	t.Run("apply", func(t *testing.T) {
		env := contoso(t)
		env.Environ = append(env.Environ, "GITHUB_ACTOR=ada", "GITHUB_SHA=8c1e0f6a")
		mustRun(t, env, "apply", "--auto-approve")
		out["all goes well"] = receiptFile(t)
	})
	status := func(code, times int) emulator.Fault {
		return emulator.Fault{Route: "assignLicense", Effect: emulator.EffectStatus, Status: code, Count: times}
	}
	for _, c := range []struct {
		name  string
		fault emulator.Fault
		flag  string
	}{
		{"refusals", status(400, 2), "--additions-only"},
		{"no permission", status(403, 1), "--parallelism=1"}, // so that the others are not under way
		{"no service", status(503, 1000), "--stop-after-failures=3"},
		{"answers are lost", emulator.Fault{Route: "assignLicense", Effect: emulator.EffectLostReply, Count: 3}, "--verify-timeout=1s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				run(t, struck(t, c.fault), "apply", "--auto-approve", c.flag)
				out[c.name] = receiptFile(t)
			})
		})
	}
	return out
}

// struck is the sample tenant behind a wire that a fault strikes.
func struck(t *testing.T, fault emulator.Fault) cli.Env {
	t.Helper()
	env := contoso(t)
	data, err := os.ReadFile("tenant.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tenant, err := emulator.ParseTenant("tenant.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	e, err := emulator.New(tenant, emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e.Inject(fault)
	env.Transport = e.Transport()
	env.Environ = []string{"AZURE_TENANT_ID=" + tenant.ID.String(), "AZURE_CLIENT_ID=" + tenant.ID.String(), "AZURE_CLIENT_SECRET=an example secret"}
	return env
}

func TestReceiptsFitTheSchema(t *testing.T) {
	schema := compile(t, receiptSchema)
	seen := map[string]bool{}
	for name, text := range receipts(t) {
		for i, line := range bytes.Split(bytes.TrimSpace([]byte(text)), []byte("\n")) {
			if err := schema.Validate(decoded(t, line)); err != nil {
				t.Errorf("%s, line %d: %v\n%s", name, i+1, err, line)
			}
			note(t, line, seen)
		}
	}
	for _, want := range []string{"run", "intent", "verify", "end", "done", "refused", "held", "not_attempted", "failed"} {
		if !seen[want] {
			t.Errorf("no receipt shows %s", want)
		}
	}
}

// note takes down of which kind a line is, and which outcome it tells.
func note(t *testing.T, text []byte, seen map[string]bool) {
	t.Helper()
	var kinds map[string]json.RawMessage
	var line receipt.Line
	if err := json.Unmarshal(text, &kinds); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &line); err != nil {
		t.Fatal(err)
	}
	for kind := range kinds {
		seen[kind] = true
	}
	if line.Result != nil {
		seen[string(line.Result.Outcome)] = true
	}
}

// spoilt are documents that differ from a good one in one place. Indices of
// lists are stars in the names.
type spoilt struct {
	name     string
	document any
}

// surprises gives the document with a key too many in each of its objects.
func surprises(t *testing.T, text []byte) []spoilt {
	return spoil(t, text, func(parent map[string]any, key string) { parent["surprise"] = parent[key] })
}

// losses gives the document without each of its keys.
func losses(t *testing.T, text []byte) []spoilt {
	return spoil(t, text, func(parent map[string]any, key string) { delete(parent, key) })
}

// mixUps gives the document with a value of another type under each key.
func mixUps(t *testing.T, text []byte) []spoilt {
	return spoil(t, text, func(parent map[string]any, key string) { parent[key] = []any{[]any{}} })
}

// spoil applies a change to each key of each object, in a copy of its own.
func spoil(t *testing.T, text []byte, change func(parent map[string]any, key string)) []spoilt {
	t.Helper()
	var out []spoilt
	for _, path := range keyPaths(decoded(t, text), nil) {
		document := decoded(t, text)
		last := len(path) - 1
		change(at(document, path[:last]).(map[string]any), path[last].(string))
		out = append(out, spoilt{pathName(path), document})
	}
	return out
}

// keyPaths lists the ways to every key of every object below a value.
func keyPaths(value any, path []any) [][]any {
	var out [][]any
	switch value := value.(type) {
	case map[string]any:
		for _, key := range names(value) {
			below := append(slices.Clone(path), key)
			out = append(out, below)
			out = append(out, keyPaths(value[key], below)...)
		}
	case []any:
		for i, item := range value {
			out = append(out, keyPaths(item, append(slices.Clone(path), i))...)
		}
	}
	return out
}

func at(value any, path []any) any {
	for _, step := range path {
		if key, isKey := step.(string); isKey {
			value = value.(map[string]any)[key]
		} else {
			value = value.([]any)[step.(int)]
		}
	}
	return value
}

func pathName(path []any) string {
	var parts []string
	for _, step := range path {
		if _, isIndex := step.(int); isIndex {
			step = "*"
		}
		parts = append(parts, fmt.Sprint(step))
	}
	return strings.Join(parts, ".")
}

// refuses holds a schema against spoilt documents.
func refuses(t *testing.T, schema *jsonschema.Schema, documents []spoilt, but ...string) {
	t.Helper()
	for _, s := range documents {
		accepted := schema.Validate(s.document) == nil
		if wanted := slices.Contains(but, s.name); accepted != wanted {
			t.Errorf("%s: accepted: %t", s.name, accepted)
		}
	}
	if len(documents) == 0 {
		t.Error("there is nothing to refuse")
	}
}

func TestThePlanSchemaIsStrict(t *testing.T) {
	schema, golden := compile(t, planSchema), goldenPlan(t)
	t.Run("a key too many", func(t *testing.T) { refuses(t, schema, surprises(t, golden)) })
	t.Run("a key too few", func(t *testing.T) {
		refuses(t, schema, losses(t, golden), "changes.*.preconditions", "guards.*.skuPartNumber", "changes.*.actions.*.causedBy", "findings.*.hint", "findings.*.user", "findings.*.source")
	})
	t.Run("another type", func(t *testing.T) { refuses(t, schema, mixUps(t, golden)) })
	t.Run("values", func(t *testing.T) { refuses(t, schema, replaced(t, golden, planMistakes())) })
}

// mistake is a value that is wrong in one place of a document.
type mistake struct {
	path  string // with dots; lists by index
	value any
}

// planMistakes are wrong values for the golden plan.
func planMistakes() []mistake {
	return []mistake{
		{"formatVersion", "2"},
		{"planId", "sha256:d3af"},
		{"planId", "SHA256:" + strings.Repeat("a", 64)},
		{"createdAt", "2026-11-21 12:00:00"},
		{"createdAt", "2026-11-21T12:00:00+01:00"},
		{"createdAt", "2026-13-21T12:00:00Z"},
		{"asOf", "2026-11-31"},
		{"asOf", ""},
		{"tool.name", "another"},
		{"tenant.id", ""},
		{"tenant.id", "7682A7A5-4065-5147-AC5F-2B188772F8B0"},
		{"cloud", "mars"},
		{"sources.0.sha256", "abab"},
		{"summary.users", -1},
		{"summary.users", 1.5},
		{"cost.currency", "euro"},
		{"cost.monthlyDelta", "0.00"},
		{"guards.0.name", "maxRemoval"},
		{"guards.0.limit", -1},
		{"changes.0.status", "done"},
		{"changes.0.status", "blocked"}, // without a reason
		{"changes.3.status", "ready"},   // with a reason
		{"changes.0.actions", []any{}},  // ready, with nothing to do
		{"changes.0.actions.0.op", "replace"},
		{"changes.0.actions.0.op", "add"},    // with what it replaces
		{"changes.0.actions.1.op", "remove"}, // without what it replaces
		{"changes.0.actions.1.op", "update"}, // the same
		{"changes.2.actions.0.op", "remove"}, // of no product
		{"changes.2.actions.0.usageLocation", "GBR"},
		{"changes.0.actions.1.skuPartNumber", ""},
		{"changes.0.priority", -1},
		{"changes.0.waitsFor", []any{"ada@contoso.com"}},
		{"changes.3.reasons", []any{"seat-shortages"}},
		{"changes.3.reasons", []any{"seat-shortage", "seat-shortage"}},
		{"changes.0.before.licenses", nil},
		{"changes.0.source.line", -1},
		{"findings.0.severity", "fatal"},
		{"findings.0.code", "no-seat"},
		{"findings.0.message", ""},
	}
}

// replaced gives the document with each mistake in turn.
func replaced(t *testing.T, text []byte, mistakes []mistake) []spoilt {
	t.Helper()
	var out []spoilt
	for _, m := range mistakes {
		document := decoded(t, text)
		var path []any
		for step := range strings.SplitSeq(m.path, ".") {
			if step[0] >= '0' && step[0] <= '9' {
				path = append(path, int(step[0]-'0'))
			} else {
				path = append(path, step)
			}
		}
		last := len(path) - 1
		parent := at(document, path[:last]).(map[string]any)
		if _, there := parent[path[last].(string)]; !there {
			t.Fatalf("the document has no %s", m.path)
		}
		parent[path[last].(string)] = m.value
		out = append(out, spoilt{fmt.Sprintf("%s = %v", m.path, m.value), document})
	}
	return out
}

// A line of each kind, with every key that it can have.
const fullLines = `{"run":{"formatVersion":"1","runId":"f35570b4-098c-4f91-baba-a269942a9b9d","planId":"sha256:c24ae9e355ce580ffb2f895e7384713fe7aed29f48346c4836c127efefcc7444","tenant":{"id":"8f2d6f0e-5b1c-4c63-9a57-3e0d1c0b7a42","displayName":"Contoso"},"cloud":"global","tool":{"name":"licensectl","version":"v1.0.0"},"startedAt":"2026-11-21T23:07:36.183492289Z","actor":"ada","commit":"8c1e0f6a","changes":1,"scope":{"managed":null,"ignored":["38b434d2-a15e-4cde-9a98-e737c75623e1"]}}}
{"intent":{"user":{"id":"1a4f4457-194d-5b36-96bc-0fb15caf6695","userPrincipalName":"ada@contoso.com"},"source":{"file":"manifests/users.yaml","line":17},"actions":[{"op":"setUsageLocation","usageLocation":"DE","before":{"usageLocation":""}}],"before":{"usageLocation":"","licenses":[]},"after":{"usageLocation":"DE","licenses":[]},"at":"2026-11-21T23:07:36Z"}}
{"result":{"user":{"id":"1a4f4457-194d-5b36-96bc-0fb15caf6695","userPrincipalName":"ada@contoso.com"},"source":{"file":"manifests/users.yaml","line":17},"actions":[{"op":"setUsageLocation","usageLocation":"DE","before":{"usageLocation":""}}],"outcome":"refused","at":"2026-11-21T23:07:36Z","attempts":1,"reasons":["no-usage-location","seat-shortage"],"message":"a","hint":"b","status":400,"serviceCode":"Request_BadRequest","serviceMessage":"c","requestIds":["d"],"verification":"unverified"}}
{"verify":{"userId":"1a4f4457-194d-5b36-96bc-0fb15caf6695","verification":"verified","at":"2026-11-21T23:07:36Z"}}
{"end":{"finishedAt":"2026-11-21T23:07:36Z","counts":{"done":2,"unknown":1},"unverified":0,"stopReason":"e"}}
`

func TestTheReceiptSchemaIsStrict(t *testing.T) {
	schema := compile(t, receiptSchema)
	optional := []string{
		"run.actor", "run.commit", "end.stopReason", "end.counts.done", "end.counts.unknown",
		"result.reasons", "result.message", "result.hint", "result.status", "result.serviceCode", "result.serviceMessage",
		"result.requestIds", "result.verification",
	}
	mistakes := map[string][]mistake{
		"run": {{"run.formatVersion", "2"}, {"run.runId", "1"}, {"run.startedAt", "yesterday"}, {"run.changes", -1}, {"run.commit", ""}, {"run.scope.ignored", nil}},
		"intent": {
			{"intent.actions", []any{}}, {"intent.user.id", "ada@contoso.com"}, {"intent.before.usageLocation", nil},
		},
		"result": {
			{"result.outcome", "did"}, {"result.outcome", "not attempted"}, {"result.attempts", -1}, {"result.reasons", []any{}}, {"result.reasons", []any{"bad"}},
			{"result.status", 99}, {"result.requestIds", []any{}}, {"result.verification", ""},
		},
		"verify": {{"verify.verification", "seen"}, {"verify.userId", "A"}},
		"end":    {{"end.counts", map[string]any{"did": 1}}, {"end.counts.done", 0}, {"end.unverified", -1}},
	}
	for line := range strings.Lines(fullLines) {
		text := []byte(line)
		var kinds map[string]json.RawMessage
		if err := json.Unmarshal(text, &kinds); err != nil {
			t.Fatal(err)
		}
		kind := names(kinds)[0]
		t.Run(kind, func(t *testing.T) {
			if err := schema.Validate(decoded(t, text)); err != nil {
				t.Fatal(err)
			}
			refuses(t, schema, surprises(t, text))
			refuses(t, schema, losses(t, text), optional...)
			refuses(t, schema, mixUps(t, text))
			refuses(t, schema, replaced(t, text, mistakes[kind]))
		})
	}
	lines := strings.Split(fullLines, "\n")
	two := strings.TrimSuffix(lines[3], "}") + "," + strings.TrimPrefix(lines[4], "{")
	refuses(t, schema, []spoilt{{"nothing", map[string]any{}}, {"a list", []any{}}, {"two lines in one", decoded(t, []byte(two))}})
}

package doctest

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

const planPage = "docs/plan.md"

// key is one key of a JSON object, as its Go type declares it.
type key struct {
	name     string
	optional bool // left out where it has nothing to say
	typ      reflect.Type
}

// keysOf gives the keys that a struct has in JSON.
func keysOf(t reflect.Type) []key {
	var out []key
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || !field.IsExported() {
			continue
		}
		out = append(out, key{name, strings.HasPrefix(options, "omit"), field.Type})
	}
	return out
}

// isLeaf reports a type that is no object or list in JSON, whatever it is in
// Go.
func isLeaf(t reflect.Type) bool {
	text, marshals := reflect.TypeFor[encoding.TextMarshaler](), reflect.TypeFor[json.Marshaler]()
	return t.Implements(text) || t.Implements(marshals)
}

// explained are the types of a plan and a receipt by the heading of
// docs/plan.md that explains them.
func explained() map[string]reflect.Type {
	return map[string]reflect.Type{
		"Plan":    reflect.TypeFor[plan.Plan](),
		"Scope":   reflect.TypeFor[plan.Scope](),
		"Summary": reflect.TypeFor[plan.Summary](),
		"Seats":   reflect.TypeFor[plan.Seats](),
		"Guards":  reflect.TypeFor[plan.Guard](),
		"Changes": reflect.TypeFor[plan.Change](),
		"Actions": reflect.TypeFor[plan.Action](),

		"Group changes": reflect.TypeFor[plan.GroupChange](),

		"Findings": reflect.TypeFor[plan.Finding](),
		"`run`":    reflect.TypeFor[receipt.Run](),
		"`intent`": reflect.TypeFor[receipt.Intent](),
		"`result`": reflect.TypeFor[receipt.Result](),
		"`verify`": reflect.TypeFor[receipt.Verify](),

		"`groupIntent`": reflect.TypeFor[receipt.GroupIntent](),
		"`groupResult`": reflect.TypeFor[receipt.GroupResult](),

		"`end`": reflect.TypeFor[receipt.End](),
	}
}

func TestKeysOfPlansAndReceiptsAreExplained(t *testing.T) {
	compareTables(t, planPage, explained())
}

// compareTables holds types against the tables of a page, by their headings.
func compareTables(t *testing.T, path string, types map[string]reflect.Type) {
	t.Helper()
	p := readPage(t, path)
	for heading, typ := range types {
		t.Run(heading, func(t *testing.T) {
			optional := map[string]bool{}
			var onPage, declared []string
			for _, row := range p.table(t, heading) {
				for _, name := range spans(row[0]) {
					onPage = append(onPage, name)
					optional[name] = strings.HasPrefix(row[1], "*optional*")
				}
			}
			for _, k := range keysOf(typ) {
				declared = append(declared, k.name)
				if slices.Contains(onPage, k.name) && optional[k.name] != k.optional {
					t.Errorf("%s: %s is optional: %t", path, k.name, k.optional)
				}
			}
			sameNames(t, path, onPage, declared)
		})
	}
}

// The tables leave out the small objects that a cell explains: a cell names
// their keys.
func TestKeysOfSmallObjectsAreNamed(t *testing.T) {
	namesKeys(t, planPage, []smallObject{
		{"Plan", "tool", reflect.TypeFor[plan.Tool]()},
		{"Plan", "tenant", reflect.TypeFor[plan.Tenant]()},
		{"Plan", "sources", reflect.TypeFor[plan.SourceFile]()},
		{"Plan", "manifests", reflect.TypeFor[plan.Manifests]()},
		{"Plan", "cost", reflect.TypeFor[plan.Cost]()},
		{"Plan", "cost", reflect.TypeFor[plan.ProductCost]()},
		{"Changes", "user", reflect.TypeFor[plan.UserRef]()},
		{"Changes", "source", reflect.TypeFor[plan.Source]()},
		{"Changes", "before", reflect.TypeFor[plan.State]()},
		{"Changes", "before", reflect.TypeFor[plan.StateLicense]()},
		{"Changes", "audit", reflect.TypeFor[plan.AuditEvent]()},
		{"Group changes", "group", reflect.TypeFor[plan.Group]()},
		{"Group changes", "before", reflect.TypeFor[plan.GroupState]()},
		{"Group changes", "members", reflect.TypeFor[plan.MemberCounts]()},
		{"Group changes", "effects", reflect.TypeFor[plan.MemberEffect]()},
		{"Group changes", "effects", reflect.TypeFor[plan.Waiting]()},
		{"Group changes", "keptBy", reflect.TypeFor[plan.KeptBy]()},
		{"`groupResult`", "members", reflect.TypeFor[receipt.MemberCounts]()},
		{"`groupResult`", "failing", reflect.TypeFor[receipt.FailingMember]()},
		{"Actions", "before", reflect.TypeFor[plan.Before]()},
		{"Actions", "disabledPlans", reflect.TypeFor[plan.PlanRef]()},
		{"Findings", "source", reflect.TypeFor[plan.Source]()},
	})
}

// smallObject is an object that the row of a table explains by the way.
type smallObject struct {
	heading, row string
	typ          reflect.Type
}

func namesKeys(t *testing.T, path string, objects []smallObject) {
	t.Helper()
	p := readPage(t, path)
	for _, c := range objects {
		for _, row := range p.table(t, c.heading) {
			if !slices.Contains(spans(row[0]), c.row) {
				continue
			}
			for _, k := range keysOf(c.typ) {
				if !slices.Contains(spans(row[1]), k.name) {
					t.Errorf("%s: the row %s of %s does not name the key %s", path, c.row, c.heading, k.name)
				}
			}
		}
	}
}

func TestKindsOfReceiptLinesAreExplained(t *testing.T) {
	var declared []string
	for _, k := range keysOf(reflect.TypeFor[receipt.Line]()) {
		declared = append(declared, k.name)
	}
	sameNames(t, planPage, keyed(readPage(t, planPage).table(t, "Receipt file")), declared)
}

// The document of a receipt has no exported type, so a real one is held
// against the page.
func TestKeysOfTheReceiptDocumentAreExplained(t *testing.T) {
	tables := readPage(t, planPage).tables(t, "Receipt document")
	env := contoso(t)
	var document map[string]json.RawMessage
	if err := json.Unmarshal([]byte(mustRun(t, env, "apply", "--auto-approve", "-o", "json")), &document); err != nil {
		t.Fatal(err)
	}
	var summary map[string]int
	if err := json.Unmarshal(document["summary"], &summary); err != nil {
		t.Fatal(err)
	}
	sameNames(t, planPage, keyed(tables[0]), names(document))
	sameNames(t, planPage, keyed(tables[1]), names(summary))
	total := 0
	for _, o := range receipt.Outcomes() {
		total += summary[string(o)]
	}
	if total != summary["planned"] || total == 0 {
		t.Errorf("the outcomes add up to %d of %d planned", total, summary["planned"])
	}
}

func names[V any](m map[string]V) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

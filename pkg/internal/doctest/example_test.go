package doctest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// The example of docs/plan.md: a user who swaps a product for another.
const (
	exampleTenant = `apiVersion: licensectl.dev/v1
kind: EmulatedTenant
metadata: {name: contoso}
spec:
  tenant: {displayName: Contoso, defaultDomain: contoso.com}
  products: [{sku: SPE_F1, enabled: 5}]
  users: [{user: ada@contoso.com, usageLocation: DE, licenses: [{sku: SPE_F1}]}]
`
	exampleManifest = `apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: sales}
spec:
  users:
    - user: ada@contoso.com
      licenses: [{sku: SPE_E3, disabledPlans: [YAMMER_ENTERPRISE]}]
---
apiVersion: licensectl.dev/v1
kind: Policy
metadata: {name: contoso}
spec: {prices: {currency: USD, monthly: {SPE_E3: 36.00, SPE_F1: 8.00}}}
`
)

// example carries the example out and gives the plan and the receipt.
func example(t *testing.T) (document, receiptLines string) {
	t.Helper()
	t.Chdir(t.TempDir())
	write(t, "tenant.yaml", strings.Replace(exampleTenant, "{sku: SPE_F1, enabled: 5}", "{sku: SPE_E3, enabled: 25}, {sku: SPE_F1, enabled: 5}", 1))
	write(t, "sales.yaml", exampleManifest)
	document = mustRun(t, emulated(), "plan", "-o", "json", "sales.yaml")
	mustRun(t, emulated(), "apply", "--auto-approve", "sales.yaml")
	return document, steady(receiptFile(t))
}

// steady puts the same word in place of what differs from run to run.
func steady(lines string) string {
	lines = regexp.MustCompile(`"(at|startedAt|finishedAt)":"[^"]*"`).ReplaceAllString(lines, `"$1":"2026-11-21T12:00:00Z"`)
	lines = regexp.MustCompile(`"(runId|requestIds)":(\[?)"[^"]*"`).ReplaceAllString(lines, `"$1":$2"5f0c2b1e-9d4a-4a37-8f26-0b7d3c9e1a55"`)
	return lines
}

func TestExamplesAreTrue(t *testing.T) {
	document, lines := example(t)
	checkGenerated(t, planPage, "plan-example", "```json\n"+folded(t, document)+"```\n")
	checkGenerated(t, planPage, "receipt-example", "Each of the five is one line in the file.\n\n```json\n"+folded(t, lines)+"```\n")

	// What is shown is what the program reads.
	p, err := plan.Decode(strings.NewReader(folded(t, document)))
	if err != nil || p.Summary.Changed != 1 {
		t.Errorf("the plan of the page is not one: %v", err)
	}
	r, err := receipt.Read(strings.NewReader(lines))
	if err != nil || r.Counts()[receipt.Done] != 1 || strings.Count(lines, "\n") != 5 {
		t.Errorf("the receipt of the page is not one: %v", err)
	}
}

// pageWidth is how long a line of an example may be.
const pageWidth = 118

// folded lays JSON documents out: what fits into a line is one.
func folded(t *testing.T, documents string) string {
	t.Helper()
	var b strings.Builder
	for dec := json.NewDecoder(strings.NewReader(documents)); dec.More(); {
		var document json.RawMessage
		if err := dec.Decode(&document); err != nil {
			t.Fatal(err)
		}
		b.WriteString(fold(t, document, "", "") + "\n")
	}
	return b.String()
}

// fold lays out one value that stands behind a key, if any.
func fold(t *testing.T, value json.RawMessage, key, indent string) string {
	t.Helper()
	opening, parts := members(t, value)
	flat := key + string(value)
	if opening != 0 {
		var inner []string
		for _, m := range parts {
			inner = append(inner, fold(t, m.value, m.key, ""))
		}
		flat = key + string(opening) + strings.Join(inner, ", ") + closing[opening]
	}
	if len(indent)+len(flat) <= pageWidth && !strings.Contains(flat, "\n") || opening == 0 {
		return flat
	}
	var inner []string
	for _, m := range parts {
		inner = append(inner, indent+"  "+fold(t, m.value, m.key, indent+"  "))
	}
	return key + string(opening) + "\n" + strings.Join(inner, ",\n") + "\n" + indent + closing[opening]
}

var closing = map[json.Delim]string{'{': "}", '[': "]"}

// member is a part of an object or a list.
type member struct {
	key   string // with its colon; empty in a list
	value json.RawMessage
}

// members takes an object or a list apart, in order; other values have none.
func members(t *testing.T, value json.RawMessage) (json.Delim, []member) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(value))
	token, err := dec.Token()
	if err != nil {
		t.Fatal(err)
	}
	opening, isDelim := token.(json.Delim)
	if !isDelim {
		return 0, nil
	}
	var out []member
	for dec.More() {
		var m member
		if opening == '{' {
			token, err := dec.Token()
			if err != nil {
				t.Fatal(err)
			}
			m.key = fmt.Sprintf("%q: ", token)
		}
		if err := dec.Decode(&m.value); err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return opening, out
}

func TestFoldedJSONSaysTheSame(t *testing.T) {
	long := strings.Repeat("x", pageWidth)
	document := `{"b":[],"a":[1,{"c":null}],"long":["` + long + `",{"d":0.10}]}`
	got := folded(t, document)
	want := "{\n  \"b\": [],\n  \"a\": [1, {\"c\": null}],\n  \"long\": [\n    \"" + long + "\",\n    {\"d\": 0.10}\n  ]\n}\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

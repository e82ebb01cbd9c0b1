package doctest

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/docs"
	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
)

const snapshotSchema = "snapshot.schema.json"

// Every published schema is printed, and stands on its own.
func TestSchemasArePrinted(t *testing.T) {
	listed := run(t, cli.Env{}, "schema")
	var names []string
	for line := range strings.Lines(listed.stdout) {
		names = append(names, strings.Fields(line)[0])
	}
	sameNames(t, "licensectl schema", names, docs.Schemas())
	for _, name := range names {
		text := mustRun(t, cli.Env{}, "schema", name)
		if strings.Contains(text, ".schema.json") {
			t.Errorf("%s refers to another file", name)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource("printed.json", decoded(t, []byte(text))); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Compile("printed.json"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is printed judges like what is published.
func TestPrintedSchemasJudgeAlike(t *testing.T) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("printed.json", decoded(t, []byte(mustRun(t, cli.Env{}, "schema", "receipt")))); err != nil {
		t.Fatal(err)
	}
	printed, published := c.MustCompile("printed.json"), compile(t, receiptSchema)
	for line := range strings.Lines(fullLines) {
		for _, s := range slices.Concat([]spoilt{{"as it is", decoded(t, []byte(line))}}, losses(t, []byte(line)), mixUps(t, []byte(line))) {
			if (printed.Validate(s.document) == nil) != (published.Validate(s.document) == nil) {
				t.Errorf("%s: the two differ", s.name)
			}
		}
	}
}

// The words and the keys of the manifests' schema are those of the program.
func TestTheManifestSchemaHasTheWordsOfTheProgram(t *testing.T) {
	var countries []string
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if code := string([]rune{a, b}); license.IsCountry(code) {
				countries = append(countries, code)
			}
		}
	}
	guards := words(plan.GuardNames())
	compareWords(t, []schemaWords{
		{manifestSchema, "definitions/country/enum", countries},
		{manifestSchema, "properties/kind/enum", append(manifest.Kinds(), manifest.KindFleet)},
		{manifestSchema, "definitions/fleet/properties/guards/properties", words(fleet.GuardNames())},
		{manifestSchema, "definitions/approval/properties/guards/items/enum", guards},
		{manifestSchema, "definitions/policy/properties/guards/properties", guards},
		{manifestSchema, "definitions/policy/properties/unlistedUsers/enum", words([]plan.UnlistedUsers{plan.UnlistedIgnore, plan.UnlistedReport, plan.UnlistedRemove})},
		{manifestSchema, "definitions/policy/properties/drift/properties/removals/enum", words([]plan.DriftRemovals{plan.DriftRemovalsHold, plan.DriftRemovalsApply})},
		{manifestSchema, "definitions/policy/properties/inherited/enum", words([]plan.Inherited{plan.InheritedSatisfies, plan.InheritedAssign})},
		{manifestSchema, "definitions/policy/properties/acceptedFindings/items/properties/code/enum", words(plan.AcceptableCodes())},
	})
}

// The defaults that editors show are those that hold.
func TestTheManifestSchemaHasTheDefaultsOfTheProgram(t *testing.T) {
	text := string(readFile(t, "docs/"+manifestSchema))
	spec := decoded(t, []byte(text)).(map[string]any)["definitions"].(map[string]any)["policy"].(map[string]any)["properties"].(map[string]any)
	shown := map[string]any{"skus": map[string]any{"managed": spec["skus"].(map[string]any)["properties"].(map[string]any)["managed"].(map[string]any)["default"]}}
	shown["drift"] = map[string]any{"removals": spec["drift"].(map[string]any)["properties"].(map[string]any)["removals"].(map[string]any)["default"]}
	for _, key := range []string{"unlistedUsers", "inherited", "timeZone", "warnDaysBeforeUntil"} {
		shown[key] = spec[key].(map[string]any)["default"]
	}
	guards := map[string]any{}
	for name, guard := range spec["guards"].(map[string]any)["properties"].(map[string]any) {
		guards[name] = guard.(map[string]any)["default"]
	}
	shown["guards"] = guards
	document := map[string]any{
		"apiVersion": manifest.APIVersion, "kind": manifest.KindPolicy, "metadata": map[string]any{"name": "a"}, "spec": shown,
	}
	policy, err := json.Marshal(document) // which is YAML as well
	if err != nil {
		t.Fatal(err)
	}
	users := "apiVersion: " + manifest.APIVersion + "\nkind: UserLicenses\nmetadata: {name: a}\nspec: {users: []}\n"
	set, err := manifest.Parse([]manifest.File{{Path: "policy.yaml", Data: policy}, {Path: "users.yaml", Data: []byte(users)}})
	if err != nil {
		t.Fatalf("%v\n%s", err, policy)
	}
	got, want := set.Policy, plan.DefaultPolicy()
	for _, limit := range []*plan.Limit{&want.Guards.MaxRemovals, &want.Guards.MaxRemovalsPerSKU, &want.Guards.MaxUsersLosingAll} {
		limit.Most = 0 // what is written down holds for any size
	}
	if got.Guards != want.Guards || got.UnlistedUsers != want.UnlistedUsers || got.Inherited != want.Inherited || got.DriftRemovals != want.DriftRemovals ||
		got.WarnBeforeUntil != want.WarnBeforeUntil || got.ManagedSKUs != nil || got.Location.String() != want.Location.String() {
		t.Errorf("the defaults of the schema come to %+v", got)
	}
}

// A tenant that has every key that a file can have.
const fullTenant = `apiVersion: licensectl.dev/v1
kind: EmulatedTenant
metadata: {name: contoso}
spec:
  tenant: {id: 11111111-2222-4333-8444-555555555555, displayName: Contoso, defaultDomain: contoso.com, countryLetterCode: US}
  signedInUser: ada@contoso.com
  products:
    - {sku: SPE_E3, enabled: 5, warning: 2, suspended: 1, lockedOut: 0, prohibitedIn: [CN]}
    - sku: CONTOSO_APP
      id: 3f8f3d7e-0a55-4b39-8f3a-51c9f7a3b0aa
      name: Contoso App
      appliesTo: Company
      enabled: 10
      plans: [{name: CORE, id: 9d0c2b51-6f0d-4b8a-a5a0-6a3c1a0b7e10, appliesTo: User, provisioningStatus: Success}]
  groups:
    - {name: All, id: 3f8f3d7e-0a55-4b39-8f3a-51c9f7a3b0ab, licenses: [{sku: SPE_E3, disabledPlans: [SWAY]}], members: [ada@contoso.com], groups: [Some]}
    - {name: Some}
  users:
    - {user: ada@contoso.com, id: 3f8f3d7e-0a55-4b39-8f3a-51c9f7a3b0ac, displayName: Ada, usageLocation: DE, accountEnabled: true, userType: Member,
       department: Sales, country: Germany, jobTitle: Boss, manager: ada@contoso.com, licenses: [{sku: SPE_E3, disabledPlans: [SWAY]}], duplicateProxyAddress: false}
  applications:
    - clientId: 11111111-2222-4333-8444-555555555555
      secret: an example secret
      roles: [User.Read.All]
      federated: [{issuer: "https://token.ci.example.com", subject: s, audience: a}]
`

// The schema of tenants judges like the emulator, whatever key of a tenant is
// dropped, misspelt or of another type, as far as names need not be looked up.
func TestTheTenantSchemaSeesWhatTheEmulatorSees(t *testing.T) {
	schema := compile(t, tenantSchema)
	elsewhere := []strictyaml.Code{"unknown-sku", "unknown-plan", "unknown-user", "duplicate"}
	d := manifestDocuments("tenant.yaml", []byte(fullTenant))[0]
	if err := schema.Validate(d.value); err != nil {
		t.Fatal(err)
	}
	for _, m := range mutations(d.node) {
		text, err := yaml.Marshal(m.node)
		if err != nil {
			t.Fatal(err)
		}
		_, err = emulator.ParseTenant("tenant.yaml", text)
		list, _ := errors.AsType[strictyaml.Errors](err)
		seen := slices.ContainsFunc(list, func(e *strictyaml.Error) bool { return !slices.Contains(elsewhere, e.Code) })
		hidden := len(list) > 0 && !seen
		if refused := schema.Validate(manifestDocuments("tenant.yaml", text)[0].value) != nil; refused != seen && !hidden {
			t.Errorf("%s: the schema refuses it: %t; the emulator: %v", m.name, refused, list)
		}
	}
	for _, f := range shownManifests(t, ".", "EmulatedTenant") {
		for _, d := range manifestDocuments(f.Path, f.Data) {
			if err := schema.Validate(d.value); err != nil {
				t.Errorf("%s: %v", f.Path, err)
			}
		}
	}
}

func TestSnapshotsFitTheSchema(t *testing.T) {
	schema := compile(t, snapshotSchema)
	env := contoso(t)
	whole := mustRun(t, env, "snapshot")
	for name, text := range map[string]string{"the sample": whole, "redacted": mustRun(t, env, "snapshot", "--redact")} {
		if err := schema.Validate(decoded(t, []byte(text))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A snapshot with every key that it can have.
const fullSnapshot = `{"snapshotVersion":"1","takenAt":"2026-11-21T12:00:00Z","tool":{"name":"licensectl","version":"v1"},"tenant":{"id":"11111111-2222-4333-8444-555555555555","displayName":"Contoso"},"cloud":"global",
"subscribedSkus":[{"skuId":"05e9a617-0261-4cee-bb44-138d3ef5d965","skuPartNumber":"SPE_E3","appliesTo":"User","capabilityStatus":"Enabled","consumedUnits":1,"prepaidUnits":{"enabled":1,"warning":0,"suspended":0,"lockedOut":0},
"servicePlans":[{"servicePlanId":"a23b959c-7ce8-4e57-9140-b90eb88a9e97","servicePlanName":"SWAY","appliesTo":"User","provisioningStatus":"Success"}]}],
"users":[{"id":"1a4f4457-194d-5b36-96bc-0fb15caf6695","userPrincipalName":"ada@contoso.com","displayName":"Ada","accountEnabled":true,"userType":"Member","usageLocation":"DE",
"licenseAssignmentStates":[{"skuId":"05e9a617-0261-4cee-bb44-138d3ef5d965","assignedByGroup":"1a4f4457-194d-5b36-96bc-0fb15caf6696","disabledPlans":[],"state":"Active","error":"None"}],"unexplained":["05e9a617-0261-4cee-bb44-138d3ef5d965"]}]}`

func TestTheSnapshotSchemaIsStrict(t *testing.T) {
	schema, text := compile(t, snapshotSchema), []byte(fullSnapshot)
	if err := schema.Validate(decoded(t, text)); err != nil {
		t.Fatal(err)
	}
	refuses(t, schema, surprises(t, text))
	refuses(t, schema, mixUps(t, text))
	refuses(t, schema, losses(t, text), "users.*.displayName", "users.*.userType", "users.*.usageLocation", "users.*.unexplained",
		"users.*.licenseAssignmentStates.*.assignedByGroup", "users.*.licenseAssignmentStates.*.state", "users.*.licenseAssignmentStates.*.error")
	refuses(t, schema, replaced(t, text, []mistake{
		{"snapshotVersion", "2"}, {"takenAt", "yesterday"}, {"cloud", "mars"}, {"tenant.id", ""}, {"subscribedSkus.0.skuPartNumber", ""}, {"users.0.userPrincipalName", ""},
		{"users.0.id", "ada"}, {"users.0.licenseAssignmentStates", nil}, {"subscribedSkus.0.servicePlans", nil},
	}))
	// The example is a snapshot: what the schema is strict about is real.
	s, err := observe.DecodeSnapshot(bytes.NewReader(text))
	if err != nil || len(s.Observed.Users) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

// The line by which an editor finds the schema leads to it from every sample.
func TestSamplesNameTheirSchema(t *testing.T) {
	schemas := map[string]string{"EmulatedTenant": tenantSchema}
	for _, kind := range manifest.Kinds() {
		schemas[kind] = manifestSchema
	}
	n := 0
	for _, folder := range []string{"manifests", "examples/contoso"} {
		for kind, schema := range schemas {
			for _, f := range shownManifests(t, folder, kind) {
				n++
				line, _, _ := strings.Cut(string(f.Data), "\n")
				target, found := strings.CutPrefix(line, "# yaml-language-server: $schema=")
				if got := filepath.Join(filepath.Dir(f.Path), target); !found || got != filepath.Join(root, "docs", schema) {
					t.Errorf("%s names %q", f.Path, line)
				}
			}
		}
	}
	if n < 10 {
		t.Errorf("there are %d samples", n)
	}
}

// The settings of this repository, and those that the page shows, are JSON
// whose schemas exist.
func TestEditorSettingsLeadToSchemas(t *testing.T) {
	type settings struct {
		Schemas map[string][]string `json:"yaml.schemas"`
	}
	var ours, shown settings
	if err := json.Unmarshal(readFile(t, ".vscode/settings.json"), &ours); err != nil {
		t.Fatal(err)
	}
	for schema := range ours.Schemas {
		readFile(t, schema)
	}
	blocks, _ := readPage(t, "docs/editors.md").parts()
	for _, b := range blocks {
		if b.language != "json" {
			continue
		}
		if err := json.Unmarshal([]byte(b.text), &shown); err != nil {
			t.Fatal(err)
		}
	}
	if len(ours.Schemas) != 2 || len(shown.Schemas) != 1 {
		t.Errorf("the settings are %v, and the page shows %v", ours, shown)
	}
}

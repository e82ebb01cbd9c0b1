package emulator_test

import (
	"encoding/xml"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// edmDocument is a metadata document as a client reads it.
type edmDocument struct {
	XMLName xml.Name `xml:"http://docs.oasis-open.org/odata/ns/edmx Edmx"`
	Version string   `xml:",attr"`
	Schema  struct {
		Namespace, Alias string `xml:",attr"`
		EnumType         []edmNamed
		ComplexType      []edmType
		EntityType       []edmType
		Action, Function []edmOperation
		EntityContainer  struct{ EntitySet, Singleton []edmNamed }
	} `xml:"DataServices>Schema"`
}

type edmNamed struct {
	Name                      string `xml:",attr"`
	Type, EntityType          string `xml:",attr"`
	Nullable                  string `xml:",attr"`
	NavigationPropertyBinding []struct{ Path, Target string }
}

type edmType struct {
	Name, BaseType, OpenType, Abstract string     `xml:",attr"`
	Key                                []edmNamed `xml:"Key>PropertyRef"`
	Property, NavigationProperty       []edmNamed
}

type edmOperation struct {
	Name, IsBound string `xml:",attr"`
	Parameter     []edmNamed
	ReturnType    edmNamed
}

// readMetadata gets the metadata of a version, without a token.
func readMetadata(t *testing.T, w *world, version string) edmDocument {
	t.Helper()
	resp, err := w.client.Get("https://graph.microsoft.com/" + version + "/$metadata")
	a, err := read(resp, err)
	var doc edmDocument
	if err == nil {
		err = xml.Unmarshal(a.raw, &doc)
	}
	if err != nil || a.status != http.StatusOK || a.header.Get("Content-Type") != "application/xml" {
		t.Fatalf("$metadata of %s: %d %v %s", version, a.status, err, a.header)
	}
	if doc.Version != "4.0" || doc.Schema.Namespace != "microsoft.graph" || doc.Schema.Alias != "graph" {
		t.Errorf("$metadata of %s: version %q, schema %q, alias %q", version, doc.Version, doc.Schema.Namespace, doc.Schema.Alias)
	}
	return doc
}

// types are the types of the document by name.
func (d edmDocument) types(list []edmType) map[string]edmType {
	out := map[string]edmType{}
	for _, kind := range list {
		out[kind.Name] = kind
	}
	return out
}

// properties are the properties of a type and of those that it is based on, with
// their types.
func (d edmDocument) properties(name string) map[string]string {
	out := map[string]string{}
	types := d.types(slices.Concat(d.Schema.EntityType, d.Schema.ComplexType))
	for name != "" {
		for _, p := range types[name].Property {
			out[p.Name] = p.Type
		}
		name = strings.TrimPrefix(types[name].BaseType, "graph.")
	}
	return out
}

// Every type that the document names is in it, once, and nothing in it is
// named twice.
func TestMetadataIsWhole(t *testing.T) {
	w := start(t, emulator.Options{})
	for _, version := range []string{"v1.0", "beta"} {
		d := readMetadata(t, w, version)
		known := map[string]bool{}
		declare := func(name string) {
			if known[name] {
				t.Errorf("%s is there twice", name)
			}
			known[name] = true
		}
		for _, kind := range slices.Concat(d.Schema.EntityType, d.Schema.ComplexType) {
			declare("graph." + kind.Name)
			for _, member := range slices.Concat(kind.Property, kind.NavigationProperty) {
				declare(kind.Name + "/" + member.Name)
			}
		}
		for _, enum := range d.Schema.EnumType {
			declare("graph." + enum.Name)
		}
		used := []string{}
		for _, kind := range slices.Concat(d.Schema.EntityType, d.Schema.ComplexType) {
			used = append(used, kind.BaseType)
			for _, member := range slices.Concat(kind.Property, kind.NavigationProperty) {
				used = append(used, member.Type)
			}
		}
		for _, op := range slices.Concat(d.Schema.Action, d.Schema.Function) {
			for _, parameter := range append(op.Parameter, op.ReturnType) {
				used = append(used, parameter.Type)
			}
		}
		for _, set := range slices.Concat(d.Schema.EntityContainer.EntitySet, d.Schema.EntityContainer.Singleton) {
			used = append(used, strings.Replace(set.EntityType+set.Type, "microsoft.graph.", "graph.", 1))
		}
		for _, name := range used {
			name = strings.TrimSuffix(strings.TrimPrefix(name, "Collection("), ")")
			if name != "" && !known[name] && !strings.HasPrefix(name, "Edm.") {
				t.Errorf("%s: the type %s is not declared", version, name)
			}
		}
	}
}

// The document has the properties that answers have, with their types: those of
// the published shapes, and those that hold nothing here.
func TestMetadataHasEveryProperty(t *testing.T) {
	d := readMetadata(t, start(t, emulator.Options{}), "v1.0")
	scalars := map[string]string{"string": "Edm.String", "bool": "Edm.Boolean", "int": "Edm.Int32", "guid": "Edm.Guid", "time": "Edm.DateTimeOffset"}
	nothing := map[string][]string{
		"user": slices.Concat(nullOfUser, emptyOfUser), "group": slices.Concat(nullOfGroup, emptyOfGroup),
		"organization": slices.Concat(nullOfTenant, emptyOfTenant), "domain": nullOfDomain,
	}
	enums := map[string]string{"directoryAudit.result": "graph.operationResult", "targetResource.groupType": "graph.groupType"}
	for _, kind := range slices.Concat(d.Schema.EntityType, d.Schema.ComplexType) {
		shape, ok := graphTypes[kind.Name]
		if !ok {
			continue
		}
		properties := d.properties(kind.Name)
		for name, want := range shape {
			want, list := strings.CutPrefix(strings.TrimSuffix(want, "?"), "[]")
			if want = scalars[want]; want == "" {
				want = "graph." + strings.Trim(shape[name], "[]?")
			}
			if list {
				want = "Collection(" + want + ")"
			}
			if enum := enums[kind.Name+"."+name]; enum != "" {
				want = enum
			}
			if got := properties[name]; got != want && shape[name] != "[]any" {
				t.Errorf("%s.%s is %q, want %q", kind.Name, name, got, want)
			}
			delete(properties, name)
		}
		for _, name := range nothing[kind.Name] {
			if properties[name] == "" && shape[name] == "" {
				t.Errorf("%s.%s is missing", kind.Name, name)
			}
			delete(properties, name)
		}
		delete(properties, "hasMembersWithLicenseErrors") // is filtered by, and never given
		delete(properties, "deletedDateTime")
		if len(properties) > 0 {
			t.Errorf("%s has properties that no answer has: %v", kind.Name, properties)
		}
	}
}

// What the document says of properties of a user is what a client gets.
func TestMetadataIsTrueOfUsers(t *testing.T) {
	w := start(t, emulator.Options{})
	w.token = w.AppToken(append(emulator.DefaultRoles(), "AuditLog.Read.All")...)
	for _, kind := range []struct{ name, target string }{{"group", groupPath("")}, {"user", "/users/ada@contoso.com"}} {
		for name, declared := range readMetadata(t, w, "v1.0").properties(kind.name) {
			if name == "signInActivity" || name == "hasMembersWithLicenseErrors" {
				continue // takes a premium tenant; is filtered by alone
			}
			v := w.get(kind.target + "?$select=" + name).json[name]
			_, list := v.([]any)
			if isList := strings.HasPrefix(declared, "Collection("); isList != list && v != nil {
				t.Errorf("%s.%s is declared as %s, and is %v", kind.name, name, declared, v)
			}
		}
	}
}

// routePaths are the addresses of the operations, by their methods, as routes.go
// has them.
func routePaths(t *testing.T) map[string][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "routes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 3 {
			return true
		}
		name, _ := call.Fun.(*ast.Ident)
		pattern, ok := call.Args[1].(*ast.BasicLit)
		if name != nil && ok {
			text, _ := strconv.Unquote(pattern.Value)
			out[name.Name] = append(out[name.Name], text)
		}
		return true
	})
	return out
}

// The document has each relation and each operation that can be called, and no
// others; and the service document what an address begins with.
func TestMetadataHasEveryOperation(t *testing.T) {
	w := start(t, emulator.Options{})
	d := readMetadata(t, w, "v1.0")
	types := d.types(d.Schema.EntityType)
	roots := map[string]string{}
	for _, root := range slices.Concat(d.Schema.EntityContainer.EntitySet, d.Schema.EntityContainer.Singleton) {
		roots[root.Name] = strings.TrimPrefix(root.EntityType+root.Type, "microsoft.graph.")
	}
	operations := map[string]bool{}
	for _, op := range slices.Concat(d.Schema.Action, d.Schema.Function) {
		operations[op.Name] = false
	}
	called := map[string]bool{}
	paths := routePaths(t)
	for _, path := range slices.Concat(paths["get"], paths["post"]) {
		path = strings.Replace(path, "/{}/mailboxSettings/userPurpose", "", 1) // a property
		root, rest, _ := strings.Cut(path, "/")
		if root == "" || root == "$metadata" {
			continue
		}
		kind, ok := roots[root]
		if !ok {
			t.Errorf("%s: $metadata has no %s", path, root)
		}
		for step := range strings.SplitSeq(rest, "/") {
			relation := func(p edmNamed) bool { return p.Name == step }
			switch i := slices.IndexFunc(types[kind].NavigationProperty, relation); {
			case step == "" || step == "{}" || strings.HasPrefix(step, "$") || step == "user" || step == "group":
			case i >= 0:
				called[kind+"/"+step] = true
				kind = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(types[kind].NavigationProperty[i].Type, "Collection("), "graph."), ")")
			default:
				name, _, _ := strings.Cut(step, "(")
				if _, ok := operations[name]; !ok {
					t.Errorf("%s: $metadata has no %s of %s", path, step, kind)
				}
				operations[name] = true
			}
		}
	}
	for name, used := range operations {
		if !used {
			t.Errorf("nobody can call %s", name)
		}
	}
	for _, kind := range types {
		for _, relation := range kind.NavigationProperty {
			if !called[kind.Name+"/"+relation.Name] {
				t.Errorf("nobody can follow %s of %s", relation.Name, kind.Name)
			}
		}
	}
	resp, err := w.client.Get(graphRoot + "/")
	a, err := read(resp, err)
	if names := a.values("name"); err != nil || !slices.Equal(slices.Sorted(slices.Values(names)), slices.Sorted(maps.Keys(roots))) {
		t.Errorf("the service document: %v %s", err, a.raw)
	}
}

// The context of an answer leads to the document, as clients follow it.
func TestContextsLeadToMetadata(t *testing.T) {
	w := start(t, emulator.Options{})
	for _, target := range []string{"/users", "/groups", "/subscribedSkus", "/organization", "/users/ada@contoso.com"} {
		context := fmt.Sprint(w.get(target).json["@odata.context"])
		if !regexp.MustCompile(`^https://graph\.microsoft\.com/v1\.0/\$metadata#\w+`).MatchString(context) {
			t.Errorf("GET %s: %s", target, context)
		}
	}
}

package check_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// gitHubSchema is the schema that GitHub publishes. It has fields that are
// defined twice: the first counts.
func gitHubSchema(t testing.TB) *ast.Schema {
	t.Helper()
	file := "testdata/npm/node_modules/@octokit/graphql-schema/schema.graphql"
	document, err := parser.ParseSchemas(validator.Prelude, &ast.Source{Name: file, Input: string(read(t, file))})
	if err != nil {
		t.Fatal(err)
	}
	for _, definition := range document.Definitions {
		seen := map[string]bool{}
		definition.Fields = slices.DeleteFunc(definition.Fields, func(f *ast.FieldDefinition) bool {
			again := seen[f.Name]
			seen[f.Name] = true
			return again
		})
	}
	schema, err := validator.ValidateSchemaDocument(document)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestGitHubUnderstandsTheQuery holds the query for the reviewed plan against
// the schema.
func TestGitHubUnderstandsTheQuery(t *testing.T) {
	t.Parallel()
	script := read(t, "../github-actions/.github/licensectl/reviewed.sh")
	query := regexp.MustCompile(`(?s)query='(.*?)'`).FindSubmatch(script)
	if query == nil {
		t.Fatal("there is no query")
	}
	if _, errs := gqlparser.LoadQuery(gitHubSchema(t), string(query[1])); len(errs) > 0 {
		t.Error(errs)
	}
}

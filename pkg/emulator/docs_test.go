package emulator_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// page is the emulator's page in the documentation.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "emulator.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// testNames are the tests of this package.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && strings.HasPrefix(fn.Name.Name, "Test") {
				names[fn.Name.Name] = true
			}
		}
	}
	return names
}

// TestEveryBehaviourHasATest holds the table in docs/emulator.md to the tests:
// every row names one, every one named exists, and every one that exists is
// named.
func TestEveryBehaviourHasATest(t *testing.T) {
	_, table, ok := strings.Cut(page(t), "## What it does\n")
	if !ok {
		t.Fatal("docs/emulator.md has no table of behaviours")
	}
	tests, named, rows := testNames(t), map[string]bool{}, 0
	known := []string{"documented", "observed", "reported", "unknown", "own"}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) < 2 || strings.HasPrefix(line, "| the real service") || strings.HasPrefix(line, "|---") {
			continue
		}
		rows++
		if len(cells) != 4 || !slices.Contains(known, strings.TrimSpace(cells[1])) {
			t.Errorf("a row that is not behaviour, how well known, emulator, test: %s", line)
			continue
		}
		found := regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(cells[3], -1)
		if len(found) == 0 {
			t.Errorf("a row without a test: %s", line)
		}
		for _, match := range found {
			named[match[1]] = true
			if !tests[match[1]] {
				t.Errorf("there is no test %s", match[1])
			}
		}
	}
	if rows < 80 {
		t.Errorf("only %d rows were found", rows)
	}
	beside := []string{"TestMain", "TestEveryBehaviourHasATest", "TestExamplesInTheDocumentation", "TestParseTenantWantsADocument"}
	for name := range tests {
		if !named[name] && !slices.Contains(beside, name) {
			t.Errorf("%s is in no row of docs/emulator.md", name)
		}
	}
}

// TestExamplesInTheDocumentation reads the files that the page shows.
func TestExamplesInTheDocumentation(t *testing.T) {
	kinds := map[string]int{}
	for _, match := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(page(t), -1) {
		text := []byte(match[1])
		switch {
		case strings.Contains(match[1], "kind: EmulatedTenant"):
			kinds["tenant"]++
			tenant, err := emulator.ParseTenant("docs", text)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := emulator.New(tenant, emulator.Options{}); err != nil {
				t.Error(err)
			}
		case strings.Contains(match[1], "kind: EmulatorOptions"):
			kinds["options"]++
			if _, err := emulator.ParseOptions("docs", text); err != nil {
				t.Error(err)
			}
		default:
			t.Errorf("an example of no known kind:\n%s", match[1])
		}
	}
	if kinds["tenant"] != 1 || kinds["options"] != 1 {
		t.Errorf("examples %v, want one of each kind", kinds)
	}
}

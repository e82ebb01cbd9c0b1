package check_test

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// contexts are what expressions of a workflow can speak of: maps of strings,
// booleans and maps, by the name of the context. Names are looked up without
// regard to case, as GitHub does.
type contexts map[string]any

// statusOf is what the status functions are about: what came before a job or
// a step.
type statusOf struct{ failed bool }

var (
	expression = regexp.MustCompile(`\$\{\{(.*?)\}\}`)
	statusCall = regexp.MustCompile(`\b(always|success|failure|cancelled)\(`)
)

// expand replaces the expressions in a text.
func (c contexts) expand(t testing.TB, text string) string {
	return expression.ReplaceAllStringFunc(text, func(found string) string {
		return textOf(c.evaluate(t, strings.TrimSuffix(strings.TrimPrefix(found, "${{"), "}}"), statusOf{}))
	})
}

// holds evaluates the condition of a job or step. None means success(), and so
// does one that does not ask for the status itself.
func (c contexts) holds(t testing.TB, condition *actionlint.String, status statusOf) bool {
	if condition == nil {
		return !status.failed
	}
	text := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(condition.Value), "${{"), "}}")
	if status.failed && !statusCall.MatchString(text) {
		return false
	}
	return truthy(c.evaluate(t, text, status))
}

// evaluate parses with the parser of actionlint.
func (c contexts) evaluate(t testing.TB, text string, status statusOf) any {
	t.Helper()
	node, err := actionlint.NewExprParser().Parse(actionlint.NewExprLexer(text + "}}"))
	if err != nil {
		t.Fatalf("the expression %q: %v", text, err)
	}
	value, problem := evaluator{c, status}.value(node)
	if problem != nil {
		t.Fatalf("the expression %q: %v", text, problem)
	}
	return value
}

type evaluator struct {
	contexts
	status statusOf
}

func (e evaluator) value(node actionlint.ExprNode) (any, error) {
	switch n := node.(type) {
	case *actionlint.VariableNode:
		return property(map[string]any(e.contexts), n.Name), nil
	case *actionlint.ObjectDerefNode:
		receiver, err := e.value(n.Receiver)
		return property(receiver, n.Property), err
	case *actionlint.StringNode:
		return n.Value, nil
	case *actionlint.BoolNode:
		return n.Value, nil
	case *actionlint.NullNode:
		return nil, nil
	case *actionlint.CompareOpNode:
		return e.compare(n)
	case *actionlint.LogicalOpNode:
		return e.logic(n)
	case *actionlint.NotOpNode:
		operand, err := e.value(n.Operand)
		return !truthy(operand), err
	case *actionlint.FuncCallNode:
		return e.call(n)
	}
	return nil, fmt.Errorf("the runner of these tests does not know %T", node)
}

func (e evaluator) compare(n *actionlint.CompareOpNode) (any, error) {
	left, err := e.value(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := e.value(n.Right)
	if err != nil {
		return nil, err
	}
	same := strings.EqualFold(textOf(left), textOf(right))
	switch n.Kind {
	case actionlint.CompareOpNodeKindEq:
		return same, nil
	case actionlint.CompareOpNodeKindNotEq:
		return !same, nil
	}
	return nil, fmt.Errorf("the runner of these tests does not know this comparison")
}

func (e evaluator) logic(n *actionlint.LogicalOpNode) (any, error) {
	left, err := e.value(n.Left)
	if err != nil {
		return nil, err
	}
	if truthy(left) == (n.Kind == actionlint.LogicalOpNodeKindOr) {
		return left, nil
	}
	return e.value(n.Right)
}

func (e evaluator) call(n *actionlint.FuncCallNode) (any, error) {
	switch strings.ToLower(n.Callee) {
	case "always":
		return true, nil
	case "success":
		return !e.status.failed, nil
	case "failure":
		return e.status.failed, nil
	case "cancelled":
		return false, nil
	}
	return nil, fmt.Errorf("the runner of these tests does not know %s()", n.Callee)
}

// property gives the member of that name, or nil.
func property(receiver any, name string) any {
	members := reflect.ValueOf(receiver)
	if members.Kind() != reflect.Map {
		return nil
	}
	for _, key := range members.MapKeys() {
		if strings.EqualFold(key.String(), name) {
			return members.MapIndex(key).Interface()
		}
	}
	return nil
}

func truthy(value any) bool {
	return value != nil && value != false && value != ""
}

// textOf is the text of a value in an expression; nothing is empty.
func textOf(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

func TestExpressions(t *testing.T) {
	c := contexts{
		"vars":  map[string]string{"CORRECT_DRIFT": "true"},
		"needs": map[string]any{"drift": map[string]any{"result": "success", "outputs": map[string]string{"exit-code": "2"}}},
	}
	for text, want := range map[string]bool{
		`vars.CORRECT_DRIFT == 'true' && needs.drift.outputs.exit-code == '2'`: true,
		`needs.drift.outputs.exit-code == '0'`:                                 false,
		`vars.MISSING == 'true'`:                                               false,
		`always() && needs.drift.result != 'failure'`:                          true,
		`!failure() || vars.MISSING`:                                           true,
	} {
		if got := c.holds(t, &actionlint.String{Value: text}, statusOf{}); got != want {
			t.Errorf("%s is %v", text, got)
		}
	}
	if c.holds(t, nil, statusOf{failed: true}) || c.holds(t, &actionlint.String{Value: "vars.CORRECT_DRIFT"}, statusOf{failed: true}) {
		t.Error("a step runs after one that has failed")
	}
	if !c.holds(t, &actionlint.String{Value: "always()"}, statusOf{failed: true}) {
		t.Error("always() does not hold after a step that has failed")
	}
	if got := c.expand(t, "exit ${{ needs.drift.outputs.exit-code }}, ${{ vars.none }}."); got != "exit 2, ." {
		t.Errorf("expanded: %q", got)
	}
}

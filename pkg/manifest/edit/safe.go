package edit

import (
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/pkg/internal/safetext"
)

// A manifest comes from a pull request, and is shown in a log or a terminal
// when it is formatted or does not fit. So what is written anew is safe to
// print: comments lose what acts on the text around them, values keep it as an
// escape. Texts over several lines stay as they are.

// safeRest is what stands behind a key or a dash, made safe.
func (it *item) safeRest() string {
	end := it.valueEnd()
	value := it.rest[:end]
	if len(it.more) == 0 {
		value = safeScalar(value, it.value)
	}
	return value + safetext.Comment(it.rest[end:])
}

// safeScalar is a scalar of one line as it is written, or in double quotes
// where that is not safe.
func safeScalar(raw string, n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || safetext.Comment(raw) == raw {
		return raw
	}
	return safetext.YAML(n.Value)
}

// valueEnd is where in the rest of the first line the value ends, and a comment
// may begin.
func (it *item) valueEnd() int {
	v := it.value
	raw, ok := v.Value, strings.HasPrefix(it.rest, v.Value)
	switch {
	case it.child != nil:
		return 0
	case v.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		raw, _, ok = strings.Cut(it.rest, "#")
	case v.Kind != yaml.ScalarNode, len(it.more) > 0:
		return len(it.rest)
	case v.Style&yaml.DoubleQuotedStyle != 0:
		raw, ok = quoted(it.rest, '"')
	case v.Style&yaml.SingleQuotedStyle != 0:
		raw, ok = quoted(it.rest, '\'')
	}
	if !ok {
		return len(it.rest)
	}
	return len(raw)
}

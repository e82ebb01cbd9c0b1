package planner

import "github.com/licensectl/licensectl/pkg/plan"

// reason is one sentence of an explanation, without words.
type reason struct {
	message reasonMessage
	source  plan.Source // the place that it rests on; zero: none
	args    []any       // of the message
}

func reasonAt(source plan.Source, message reasonMessage, args ...any) reason {
	return reason{message, source, args}
}

// reasonOf is a reason that rests on no place.
func reasonOf(message reasonMessage, args ...any) reason {
	return reason{message: message, args: args}
}

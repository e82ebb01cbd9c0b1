package reconcile

// Kind is what a failure means for whoever asked: the name of an exit code of
// the command line (docs/errors.md).
type Kind string

// The kinds of failures.
const (
	KindInput   Kind = "input"   // what was asked for cannot be meant
	KindAuth    Kind = "auth"    // another tenant than the expected one
	KindRefused Kind = "refused" // a guard stands in the way
	KindStale   Kind = "stale"   // a saved plan that no longer fits
	KindBusy    Kind = "busy"    // another apply is under way
)

// Failure is a use case that cannot end as asked for a reason that none of the
// packages below has an error for: what was asked for does not fit together, or
// not the tenant. The errors of those packages are passed on as they are.
type Failure struct {
	Kind     Kind
	What     string    // what happened, in one line
	Next     string    // what to do next; may be empty
	Problems []Problem // the details; may be empty
}

// Problem says what is wrong, and what to do about it where that is known.
type Problem struct {
	Text string
	Hint string // may be empty
}

// Error gives one line.
func (f *Failure) Error() string { return f.What }

// because adds a detail.
func (f *Failure) because(text, hint string) *Failure {
	f.Problems = append(f.Problems, Problem{text, hint})
	return f
}

// misused is the failure of a request that cannot be meant.
func misused(text, hint string) *Failure {
	return (&Failure{Kind: KindInput, What: "the command was not understood"}).because(text, hint)
}

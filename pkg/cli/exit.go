package cli

import "slices"

// Code is an exit code of the program.
type Code int

// The exit codes.
const (
	CodeOK          Code = 0
	CodeInternal    Code = 1
	CodeChanges     Code = 2
	CodeInput       Code = 3
	CodeAuth        Code = 4
	CodeRefused     Code = 5
	CodeStale       Code = 6
	CodePartial     Code = 7
	CodeLive        Code = 8
	CodeBusy        Code = 9
	CodeInterrupted Code = 130
	CodeCrashed     Code = 134
)

// ExitCode explains one code.
type ExitCode struct {
	Code    Code
	Name    string
	Written string // whether the tenant was written to
	When    string
}

// ExitCodes lists every code with which the program ends, in ascending order.
// The codes whose Written is "no" promise that nothing was written.
func ExitCodes() []ExitCode {
	return []ExitCode{
		{CodeOK, "ok", "as planned", "nothing to do, or all done; plan with changes but without --detailed-exitcode"},
		{CodeInternal, "internal", "the receipt says", "a bug, or an error not listed here"},
		{CodeChanges, "changes", "no", "drift, and plan --detailed-exitcode, with changes; a --check of files that would be rewritten"},
		{CodeInput, "input", "no", "usage, manifest or policy; also error findings (unknown SKU, user not found, no seats …), printed in full first"},
		{CodeAuth, "auth", "no", "not signed in, permission missing, wrong tenant"},
		{CodeRefused, "refused", "no", "a guard, nothing to apply from, no confirmation"},
		{CodeStale, "stale", "no", "a saved plan or plan id that no longer fits the tenant, policy or manifests (--on-stale refuse: the users)"},
		{CodePartial, "partial", "some", "apply did or tried some, and some are failed, refused, stale, blocked, held, unknown, unverified or not attempted; also where all that it had to do was drift that is held"},
		{CodeLive, "live", "no", "the live state could not be read completely, or Microsoft Graph or the token service was not reached"},
		{CodeBusy, "busy", "no", "another apply holds the lock"},
		{CodeInterrupted, "interrupted", "some", "stopped in order; the receipt is complete"},
		{CodeCrashed, "crashed", "the receipt says", "broken off: a bug, no memory left, SIGQUIT or SIGABRT"},
	}
}

// row gives the explanation of a code.
func (c Code) row() ExitCode {
	for _, row := range ExitCodes() {
		if row.Code == c {
			return row
		}
	}
	return ExitCode{Code: c}
}

// worst gives the code that counts where two hold. Neither is of a run that wrote.
func worst(a, b Code) Code {
	order := []Code{CodeAuth, CodeLive, CodeBusy, CodeInput, CodeStale, CodeRefused, CodeChanges, CodeOK}
	if slices.Index(order, a) <= slices.Index(order, b) {
		return a
	}
	return b
}
